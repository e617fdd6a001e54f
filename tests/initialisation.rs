//! What layers start at by default serves regression on a small table better than He's initialisation does:
//! `docs/initialisation.md` has the comparison.

use castnet::data::{Batches, Samples};
use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use rand::{SeedableRng, rngs::StdRng};

const FEATURES: usize = 29;
const EPOCHS: u64 = 10;
const SEEDS: u64 = 3;

network! {
    /// As it is without `init`.
    struct ByDefault {
        input: [FEATURES],
        dense(32), relu,
        dense(32), relu,
        dense(1),
    }
}

network! {
    /// As He et al. have it before a relu.
    struct He {
        input: [FEATURES],
        dense(32, init = he_normal), relu,
        dense(32, init = he_normal), relu,
        dense(1, init = xavier_uniform),
    }
}

/// Inputs and targets.
type Part = (Vec<[f32; FEATURES]>, Vec<[f32; 1]>);

/// The radius of tumours, to be told from the other measures: every fifth row is for testing.
fn table() -> [Part; 2] {
    let text = include_str!("../data/tabular/breast_cancer.csv");
    let row = |line: &str| line.split(',').take(FEATURES + 1).map(|cell| cell.parse().unwrap()).collect::<Vec<f64>>();
    let mut rows: Vec<Vec<f64>> = text.lines().skip(1).map(row).collect();
    for column in 0..=FEATURES {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64;
        let variance = rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / rows.len() as f64;
        rows.iter_mut().for_each(|row| row[column] = (row[column] - mean) / variance.sqrt());
    }
    let part = |is_test: bool| {
        let chosen = rows.iter().enumerate().filter(|(index, _)| (index % 5 == 0) == is_test);
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for (_, row) in chosen {
            inputs.push(std::array::from_fn(|feature| row[feature + 1] as f32));
            targets.push([row[0] as f32]);
        }
        (inputs, targets)
    };
    [part(false), part(true)]
}

/// The root of the mean squared error of the test, over all seeds.
fn rmse<N: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; 1]>>([training, test]: &[Part; 2]) -> f64 {
    let (training, test) = (Samples::new(&training.0, &training.1).unwrap(), Samples::new(&test.0, &test.1).unwrap());
    let squares = (0..SEEDS).map(|seed| {
        let network = N::init(&mut StdRng::seed_from_u64(seed));
        let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
        let mut batches = Batches::new(&training, 16).unwrap();
        for epoch in 0..EPOCHS {
            batches.shuffle(seed, epoch);
            while let Some(batch) = batches.next() {
                trainer.step_batch(&batch).unwrap();
            }
        }
        trainer.evaluate(&test).unwrap().loss
    });
    (squares.sum::<f64>() / SEEDS as f64).sqrt()
}

#[test]
fn the_default_serves_regression_better_than_he() {
    let table = table();
    let (by_default, he) = (rmse::<ByDefault>(&table), rmse::<He>(&table));
    assert!(by_default < 0.8 * he, "{by_default} by default, {he} with He's");
}
