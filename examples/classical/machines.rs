//! The machines, and how each of them learns.

use std::ops::ControlFlow;

use castnet::data::Samples;
use castnet::losses::{Hinge, Loss, MeanSquaredError, Perceptron, SoftmaxCrossEntropy};
use castnet::metrics::{Accuracy, score};
use castnet::optimizers::{Adam, Sgd};
use castnet::regularizers::L2;
use castnet::schedules::CosineDecay;
use castnet::train::observers::{NetworkMut, Observer};
use castnet::train::{FitOptions, Progress, StepReport, Trainer};
use castnet::{Predictor, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::tables::{Fold, Part};

network! {
    /// A row of weights for each class: of two of them the one with the larger sum wins.
    pub struct Linear<const FEATURES: usize, const CLASSES: usize> {
        input: [FEATURES],
        classes: dense(CLASSES, init = zeros),
    }
}

network! {
    /// A hidden layer of sigmoids.
    pub struct Sigmoids<const FEATURES: usize, const CLASSES: usize> {
        input: [FEATURES],
        dense(32), sigmoid,
        dense(CLASSES),
    }
}

network! {
    /// Units with random connections that nothing changes: what Rosenblatt's machine had between its eye and what it learned.
    pub struct Association<const FEATURES: usize> {
        input: [FEATURES],
        units: dense(256, init = lecun_normal), relu,
    }
}

/// How many association units there are.
pub const UNITS: usize = 256;

/// A machine and its settings for a table.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub machine: Machine,
    /// Whether it sees association units instead of the inputs.
    pub units: bool,
    /// The factor of the L2 penalty.
    pub penalty: f64,
    pub rate: f64,
    pub epochs: usize,
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Machine {
    Linear,
    SupportVectors,
    Perceptron,
    Adaline,
    Sigmoids,
}

/// Samples of a step, but for the perceptron, which learns from one at a time.
const BATCH_SIZE: usize = 32;

/// The part of the test that a machine classifies correctly.
pub fn accuracy<const FEATURES: usize, const CLASSES: usize>(settings: Settings, fold: &Fold<FEATURES>) -> f64
where
    Linear<FEATURES, CLASSES>: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; CLASSES]>,
    Linear<UNITS, CLASSES>: Network<Scalar = f32, Input = [f32; UNITS], Output = [f32; CLASSES]>,
    Sigmoids<FEATURES, CLASSES>: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; CLASSES]>,
    Association<FEATURES>: Infer<Scalar = f32, Input = [f32; FEATURES], Output = [f32; UNITS]>,
{
    if settings.machine == Machine::Sigmoids {
        let sigmoids = Sigmoids::<FEATURES, CLASSES>::init(&mut StdRng::seed_from_u64(settings.seed));
        return tested(
            &*learned(sigmoids, SoftmaxCrossEntropy, &fold.training, &fold.training.labels, settings),
            &fold.test,
        );
    }
    if settings.units {
        let fold = associated(fold, settings.seed);
        tested(&*linear::<UNITS, CLASSES>(settings, &fold.training), &fold.test)
    } else {
        tested(&*linear::<FEATURES, CLASSES>(settings, &fold.training), &fold.test)
    }
}

/// A machine of one layer that has learned.
pub fn linear<const FEATURES: usize, const CLASSES: usize>(
    settings: Settings,
    training: &Part<FEATURES>,
) -> Box<Linear<FEATURES, CLASSES>>
where
    Linear<FEATURES, CLASSES>: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; CLASSES]>,
{
    let linear = Linear::<FEATURES, CLASSES>::init(&mut StdRng::seed_from_u64(settings.seed));
    match settings.machine {
        Machine::Linear => learned(linear, SoftmaxCrossEntropy, training, &training.labels, settings),
        Machine::SupportVectors => learned(linear, Hinge::default(), training, &training.labels, settings),
        Machine::Adaline => {
            // Widrow and Hoff 1960: the error is that of the sum, before it is 1 or -1.
            let signs = |&label: &usize| std::array::from_fn(|class| if class == label { 1.0 } else { -1.0 });
            let signs: Vec<[f32; CLASSES]> = training.labels.iter().map(signs).collect();
            learned(linear, MeanSquaredError, training, &signs, settings)
        }
        Machine::Perceptron => taught(linear, training, settings),
        Machine::Sigmoids => unreachable!("it has a layer more"),
    }
}

