//! A training step and a prediction allocate nothing after construction.

use allocation_counter::measure;
use castnet::data::augment::{HorizontalFlip, Mixup, OneHot, RandomShift};
use castnet::data::{Batches, Dataset, Images};
use castnet::losses::{
    Contrastive, MeanSquaredError, SampleWeighted, SoftTargetCrossEntropy, SoftmaxCrossEntropy, Weighted,
};
use castnet::optimizers::{
    Adam, AdamW, ConjugateGradient, Lamb, Lbfgs, LevenbergMarquardt, Minimizer, Muon, NAdam, Objective, Optimizer,
    ParameterGroup, RmsProp, Rule, RuleState, Sgd, trainable_runs,
};
use castnet::regularizers::{ElasticNet, MaxNorm, Orthogonality, ProximalL1, Pruned};
use castnet::schedules::{OneCycle, ReduceOnPlateau, Schedule};
use castnet::train::observers::{
    AdaptiveClip, ClipByLayerNorm, ClipByNorm, ClipByValue, EarlyStopping, Ema, Lookahead, Swa,
};
use castnet::train::{DatasetLoss, LeastSquares, Trainer};
use castnet::{Copies, Predictor, Scalar, Siamese, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// LeNet-5.
    struct LeNet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        fc1: dense(120), relu,
        fc2: dense(84), relu,
        logits: dense(10),
    }
}

network! {
    /// Layers that need the whole batch, and random numbers.
    struct Normalised<f64> {
        input: [2, 6, 6],
        conv2d(3, kernel = 3, padding = same),
        batch_norm, leaky_relu,
        avg_pool2d(2),
        flatten,
        dropout(0.5),
        dense(4), tanh,
        batch_norm, sigmoid,
        dense(2),
    }
}

network! {
    /// Sequences.
    struct Wave {
        input: [2, 24],
        conv1d(5, kernel = 3, dilation = 4, padding = causal), tanh,
        residual { conv1d(5, kernel = 2, dilation = 3, padding = [1, 2]), relu },
        max_pool1d(2), avg_pool1d(3),
        flatten,
        dense(2),
    }
}

network! {
    /// Several inputs, and several heads.
    struct Robot {
        input: { image: [1, 6, 6], speed: [3] },
        conv2d(3, kernel = 3), tanh,
        flatten,
        concat { {}, { speed, slice(1..3) } },
        dense(8), tanh,
        concat { policy: { dense(4) }, value: { dense(1) } },
    }
}

#[test]
fn several_inputs_and_heads_take_no_allocation() {
    let robot = Robot::init(&mut StdRng::seed_from_u64(1));
    let loss = (SoftmaxCrossEntropy, Weighted { weight: 0.5, loss: MeanSquaredError });
    let mut trainer = Trainer::new(robot, loss, Adam::default());
    let inputs = [RobotInput { image: [0.5; 36], speed: [0.1, 0.2, 0.3] }; 21];
    let targets = [(2, [0.5]); 21];
    let step = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
    });
    let predict = measure(|| assert!(trainer.network().predict(&inputs[0]).value[0].is_finite()));
    assert_eq!((step.count_total, predict.count_total), (0, 0));
}

network! {
    /// A vector for a sample.
    struct Embedding { input: [5], dense(8), tanh, dense(3) }
}

#[test]
fn weights_pairs_and_a_momentum_that_moves_take_no_allocation() {
    let pairs = Siamese::<Embedding, 2>::init(&mut StdRng::seed_from_u64(1));
    let loss = SampleWeighted(Contrastive::default());
    let mut trainer = Trainer::new(pairs, loss, Adam::default()).schedule(OneCycle::new(0.01, 10));
    let inputs = [Copies([[0.1; 5], [0.2; 5]]); 21];
    let targets = [(true, 0.5); 21];
    let step = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
    });
    let predict = measure(|| assert!(trainer.network().predict(&inputs[0]).0[1][0].is_finite()));
    assert_eq!((step.count_total, predict.count_total), (0, 0));
}

#[test]
fn lenet_steps_and_predicts_without_allocation() {
    let mut trainer = Trainer::new(LeNet5::init(&mut StdRng::seed_from_u64(1)), SoftmaxCrossEntropy, Adam::default());
    let inputs: Vec<_> = (0..70).map(|sample| [sample as f32 / 70.0; 784]).collect();
    let targets: Vec<_> = (0..70).map(|sample| sample % 10).collect();
    let step = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
    });
    assert_eq!(step.count_total, 0);

    let network = trainer.into_network();
    let predict = measure(|| assert!(network.predict(&inputs[0]).iter().all(|logit| logit.is_finite())));
    assert_eq!(predict.count_total, 0);

    let mut predictor = Predictor::new(&*network);
    let mut outputs = vec![[0.0; 10]; 70];
    let predictions = measure(|| {
        predictor.predict(&inputs[0]);
        predictor.predict_batch(&inputs, &mut outputs);
    });
    assert_eq!(predictions.count_total, 0);
}

#[test]
fn sequences_step_and_predict_without_allocation() {
    let mut trainer = Trainer::new(Wave::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Adam::default());
    let (inputs, targets) = ([[0.5; 48]; 21], [[0.5, -0.5]; 21]);
    let step = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
    });
    let predict = measure(|| assert!(trainer.predict(&inputs[0]).iter().all(|output| output.is_finite())));
    assert_eq!((step.count_total, predict.count_total), (0, 0));
}

