castnet::network! {
    struct Net {
        input: [2, 10],
        conv1d(4, kernel = 3),
        logits: dense(3),
    }
}

fn main() {}
