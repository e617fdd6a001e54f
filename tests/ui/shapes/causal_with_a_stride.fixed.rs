castnet::network! {
    struct Net {
        input: [2, 100],
        conv: conv1d(16, kernel = 3, dilation = 4, stride = 3, padding = [8, 0]),
    }
}

fn main() {}
