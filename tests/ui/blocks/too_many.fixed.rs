castnet::network! {
    struct Net {
        input: [8],
        repeat(10) { repeat(50) { relu } },
    }
}

fn main() {}
