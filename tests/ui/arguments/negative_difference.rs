castnet::network! {
    struct Net {
        input: [784],
        hidden: dense(3 - 5),
        dense(-3 + 5),
    }
}

fn main() {}
