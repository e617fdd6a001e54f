castnet::network! {
    struct Net<const INPUTS: u32> {
        input: [INPUTS],
        dense(3),
    }
}

fn main() {}
