castnet::network! {
    struct Net {
        input: [4],
        fc: dense(3), relu,
        out: dense(2),
    }
}

fn main() {}
