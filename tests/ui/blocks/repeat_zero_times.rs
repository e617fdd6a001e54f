castnet::network! {
    struct Net {
        input: [8],
        repeat(0) { dense(3) },
    }
}

fn main() {}
