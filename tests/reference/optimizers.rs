//! Two hundred steps of every optimizer against PyTorch, with and without groups of parameters.
//!
//! A case is a row of [`check_all`] here and one of the same name in the table of `tests/reference/optimizers.py`.

use std::collections::BTreeSet;

use castnet::bytemuck::zeroed_box;
use castnet::optimizers::{
    AdaDelta, AdaGrad, Adam, AdamW, Adamax, AmsGrad, Caution, Grouped, Lamb, Lion, Momentum, Muon, MuonScale, NAdam,
    Optimizer, ParameterGroup, RAdam, RmsProp, Rule, Sgd,
};
use castnet::train::observers::{Ema, Lookahead, Swa};
use castnet::{ParameterKind, Scalar, prelude::*};
use safetensors::SafeTensors;

use crate::read;
use crate::tensors::{Tensors, Tolerance};

macro_rules! two_layers {
    ($module:ident, $scalar:ident) => {
        mod $module {
            castnet::network! {
                pub struct Net<$scalar> {
                    input: [4],
                    first: dense(3),
                    second: dense(1),
                }
            }
        }
    };
}

two_layers!(single, f32);
two_layers!(double, f64);

const RATE: f64 = 0.01;
/// Relative to the largest parameter.
const TOLERANCE: Tolerance = Tolerance { single: 1e-6, double: 1e-12, floor: 0.0 };
/// The steps after which the parameters are compared.
const RECORDED: [u64; 4] = [1, 10, 100, 200];

/// A weight decay of all parameters, which is PyTorch's default.
fn all<R: Rule>(rule: R, weight_decay: f64) -> Grouped<R> {
    rule.group(ParameterGroup::all().weight_decay(weight_decay))
}

/// The network before the first step.
fn initial<N: Network>(file: &[u8]) -> Box<N> {
    let mut network = zeroed_box::<N>();
    let numbers = Tensors::new(file, "", TOLERANCE).numbers("initial");
    network.parameters_mut().iter_mut().zip(numbers).for_each(|(to, from)| *to = N::Scalar::from_f64(from));
    network
}

/// Follows the steps of a case.
fn follow<N: Network>(file: &[u8], case: &str, optimizer: &impl Optimizer<N>) {
    follow_shown(file, case, optimizer, |network: &mut N| network.parameters().to_vec());
}

/// Follows the steps of a case by what is shown after each.
fn follow_shown<N: Network>(
    file: &[u8],
    case: &str,
    optimizer: &impl Optimizer<N>,
    mut shown: impl FnMut(&mut N) -> Vec<N::Scalar>,
) {
    let tensors = Tensors::new(file, "", TOLERANCE);
    let noise = tensors.numbers("noise");
    let expected = tensors.numbers(&format!("{case}/parameters"));
    let mut expected = expected.chunks_exact(N::PARAMETER_COUNT);

    let (mut network, mut gradient) = (initial::<N>(file), zeroed_box::<N>());
    let (mut state, mut caution) = (optimizer.start(), Caution::default());
    for (row, step) in noise.chunks_exact(N::PARAMETER_COUNT).zip(1..) {
        let parameters = network.parameters().iter().zip(row);
        for (slope, (&parameter, &noise)) in gradient.parameters_mut().iter_mut().zip(parameters) {
            *slope = parameter * N::Scalar::from_f64(0.25) + N::Scalar::from_f64(noise);
        }
        optimizer.check().unwrap();
        optimizer.checked_step(&mut caution, &mut state, &mut network, &gradient, (step, RATE)).unwrap();
        let shown = shown(&mut network);
        if RECORDED.contains(&step) {
            let what = format!("{case} after {step} steps");
            tensors.compare(&what, &shown, expected.next().unwrap());
        }
    }
    assert!(expected.next().is_none(), "{case}: as many steps as PyTorch made");
}

