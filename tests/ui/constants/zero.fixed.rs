const HIDDEN: usize = 1;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(HIDDEN),
    }
}

fn main() {}
