use castnet::prelude::*;

network! {
    struct Net<const INPUTS: usize> {
        input: [INPUTS],
        dense(3),
    }
}

fn main() {
    println!("{}", Net::<3000>::PARAMETER_COUNT);
}
