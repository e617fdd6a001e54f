castnet::network! {
    struct Net {
        input: [8],
        sum { { dense(3) }, { dense(2) } },
    }
}

fn main() {}
