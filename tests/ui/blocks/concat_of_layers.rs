castnet::network! {
    struct Net {
        input: [8],
        concat {
            dense(3),
            { dense(2) },
        },
    }
}

fn main() {}
