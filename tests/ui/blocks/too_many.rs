castnet::network! {
    struct Net {
        input: [8],
        repeat(100) { repeat(100) { relu } },
    }
}

fn main() {}
