castnet::network! {
    struct Net {
        input: [1, 7, 7],
        conv: conv2d(6, kernel = 3, stride = 3),
    }
}

fn main() {}
