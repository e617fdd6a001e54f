castnet::network! {
    struct Net<const N: usize> {
        input: [N],
        dense(2),
    }
}

use castnet::Sizes;
use castnet::typenum::{IsLessOrEqual, True, U8192};

fn deploy<N: Sizes<ParameterCount: IsLessOrEqual<U8192, Output = True>>>() {}

fn main() {
    deploy::<Net<2000>>();
}
