castnet::network! {
    struct Net {
        input: [4],
        trace: dense(3),
    }
}

fn main() {}
