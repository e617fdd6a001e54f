castnet::network! {
    struct Net {
        input: [4],
        block: residual { fc: dense(4) },
        block_fc: dense(3),
    }
}

fn main() {}
