castnet::network! {
    pub struct Words {
        input: [8],
        embedding(16),
        flatten,
        dense(2),
    }
}

fn main() {}
