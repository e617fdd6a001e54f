castnet::network! {
    pub struct Robot {
        input: { image: [1, 4, 4], image: [3] },
        flatten,
        concat { {}, { image, flatten } },
        dense(2),
    }
}

fn main() {}
