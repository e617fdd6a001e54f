const RATE: f64 = 1.5;

castnet::network! {
    struct Net {
        input: [4],
        dropout(RATE),
    }
}

fn main() {}
