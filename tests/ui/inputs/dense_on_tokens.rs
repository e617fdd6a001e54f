castnet::network! {
    pub struct Words {
        input: tokens[8] < 1000,
        dense(2),
    }
}

fn main() {}
