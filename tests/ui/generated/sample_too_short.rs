castnet::network! {
    struct Net {
        input: [784],
        logits: dense(10),
    }
}

fn main() {
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    castnet::Infer::predict(&*network, &[0.0; 783]);
}
