castnet::network! {
    struct Net {
        input: [6, 12, 12],
        conv: conv2d(16, kernel = 5, stride = 2), relu,
        flatten,
        dense(10),
    }
}

fn main() {}
