const WIDTH: usize = 6;

castnet::network! {
    struct Net {
        input: [WIDTH],
        block: residual { dense(8) },
    }
}

fn main() {}
