castnet::network! {
    struct Net {
        input: [8],
        dense(2),
    }
}

fn main() {
    use castnet::{losses::GaussianNegativeLogLikelihood, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, GaussianNegativeLogLikelihood::<2>, Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[[0.0; 2]]);
}
