castnet::network! {
    pub struct Robot {
        input: {},
        dense(2),
    }
}

fn main() {}
