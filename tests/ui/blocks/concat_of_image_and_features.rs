castnet::network! {
    struct Net {
        input: [2, 8, 8],
        concat {
            { flatten },
            { conv2d(4, kernel = 3) },
        },
    }
}

fn main() {}
