use castnet::prelude::*;

network! {
    struct Net {
        input: [3000],
        dense(3),
    }
}

fn main() {
    println!("{}", Net::PARAMETER_COUNT);
}
