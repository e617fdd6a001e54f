castnet::network! {
    struct Net {
        input: [4],
        bn: batch_norm,
        bn_sums: dense(3),
    }
}

fn main() {}
