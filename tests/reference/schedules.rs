//! The rates and momenta of every schedule against PyTorch's, and networks that are trained by them.
//!
//! A case is a row of [`rates_and_momenta_are_pytorchs`] and one of the same name in the table of
//! `tests/reference/schedules.py`.

use std::collections::BTreeSet;

use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, AdamW, Optimizer, RmsProp, Sgd};
use castnet::schedules::{
    Anneal, Constant, CosineDecay, CosineRestarts, CycleShape, Cyclic, ExponentialDecay, InverseSquareRootDecay,
    InverseTimeDecay, LinearDecay, MomentumRange, MultiStepDecay, OneCycle, PolynomialDecay, ReduceOnPlateau, Schedule,
    StepDecay,
};
use castnet::train::{RateCurve, Trainer};
use castnet::{bytemuck, prelude::*};
use safetensors::SafeTensors;

use crate::read;
use crate::tensors::{Tensors, Tolerance};

const TOLERANCE: Tolerance = Tolerance { single: 1e-6, double: 1e-12, floor: 0.0 };

/// Follows the steps of a case; before each but the first the schedule observes a loss.
fn follow(tensors: &Tensors, case: &str, mut schedule: impl Schedule) {
    schedule.check().unwrap();
    let (expected, losses) = (tensors.numbers(&format!("{case}/rates")), tensors.numbers("plateau/losses"));
    let mut rates = Vec::new();
    for (&loss, step) in losses.iter().zip(0..) {
        rates.push(schedule.rate(step));
        schedule.observe(step + 1, loss);
    }
    for (step, (rate, expected)) in rates.iter().zip(&expected).enumerate() {
        // Of each rate, not of the largest.
        assert!((rate - expected).abs() <= 1e-12 * expected.max(1e-7), "{case}, step {step}: {rate}, not {expected}");
    }
    let momenta: Option<Vec<f64>> = (0..expected.len() as u64).map(|step| schedule.momentum(step)).collect();
    let name = format!("{case}/momenta");
    assert_eq!(momenta.is_some(), tensors.has(&name), "{case}");
    if let Some(momenta) = momenta {
        tensors.compare(&name, &momenta, &tensors.numbers(&name));
    }
}

