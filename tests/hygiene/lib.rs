//! Networks of every kind of layer beside all names that their expansions say: `build.rs` writes them. That this compiles is
//! the test; the crates in the folders differ in their editions alone.
#![allow(nonstandard_style, dead_code, clippy::all)]

include!(concat!(env!("OUT_DIR"), "/shadowed.rs"));

/// What is said of the struct holds for all that is generated for it.
#[deny(warnings)]
pub mod attributes {
    ::castnet::network! { #[deprecated] pub struct Old { input: [2], dense(2), residual { dense(2), batch_norm } } }
    ::castnet::network! {
        #[deprecated]
        pub struct OldOfSize<const N: usize> { input: [N], dense(N), relu, dense(2) }
    }
    ::castnet::network! {
        #[allow(non_snake_case)]
        pub struct Cases { input: [2], W1: dense(2), block: residual { W2: dense(2) }, r#gen: dense(2) }
    }
}

#[cfg(test)]
mod tests {
    use castnet::prelude::*;
    use rand::SeedableRng;

    #[test]
    fn networks_compute_whatever_is_beside_them() {
        fn output<N: Network<Input = [f32; 48], Output = [f32; 3]>>() -> [f32; 3] {
            N::init(&mut rand::rngs::StdRng::seed_from_u64(1)).predict(&[0.5; 48])
        }
        let expected = output::<crate::beside_types::Constants>();
        std::assert!(expected.iter().any(|value| *value != 0.0));
        std::assert_eq!(output::<crate::beside_constants::Constants>(), expected);
        std::assert_eq!(output::<crate::beside_variables::Constants>(), expected);
        std::assert_eq!(output::<crate::beside_methods::Constants>(), expected);
    }
}
