castnet::network! {
    pub struct Robot {
        input: { [1, 4, 4], speed: [3] },
        flatten,
        concat { {}, { speed } },
        dense(2),
    }
}

fn main() {}
