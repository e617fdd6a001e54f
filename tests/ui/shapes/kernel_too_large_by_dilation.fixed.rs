castnet::network! {
    struct Net {
        input: [2, 7],
        conv: conv1d(16, kernel = 3, dilation = 3),
    }
}

fn main() {}
