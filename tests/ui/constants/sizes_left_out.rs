castnet::network! {
    pub struct Policy<const OBSERVATION: usize, const ACTION: usize> {
        input: [OBSERVATION],
        hidden: dense(64), tanh,
        dense(ACTION),
    }
}

fn main() {
    use castnet::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};
    let policy = Policy::init(&mut StdRng::seed_from_u64(1));
    println!("{:?}", policy.predict(&[0.1; 17]));
}
