castnet::network! {
    struct Net {
        input: [4],
        dense(8, init = normal(SIGMA)), leaky_relu(SLOPE), dropout(RATE),
    }
}

fn main() {}
