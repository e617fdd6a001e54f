castnet::network! {
    struct Net {
        input: [4],
        type: dense(3),
    }
}

fn main() {}
