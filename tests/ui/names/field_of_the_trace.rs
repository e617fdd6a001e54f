castnet::network! {
    struct Net {
        input: [4],
        gradient_a: dense(3),
    }
}

fn main() {}
