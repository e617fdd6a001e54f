castnet::network! {
    pub struct Words {
        input: tokens[8] < 1000,
        embedding(16, padding_index = 999),
        flatten,
        dense(2),
    }
}

fn main() {}
