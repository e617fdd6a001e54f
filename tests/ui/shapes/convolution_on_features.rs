castnet::network! {
    struct Net {
        input: [784],
        conv: conv2d(6, kernel = 5),
    }
}

fn main() {}
