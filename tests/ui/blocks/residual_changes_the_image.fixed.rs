castnet::network! {
    struct Net {
        input: [4, 8, 8],
        block: residual { conv2d(4, kernel = 3), conv2d(4, kernel = 3, padding = 2) -> [4, 8, 8] },
    }
}

fn main() {}
