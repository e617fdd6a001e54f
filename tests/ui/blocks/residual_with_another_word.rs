castnet::network! {
    struct Net {
        input: [8],
        block: residual(projct) { dense(6) },
    }
}

fn main() {}
