const HIDDEN: usize = 10;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(HIDDEN) -> [10],
    }
}

fn main() {}
