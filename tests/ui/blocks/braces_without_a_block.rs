castnet::network! {
    struct Net {
        input: [8],
        { dense(3) },
    }
}

fn main() {}
