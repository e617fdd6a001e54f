//! All rules on one task, over and over.

use castnet::data::Mnist;
use castnet::losses::Loss;
use castnet::prelude::*;

use super::rules::Rule;
use super::tables::{Rows, Target, Task, Wanted};
use super::training::{LEARNING_RATES, Outcome, USUAL_RATE, train, train_on_images};

/// What rules are judged by: less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The root of the mean squared error, in standard deviations of what is predicted.
    Rmse,
    /// The mean cross-entropy of the test.
    CrossEntropy,
    /// The part of the test that is classified wrongly.
    Errors,
}

/// How well each rule did on a task, by one measure.
pub struct Study {
    pub network: &'static str,
    pub task: String,
    pub measure: Measure,
    /// Whether the learning rate was chosen by the validation loss.
    pub chosen_rate: bool,
    pub rules: &'static [Rule],
    /// For each rule, one for each seed.
    pub scores: Vec<Vec<f64>>,
}

/// The sums over a task's rows that one seed's five tests make.
#[derive(Clone, Copy, Default)]
struct Sums {
    loss: f64,
    wrong: f64,
}

impl Sums {
    fn add(&mut self, outcome: &Outcome, samples: usize) {
        self.loss += outcome.loss * samples as f64;
        self.wrong += (1.0 - outcome.accuracy) * samples as f64;
    }

    fn score(&self, measure: Measure, samples: usize) -> f64 {
        match measure {
            Measure::Rmse => (self.loss / samples as f64).sqrt(),
            Measure::CrossEntropy => self.loss / samples as f64,
            Measure::Errors => self.wrong / samples as f64,
        }
    }
}

/// Five-fold cross-validation of every rule, once for each seed. The rows are divided anew for each seed; within one, all
/// rules have the same folds, orders of samples and random numbers.
pub fn cross_validate<N, C, const FEATURES: usize>(
    network: &'static str,
    rules: &'static [Rule],
    task: Task,
    loss: C,
    seeds: u64,
) -> Vec<Study>
where
    N: Network<Scalar = f32, Input = [f32; FEATURES]>,
    C: Loss<N, Target: Target> + Copy,
{
    let measures: &[Measure] = match task.wanted {
        Wanted::Column(_) => &[Measure::Rmse],
        Wanted::Class => &[Measure::CrossEntropy, Measure::Errors],
    };
    let study = |measure, chosen_rate| {
        let scores = vec![Vec::new(); rules.len()];
        Study { network, task: task.name(), measure, chosen_rate, rules, scores }
    };
    let mut studies: Vec<Study> =
        measures.iter().flat_map(|&measure| [study(measure, true), study(measure, false)]).collect();
    let rows = Rows::<FEATURES>::read(task);
    for seed in 0..seeds {
        let folds = rows.folds(seed);
        for (place, rule) in rules.iter().enumerate() {
            let (mut chosen, mut usual) = (Sums::default(), Sums::default());
            for (number, fold) in folds.iter().enumerate() {
                let seed = seed * folds.len() as u64 + number as u64;
                let outcomes = LEARNING_RATES.map(|rate| train::<N, C, FEATURES>(rule, loss, fold, rate, seed));
                let best = outcomes.iter().min_by(|one, other| one.validation_loss.total_cmp(&other.validation_loss));
                chosen.add(best.expect("there are learning rates"), fold.test.inputs.len());
                usual.add(&outcomes[USUAL_RATE], fold.test.inputs.len());
            }
            for study in &mut studies {
                let sums = if study.chosen_rate { chosen } else { usual };
                study.scores[place].push(sums.score(study.measure, rows.len()));
            }
        }
    }
    studies
}

/// An epoch of MNIST by every rule, once for each seed.
pub fn learn_digits<N: Network<Scalar = f32>>(
    title: &'static str,
    network: &str,
    rules: &'static [Rule],
    mnist: &Mnist,
    seeds: u64,
) -> Study {
    let errors = |rule| (0..seeds).map(|seed| train_on_images::<N>(rule, mnist, seed)).collect();
    let scores = rules.iter().map(errors).collect();
    Study { network: title, task: network.to_owned(), measure: Measure::Errors, chosen_rate: false, rules, scores }
}
