castnet::network! {
    struct Digits {
        input: [64],
        dense(10),
    }
}

fn main() {
    use castnet::{losses::SoftTargetCrossEntropy, optimizers::Adam, train::Trainer};
    let network: Box<Digits> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, SoftTargetCrossEntropy, Adam::default());
    let _ = trainer.step(&[[0.0; 64]], &[[0.1; 10]]);
}
