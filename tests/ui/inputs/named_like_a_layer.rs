castnet::network! {
    pub struct Robot {
        input: { image: [1, 4, 4], relu: [3] },
        flatten,
        concat { {}, { relu } },
        dense(2),
    }
}

fn main() {}
