castnet::network! {
    struct Net {
        input: [2, 16],
        concat {
            { conv1d(4, kernel = 3, padding = same) },
            { conv1d(4, kernel = 3) },
        },
    }
}

fn main() {}
