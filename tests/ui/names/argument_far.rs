castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, momentum = 0.9),
    }
}

fn main() {}
