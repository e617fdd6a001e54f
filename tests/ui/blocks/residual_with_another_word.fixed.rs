castnet::network! {
    struct Net {
        input: [8],
        block: residual(project) { dense(6) },
    }
}

fn main() {}
