castnet::network! {
    struct Net {
        input: [784],
        hidden: dense(128), frobnicate,
        dense(10),
    }
}

fn main() {}
