castnet::network! {
    struct Net {
        input: [65_536],
        hidden: dense(256),
    }
}

fn main() {}
