castnet::network! {
    pub struct Words {
        input: tokens[8] < 1000,
        embedding(16),
        flatten,
        dense(2),
    }
}

fn main() {}
