castnet::network! {
    struct Net {
        input: [1, 8, 8],
        conv: conv2d(6, kernel = 3, padding = [0, 1, 2, 0]),
    }
}

fn main() {}
