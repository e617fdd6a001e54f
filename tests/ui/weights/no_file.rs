castnet::network! {
    struct Mixed {
        input: [2],
        fc1: dense(5),
    }
}

static MIXED: &Mixed = castnet::weights!(Mixed, "mixed.safetensors");

fn main() {
    println!("{}", MIXED.fc1.bias[0]);
}
