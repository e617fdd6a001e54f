castnet::network! {
    struct Net {
        input: [4],
        residaul { dense(4) },
    }
}

fn main() {}
