castnet::network! {
    struct Net {
        input: [8],
        sum { { dense(3) }, { dense(2), dense(3) } },
    }
}

fn main() {}
