use castnet::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

network! {
    struct Net<const INPUTS: usize> {
        input: [INPUTS],
        hidden: dense(128), relu,
        out: dense(10),
    }
}

fn main() {
    // No mistake here.
    let network = Net::<4>::init(&mut StdRng::seed_from_u64(1));
    let _ = (network.hidden.weight, network.out.bias, network.predict(&[0.0; 4]));
}
