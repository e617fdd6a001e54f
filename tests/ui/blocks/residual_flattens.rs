castnet::network! {
    struct Net {
        input: [1, 2, 2],
        block: residual(project) { flatten, dense(4) },
    }
}

fn main() {}
