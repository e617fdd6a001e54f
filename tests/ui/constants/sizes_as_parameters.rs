castnet::network! {
    struct Net<const OBSERVATION: usize, const ACTION: usize> {
        input: [OBSERVATION],
        dense(64), tanh,
        dense(ACTION),
    }
}

fn main() {}
