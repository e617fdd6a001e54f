const END: usize = 5;

castnet::network! {
    pub struct Net {
        input: [5],
        slice(0..END),
        dense(2),
    }
}

fn main() {}
