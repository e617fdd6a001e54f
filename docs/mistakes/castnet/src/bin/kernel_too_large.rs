castnet::network! {
    struct Net {
        input: [1, 5, 5],
        conv: conv2d(6, kernel = 7), relu,
        flatten,
        dense(10),
    }
}

fn main() {}
