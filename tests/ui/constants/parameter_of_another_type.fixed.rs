castnet::network! {
    struct Net<const INPUTS: usize> {
        input: [INPUTS],
        dense(3),
    }
}

fn main() {}
