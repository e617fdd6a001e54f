castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, bias = true, bias = false),
    }
}

fn main() {}
