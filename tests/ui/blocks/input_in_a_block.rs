castnet::network! {
    struct Net {
        input: [8],
        residual { input: [8], dense(8) },
    }
}

fn main() {}
