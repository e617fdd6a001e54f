castnet::network! {
    struct Digits {
        input: [64],
        dense(2),
    }
}

fn main() {
    use castnet::{losses::SoftmaxCrossEntropy, optimizers::Adam, train::Trainer};
    let network: Box<Digits> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default());
    let _ = trainer.step(&[[0.0; 64]], &[0]);
}