/// By gradient descent on the loss and an L2 penalty.
fn learned<N, C, const FEATURES: usize>(
    network: Box<N>,
    loss: C,
    training: &Part<FEATURES>,
    targets: &[C::Target],
    settings: Settings,
) -> Box<N>
where
    N: Network<Scalar = f32, Input = [f32; FEATURES]>,
    C: Loss<N>,
{
    let samples = Samples::new(&training.inputs, targets).expect("a target for each input");
    let steps = settings.epochs * targets.len().div_ceil(BATCH_SIZE);
    let mut trainer = Trainer::new(network, loss, Adam::default())
        .schedule(CosineDecay { from: settings.rate, to: 0.0, steps: steps as u64 })
        .with_observers(L2 { factor: settings.penalty })
        .seed(settings.seed);
    let options = FitOptions::new(settings.epochs).batch_size(BATCH_SIZE).progress(Progress::Silent);
    trainer.fit(&samples, options).expect("training does not diverge");
    trainer.into_network()
}

/// By the rule of 1957: a sample that is on the wrong side is added to the weights of its class, and taken from those of the class
/// that it was taken for. What is kept is the mean of the weights over all samples, because the last of them has no more to say
/// than others (Freund and Schapire 1999, "Large Margin Classification Using the Perceptron Algorithm").
fn taught<N, const FEATURES: usize>(network: Box<N>, training: &Part<FEATURES>, settings: Settings) -> Box<N>
where
    N: Network<Scalar = f32, Input = [f32; FEATURES]>,
{
    let samples = Samples::new(&training.inputs, &training.labels).expect("a label for each input");
    let mean = Mean { sums: vec![0.0; N::PARAMETER_COUNT], steps: 0 };
    let mut trainer = Trainer::<_, _, _, 1, _>::with_lanes(network, Perceptron, Sgd::default())
        .schedule(1.0)
        .with_observers(mean)
        .seed(settings.seed);
    let options = FitOptions::new(settings.epochs).batch_size(1).progress(Progress::Silent);
    trainer.fit(&samples, options).expect("a step of one sample cannot diverge");
    let Mean { sums, steps } = trainer.observers().clone();
    let mut network = trainer.into_network();
    let means = sums.into_iter().map(|sum| (sum / f64::from(steps)) as f32);
    network.parameters_mut().iter_mut().zip(means).for_each(|(parameter, mean)| *parameter = mean);
    network
}

/// The sums of the parameters after each step.
#[derive(Clone)]
struct Mean {
    sums: Vec<f64>,
    steps: u32,
}

impl<N: Network<Scalar = f32>> Observer<N> for Mean {
    fn stepped(&mut self, _: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        self.steps += 1;
        self.sums.iter_mut().zip(network.parameters()).for_each(|(sum, &parameter)| *sum += f64::from(parameter));
        ControlFlow::Continue(())
    }
}

/// What association units make of the inputs.
fn associated<const FEATURES: usize>(fold: &Fold<FEATURES>, seed: u64) -> Fold<UNITS>
where
    Association<FEATURES>: Infer<Scalar = f32, Input = [f32; FEATURES], Output = [f32; UNITS]>,
{
    let mut rng = StdRng::seed_from_u64(seed);
    let mut association = Association::<FEATURES>::init(&mut rng);
    association.units.bias.iter_mut().for_each(|bias| *bias = rng.random_range(-1.0..1.0));
    let mut association = Predictor::new(association);
    let mut part = |part: &Part<FEATURES>| Part {
        inputs: part.inputs.iter().map(|input| association.predict(input)).collect(),
        labels: part.labels.clone(),
    };
    Fold { training: part(&fold.training), test: part(&fold.test) }
}

fn tested<N, const FEATURES: usize>(network: &N, test: &Part<FEATURES>) -> f64
where
    N: Infer<Scalar = f32, Input = [f32; FEATURES]>,
{
    let mut predictor = Predictor::new(network);
    let outputs = test.inputs.iter().map(|input| predictor.predict(input));
    score(&Accuracy, outputs.zip(test.labels.iter().copied()))
}
