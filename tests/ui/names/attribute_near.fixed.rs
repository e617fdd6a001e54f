castnet::network! {
    struct Net {
        input: [4],
        #[frozen]
        dense(3),
    }
}

fn main() {}
