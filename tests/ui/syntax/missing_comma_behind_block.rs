castnet::network! {
    struct Net {
        input: [4],
        residual { dense(4) }
        relu,
    }
}

fn main() {}
