castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, bias = 0),
    }
}

fn main() {}
