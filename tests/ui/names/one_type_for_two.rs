castnet::network! {
    struct Net {
        input: [4],
        fc1: dense(3),
        fc_1: dense(3),
    }
}

fn main() {}
