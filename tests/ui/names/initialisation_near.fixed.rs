castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, init = he_normal),
    }
}

fn main() {}
