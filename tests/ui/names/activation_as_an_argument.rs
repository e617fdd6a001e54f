castnet::network! {
    struct Net {
        input: [784],
        hidden: dense(128, activation = relu),
        dense(10),
    }
}

fn main() {}
