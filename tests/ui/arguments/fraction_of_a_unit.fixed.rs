castnet::network! {
    struct Net {
        input: [4],
        out: dense(1),
    }
}

fn main() {}
