castnet::network! {
    struct Net<const OBSERVATION: usize> {
        input: [OBSERVATION],
        hidden: dense(2 * OBSERVATION + 1), tanh,
        dense(3),
    }
}

fn main() {}
