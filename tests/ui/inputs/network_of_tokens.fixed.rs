castnet::network! {
    pub struct Words {
        input: tokens[8] < 1000,
        slice(0..3),
        embedding(16),
    }
}

fn main() {}
