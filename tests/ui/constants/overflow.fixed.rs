const FEWER: usize = 3;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(FEWER), relu,
        dense(2),
    }
}

fn main() {}
