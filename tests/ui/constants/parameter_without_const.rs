castnet::network! {
    struct Net<INPUTS> {
        input: [INPUTS],
        dense(10),
    }
}

fn main() {}
