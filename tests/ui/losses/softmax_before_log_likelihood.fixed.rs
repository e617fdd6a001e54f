castnet::network! {
    struct Net {
        input: [8],
        dense(3),
    }
}

fn main() {
    use castnet::{losses::SoftmaxCrossEntropy, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[0]);
}
