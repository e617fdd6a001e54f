//! The gradient in the input: a plain call, and one that was not asked for.

use castnet::bytemuck::zeroed_box;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{Copies, Pass, Siamese, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Layers that work otherwise in training.
    struct Critic<f64> {
        input: [2, 4, 4],
        conv2d(3, kernel = 3), batch_norm, tanh,
        flatten,
        dropout(0.5),
        residual { dense(12), sigmoid },
        dense(2),
    }
}

/// A network whose running statistics are not what they start as.
fn trained() -> Box<Critic> {
    let mut rng = StdRng::seed_from_u64(3);
    let inputs: Vec<[f64; 32]> = (0..20).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..2.0))).collect();
    let mut trainer = Trainer::new(Critic::init(&mut rng), MeanSquaredError, Adam::default()).schedule(0.01);
    for _ in 0..20 {
        trainer.step(&inputs, &[[0.5, -1.0]; 20]).unwrap();
    }
    trainer.into_network()
}

#[test]
fn the_plain_call_is_the_slope_of_predict() {
    let critic = trained();
    let input: [f64; 32] = std::array::from_fn(|index| (index as f64 * 0.7).sin());
    let output_gradient = [1.5, -0.25];
    let value = |input: &[f64; 32]| {
        let output = critic.predict(input);
        output_gradient[0] * output[0] + output_gradient[1] * output[1]
    };
    let gradient = critic.input_gradient(&input, &output_gradient);
    assert!(gradient.iter().any(|slope| slope.abs() > 1e-3), "{gradient:?}");
    for (index, slope) in gradient.iter().enumerate() {
        let shifted = |shift: f64| {
            let mut input = input;
            input[index] += shift;
            value(&input)
        };
        let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        assert!((slope - difference).abs() < 1e-8, "{index}: {slope}, expected {difference}");
    }
}

#[test]
#[should_panic(expected = "set `Pass::input_gradient`")]
fn a_gradient_that_was_not_computed_is_not_given_out() {
    let critic = trained();
    let (mut trace, mut gradient) = (zeroed_box::<<Critic as Network>::Trace<8>>(), zeroed_box::<Critic>());
    let pass = Pass::training(8);
    trace.input_mut().fill(0.5);
    critic.forward::<8>(&mut trace, &pass);
    trace.output_and_gradient().1.fill(1.0);
    critic.backward::<8>(&mut trace, &pass, &mut gradient);
    let _ = trace.input_gradient(&pass);
}

network! {
    /// A vector for a sample.
    struct Embedding<f64> { input: [3], dense(4), tanh, dense(2) }
}

#[test]
fn copies_of_a_network_have_its_gradient_each() {
    let pairs = Siamese::<Embedding, 2>::init(&mut StdRng::seed_from_u64(5));
    let (inputs, slopes) = ([[0.1, -0.2, 0.3], [0.5, 0.7, -0.9]], [[1.0, -2.0], [0.25, 0.5]]);
    let Copies(found) = pairs.input_gradient(&Copies(inputs), &Copies(slopes));
    for copy in 0..2 {
        assert_eq!(found[copy], pairs.0.input_gradient(&inputs[copy], &slopes[copy]));
    }
}
