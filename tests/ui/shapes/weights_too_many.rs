castnet::network! {
    struct Net {
        input: [65_536],
        hidden: dense(65_536),
    }
}

fn main() {}
