castnet::network! {
    struct Net {
        input: [4],
        fc1: dense(3),
        fc2: dense(3),
    }
}

fn main() {}
