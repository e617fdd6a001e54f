castnet::network! {
    pub struct Net {
        input: [5],
        slice(2..5),
        dense(2),
    }
}

fn main() {}
