castnet::network! {
    struct Net {
        input: [8],
        residual { dense(8) },
    }
}

fn main() {}
