castnet::network! {
    struct Net {
        input: [4],
        out: dense(bias = false, 3),
    }
}

fn main() {}
