const RATE: f64 = 0.5;

castnet::network! {
    struct Net {
        input: [4],
        dropout(RATE),
    }
}

fn main() {}
