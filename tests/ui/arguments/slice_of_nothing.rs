castnet::network! {
    pub struct Net {
        input: [5],
        slice(2..2),
        dense(2),
    }
}

fn main() {}
