const LEFT: isize = 2 - 5;
const SIDE: usize = 65_536;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(LEFT as usize), relu,
        dense(2),
    }
}

castnet::network! {
    struct Wide {
        input: [SIDE],
        dense(SIDE),
    }
}

fn main() {}
