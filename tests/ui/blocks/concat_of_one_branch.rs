castnet::network! {
    struct Net {
        input: [8],
        concat { { dense(3) } },
    }
}

fn main() {}
