castnet::network! {
    struct Net<const INPUTS: usize> {
        input: [INPUTS],
        dense(10),
    }
}

fn main() {}
