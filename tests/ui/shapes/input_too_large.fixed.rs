castnet::network! {
    struct Net {
        input: [700, 700, 3],
        flatten,
    }
}

fn main() {}
