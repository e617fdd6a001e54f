castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(3),
    }
}

fn main() {}
