castnet::network! {
    struct Net {
        input: [8],
        residual { relu },
    }
}

fn main() {}
