castnet::network! {
    pub struct Robot {
        input: { speed: [3] },
        dense(2),
    }
}

fn main() {}
