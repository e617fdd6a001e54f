castnet::network! {
    struct Net {
        input: [784],
        logits: dense(10),
    }
}

use castnet::Sizes;
use castnet::typenum::{IsLessOrEqual, True, U4096};

fn deploy<N: Sizes<ParameterCount: IsLessOrEqual<U4096, Output = True>>>() {}

fn main() {
    deploy::<Net>();
}
