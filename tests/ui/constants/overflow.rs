const FEWER: usize = 3;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(FEWER - 4), relu,
        dense(2),
    }
}

fn main() {}
