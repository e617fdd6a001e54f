//! Steps and predictions of which the linker says whether they reach a panic or an allocation.
//!
//! Each function takes what it works with from its caller, so that nothing is known of it but its type; its symbol says what
//! it is, in words with a dot between them, by which `tests/targets/no_std` finds it.

use castnet::Error;
use castnet::losses::{
    BinaryCrossEntropy, Contrastive, CosineDistance, CrossEntropy, Focal, GaussianNegativeLogLikelihood, GivenGradient,
    Hinge, Huber, KullbackLeibler, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
    Perceptron as PerceptronLoss, PoissonNegativeLogLikelihood, Quantile, SampleWeighted, SmoothL1,
    SoftTargetCrossEntropy, SoftmaxCrossEntropy, SquaredHinge, Triplet, Weighted,
};
use castnet::optimizers::{
    AdaDelta, AdaGrad, Adam, AdamW, Adamax, AmsGrad, InPlace, InPlaceState, Lamb, Lion, Momentum, Muon, NAdam, RAdam,
    RmsProp, Rule, Sgd,
};
use castnet::prelude::*;
use castnet::schedules::{
    CosineDecay, CosineRestarts, Cyclic, ExponentialDecay, InverseSquareRootDecay, InverseTimeDecay, LinearDecay,
    MultiStepDecay, OneCycle, PerEpoch, PolynomialDecay, ReduceOnPlateau, Schedule, StepDecay, Then, WarmUp,
};
use castnet::train::{Learner, Room, StepReport};

network! {
    pub struct Perceptron {
        input: [4],
        dense(16), relu,
        dense(8), tanh,
        dense(3),
    }
}

network! {
    pub struct Convolutional {
        input: [1, 8, 8],
        conv2d(4, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(6, kernel = 3), relu,
        flatten,
        dense(3),
    }
}

network! {
    pub struct Pair {
        input: [4],
        dense(4),
    }
}

network! {
    pub struct ActorCritic {
        input: [4],
        dense(8), tanh,
        concat { policy: { dense(3) }, value: { dense(1) } },
    }
}

// Symbols are made of names, so what has parameters gets one.
type Constant = f64;
type WarmCosine = WarmUp<CosineDecay>;
type WeightedError = Weighted<MeanSquaredError>;
type OfHeads = (SoftmaxCrossEntropy, WeightedError);
type OfSamples = SampleWeighted<MeanSquaredError>;
type WeightedBinary = BinaryCrossEntropy<3>;
type WeightedClasses = CrossEntropy<3>;
type WeightedFocal = Focal<3>;
type Gaussian = GaussianNegativeLogLikelihood<2>;
type Milestones = MultiStepDecay<[u64; 3]>;
type Series = Then<LinearDecay, CosineDecay>;
type Epochs = PerEpoch<ExponentialDecay>;

/// A step from wherever network and memory are.
#[inline(always)]
fn step<N: Network, C: Loss<N>, R: Rule, P: Schedule, const SLOTS: usize>(
    network: &mut N,
    room: &mut Room<N, InPlaceState<N, R, SLOTS>, 1>,
    (loss, rule, schedule): (C, R, P),
    step: u64,
    inputs: &[N::Input],
    targets: &[C::Target],
) -> Result<StepReport, Error> {
    Learner::new(network, room, loss, InPlace::<_, SLOTS>(rule), schedule).at(step).step(inputs, targets)
}

macro_rules! step {
    ($network:ident, $loss:ident, $rule:ident of $slots:literal, $schedule:ident) => {
        const _: () = {
            #[unsafe(export_name = concat!(
                "step.", stringify!($network), ".", stringify!($loss), ".", stringify!($rule), ".", stringify!($schedule)
            ))]
            pub fn exported(
                network: &mut $network,
                room: &mut Room<$network, InPlaceState<$network, $rule, $slots>, 1>,
                parts: ($loss, $rule, $schedule),
                at: u64,
                inputs: &[<$network as Infer>::Input],
                targets: &[<$loss as Loss<$network>>::Target],
            ) -> Result<StepReport, Error> {
                step(network, room, parts, at, inputs, targets)
            }
        };
    };
}

/// Steps with every optimizer, of so many slots at most.
macro_rules! steps_with_optimizers {
    ($network:ident, $loss:ident) => {
        step!($network, $loss, AdaDelta of 2, Constant);
        step!($network, $loss, AdaGrad of 1, Constant);
        step!($network, $loss, Adam of 2, Constant);
        step!($network, $loss, AdamW of 2, Constant);
        step!($network, $loss, Adamax of 2, Constant);
        step!($network, $loss, AmsGrad of 3, Constant);
        step!($network, $loss, Lamb of 2, Constant);
        step!($network, $loss, Lion of 1, Constant);
        step!($network, $loss, Momentum of 1, Constant);
        step!($network, $loss, Muon of 4, Constant);
        step!($network, $loss, NAdam of 2, Constant);
        step!($network, $loss, RAdam of 2, Constant);
        step!($network, $loss, RmsProp of 3, Constant);
        step!($network, $loss, Sgd of 1, Constant);
    };
}

