const HIDDEN: usize = 0;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(HIDDEN),
    }
}

fn main() {}
