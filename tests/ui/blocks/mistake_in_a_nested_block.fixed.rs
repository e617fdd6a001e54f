castnet::network! {
    struct Net {
        input: [8],
        outer: residual {
            inner: residual { fc: dense(8, bias = true) },
        },
    }
}

fn main() {}
