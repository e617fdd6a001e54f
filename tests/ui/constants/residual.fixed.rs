const WIDTH: usize = 6;

castnet::network! {
    struct Net {
        input: [WIDTH],
        block: residual { dense(WIDTH) },
    }
}

fn main() {}
