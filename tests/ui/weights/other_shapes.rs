castnet::network! {
    struct Mixed {
        input: [2, 9, 9],
        conv1: conv2d(3, kernel = 2),
        flatten,
        fc1: dense(5),
        fc9: dense(2),
    }
}

static MIXED: &Mixed = castnet::weights!(Mixed, "../../weights/pytorch.safetensors");

fn main() {
    println!("{}", MIXED.conv1.bias[0]);
}
