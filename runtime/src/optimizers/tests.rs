//! What holds for all optimizers.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::kernels::each::largest_magnitude;
use crate::testing::Affine;

type Net = Affine<true>;

/// One value of each rule, with settings that use all of it.
macro_rules! each_rule {
    ($check:ident) => {
        $check(&Sgd { weight_decay: 0.1, ..Sgd::default() });
        $check(&Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1 });
        $check(&Adam { weight_decay: 0.1, ..Adam::default() });
        $check(&AdamW { weight_decay: 0.1, ..AdamW::default() });
        $check(&RmsProp { weight_decay: 0.1, ..RmsProp::default() });
        $check(&RmsProp { weight_decay: 0.1, centered: true, momentum: 0.9, ..RmsProp::default() });
        $check(&Momentum { momentum: 0.9, nesterov: true, weight_decay: 0.1 });
        $check(&AdaGrad { weight_decay: 0.1, rate_decay: 0.1, initial_sum: 0.1, ..AdaGrad::default() });
        $check(&AdaDelta { weight_decay: 0.1, ..AdaDelta::default() });
        $check(&Adamax { weight_decay: 0.1, ..Adamax::default() });
        $check(&AmsGrad { weight_decay: 0.1, ..AmsGrad::default() });
        $check(&NAdam { weight_decay: 0.1, ..NAdam::default() });
        $check(&NAdam { weight_decay: 0.1, decoupled: true, ..NAdam::default() });
        $check(&RAdam { weight_decay: 0.1, ..RAdam::default() });
        $check(&RAdam { weight_decay: 0.1, decoupled: true, ..RAdam::default() });
        $check(&Lion { weight_decay: 0.1, ..Lion::default() });
        $check(&Lamb { weight_decay: 0.1, ..Lamb::default() });
        $check(&Muon::default());
    };
}

fn network() -> Box<Net> {
    Affine::init(&mut StdRng::seed_from_u64(1))
}

/// The largest magnitude of what is trained.
fn largest(network: &[f64]) -> f64 {
    largest_magnitude(&network[..6]).max(largest_magnitude(&network[9..11]))
}

#[test]
fn runs_are_the_trainable_segments() {
    assert_eq!(trainable_runs::<Net>().collect::<Vec<_>>(), [0..6, 9..11]);
}

#[test]
fn frozen_parameters_and_running_statistics_stay() {
    fn check(rule: &impl Rule) {
        let mut network = network();
        let before = *network;
        let mut gradient = bytemuck::zeroed_box::<Net>();
        gradient.parameters_mut().fill(0.5);
        let mut state = Optimizer::<Net>::start(rule);
        for _ in 0..3 {
            rule.step(&mut state, &mut network, &gradient, 0.1);
        }
        for (index, (now, before)) in network.parameters().iter().zip(before.parameters()).enumerate() {
            let trainable = (0..6).contains(&index) || (9..11).contains(&index);
            assert_eq!(now < before, trainable, "parameter {index}");
            assert_eq!(now == before, !trainable, "parameter {index}");
        }
    }
    each_rule!(check);
}

/// No number is larger than the bounds say, which hold for step after step.
#[test]
fn what_a_step_leaves_is_within_its_bounds() {
    fn check<R: Rule>(rule: &R) {
        let mut network = network();
        let mut gradient = bytemuck::zeroed_box::<Net>();
        let (mut state, mut caution) = (Optimizer::<Net>::start(rule), Caution::default());
        for step in 0..300_u32 {
            let size = 10_f64.powi(step.cast_signed() / 30);
            for (index, slope) in gradient.parameters_mut().iter_mut().enumerate() {
                *slope = ((index as f64 - 7.5) * f64::from(step)).sin() * size;
            }
            rule.checked_step(&mut caution, &mut state, &mut network, &gradient, (u64::from(step), 0.5)).unwrap();
            assert!(largest(network.parameters()) <= caution.bound);
            for (slot, &bound) in state.slots().zip(state.bounds(rule).as_ref()) {
                assert!(largest(slot.1) <= bound, "{} in step {step}", slot.0);
            }
        }
        assert!(caution.bound.is_finite());
    }
    each_rule!(check);
}

