castnet::network! {
    struct Net {
        input: [4],
        out: dense(10u8),
    }
}

fn main() {}
