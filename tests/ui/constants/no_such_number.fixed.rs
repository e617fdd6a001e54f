const SIGMA: f64 = 0.1;
const SLOPE: f64 = 0.2;
const RATE: f64 = 0.5;

castnet::network! {
    struct Net {
        input: [4],
        dense(8, init = normal(SIGMA)), leaky_relu(SLOPE), dropout(RATE),
    }
}

fn main() {}
