castnet::network! {
    struct Net {
        input: [4],
        out: dense(3, init = xavier_uniform),
    }
}

fn main() {}
