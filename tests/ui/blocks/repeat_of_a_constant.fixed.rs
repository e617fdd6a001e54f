const DEPTH: usize = 3;

castnet::network! {
    struct Net {
        input: [8],
        repeat(3) { dense(3) },
    }
}

fn main() {}
