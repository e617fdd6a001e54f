castnet::network! {
    struct Net {
        input: [64],
        block: residual { dense(32), relu },
        dense(10),
    }
}

fn main() {}
