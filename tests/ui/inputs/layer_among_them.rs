castnet::network! {
    pub struct Robot {
        input: { image: [1, 28, 28], speed: dense(3) },
        flatten,
        concat { {}, { speed } },
        dense(2),
    }
}

fn main() {}