#[test]
fn rates_and_momenta_are_pytorchs() {
    let file = read("schedules");
    let tensors = Tensors::new(&file, "", TOLERANCE);
    let names = SafeTensors::deserialize(&file).unwrap();
    let mut left: BTreeSet<&str> = names.names().into_iter().filter_map(|name| name.strip_suffix("/rates")).collect();
    left.remove("valley");
    macro_rules! cases {
        ($($case:ident: $schedule:expr;)*) => {$(
            follow(&tensors, stringify!($case), $schedule);
            assert!(left.remove(stringify!($case)));
        )*};
    }
    let (rate, from, to) = (0.1, 0.1, 0.0);
    let cyclic = Cyclic::new(0.02, 0.1, 15);
    let momentum = |least| Some(MomentumRange { least, most: 0.95 });
    let three_phases = OneCycle { three_phases: true, divisor: 10.0, final_divisor: 100.0, ..OneCycle::new(0.1, 120) };
    cases! {
        constant: Constant { rate };
        step: StepDecay { rate, factor: 0.1, every: 30 };
        multi_step: MultiStepDecay { rate, factor: 0.5, milestones: [10, 25, 26, 90] };
        exponential: ExponentialDecay { rate, factor: 0.97 };
        inverse_time: InverseTimeDecay { rate, decay: 0.05 };
        inverse_square_root: InverseSquareRootDecay { rate, timescale: 1 };
        linear: LinearDecay { from, to: 0.02, steps: 100 };
        polynomial: PolynomialDecay { from, to, steps: 100, power: 2.5 };
        cosine: CosineDecay { from, to: 0.01, steps: 120 };
        restarts: CosineRestarts { from, to: 0.01, steps: 35, growth: 1 };
        growing_restarts: CosineRestarts { from, to, steps: 8, growth: 2 };
        triangular: Cyclic { steps_down: 10, ..cyclic };
        triangular2: Cyclic { shape: CycleShape::Halved, ..cyclic };
        exp_range: Cyclic { shape: CycleShape::Falling { factor: 0.98 }, ..cyclic };
        cyclic_momentum: Cyclic { steps_up: 10, steps_down: 30, momentum: momentum(0.7), ..cyclic };
        one_cycle: OneCycle::new(0.1, 120);
        one_cycle_linear: OneCycle { rise: 0.4, anneal: Anneal::Linear, ..OneCycle::new(0.1, 120) };
        one_cycle_three_phases: OneCycle { rise: 0.35, momentum: momentum(0.8), ..three_phases };
        warm_cosine: CosineDecay { from, to, steps: 120 }.warm_up(20);
        in_series: StepDecay { rate, factor: 0.5, every: 15 }.then(50, CosineDecay { from, to: 0.02, steps: 120 });
        step_per_epoch: StepDecay { rate, factor: 0.1, every: 3 }.per_epoch(13);
        cosine_per_epoch: CosineDecay { from, to, steps: 20 }.per_epoch(7);
        plateau: ReduceOnPlateau { factor: 0.5, patience: 2, ..ReduceOnPlateau::new(0.1) };
        plateau_cooldown: ReduceOnPlateau {
            factor: 0.3, patience: 1, cooldown: 3, threshold: 0.05, minimum: 2e-3, ..ReduceOnPlateau::new(0.1)
        };
    }
    assert!(left.is_empty(), "{left:?}");
}

network! {
    struct Line<f64> { input: [4], dense(1) }
}

/// What one cycle comes to, whose momentum reaches the optimizer.
fn check_trained(tensors: &Tensors, name: &str, optimizer: impl Optimizer<Line>) {
    let mut line = bytemuck::zeroed_box::<Line>();
    line.parameters_mut().copy_from_slice(&[0.25, 0.25, 0.25, 0.25, -0.5]);
    let (inputs, targets): (Vec<[f64; 4]>, Vec<[f64; 1]>) = (tensors.rows("line/inputs"), tensors.rows("line/targets"));
    let schedule = OneCycle::new(0.1, tensors.numbers("one_cycle/rates").len() as u64);
    let mut trainer = Trainer::new(line, MeanSquaredError, optimizer).schedule(schedule);
    for _ in 0..schedule.steps {
        trainer.step(&inputs, &targets).unwrap();
    }
    let name = format!("{name}/trained");
    tensors.compare(&name, trainer.network().parameters(), &tensors.numbers(&name));
}

#[test]
fn one_cycle_trains_as_pytorch_does() {
    let file = read("schedules");
    let tensors = Tensors::new(&file, "", TOLERANCE);
    check_trained(&tensors, "sgd", Sgd::default());
    check_trained(&tensors, "sgd_nesterov", Sgd { momentum: 0.5, nesterov: true, ..Sgd::default() });
    check_trained(&tensors, "adam", Adam::default());
    check_trained(&tensors, "adam_w", AdamW { weight_decay: 0.0, ..AdamW::default() });
    check_trained(&tensors, "rms_prop", RmsProp::default());
}

#[test]
fn range_tests_suggest_what_fastai_does() {
    let file = read("schedules");
    let tensors = Tensors::new(&file, "valley/", TOLERANCE);
    let curve = RateCurve { rates: tensors.numbers("rates"), losses: tensors.numbers("losses"), steps: 100 };
    let suggested = [curve.suggestion(), curve.steepest()].map(|rate| rate.expect("there are enough steps"));
    for (found, expected) in suggested.iter().zip(tensors.numbers("suggestion")) {
        assert_eq!(*found, expected);
    }
}
