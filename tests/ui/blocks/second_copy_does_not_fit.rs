castnet::network! {
    struct Net {
        input: [1, 8, 8],
        stage: repeat(2) { conv2d(2, kernel = 5), relu },
    }
}

fn main() {}
