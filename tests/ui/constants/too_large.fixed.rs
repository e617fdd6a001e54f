const LEFT: isize = 5 - 2;
const SIDE: usize = 256;

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

pub fn main() {}
