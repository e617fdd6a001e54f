castnet::network! {
    struct Net {
        input: [28, 28, 1],
        conv: conv2d(6, kernel = 5), relu,
    }
}

fn main() {}
