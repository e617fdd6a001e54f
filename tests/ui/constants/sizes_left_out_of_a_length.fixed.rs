castnet::network! {
    struct Net<const N: usize> {
        input: [N],
        dense(2),
    }
}

fn main() {
    use castnet::prelude::*;
    println!("{:?}", [0.0; Net::<4>::INPUT_LEN]);
}
