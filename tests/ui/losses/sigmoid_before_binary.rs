castnet::network! {
    struct Net {
        input: [8],
        dense(3), sigmoid,
    }
}

fn main() {
    use castnet::{losses::BinaryCrossEntropy, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, BinaryCrossEntropy::default(), Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[[0.0; 3]]);
}
