const END: usize = 6;

castnet::network! {
    pub struct Net {
        input: [5],
        slice(0..END),
        dense(2),
    }
}

fn main() {}
