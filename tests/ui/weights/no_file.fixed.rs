castnet::network! {
    struct Mixed {
        input: [2, 9, 9],
        conv1: conv2d(3, kernel = [4, 2]),
        norm1: batch_norm,
        slope: prelu(per_channel = true),
        max_pool2d(2),
        norm2: layer_norm,
        flatten,
        fc1: dense(5),
        norm3: batch_norm,
        block: residual {
            inner: dense(5), tanh,
        },
        fc2: dense(3, bias = false),
    }
}

static MIXED: &Mixed = castnet::weights!(Mixed, "../../weights/pytorch.safetensors");

fn main() {
    println!("{}", MIXED.conv1.bias[0]);
}
