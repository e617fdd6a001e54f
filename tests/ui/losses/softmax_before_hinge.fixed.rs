castnet::network! {
    struct Net {
        input: [8],
        dense(3),
    }
}

fn main() {
    use castnet::{losses::Hinge, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, Hinge::default(), Adam::default());
    let _ = trainer.step(&[[0.0; 8]], &[0]);
}
