castnet::network! {
    struct Net {
        input: [4],
        out: dense(0),
    }
}

fn main() {}
