const SIDE: usize = 5;

castnet::network! {
    struct Net {
        input: [1, SIDE, SIDE],
        conv: conv2d(6, kernel = 7),
    }
}

fn main() {}
