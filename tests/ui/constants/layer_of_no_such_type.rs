castnet::network! {
    struct Net {
        input: [4],
        scale: layer(layers::Scale),
        dense(3),
    }
}

fn main() {}
