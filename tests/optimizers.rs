//! Optimizers as a stranger uses and writes them.

use castnet::bytemuck::zeroed_box;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::{
    AdaDelta, AdaGrad, Adam, AdamW, Adamax, AmsGrad, BacktrackingDescent, Caution, InPlace, Lamb, Lion, Minimizer,
    Momentum, Muon, NAdam, Objective, Optimizer, OptimizerState, ParameterGroup, RAdam, RmsProp, Rule, RuleState, Sgd,
    trainable_runs,
};
use castnet::schedules::{Function, MomentumRange, OneCycle};
use castnet::train::observers::{AdaptiveClip, ClipByLayerNorm, Lookahead, Swa};
use castnet::train::{DatasetLoss, FitOptions, Progress, Trainer, minimize};
use castnet::{Error, ParameterKind, Role, Scalar, prelude::*, pulp::Simd, typenum::Unsigned};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Every kind of parameter, some of them frozen.
    struct Mixed {
        input: [2, 4, 4],
        #[frozen]
        features: conv2d(3, kernel = 3),
        norm: batch_norm, relu,
        flatten,
        output: dense(2),
    }
}

network! {
    /// As small as can be.
    struct Line {
        input: [1],
        dense(1),
    }
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

/// A rule that states nothing about what it may leave: `p = p - 1000 * r * g`, and a running sum of `g`.
#[derive(Clone, Debug)]
struct OwnRule;

impl Rule for OwnRule {
    type Slots<X> = [X; 1];
    type Factors<T: Scalar> = T;
    const SLOTS: [&'static str; 1] = ["sum"];
    const DEFAULT_RATE: f64 = 0.1;

    fn factors<T: Scalar>(&self, _step: u64, rate: f64, _decay: f64) -> T {
        T::from_f64(-1e3 * rate)
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        &factor: &T,
        parameter: T::Vector<S>,
        [sum]: [T::Vector<S>; 1],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 1]) {
        (T::mul_add_lanes(simd, T::splat(simd, factor), gradient, parameter), [T::add_lanes(simd, sum, gradient)])
    }
}

/// An optimizer that is no rule: steps of one length, whatever the gradient's; it divides by zero where
/// there is none.
#[derive(Clone, Debug)]
struct OwnOptimizer;

impl<N: Network> Optimizer<N> for OwnOptimizer {
    type State = RuleState<N>;
    const DEFAULT_RATE: f64 = 0.1;

    fn start(&self) -> RuleState<N> {
        RuleState::new(["sum"])
    }

    fn step(&self, state: &mut RuleState<N>, network: &mut N, gradient: &N, rate: f64) {
        state.set_steps(state.steps() + 1);
        for run in trainable_runs::<N>() {
            let gradient = &gradient.parameters()[run.clone()];
            let square: f64 = gradient.iter().map(|slope| slope.to_f64().powi(2)).sum();
            let factor = N::Scalar::from_f64(-rate / square.sqrt());
            let sum = &mut state.slot_mut("sum").unwrap()[run.clone()];
            for ((parameter, sum), &slope) in network.parameters_mut()[run].iter_mut().zip(sum).zip(gradient) {
                *parameter += factor * slope;
                *sum += slope;
            }
        }
    }
}

/// All that a network and a state hold, to the last bit.
fn bits<N: Network<Scalar = f32>, S: OptimizerState<f32>>(network: &N, state: &S) -> (u64, Vec<u32>) {
    let slots = state.slots().flat_map(|(_, numbers)| numbers.to_vec());
    (state.steps(), network.parameters().iter().copied().chain(slots).map(f32::to_bits).collect())
}

fn are_finite(numbers: &[u32]) -> bool {
    numbers.iter().all(|&bits| f32::from_bits(bits).is_finite())
}

#[test]
fn parameters_are_counted_as_they_lie() {
    let network = Mixed::init(&mut rng());
    assert_eq!(Mixed::PARAMETER_COUNT, network.parameters().len());
    assert_eq!(<Mixed as castnet::Sizes>::ParameterCount::USIZE, Mixed::PARAMETER_COUNT);
    let trained = |role| Mixed::SEGMENTS.iter().filter(move |s| s.role == role).map(|s| s.len).sum::<usize>();
    assert_eq!(Mixed::TRAINABLE_COUNT, trained(Role::Trainable));
    assert_eq!(Mixed::TRAINABLE_COUNT, 2 * 3 + 12 * 2 + 2);
    assert_eq!(Mixed::PARAMETER_COUNT, (2 * 9 * 3 + 3) + 4 * 3 + 12 * 2 + 2);
}

#[test]
fn segments_say_what_they_are() {
    let kinds: Vec<_> = Mixed::SEGMENTS.iter().map(|segment| (segment.name, segment.kind)).collect();
    let expected = [
        ("features.weight", ParameterKind::Weight),
        ("features.bias", ParameterKind::Bias),
        ("norm.weight", ParameterKind::Scale),
        ("norm.bias", ParameterKind::Shift),
        ("norm.running_mean", ParameterKind::RunningStatistic),
        ("norm.running_variance", ParameterKind::RunningStatistic),
        ("output.weight", ParameterKind::Weight),
        ("output.bias", ParameterKind::Bias),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn weight_decay_falls_on_weights_only_unless_asked() {
    fn moved<O: Optimizer<Mixed>>(optimizer: &O) -> Vec<&'static str> {
        let mut network = Mixed::init(&mut rng());
        network.parameters_mut().fill(1.0);
        let gradient = castnet::bytemuck::zeroed_box::<Mixed>();
        optimizer.step(&mut optimizer.start(), &mut network, &gradient, 0.5);
        let is_moved = |first: usize| network.parameters()[first] < 1.0;
        Mixed::SEGMENTS.iter().filter(|segment| is_moved(segment.offset)).map(|segment| segment.name).collect()
    }
    let (sgd, adam) = (Sgd { weight_decay: 0.5, ..Sgd::default() }, Adam { weight_decay: 0.5, ..Adam::default() });
    assert_eq!(moved(&sgd), ["output.weight"]);
    assert_eq!(moved(&adam), ["output.weight"]);
    let all = ParameterGroup::all().weight_decay(0.5);
    let trained = ["norm.weight", "norm.bias", "output.weight", "output.bias"];
    assert_eq!(moved(&Sgd::default().group(all.clone())), trained);
    assert_eq!(moved(&Adam::default().group(all)), trained);
}

/// Trains until a step is refused, by a rate of 0 at first, and looks at every number after every step.
fn trains_without_a_mark<O: Optimizer<Line>>(optimizer: O, rate: f64) {
    let schedule = Function(move |step: u64| if step == 0 { 0.0 } else { rate });
    let mut line = Line::init(&mut rng());
    line.parameters_mut().fill(0.0);
    let mut trainer = Trainer::new(line, MeanSquaredError, optimizer).schedule(schedule);
    loop {
        let before = bits(trainer.network(), trainer.optimizer_state());
        // The weight is moved by the first sample only, and by what the optimizer makes of it.
        let sample = if trainer.steps() == 0 { [1e4] } else { [0.0] };
        let step = trainer.step(&[sample], &[[0.5]]);
        let after = bits(trainer.network(), trainer.optimizer_state());
        assert!(are_finite(&after.1), "step {} left {:?}", trainer.steps(), trainer.network().parameters());
        match step {
            Err(error) => {
                assert_eq!(before, after, "{error}");
                return;
            }
            Ok(_) => assert!(trainer.steps() < 10_000, "nothing overflowed"),
        }
    }
}

#[test]
fn a_step_that_leaves_something_else_than_numbers_is_an_error() {
    trains_without_a_mark(Adam { beta2: 0.0, epsilon: 1e-20, weight_decay: 1e-3, ..Adam::default() }, 1.0);
    trains_without_a_mark(Adam { beta2: 0.0, epsilon: 1e-20, ..Adam::default() }, 1e20);
    trains_without_a_mark(AdamW { beta2: 0.0, epsilon: 1e-20, ..AdamW::default() }, 1e20);
    trains_without_a_mark(RmsProp { alpha: 0.0, epsilon: 1e-20, momentum: 0.9, ..RmsProp::default() }, 1e38);
    trains_without_a_mark(Sgd::default(), 1e3);
    trains_without_a_mark(Sgd { momentum: 0.9, nesterov: true, weight_decay: 1.0 }, 1e3);
    trains_without_a_mark(Sgd { momentum: 0.5, ..Sgd::default() }.group(ParameterGroup::all().rate_factor(1e4)), 1e3);
    trains_without_a_mark(Momentum { momentum: 0.9, nesterov: true, weight_decay: 1.0 }, 1e3);
    trains_without_a_mark(AdaGrad { epsilon: 1e-20, ..AdaGrad::default() }, 1e38);
    trains_without_a_mark(AdaDelta::default(), 1e38);
    trains_without_a_mark(Adamax { epsilon: 1e-20, ..Adamax::default() }, 1e38);
    trains_without_a_mark(AmsGrad { epsilon: 1e-20, ..AmsGrad::default() }, 1e38);
    trains_without_a_mark(NAdam { epsilon: 1e-20, ..NAdam::default() }, 1e38);
    trains_without_a_mark(RAdam { epsilon: 1e-20, ..RAdam::default() }, 1e38);
    trains_without_a_mark(Lion { weight_decay: 0.1, ..Lion::default() }, 1e38);
    trains_without_a_mark(Lamb::default(), 1e38);
    trains_without_a_mark(Muon::default(), 1e38);
    trains_without_a_mark(OwnRule, 1e3);
    trains_without_a_mark(OwnOptimizer, 1e37);
}

/// Steps with gradients, rates and settings of all sizes: each either leaves numbers, or nothing at all.
fn never_leaves_a_mark<O: Optimizer<Line>>(optimizer: &O, rng: &mut StdRng) -> [u32; 2] {
    let size = |rng: &mut StdRng, largest: f64| (10.0_f64).powf(rng.random_range(-45.0..largest)) as f32;
    let (mut line, mut gradient) = (Line::init(rng), Line::init(rng));
    let (mut state, mut caution) = (optimizer.start(), Caution::default());
    // Most gradients are small, so that steps are made for which nothing is tried out.
    let (largest_slope, largest_rate) = (rng.random_range(-3.0..38.5), rng.random_range(-3.0..30.0));
    let mut counts = [0; 2];
    for step in 0..200 {
        for slope in gradient.parameters_mut() {
            *slope = size(rng, largest_slope) * if rng.random() { 1.0 } else { -1.0 };
        }
        let rate = f64::from(size(rng, largest_rate));
        let before = bits(&*line, &state);
        let result = optimizer.checked_step(&mut caution, &mut state, &mut line, &gradient, (step, rate));
        let after = bits(&*line, &state);
        if result.is_err() {
            assert_eq!(before, after);
        }
        assert!(are_finite(&after.1), "step {step} of rate {rate:e} along {:?}", gradient.parameters());
        counts[usize::from(result.is_err())] += 1;
    }
    counts
}

#[test]
fn whatever_is_asked_for_a_step_leaves_numbers() {
    let rng = &mut StdRng::seed_from_u64(5);
    let mut counts = [[0; 2]; 16];
    for _ in 0..80 {
        let mut kept = || 1.0 - 10_f64.powf(rng.random_range(-17.0..0.0));
        let (beta1, beta2, momentum) = (kept(), kept(), kept());
        let weight_decay = if rng.random() { rng.random() } else { 0.0 };
        let epsilon = 10_f64.powf(rng.random_range(-20.0..0.0));
        let sgd = Sgd { momentum: if rng.random() { momentum } else { 0.0 }, nesterov: rng.random(), weight_decay };
        let centered = rng.random();
        let rms_prop = RmsProp { alpha: beta1, epsilon, centered, momentum: sgd.momentum, weight_decay };
        let all = [
            never_leaves_a_mark(&sgd, rng),
            never_leaves_a_mark(&Adam { beta1, beta2, epsilon, weight_decay, ..Adam::default() }, rng),
            never_leaves_a_mark(&AdamW { beta1, beta2, epsilon, weight_decay }, rng),
            never_leaves_a_mark(&rms_prop, rng),
            never_leaves_a_mark(&Momentum { momentum, nesterov: centered, weight_decay }, rng),
            never_leaves_a_mark(&AdaGrad { epsilon, weight_decay, rate_decay: momentum, initial_sum: epsilon }, rng),
            never_leaves_a_mark(&AdaDelta { rho: beta1, epsilon, weight_decay }, rng),
            never_leaves_a_mark(&Adamax { beta1, beta2, epsilon, weight_decay }, rng),
            never_leaves_a_mark(&AmsGrad { beta1, beta2, epsilon, weight_decay, decoupled: centered }, rng),
            never_leaves_a_mark(
                &NAdam { beta1, beta2, epsilon, momentum_decay: momentum, weight_decay, decoupled: centered },
                rng,
            ),
            never_leaves_a_mark(&RAdam { beta1, beta2, epsilon, weight_decay, decoupled: centered }, rng),
            never_leaves_a_mark(&Lion { beta1, beta2, weight_decay }, rng),
            never_leaves_a_mark(&Lamb { beta1, beta2, epsilon, weight_decay }, rng),
            never_leaves_a_mark(&Muon { momentum, nesterov: centered, weight_decay, beta1, ..Muon::default() }, rng),
            never_leaves_a_mark(&OwnRule, rng),
            never_leaves_a_mark(&OwnOptimizer, rng),
        ];
        for (count, new) in counts.iter_mut().zip(all) {
            *count = [count[0] + new[0], count[1] + new[1]];
        }
    }
    // Both answers are given, by all of them.
    assert!(counts.as_flattened().iter().all(|&count| count > 100), "{counts:?}");
}

/// A bowl around 3 and -2, as its user writes it; it counts how often it is asked.
struct Bowl {
    evaluations: u32,
}

impl Objective<Line> for Bowl {
    fn value(&mut self, network: &Line) -> Result<f64, Error> {
        self.evaluations += 1;
        let [weight, bias] = [network.parameters()[0], network.parameters()[1]].map(f64::from);
        Ok(100.0 * (weight - 3.0).powi(2) + (bias + 2.0).powi(2))
    }

    fn value_and_gradient(&mut self, network: &Line, gradient: &mut Line) -> Result<f64, Error> {
        let [weight, bias] = [network.parameters()[0], network.parameters()[1]];
        gradient.parameters_mut().copy_from_slice(&[200.0 * (weight - 3.0), 2.0 * (bias + 2.0)]);
        self.value(network)
    }
}

#[test]
fn a_line_search_finds_the_length_of_its_steps() {
    let descent = BacktrackingDescent::default();
    let (mut line, mut bowl) = (Line::init(&mut rng()), Bowl { evaluations: 0 });
    let mut state = Minimizer::<Line>::start(&descent);
    let mut last = bowl.value(&line).unwrap();
    for step in 0..2_000 {
        let before = *line;
        let value = descent.step(&mut state, &mut line, &mut bowl).unwrap();
        // The condition of Armijo.
        let square: f64 = [(200.0, 3.0, 0), (2.0, -2.0, 1)]
            .map(|(factor, centre, index)| (factor * (f64::from(before.parameters()[index]) - centre)).powi(2))
            .iter()
            .sum();
        let rate = f64::from(state.slot("rate").unwrap()[0]) / descent.growth;
        let is_at_rest = *line.parameters() == *before.parameters();
        assert!(is_at_rest || value <= last - 0.9999e-4 * rate * square, "step {step}: {value}, {last} before");
        assert_eq!(value, bowl.value(&line).unwrap());
        last = value;
    }
    assert!(last < 1e-8, "{last}");
    assert!(bowl.evaluations < 2_000 * 8, "{} evaluations", bowl.evaluations);
    assert!(state.steps() > 10);
}

network! {
    /// With batch norm, so that a pass has stages.
    struct Curve<f64> {
        input: [1],
        dense(8, bias = false), batch_norm, tanh,
        dense(1),
    }
}

#[test]
fn a_loss_on_a_data_set_never_rises() {
    let data: Vec<([f64; 1], [f64; 1])> =
        (0..37).map(|index| f64::from(index) / 6.0 - 3.0).map(|x| ([x], [x.sin()])).collect();
    let mut curve = Curve::init(&mut rng());
    let descent = BacktrackingDescent::default();
    let mut losses = vec![minimize(&mut curve, &MeanSquaredError, &data[..], &descent, 0).unwrap()];
    for _ in 0..30 {
        losses.push(minimize(&mut curve, &MeanSquaredError, &data[..], &descent, 10).unwrap());
    }
    assert!(losses.is_sorted_by(|before, after| after <= before), "{losses:?}");
    assert!(losses[30] < 0.2 * losses[0], "{losses:?}");
    // At inference too, by running statistics that have followed.
    let evaluation = castnet::evaluate(&*curve, &MeanSquaredError, &data[..], &[]).unwrap();
    assert!(evaluation.loss < 0.3 * losses[0], "{} of {}", evaluation.loss, losses[0]);
}

#[test]
fn what_a_minimizer_is_given_is_checked() {
    let mut line = Line::init(&mut rng());
    let before = *line;
    let mut error = |descent: BacktrackingDescent, data: &[([f32; 1], [f32; 1])]| {
        minimize(&mut line, &MeanSquaredError, data, &descent, 3).unwrap_err().to_string()
    };
    let usual = BacktrackingDescent::default();
    let sample = [([1.0], [2.0])];
    assert!(error(BacktrackingDescent { first_rate: 0.0, ..usual }, &sample).starts_with("`first_rate` is 0"));
    assert!(error(BacktrackingDescent { shrinkage: 1.0, ..usual }, &sample).starts_with("`shrinkage` is 1"));
    assert!(error(BacktrackingDescent { growth: 0.5, ..usual }, &sample).starts_with("`growth` is 0.5"));
    let part = BacktrackingDescent { sufficient_decrease: f64::NAN, ..usual };
    assert!(error(part, &sample).starts_with("`sufficient_decrease` is NaN"));
    assert!(error(BacktrackingDescent { trials: 0, ..usual }, &sample).starts_with("`trials` is 0"));
    assert!(error(usual, &[]).contains("no samples"));
    assert!(error(usual, &[([f32::NAN], [1.0])]).contains("sample 0"));
    assert_eq!(line.parameters(), before.parameters());
}

/// A copy of network and state goes on as they do.
#[test]
fn a_state_can_be_written_down_and_read_again() {
    fn check<O: Optimizer<Mixed>>(optimizer: &O) {
        let step = |network: &mut Mixed, state: &mut O::State| {
            let mut gradient = *network;
            gradient.parameters_mut().iter_mut().for_each(|slope| *slope *= 0.5);
            optimizer.step(state, network, &gradient, 0.1);
        };
        let (mut network, mut state) = (Mixed::init(&mut rng()), optimizer.start());
        (0..3).for_each(|_| step(&mut network, &mut state));

        let written: Vec<(&str, Vec<f32>)> = state.slots().map(|(name, numbers)| (name, numbers.to_vec())).collect();
        let (mut copy, mut read) = (network.clone(), optimizer.start());
        read.set_steps(state.steps());
        for (name, numbers) in written {
            read.slot_mut(name).unwrap().copy_from_slice(&numbers);
        }
        for _ in 0..3 {
            step(&mut network, &mut state);
            step(&mut copy, &mut read);
        }
        assert_eq!(bits(&*network, &state), bits(&*copy, &read));
    }
    check(&Sgd { momentum: 0.9, ..Sgd::default() });
    check(&Adam::default());
    check(&RmsProp { centered: true, ..RmsProp::default() });
    check(&Adam::default().group(ParameterGroup::named("norm.*").frozen()));
    check(&OwnOptimizer);
}

#[test]
fn numbers_that_are_set_in_a_state_are_looked_at() {
    let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
    let mut trainer = Trainer::new(Line::init(&mut rng()), MeanSquaredError, sgd).schedule(1.0);
    trainer.step(&[[0.5]], &[[1.0]]).unwrap();
    trainer.optimizer_state_mut().slot_mut("velocity").unwrap()[0] = f32::MAX;
    trainer.network_mut().parameters_mut()[0] = -f32::MAX;
    let before = bits(trainer.network(), trainer.optimizer_state());
    let error = trainer.step(&[[0.0]], &[[1.0]]).unwrap_err();
    assert!(matches!(error, Error::NonFiniteUpdate { step: 1, segment: "dense1.weight", .. }), "{error}");
    assert_eq!(bits(trainer.network(), trainer.optimizer_state()), before);
}

#[test]
fn settings_are_checked_before_a_step() {
    fn error<O: Optimizer<Line>>(optimizer: O) -> String {
        let mut trainer = Trainer::new(Line::init(&mut rng()), MeanSquaredError, optimizer);
        trainer.step(&[[0.5]], &[[1.0]]).unwrap_err().to_string()
    }
    assert!(error(Sgd { momentum: 1.5, ..Sgd::default() }).starts_with("`momentum` is 1.5"));
    let group = ParameterGroup::named("conv1.*").frozen();
    assert!(error(Sgd::default().group(group)).starts_with("parameter group 0 has no trained parameters of `Line`"));
}

#[test]
fn a_schedule_moves_the_momentum_of_those_that_have_one() {
    /// The parameters after some steps of one cycle, whose momentum moves or not.
    fn trained<O: Optimizer<Line>>(optimizer: O, momentum: Option<MomentumRange>) -> Result<Vec<f32>, Error> {
        let schedule = OneCycle { momentum, ..OneCycle::new(0.05, 8) };
        let mut trainer = Trainer::new(Line::init(&mut rng()), MeanSquaredError, optimizer).schedule(schedule);
        (0..8).try_for_each(|_| trainer.step(&[[1.0], [2.0]], &[[0.5], [-1.0]]).map(drop))?;
        Ok(trainer.network().parameters().to_vec())
    }
    let range = Some(MomentumRange { least: 0.75, most: 0.75 });
    let expected = |momentum| Sgd { momentum, ..Sgd::default() }.group(ParameterGroup::all().weight_decay(0.1));
    assert_eq!(trained(expected(0.0), range), trained(expected(0.75), None));
    assert_ne!(trained(expected(0.0), range), trained(expected(0.0), None));
    let rms = |momentum| RmsProp { momentum, ..RmsProp::default() };
    assert_eq!(trained(InPlace::<_, 3>(rms(0.25)), range), trained(rms(0.75), None));
    assert_eq!(trained(OwnRule, range), Err(Error::NoMomentum));
    assert!(trained(OwnRule, None).is_ok());
    let wrong = Some(MomentumRange { least: 0.5, most: 1.5 });
    assert!(matches!(trained(Adam::default(), wrong), Err(Error::Setting { setting: "beta1", .. })));
}

#[test]
fn batches_that_are_added_up_are_one_batch() {
    let data: Vec<([f64; 1], [f64; 1])> =
        (0..50).map(|index| f64::from(index) / 8.0 - 3.0).map(|x| ([x], [x.sin()])).collect();
    let fit = |batch_size, accumulation| {
        let mut trainer = Trainer::new(Smooth::init(&mut rng()), MeanSquaredError, Adam::default()).schedule(0.01);
        let options = FitOptions::new(3).batch_size(batch_size).accumulation(accumulation).shuffle(false);
        let history = trainer.fit(&data, options.progress(Progress::Silent)).unwrap();
        (trainer.steps(), history.last().training_loss, trainer.into_network())
    };
    // The last step of an epoch has two samples.
    let ((steps, loss, whole), (steps_of_parts, loss_of_parts, parts)) = (fit(24, 1), fit(8, 3));
    assert_eq!((steps, steps_of_parts), (9, 9));
    assert!((loss - loss_of_parts).abs() < 1e-12);
    let numbers = whole.parameters().iter().zip(parts.parameters());
    assert!(numbers.clone().all(|(one, other)| (one - other).abs() < 1e-9), "{:?}", numbers.collect::<Vec<_>>());
}

#[test]
fn averages_follow_a_trainer() {
    let data: Vec<([f64; 1], [f64; 1])> = (0..20).map(|index| ([f64::from(index) / 10.0], [0.5])).collect();
    let network = Smooth::init(&mut rng());
    let observers = (Swa::of_epochs(2), Lookahead::new(&*network, 3, 0.5), ClipByLayerNorm { norm: 0.1 });
    let mut trainer = Trainer::new(network, MeanSquaredError, Sgd::default()).with_observers(observers);
    // Six steps.
    trainer.fit(&data, FitOptions::new(3).batch_size(10).progress(Progress::Silent)).unwrap();
    let (swa, lookahead, _) = trainer.observers();
    assert_eq!((swa.networks(), lookahead.steps()), (1, 6));
    assert_eq!(lookahead.slow().parameters(), trainer.network().parameters());
    assert_eq!(swa.average().parameters(), trainer.network().parameters());
}

#[test]
fn gradients_are_clipped_by_units_and_by_layers() {
    let (mut network, mut gradient) = (zeroed_box::<Two>(), zeroed_box::<Two>());
    // The rows of the weight are (3, 4), of norm 5, and (0, 0).
    network.first.weight.copy_from_slice(&[3.0, 0.0, 4.0, 0.0]);
    gradient.first.weight.copy_from_slice(&[0.0, 0.3, 1.0, 0.4]);
    gradient.first.bias.copy_from_slice(&[0.3, 0.4]);
    gradient.second.weight.copy_from_slice(&[1.0, 1.0]);
    let before = gradient.clone();
    let spares = |segment: &castnet::Segment| segment.name.starts_with("second.");
    AdaptiveClip { factor: 0.1, epsilon: 0.01, spares }.clip(&*network, &mut *gradient);
    let close = |found: &[f64], expected: &[f64]| {
        assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-15), "{found:?}");
    };
    close(gradient.first.weight.as_slice(), &[0.0, 0.001 * 0.6, 0.5, 0.001 * 0.8]);
    close(gradient.first.bias.as_slice(), &[0.001 * 0.6, 0.001 * 0.8]);
    assert_eq!(gradient.second.weight, before.second.weight);

    // Neither is one whose square is no number.
    gradient.first.bias.copy_from_slice(&[3e200, -4e200]);
    AdaptiveClip { factor: 0.1, epsilon: 0.01, spares }.clip(&*network, &mut *gradient);
    close(gradient.first.bias.as_slice(), &[0.001 * 0.6, -0.001 * 0.8]);

    *gradient = *before;
    ClipByLayerNorm { norm: 1.2 }.clip(&mut *gradient);
    // Weight and bias together have a norm of sqrt(1.5).
    let factor = 1.2 / 1.5_f64.sqrt();
    let expected: Vec<f64> = before.parameters()[..6].iter().map(|slope| slope * factor).collect();
    close(&gradient.parameters()[..6], &expected);
    close(gradient.second.weight.as_slice(), &[1.2 / 2.0_f64.sqrt(); 2]);
}

#[test]
fn running_statistics_are_those_of_the_data_when_refreshed() {
    let data: Vec<([f64; 1], [f64; 1])> = (0..37).map(|index| ([f64::from(index) / 6.0], [1.0])).collect();
    let mut curve = Curve::init(&mut rng());
    DatasetLoss::<Curve, _, _>::new(&MeanSquaredError, &data[..])
        .unwrap()
        .refresh_running_statistics(&mut curve)
        .unwrap();
    let mean = 18.0 / 6.0;
    let variance = data.iter().map(|([x], _)| (x - mean).powi(2)).sum::<f64>() / 36.0;
    for (unit, weight) in curve.dense1.weight.iter().enumerate() {
        assert!((curve.batch_norm1.running_mean[unit] - weight * mean).abs() < 1e-12);
        assert!((curve.batch_norm1.running_variance[unit] - weight * weight * variance).abs() < 1e-12);
    }
}

network! {
    /// A smooth curve.
    struct Smooth<f64> {
        input: [1],
        dense(6), tanh,
        dense(1),
    }
}

network! {
    /// Layers of some units.
    struct Two<f64> {
        input: [2],
        first: dense(2),
        second: dense(1),
    }
}
