castnet::network! {
    struct Net<const OBSERVATION: usize, const SIZE: usize> {
        input: [OBSERVATION],
        hidden: dense(SIZE), tanh,
        dense(3),
    }
}

fn main() {}
