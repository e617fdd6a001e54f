castnet::network! {
    struct Net {
        input: [4],
        fc: dense(3), act: relu,
    }
}

fn main() {
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let _ = network.fc;
}
