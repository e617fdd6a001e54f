castnet::network! {
    struct Net {
        input: [784],
        logits: dense(10),
    }
}

fn main() {
    use castnet::{losses::MeanSquaredError, optimizers::Adam, train::Trainer};
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    let _ = trainer.step(&[[0.0; 784]], &[[0.0; 10]]);
}
