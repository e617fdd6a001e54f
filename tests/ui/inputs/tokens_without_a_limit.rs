castnet::network! {
    pub struct Words {
        input: tokens[8],
        embedding(16),
        flatten,
        dense(2),
    }
}

fn main() {}
