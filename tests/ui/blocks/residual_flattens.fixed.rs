castnet::network! {
    struct Net {
        input: [1, 2, 2],
        block: sum { { flatten, dense(4) }, { flatten } },
    }
}

fn main() {}
