castnet::network! {
    struct Net {
        input: [2, 100],
        conv: conv1d(16, kernel = 3, dilation = 0),
    }
}

fn main() {}
