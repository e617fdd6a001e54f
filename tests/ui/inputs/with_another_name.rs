castnet::network! {
    pub struct Robot {
        input: { image: [1, 4, 4], speed: [3] },
        flatten,
        concat { {}, { x: speed } },
        dense(2),
    }
}

fn main() {}
