castnet::network! {
    struct Net {
        input: [28, 28],
        conv: conv2d(6, kernel = 5),
    }
}

fn main() {}
