castnet::network! {
    struct Net {
        input: [4],
        out: dense(10),
    }
}

fn main() {}
