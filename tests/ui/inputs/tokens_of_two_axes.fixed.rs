castnet::network! {
    pub struct Words {
        input: tokens[16] < 1000,
        embedding(16),
        flatten,
        dense(2),
    }
}

fn main() {}
