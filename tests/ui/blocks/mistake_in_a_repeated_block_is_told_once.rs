castnet::network! {
    struct Net {
        input: [8],
        repeat(5) { dense(3, bais = false), relu },
    }
}

fn main() {}
