castnet::network! {
    struct Net {
        input: [784],
        let hidden = dense(128), relu,
        dense(10),
    }
}

fn main() {}
