castnet::network! {
    struct Net {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2, rounding = floor),
        conv2: conv2d(16, kernel = 5, padding = 1),
        flatten,
        fc1: dense(1), relu,
    }
}

fn main() {
    // No mistake here: what a wrong declaration makes has the names and types of a right one.
    let network: Box<Net> = castnet::bytemuck::zeroed_box();
    let _ = (network.conv1.weight, network.fc1.bias);
}
