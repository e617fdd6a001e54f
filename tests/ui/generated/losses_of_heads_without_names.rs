use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use castnet::{optimizers::Adam, prelude::*, train::Trainer};
use rand::{SeedableRng, rngs::StdRng};

network! {
    pub struct Player {
        input: [4],
        dense(8), tanh,
        concat { { dense(4) }, { dense(1) } },
    }
}

fn main() {
    let player = Player::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(player, (SoftmaxCrossEntropy, MeanSquaredError), Adam::default());
    trainer.step(&[[0.5; 4]], &[(3, [0.5])]).unwrap();
}
