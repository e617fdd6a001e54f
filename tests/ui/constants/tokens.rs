const WORDS: usize = 1 << 25;

castnet::network! {
    pub struct Words {
        input: tokens[8] < WORDS,
        embedding(16),
        flatten,
        dense(2),
    }
}

fn main() {}
