castnet::network! {
    struct Net {
        input: [50_000],
        dense(50_000), relu,
        dense(50_000),
    }
}

fn main() {}
