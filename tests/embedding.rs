//! Tokens: gradients against central differences, errors before anything has changed, and learning.

use castnet::data::tokens;
use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use castnet::train::{FitOptions, Trainer};
use castnet::{Error, ParameterKind, check_gradients, evaluate, optimizers::Adam, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Of the constant expressions below.
const WORDS: usize = 11;

network! {
    /// Tokens through a convolution.
    struct Sentence<f64> {
        input: tokens[6] < WORDS,
        words: embedding(4), conv1d(3, kernel = 3), tanh,
        flatten,
        dense(2),
    }
}

network! {
    /// Tokens beside numbers, and a part of them.
    struct Mixed<f64> {
        input: { speed: [2], words: tokens[5] < 7, place: [1] },
        dense(3), tanh,
        concat { {}, { words, slice(1..4), embedding(3, padding_index = 0), tanh, flatten }, { place } },
        concat { {}, { words, embedding(2), flatten } },
        dense(2),
    }
}

/// A sample of tokens where the network takes them, and of other numbers elsewhere.
fn sample<N: Network<Scalar = f64>>(rng: &mut StdRng) -> N::Input {
    let mut input: N::Input = castnet::bytemuck::Zeroable::zeroed();
    input.as_mut().iter_mut().for_each(|value| *value = rng.random_range(-1.0..1.0));
    for part in N::INPUTS {
        let Some(limit) = part.limit else { continue };
        for value in &mut input.as_mut()[part.offset..][..part.len] {
            *value = rng.random_range(0..limit) as f64;
        }
    }
    input
}

fn check<N: Network<Scalar = f64, Output = [f64; 2]>>() {
    let mut rng = StdRng::seed_from_u64(3);
    let network = N::init(&mut rng);
    let inputs: Vec<N::Input> = (0..11).map(|_| sample::<N>(&mut rng)).collect();
    let targets: Vec<[f64; 2]> = (0..11).map(|sample| [f64::from(sample) / 11.0, 0.3]).collect();
    for found in [
        check_gradients::<N, _, 1>(&*network, &MeanSquaredError, &inputs[..1], &targets[..1]),
        check_gradients::<N, _, 16>(&*network, &MeanSquaredError, &inputs, &targets),
    ] {
        let found = found.unwrap();
        assert!(found.worst().1 <= 1e-7, "{}: {found:?}", N::NAME);
    }
    for part in N::INPUTS.iter().filter(|part| part.limit.is_some()) {
        let slopes = network.input_gradient(&inputs[0], &[1.0, 1.0]);
        assert!(slopes.as_ref()[part.offset..][..part.len].iter().all(|&slope| slope == 0.0));
    }
}

#[test]
fn gradients_of_repeated_tokens_add_up() {
    check::<Sentence>();
    check::<Mixed>();
}

#[test]
fn a_network_knows_its_tokens() {
    let limits: Vec<_> = Mixed::INPUTS.iter().map(|input| (input.name, input.offset, input.limit)).collect();
    assert_eq!(limits, [("speed", 0, None), ("words", 2, Some(7)), ("place", 7, None)]);
    assert_eq!((Sentence::INPUTS.len(), Sentence::INPUTS[0].limit), (1, Some(WORDS)));
    assert_eq!(Sentence::LAYERS[0].output_shape, [4, 6]);
    let segment = Sentence::SEGMENTS[0];
    assert_eq!((segment.name, segment.shape), ("words.weight", &[WORDS, 4][..]));
    assert_eq!(segment.kind, ParameterKind::Embedding);
}

/// The error of a step, after which nothing has changed.
fn error(input: MixedInput) -> Error {
    let mut trainer = Trainer::new(Mixed::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Adam::default());
    let good = MixedInput { speed: [0.5, 1.0], words: tokens([0, 6, 3, 3, 1]), place: [0.0] };
    let before = trainer.network().parameters().to_vec();
    let error = trainer.step(&[good, good, input], &[[0.0; 2]; 3]).unwrap_err();
    assert_eq!((trainer.network().parameters(), trainer.steps()), (&before[..], 0));
    assert_eq!(
        evaluate(trainer.network(), &MeanSquaredError, &[(good, [0.0; 2]), (good, [0.0; 2]), (input, [0.0; 2])], &[]),
        Err(error)
    );
    let data = vec![(good, [0.0; 2]), (good, [0.0; 2]), (input, [0.0; 2])];
    assert_eq!(trainer.fit(&data, FitOptions::new(1).batch_size(2)).unwrap_err().to_string(), error.to_string());
    assert_eq!((trainer.network().parameters(), trainer.steps()), (&before[..], 0));
    error
}

#[test]
fn what_is_no_token_is_an_error_before_anything_has_changed() {
    let sample = MixedInput { speed: [0.5, 1.0], words: tokens([0, 6, 3, 3, 1]), place: [0.0] };
    for value in [7.0, -1.0, 2.5] {
        let mut input = sample;
        input.words[4] = value;
        assert_eq!(error(input), Error::NoSuchToken { sample: 2, input: "words", place: 4, value, limit: 7 });
    }
    let mut input = sample;
    input.words[1] = 7.0;
    assert_eq!(
        error(input).to_string(),
        "sample 2 has 7 as token 1 of `words`, but tokens are whole numbers from 0 to 6: correct the sample, or declare a \
         network with at least as many tokens"
    );
    // There is no error at inference: what is no token is not a number.
    let mixed = Mixed::init(&mut StdRng::seed_from_u64(1));
    assert!(mixed.predict(&input)[0].is_nan() && mixed.predict(&sample)[0].is_finite());
}

network! {
    /// Whether a word occurs.
    struct Occurs {
        input: tokens[4] < 20,
        embedding(3), tanh,
        flatten,
        dense(8), tanh,
        dense(2),
    }
}

#[test]
fn words_are_learnt() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut sample = |index: u32| {
        let mut words: [u32; 4] = std::array::from_fn(|_| rng.random_range(0..13));
        if index.is_multiple_of(2) {
            words[rng.random_range(0..4)] = 13;
        }
        (tokens(words), usize::from(index.is_multiple_of(2)))
    };
    let data: Vec<([f32; 4], usize)> = (0..300).map(&mut sample).collect();
    let (training, test) = data.split_at(200);
    let occurs = Occurs::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(occurs, SoftmaxCrossEntropy, Adam::default()).schedule(0.02);
    trainer.fit(&training.to_vec(), FitOptions::new(20)).unwrap();
    let accuracy = trainer.evaluate(&test.to_vec()).unwrap().accuracy.unwrap();
    assert!(accuracy > 0.9, "{accuracy}");
}
