const DEPTH: usize = 3;

castnet::network! {
    struct Net {
        input: [8],
        repeat(DEPTH) { dense(3) },
    }
}

fn main() {}
