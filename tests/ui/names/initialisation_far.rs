castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, init = orthogonal),
    }
}

fn main() {}
