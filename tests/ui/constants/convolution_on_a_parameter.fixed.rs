castnet::network! {
    struct Net<const FILTERS: usize, const CLASSES: usize> {
        input: [1, 28, 28],
        conv: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        dense(CLASSES),
    }
}

fn main() {}
