castnet::network! {
    struct Net {
        input: [8],
        repeat { dense(3) },
    }
}

fn main() {}
