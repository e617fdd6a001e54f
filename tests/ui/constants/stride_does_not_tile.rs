const SIDE: usize = 8;

castnet::network! {
    struct Net {
        input: [1, SIDE, SIDE],
        conv: conv2d(6, kernel = 3, stride = 2),
    }
}

fn main() {}
