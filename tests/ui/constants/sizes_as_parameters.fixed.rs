const OBSERVATION: usize = 17;
const ACTION: usize = 6;

castnet::network! {
    struct Net {
        input: [OBSERVATION],
        dense(64), tanh,
        dense(ACTION),
    }
}

fn main() {}