/// Follows all cases, none of which may be left out.
fn check_all<N: Network>() {
    let file = read("optimizers");
    let mut left: BTreeSet<String> = SafeTensors::deserialize(&file)
        .unwrap()
        .names()
        .into_iter()
        .filter_map(|name| name.split_once('/').map(|(case, _)| case.to_string()))
        .collect();
    macro_rules! cases {
        ($($case:ident: $optimizer:expr;)*) => {$(
            follow::<N>(&file, stringify!($case), &$optimizer);
            assert!(left.remove(stringify!($case)));
        )*};
    }
    let (momentum, centered) = (0.9, true);
    let adam = Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, ..Adam::default() };
    let adam_w = AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, ..AdamW::default() };
    cases! {
        sgd: Sgd::default();
        sgd_decay: all(Sgd::default(), 0.1);
        sgd_momentum: all(Sgd { momentum, ..Sgd::default() }, 0.1);
        sgd_nesterov: all(Sgd { momentum, nesterov: true, ..Sgd::default() }, 0.1);
        sgd_weights: Sgd { momentum, weight_decay: 0.1, ..Sgd::default() };
        adam: Adam::default();
        adam_decay: all(adam, 0.1);
        adam_weights: Adam { weight_decay: 0.1, ..Adam::default() };
        adam_w: all(AdamW::default(), 0.01);
        adam_w_decay: all(adam_w, 0.5);
        adam_w_weights: AdamW { weight_decay: 0.5, ..AdamW::default() };
        adam_w_groups: AdamW { weight_decay: 0.05, ..AdamW::default() }
            .group(ParameterGroup::of_kind(ParameterKind::Bias).weight_decay(0.2))
            .group(ParameterGroup::named("first.*").rate_factor(3.0))
            .group(ParameterGroup::named("first.weight").frozen());
        rms_prop: RmsProp::default();
        rms_prop_decay: all(RmsProp { alpha: 0.9, epsilon: 1e-3, ..RmsProp::default() }, 0.1);
        rms_prop_momentum: RmsProp { momentum, ..RmsProp::default() };
        rms_prop_centered: RmsProp { centered, ..RmsProp::default() };
        rms_prop_all: all(RmsProp { centered, momentum: 0.5, ..RmsProp::default() }, 0.1);
        rms_prop_weights: RmsProp { weight_decay: 0.1, ..RmsProp::default() };
        momentum: all(Momentum::default(), 0.1);
        momentum_nesterov: all(Momentum { nesterov: true, ..Momentum::default() }, 0.1);
        ada_grad: AdaGrad::default();
        ada_grad_all: all(AdaGrad { rate_decay: 0.01, initial_sum: 0.1, epsilon: 1e-3, ..AdaGrad::default() }, 0.1);
        ada_grad_weights: AdaGrad { weight_decay: 0.1, ..AdaGrad::default() };
        ada_delta: AdaDelta::default();
        ada_delta_all: all(AdaDelta { rho: 0.95, epsilon: 1e-3, ..AdaDelta::default() }, 0.1);
        adamax: Adamax::default();
        adamax_all: all(Adamax { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, ..Adamax::default() }, 0.1);
        adam_uncorrected: Adam { bias_correction: false, ..Adam::default() };
        ams_grad: AmsGrad::default();
        ams_grad_decay: all(AmsGrad { beta1: 0.8, beta2: 0.9, epsilon: 1e-3, ..AmsGrad::default() }, 0.1);
        ams_grad_decoupled: all(AmsGrad::from(AdamW { beta1: 0.8, beta2: 0.9, ..AdamW::default() }), 0.5);
        n_adam: NAdam::default();
        n_adam_decay: all(
            NAdam { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, momentum_decay: 0.01, ..NAdam::default() }, 0.1);
        n_adam_decoupled: all(NAdam { decoupled: true, ..NAdam::default() }, 0.5);
        r_adam: RAdam::default();
        r_adam_decay: all(RAdam { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, ..RAdam::default() }, 0.1);
        r_adam_decoupled: all(RAdam { decoupled: true, ..RAdam::default() }, 0.5);
        lion: Lion::default().group(ParameterGroup::all().rate_factor(0.097_656_25));
        lion_weights: Lion { beta1: 0.95, beta2: 0.98, weight_decay: 0.5 }
            .group(ParameterGroup::all().rate_factor(0.097_656_25));
        lamb: Lamb::default();
        lamb_all: all(Lamb { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, ..Lamb::default() }, 0.1);
        muon: Muon::default();
        muon_all: Muon {
            momentum: 0.8,
            nesterov: false,
            weight_decay: 0.5,
            iterations: 3,
            scale: MuonScale::MatchAdamW,
            ..Muon::default()
        };
    }
    let sgd = Sgd { momentum, ..Sgd::default() };
    let (mut ema, mut swa) = (Ema::new(0.95), Swa::of_steps(0, 1));
    let mut lookahead = Lookahead::new(&*initial::<N>(&file), 5, 0.5);
    follow_shown(&file, "ema", &sgd, |network: &mut N| {
        ema.update(network);
        ema.average().parameters().to_vec()
    });
    follow_shown(&file, "swa", &sgd, |network: &mut N| {
        swa.update(network);
        swa.average().parameters().to_vec()
    });
    follow_shown(&file, "lookahead", &sgd, |network: &mut N| {
        lookahead.update(network);
        lookahead.slow().parameters().to_vec()
    });
    assert!(["ema", "swa", "lookahead"].iter().all(|case| left.remove(*case)));
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn optimizers_follow_pytorch_in_f32() {
    check_all::<single::Net>();
}

#[test]
fn optimizers_follow_pytorch_in_f64() {
    check_all::<double::Net>();
}
