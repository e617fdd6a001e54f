castnet::network! {
    struct Net {
        input: [784],
        hidden: dense(1),
        dense(-3 + 5),
    }
}

fn main() {}
