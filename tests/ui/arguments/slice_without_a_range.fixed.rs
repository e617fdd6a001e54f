castnet::network! {
    pub struct Net {
        input: [5],
        slice(0..3),
        dense(2),
    }
}

fn main() {}
