castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, init = normal(-0.1)),
    }
}

fn main() {}
