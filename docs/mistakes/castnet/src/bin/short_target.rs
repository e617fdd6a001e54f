use castnet::prelude::*;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use rand::SeedableRng;
use rand::rngs::StdRng;

castnet::network! {
    struct Net {
        input: [784],
        dense(10),
    }
}

fn main() {
    let network = Net::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    println!("{:?}", trainer.step(&[[0.0; 784]], &[[0.0; 9]]));
}