#[test]
fn a_step_that_overflows_is_not_made() {
    fn check<R: Rule>(rule: &R) {
        let mut network = network();
        let mut gradient = bytemuck::zeroed_box::<Net>();
        gradient.parameters_mut().fill(3.0);
        let (mut state, mut caution) = (Optimizer::<Net>::start(rule), Caution::default());
        rule.checked_step(&mut caution, &mut state, &mut network, &gradient, (0, 0.1)).unwrap();
        // Some steps are short, whatever the rate: they overflow from here.
        network.parameters_mut()[0] = -f64::MAX;
        caution.forget();
        let before = (*network, state.clone());
        let error = rule.checked_step(&mut caution, &mut state, &mut network, &gradient, (1, f64::MAX)).unwrap_err();
        assert!(
            matches!(error, Error::NonFiniteUpdate { step: 1, rate: f64::MAX, segment: "affine.weight" }),
            "{error}"
        );
        gradient.parameters_mut()[10] = f64::NAN;
        let error = rule.checked_step(&mut caution, &mut state, &mut network, &gradient, (2, 0.1)).unwrap_err();
        assert!(matches!(error, Error::NonFiniteGradient { step: 2, segment: "affine.bias" }), "{error}");
        assert_eq!((*network, state.steps()), (before.0, 1));
        assert!(state.slots().eq(before.1.slots()));
    }
    each_rule!(check);
}

/// A step that was made without being checked, between two that are.
#[test]
fn what_an_unchecked_step_left_is_looked_at() {
    let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
    let (mut network, mut gradient) = (network(), bytemuck::zeroed_box::<Net>());
    let (mut state, mut caution) = (Optimizer::<Net>::start(&sgd), Caution::default());
    sgd.checked_step(&mut caution, &mut state, &mut network, &gradient, (0, 0.1)).unwrap();
    gradient.parameters_mut()[0] = 1.7e308;
    sgd.step(&mut state, &mut network, &gradient, 0.0);
    gradient.parameters_mut()[0] = 1.0;
    let error = sgd.checked_step(&mut caution, &mut state, &mut network, &gradient, (2, 100.0)).unwrap_err();
    assert!(matches!(error, Error::NonFiniteUpdate { step: 2, segment: "affine.weight", .. }), "{error}");
}

#[test]
fn plain_descent_takes_no_memory() {
    assert_eq!(Optimizer::<Net>::start(&Sgd::default()).slots().count(), 0);
}

#[test]
fn a_slot_appears_when_it_is_first_used() {
    let (mut network, gradient) = (network(), network());
    let mut state = Optimizer::<Net>::start(&Sgd::default());
    Sgd::default().step(&mut state, &mut network, &gradient, 0.1);
    Sgd { momentum: 0.5, ..Sgd::default() }.step(&mut state, &mut network, &gradient, 0.1);
    let before = *network;
    assert_eq!(state.slot("velocity").unwrap()[..6], gradient.parameters()[..6]);
    Sgd::default().step(&mut state, &mut network, &gradient, 0.0);
    assert_eq!((*network, state.steps()), (before, 3));
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    fn message(rule: impl Rule) -> String {
        Optimizer::<Net>::check(&rule).unwrap_err().to_string()
    }
    assert_eq!(
        message(Sgd { momentum: 1.0, ..Sgd::default() }),
        "`momentum` is 1, but it must be from 0 to less than 1: correct the setting"
    );
    assert!(message(Sgd { weight_decay: f64::NAN, ..Sgd::default() }).starts_with("`weight_decay` is NaN"));
    assert!(message(Adam { beta1: -0.1, ..Adam::default() }).starts_with("`beta1` is -0.1"));
    assert!(message(Adam { beta2: 1.0, ..Adam::default() }).starts_with("`beta2` is 1"));
    assert!(message(Adam { epsilon: 0.0, ..Adam::default() }).starts_with("`epsilon` is 0"));
    assert!(message(Adam { weight_decay: -1.0, ..Adam::default() }).starts_with("`weight_decay` is -1"));
    Optimizer::<Net>::check(&Sgd::default()).unwrap();
    Optimizer::<Net>::check(&Adam::default()).unwrap();
}

#[test]
fn a_state_says_what_it_has() {
    let state = Optimizer::<Net>::start(&Adam::default());
    assert_eq!(format!("{state:?}"), r#"RuleState { steps: 0, slots: ["first", "second"], .. }"#);
}
