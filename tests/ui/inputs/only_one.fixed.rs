castnet::network! {
    pub struct Robot {
        input: [3],
        dense(2),
    }
}

fn main() {}
