castnet::network! {
    struct Net {
        input: [8],
        dense(5),
    }
}

fn main() {
    use castnet::{losses::Contrastive, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, Contrastive::default(), Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[true]);
}
