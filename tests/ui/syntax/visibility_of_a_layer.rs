castnet::network! {
    struct Net {
        input: [784],
        pub hidden: dense(128), relu,
        dense(10),
    }
}

fn main() {}
