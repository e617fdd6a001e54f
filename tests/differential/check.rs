//! A random network against its twin in PyTorch.

use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Optimizer;
use castnet::train::Trainer;
use castnet::{Scalar, prelude::*};

use crate::passes::{check_inference, check_passes};
use crate::tensors::{Tensors, Tolerance};

/// Rounding errors grow from step to step. A gradient that only rounding keeps from zero is compared with the others.
const TOLERANCE: Tolerance = Tolerance { single: 1e-4, double: 1e-10, floor: 1e-2 };

/// What `generate.py` drew.
pub struct Case {
    pub name: &'static str,
    /// Of the run.
    pub seed: u64,
    /// Samples of each step.
    pub batches: &'static [usize],
    pub tensors: &'static [u8],
    pub declaration: &'static str,
}

/// Says which network it was if a comparison panics.
impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} of seed {}, in batches of {:?}:\n{}", self.name, self.seed, self.batches, self.declaration);
        }
    }
}

/// A loss whose targets stand in a file.
pub trait Stored<N: Network>: Loss<N> + Copy {
    fn targets(tensors: &Tensors) -> Vec<Self::Target>;
}

impl<N: Network> Stored<N> for MeanSquaredError {
    fn targets(tensors: &Tensors) -> Vec<N::Output> {
        tensors.rows("targets")
    }
}

impl<N: Network> Stored<N> for SoftmaxCrossEntropy {
    fn targets(tensors: &Tensors) -> Vec<usize> {
        tensors.bytes("labels").1.iter().map(|&label| label.into()).collect()
    }
}

impl Case {
    /// Compares passes, training on one to three threads, and inference, in lane groups of `L`.
    pub fn check<N: Network, C: Stored<N>, O: Optimizer<N>, const L: usize>(
        &self,
        loss: C,
        optimizer: impl Fn() -> O,
        rate: f64,
    ) {
        let tensors = Tensors::new(self.tensors, &format!("{}/", self.name), TOLERANCE);
        let inputs: Vec<N::Input> = tensors.rows("inputs");
        if !tensors.has("losses") {
            check_inference::<N, L>(&tensors, &tensors.network("initial"), &inputs);
            return;
        }
        let targets = C::targets(&tensors);
        let first = self.batches[0];
        if N::STAGES == 1 || first <= L {
            check_passes::<N, C, L>(&tensors, loss, &inputs[..first], &targets[..first]);
        }
        for threads in 1..=3 {
            let trainer = Trainer::<_, _, _, L>::with_lanes(tensors.network::<N>("initial"), loss, optimizer());
            let mut trainer = trainer.schedule(rate).threads(threads).unwrap();
            self.check_steps(&tensors, &mut trainer, &inputs, &targets);
            tensors.check_network("trained", trainer.network());
            check_inference::<N, L>(&tensors, trainer.network(), &inputs);
        }
    }

    /// A step for each batch, and the gradient of the first.
    fn check_steps<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize>(
        &self,
        tensors: &Tensors,
        trainer: &mut Trainer<N, C, O, L>,
        inputs: &[N::Input],
        targets: &[C::Target],
    ) {
        let mut start = 0;
        for (step, samples) in self.batches.iter().enumerate() {
            let batch = start..start + samples;
            let report = trainer.step(&inputs[batch.clone()], &targets[batch]).unwrap();
            tensors.check_number("losses", step, N::Scalar::from_f64(report.loss));
            if step == 0 {
                tensors.check_network("gradient", trainer.gradient());
            }
            start += samples;
        }
    }
}
