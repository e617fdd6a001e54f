castnet::network! {
    struct Net {
        input: [8],
        dense(4),
    }
}

fn main() {
    use castnet::{losses::CrossEntropy, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, CrossEntropy::weighted([1.0, 2.0, 1.0]), Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[0]);
}
