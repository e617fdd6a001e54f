castnet::network! {
    struct Net {
        input: [4],
        stage: repeat(2) { dense(4) },
        out: dense(3),
    }
}

fn main() {}
