//! Networks of every kind of layer beside all names that their expansions say: `build.rs` writes them. That this compiles is
//! the test; the crates in the folders differ in their editions alone.
#![allow(nonstandard_style, dead_code, clippy::all)]

pub mod own_layers;

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

    /// The gate at 0 is half open, and the sum of the rest is that of its three inputs.
    #[test]
    fn own_layers_compute_whatever_is_beside_them() {
        fn total<N: Network<Scalar = f64, Input = [f64; 3], Output = [f64; 2]>>() -> [f64; 2] {
            let mut network = N::init(&mut rand::rngs::StdRng::seed_from_u64(1));
            network.parameters_mut().fill(0.0);
            let weights = N::SEGMENTS.iter().find(|segment| segment.name == "dense1.weight").unwrap();
            network.parameters_mut()[weights.offset] = 1.0;
            network.predict(&[2.0, 4.0, 6.0])
        }
        std::assert_eq!(total::<crate::beside_types::OwnLayers>(), [6.0, 0.0]);
        std::assert_eq!(total::<crate::beside_constants::OwnLayers>(), [6.0, 0.0]);
        std::assert_eq!(total::<crate::beside_variables::OwnLayers>(), [6.0, 0.0]);
        std::assert_eq!(total::<crate::beside_methods::OwnLayers>(), [6.0, 0.0]);
    }

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
