castnet::network! {
    struct Net<const N: usize> {
        input: [N],
        dense(2),
    }
}

fn main() {
    println!("{:?}", [0.0; Net::INPUT_LEN]);
}
