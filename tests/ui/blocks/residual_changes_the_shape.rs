castnet::network! {
    struct Net {
        input: [8],
        block: residual { dense(6), relu },
    }
}

fn main() {}
