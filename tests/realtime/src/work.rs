//! What is done under supervision: steps and predictions of an MLP and of a convolutional network.

use std::hint::black_box;

use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::{Adam, Sgd};
use castnet::train::Trainer;
use castnet::{Error, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// A controller.
    pub struct Controller {
        input: [17],
        dense(64), tanh,
        layer_norm,
        dense(64), gelu,
        dropout(0.2),
        dense(6),
    }
}

network! {
    /// A classifier of small images.
    pub struct Classifier {
        input: [1, 12, 12],
        conv2d(8, kernel = 3), batch_norm, relu,
        max_pool2d(2),
        residual { conv2d(8, kernel = 3, padding = 1), silu },
        flatten,
        dense(4),
    }
}

/// A batch that does not fill its last lane group.
const BATCH: usize = 37;

/// Two trainers and what they learn from; all that is allocated is allocated before the work.
pub struct Work {
    controller: Trainer<Controller, MeanSquaredError, Adam>,
    states: Vec<[f32; 17]>,
    actions: Vec<[f32; 6]>,
    classifier: Trainer<Classifier, SoftmaxCrossEntropy, Sgd>,
    images: Vec<[f32; 144]>,
    classes: Vec<usize>,
}

impl Work {
    pub fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let value = |sample: usize, place: usize| ((sample * 31 + place * 17) % 23) as f32 / 23.0 - 0.5;
        Self {
            controller: Trainer::new(Controller::init(&mut rng), MeanSquaredError, Adam::default()),
            states: (0..BATCH).map(|sample| std::array::from_fn(|place| value(sample, place))).collect(),
            actions: (0..BATCH).map(|sample| std::array::from_fn(|place| value(place, sample))).collect(),
            classifier: Trainer::new(Classifier::init(&mut rng), SoftmaxCrossEntropy, Sgd::default()),
            images: (0..BATCH).map(|sample| std::array::from_fn(|place| value(sample, place))).collect(),
            classes: (0..BATCH).map(|sample| sample % 4).collect(),
        }
    }

    /// Steps of both trainers, and a prediction of both networks after each.
    ///
    /// Here and in what it calls, the sanitizer ends the program when something allocates, locks or waits.
    #[cfg_attr(realtime, sanitize(realtime = "nonblocking"))]
    pub fn run(&mut self, steps: usize) -> Result<(), Error> {
        for step in 0..steps {
            self.controller.step(&self.states, &self.actions)?;
            self.classifier.step(&self.images, &self.classes)?;
            black_box(self.controller.network().predict(&self.states[step % BATCH]));
            black_box(self.classifier.network().predict(&self.images[step % BATCH]));
        }
        Ok(())
    }

    /// What must not pass unnoticed, or the supervision shows nothing.
    #[cfg(realtime)]
    #[sanitize(realtime = "nonblocking")]
    pub fn allocate(&self) {
        black_box(Box::new(self.states.len()));
    }
}
