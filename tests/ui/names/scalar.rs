castnet::network! {
    struct Net<f16> {
        input: [4],
        dense(3),
    }
}

fn main() {}