#[test]
fn batch_norm_and_dropout_step_without_allocation() {
    let mut trainer = Trainer::new(Normalised::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Sgd::default());
    let inputs: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0; 72]).collect();
    let targets: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0, 0.5]).collect();
    let steps = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
        trainer.step(&inputs[..33], &targets[..33]).unwrap();
    });
    assert_eq!(steps.count_total, 0);
    let predict = measure(|| {
        trainer.predict(&inputs[0]);
    });
    assert_eq!(predict.count_total, 0);
}

/// Plain descent that is no rule, with a state of its own: steps are tried out on a copy.
struct Own;

impl<N: Network> Optimizer<N> for Own {
    type State = RuleState<N>;
    const DEFAULT_RATE: f64 = 0.1;

    fn start(&self) -> RuleState<N> {
        RuleState::new(["unused"])
    }

    fn step(&self, _: &mut RuleState<N>, network: &mut N, gradient: &N, rate: f64) {
        for run in trainable_runs::<N>() {
            for (parameter, &slope) in network.parameters_mut()[run.clone()].iter_mut().zip(&gradient.parameters()[run])
            {
                *parameter -= N::Scalar::from_f64(rate) * slope;
            }
        }
    }
}

#[test]
fn no_optimizer_allocates_in_a_step() {
    fn check<O: Optimizer<Normalised>>(optimizer: O, first_steps: usize) {
        let network = Normalised::init(&mut StdRng::seed_from_u64(1));
        let mut trainer = Trainer::new(network, MeanSquaredError, optimizer);
        let (inputs, targets) = ([[0.5; 72], [0.25; 72], [-0.5; 72]], [[0.5, 1.0], [0.0, 0.5], [-0.5, 1.0]]);
        for _ in 0..first_steps {
            trainer.step(&inputs, &targets).unwrap();
        }
        let steps = measure(|| {
            for _ in 0..3 {
                trainer.step(&inputs, &targets).unwrap();
            }
        });
        assert_eq!(steps.count_total, 0);
    }
    check(Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1 }, 0);
    check(AdamW::default(), 0);
    check(NAdam::default(), 0);
    check(Lamb::default(), 0);
    check(Muon::default(), 0);
    check(RmsProp { centered: true, momentum: 0.9, ..RmsProp::default() }, 0);
    let group = ParameterGroup::named("dense*.weight").rate_factor(0.5);
    check(Adam::default().group(group).group(ParameterGroup::all().weight_decay(0.1)), 0);
    // The first step makes the copy.
    check(Own, 1);
}

network! {
    /// Small enough for second derivatives.
    struct Curve<f64> {
        input: [1],
        dense(4), tanh,
        dense(1),
    }
}

#[test]
fn no_minimizer_allocates_in_a_step() {
    fn check<M: Minimizer<Curve>>(minimizer: &M, objective: &mut dyn Objective<Curve>) {
        let mut curve = Curve::init(&mut StdRng::seed_from_u64(1));
        let mut state = minimizer.start();
        let mut step = || minimizer.step(&mut state, &mut curve, objective).unwrap();
        let first = step();
        let mut last = first;
        let steps = measure(|| {
            for _ in 0..12 {
                last = step();
            }
        });
        assert!(last < first);
        assert_eq!(steps.count_total, 0);
    }
    let data: Vec<_> = (0..40).map(|index| f64::from(index) / 10.0 - 2.0).map(|x| ([x], [x.cos()])).collect();
    let mut loss = DatasetLoss::new(&MeanSquaredError, &data).unwrap();
    check(&Lbfgs::default(), &mut loss);
    check(&ConjugateGradient::default(), &mut loss);
    check(&LevenbergMarquardt::default(), &mut LeastSquares::new(&data).unwrap());
}

#[test]
fn observers_take_part_in_a_step_without_allocation() {
    let normalised = Normalised::init(&mut StdRng::seed_from_u64(1));
    let clips = (ClipByLayerNorm { norm: 1.0 }, AdaptiveClip::default(), ClipByNorm { norm: 0.1 });
    let averages = (Ema::new(0.9), Swa::of_steps(0, 1), Lookahead::new(&*normalised, 2, 0.5));
    let terms = (ElasticNet { l1: 1e-3, l2: 1e-3 }, Orthogonality { factor: 1e-3 });
    let constraints = (ProximalL1 { factor: 1e-3 }, MaxNorm { norm: 1.0 }, Pruned::new(normalised.clone()));
    let observers = (terms, clips, ClipByValue { value: 0.05 }, constraints, averages, EarlyStopping::new(3));
    let mut trainer = Trainer::new(normalised, MeanSquaredError, Adam::default())
        .schedule(ReduceOnPlateau::new(0.01).warm_up(3))
        .with_observers(observers);
    let inputs: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0; 72]).collect();
    let targets: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0, 0.5]).collect();
    let steps = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
        trainer.step(&inputs[..33], &targets[..33]).unwrap();
    });
    assert_eq!(steps.count_total, 0);
}

#[test]
fn samples_are_drawn_and_mixed_without_allocation() {
    let images = Images::<f32>::new([1, 28, 28], vec![7; 70 * 784], (0..70).map(|image| image % 10).collect()).unwrap();
    let labelled = OneHot::<_, 10>::new(&images);
    let changed = labelled.augment((RandomShift::by(2), HorizontalFlip::default())).unwrap();
    let mixed = Mixup::new(&changed, 0.2).unwrap();
    let network = LeNet5::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(network, SoftTargetCrossEntropy, Adam::default());
    let mut batches = Batches::new(&mixed, 64).unwrap();
    let epoch = measure(|| {
        batches.shuffle(1, 0);
        while let Some(batch) = batches.next() {
            trainer.step_batch(&batch).unwrap();
        }
    });
    assert_eq!((epoch.count_total, trainer.steps()), (0, 2));
}
