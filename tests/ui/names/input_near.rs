castnet::network! {
    struct Net {
        inptu: [4],
        dense(3),
    }
}

fn main() {}
