use castnet::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

castnet::network! {
    struct Net {
        input: [784],
        dense(128), relu,
        dense(10),
    }
}

fn main() {
    let network = Net::init(&mut StdRng::seed_from_u64(1));
    println!("{:?}", network.predict(&[0.0; 783]));
}
