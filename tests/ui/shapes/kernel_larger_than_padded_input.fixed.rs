castnet::network! {
    struct Net {
        input: [1, 5, 5],
        conv: conv2d(6, kernel = 9, padding = 2),
    }
}

fn main() {}
