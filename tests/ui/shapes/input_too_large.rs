castnet::network! {
    struct Net {
        input: [70_000, 70_000, 3],
        flatten,
    }
}

fn main() {}