/// Steps with every loss of three outputs.
macro_rules! steps_with_losses {
    ($network:ident, $steps:ident $(, $rule:ident of $slots:literal, $schedule:ident)?) => {
        $steps!($network, CosineDistance $(, $rule of $slots, $schedule)?);
        $steps!($network, GivenGradient $(, $rule of $slots, $schedule)?);
        $steps!($network, Hinge $(, $rule of $slots, $schedule)?);
        $steps!($network, Huber $(, $rule of $slots, $schedule)?);
        $steps!($network, KullbackLeibler $(, $rule of $slots, $schedule)?);
        $steps!($network, LogCosh $(, $rule of $slots, $schedule)?);
        $steps!($network, MeanAbsoluteError $(, $rule of $slots, $schedule)?);
        $steps!($network, MeanSquaredError $(, $rule of $slots, $schedule)?);
        $steps!($network, NegativeLogLikelihood $(, $rule of $slots, $schedule)?);
        $steps!($network, OfSamples $(, $rule of $slots, $schedule)?);
        $steps!($network, PerceptronLoss $(, $rule of $slots, $schedule)?);
        $steps!($network, PoissonNegativeLogLikelihood $(, $rule of $slots, $schedule)?);
        $steps!($network, Quantile $(, $rule of $slots, $schedule)?);
        $steps!($network, SmoothL1 $(, $rule of $slots, $schedule)?);
        $steps!($network, SoftTargetCrossEntropy $(, $rule of $slots, $schedule)?);
        $steps!($network, SoftmaxCrossEntropy $(, $rule of $slots, $schedule)?);
        $steps!($network, SquaredHinge $(, $rule of $slots, $schedule)?);
        $steps!($network, Triplet $(, $rule of $slots, $schedule)?);
        $steps!($network, WeightedBinary $(, $rule of $slots, $schedule)?);
        $steps!($network, WeightedClasses $(, $rule of $slots, $schedule)?);
        $steps!($network, WeightedError $(, $rule of $slots, $schedule)?);
        $steps!($network, WeightedFocal $(, $rule of $slots, $schedule)?);
    };
}

steps_with_losses!(Perceptron, steps_with_optimizers);
steps_with_optimizers!(Pair, Contrastive);
steps_with_optimizers!(Pair, Gaussian);
steps_with_optimizers!(ActorCritic, OfHeads);

// The passes know neither loss nor optimizer, nor does one of these know the other.
steps_with_losses!(Convolutional, step, Sgd of 1, CosineDecay);
steps_with_optimizers!(Convolutional, SoftmaxCrossEntropy);

step!(Pair, MeanSquaredError, Sgd of 1, CosineDecay);
step!(Pair, MeanSquaredError, Sgd of 1, CosineRestarts);
step!(Pair, MeanSquaredError, Sgd of 1, Cyclic);
step!(Pair, MeanSquaredError, Sgd of 1, Epochs);
step!(Pair, MeanSquaredError, Sgd of 1, ExponentialDecay);
step!(Pair, MeanSquaredError, Sgd of 1, InverseSquareRootDecay);
step!(Pair, MeanSquaredError, Sgd of 1, InverseTimeDecay);
step!(Pair, MeanSquaredError, Sgd of 1, Milestones);
step!(Pair, MeanSquaredError, Sgd of 1, OneCycle);
step!(Pair, MeanSquaredError, Sgd of 1, PolynomialDecay);
step!(Pair, MeanSquaredError, Sgd of 1, ReduceOnPlateau);
step!(Pair, MeanSquaredError, Sgd of 1, Series);
step!(Pair, MeanSquaredError, Sgd of 1, StepDecay);
step!(Pair, MeanSquaredError, Sgd of 1, WarmCosine);

macro_rules! predict {
    ($network:ident) => {
        const _: () = {
            #[unsafe(export_name = concat!("predict.", stringify!($network)))]
            pub fn exported(network: &$network, input: &<$network as Infer>::Input) -> <$network as Infer>::Output {
                network.predict(input)
            }
        };
    };
}

predict!(Perceptron);
predict!(Convolutional);
predict!(Pair);
predict!(ActorCritic);

/// What does reach a panic, and an allocation: the linker has to find it.
mod control {
    extern crate alloc;

    #[unsafe(export_name = "control.panic")]
    pub fn panic(numbers: &[f32; 4], place: usize) -> f32 {
        numbers[place]
    }

    #[unsafe(export_name = "control.allocation")]
    pub fn allocation(number: f32) -> alloc::boxed::Box<f32> {
        alloc::boxed::Box::new(number)
    }
}
