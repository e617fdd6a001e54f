castnet::network! {
    struct Net {
        input: [2, 8, 8],
        concat {
            { conv2d(4, kernel = 3, padding = same) },
            { conv2d(4, kernel = 5) },
        },
    }
}

fn main() {}
