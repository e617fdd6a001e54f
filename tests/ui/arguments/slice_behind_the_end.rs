castnet::network! {
    pub struct Net {
        input: [5],
        slice(2..6),
        dense(2),
    }
}

fn main() {}
