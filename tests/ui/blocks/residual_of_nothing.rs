castnet::network! {
    struct Net {
        input: [8],
        residual {},
    }
}

fn main() {}
