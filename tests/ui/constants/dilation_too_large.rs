const LENGTH: usize = 7;

castnet::network! {
    struct Net {
        input: [2, LENGTH],
        conv: conv1d(16, kernel = 3, dilation = 4),
    }
}

fn main() {}
