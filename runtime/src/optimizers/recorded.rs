//! What the rules make of given gradients, to the last bit, on every instruction set.
//!
//! The hashes were recorded when each optimizer had a loop of its own. They stand for glibc's `pow`, of which other
//! libraries may differ in the last bit.
#![cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]

use pulp::Simd;

use super::rule::{Array as _, Rule, Slices, Update};
use super::{Adam, Sgd};
use crate::Scalar;

/// No multiple of any register.
const LENGTH: usize = 1_003;
const STEPS: u64 = 200;

/// FNV-1a of the bytes of numbers, on from `hash`.
fn hash<T: Scalar>(hash: u64, numbers: &[T]) -> u64 {
    let bytes: &[u8] = bytemuck::cast_slice(numbers);
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The hash of all parameters of 200 steps.
fn run<T: Scalar, R: Rule, S: Simd>(simd: S, rule: &R, rate: f64) -> u64 {
    let mut state = 1_u64;
    // From -1 to 1, exact in both scalars.
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        T::from_f64((state >> 44) as f64 / f64::from(1 << 19) - 1.0)
    };
    let mut parameters: Vec<T> = (0..LENGTH).map(|_| random()).collect();
    let mut slots = R::Slots::from_fn(|_| vec![T::ZERO; LENGTH]);
    let mut result = 0xcbf2_9ce4_8422_2325;
    for step in 1..=STEPS {
        let gradient: Vec<T> = parameters.iter().map(|&parameter| parameter * T::from_f64(0.25) + random()).collect();
        let factors = rule.factors(step, rate, rule.weight_decay());
        let mut slots = slots.as_mut().iter_mut();
        let slots = R::Slots::from_fn(|_| &mut slots.next().unwrap()[..]);
        let slices = Slices { parameters: &mut parameters, slots, gradient: &gradient };
        Simd::vectorize(simd, Update { rule, factors, slices });
        result = hash(result, &parameters);
    }
    assert!(parameters.iter().all(|parameter| parameter.is_finite()));
    result
}

fn all<T: Scalar, R: Rule, S: Simd>(simd: S, rules: &[R], rate: f64) -> u64 {
    rules.iter().fold(0, |total: u64, rule| total.rotate_left(7) ^ run::<T, R, S>(simd, rule, rate))
}

fn check<S: Simd>(simd: S, expected: [u64; 4]) {
    let sgds = [
        Sgd::default(),
        Sgd { weight_decay: 0.1, ..Sgd::default() },
        Sgd { momentum: 0.9, ..Sgd::default() },
        Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.0 },
        Sgd { momentum: 0.5, nesterov: true, weight_decay: 0.1 },
        Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.01 },
    ];
    let usual = Adam::default();
    let adams = [
        Adam::default(),
        Adam { weight_decay: 0.1, ..Adam::default() },
        Adam { beta1: 0.5, beta2: 0.9, epsilon: 0.1, weight_decay: 0.0, ..usual },
        Adam { beta1: 0.3, beta2: 0.99, epsilon: 1e-20, weight_decay: 0.01, ..usual },
        Adam { beta1: 0.0, beta2: 0.0, epsilon: 1e-3, weight_decay: 0.01, ..usual },
    ];
    let found = [
        all::<f32, _, _>(simd, &sgds, 0.05),
        all::<f64, _, _>(simd, &sgds, 0.05),
        all::<f32, _, _>(simd, &adams, 0.002),
        all::<f64, _, _>(simd, &adams, 0.002),
    ];
    assert_eq!(found, expected, "{found:#x?}");
}

#[test]
fn avx_512_gives_the_recorded_bits() {
    #[cfg(feature = "avx512")]
    if let Some(simd) = pulp::x86::V4::try_new() {
        check(simd, [0xc8cf09b318b1ac99, 0x0e623a10d3179297, 0x8f8639ba94d577f1, 0x4237e289ef10116e]);
    }
}

#[test]
fn avx2_gives_the_recorded_bits() {
    if let Some(simd) = pulp::x86::V3::try_new() {
        check(simd, [0xc8cf09b318b1ac99, 0x0e623a10d3179297, 0x5c9bdef33d7862a3, 0x4237e289ef10116e]);
    }
}

/// Neither has a multiply-add.
#[test]
fn sse_and_plain_code_give_the_recorded_bits() {
    let expected = [0x20ea5c47c7afe1f5, 0xf65f9b86192ccac9, 0xa29a3e9915242510, 0xf0a6a6d782d9b527];
    check(pulp::Scalar::new(), expected);
    if let Some(simd) = pulp::x86::V2::try_new() {
        check(simd, expected);
    }
}
