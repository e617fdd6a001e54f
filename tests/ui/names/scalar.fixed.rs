castnet::network! {
    struct Net<f64> {
        input: [4],
        dense(3),
    }
}

fn main() {}
