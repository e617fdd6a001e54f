//! Many samples at once come out as they do one by one, whatever the network starts with.

use castnet::losses::SoftmaxCrossEntropy;
use castnet::metrics::{AnyMetric, Average, F1, TopAccuracy, predicted_class};
use castnet::train::evaluate_predictions;
use castnet::{Error, Predictor, evaluate, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Wide: its first layer reads samples as they lie.
    struct Wide { input: [200], dense(64), tanh, dense(3) }
}

network! {
    struct Flattened { input: [2, 9, 9], flatten, dense(32), dense(3) }
}

network! {
    struct Narrow { input: [3], dense(16), sigmoid, dense(3) }
}

network! {
    /// The input is read by more than the first layer.
    struct Residual { input: [40], residual { dense(40), relu }, dense(3) }
}

network! {
    struct Concatenated { input: [70], concat { { dense(32), relu }, {} }, dense(3) }
}

network! {
    struct Convolved { input: [1, 6, 6], conv2d(2, kernel = 3), leaky_relu, flatten, dense(3) }
}

network! {
    struct Normalised { input: [40], batch_norm, tanh, dense(3), softmax }
}

fn check<N, const FEATURES: usize, const L: usize>()
where
    N: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; 3]>,
{
    let mut rng = StdRng::seed_from_u64(5);
    let network = N::init(&mut rng);
    let mut predictor = Predictor::<_, L>::with_lanes(&*network);
    let inputs: Vec<[f32; FEATURES]> = (0..37).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    for count in [1, 5, 8, 16, 37] {
        let mut outputs = vec![[f32::NAN; 3]; count];
        predictor.predict_batch(&inputs[..count], &mut outputs);
        for (sample, (input, output)) in inputs.iter().zip(&outputs).enumerate() {
            for (found, expected) in output.iter().zip(predictor.predict(input)) {
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{} of {count}, sample {sample}: {found}, {expected}",
                    N::NAME
                );
            }
        }
    }
}

fn check_lanes<N, const FEATURES: usize>()
where
    N: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; 3]>,
{
    check::<N, FEATURES, 1>();
    check::<N, FEATURES, 8>();
    check::<N, FEATURES, 16>();
    check::<N, FEATURES, 32>();
}

#[test]
fn many_at_once_and_one_by_one_have_the_same_outputs() {
    check_lanes::<Wide, 200>();
    check_lanes::<Flattened, 162>();
    check_lanes::<Narrow, 3>();
    check_lanes::<Residual, 40>();
    check_lanes::<Concatenated, 70>();
    check_lanes::<Convolved, 36>();
    check_lanes::<Normalised, 40>();
}

/// The mean of what several networks say.
struct Ensemble(Vec<Predictor<Box<Narrow>>>);

impl Predict for Ensemble {
    type Input = [f32; 3];
    type Output = [f32; 3];

    fn predict_batch(&mut self, inputs: &[[f32; 3]], outputs: &mut [[f32; 3]]) {
        outputs.fill([0.0; 3]);
        let (count, mut own) = (self.0.len() as f32, vec![[0.0; 3]; inputs.len()]);
        for member in &mut self.0 {
            member.predict_batch(inputs, &mut own);
            for (sum, one) in outputs.as_flattened_mut().iter_mut().zip(own.as_flattened()) {
                *sum += one / count;
            }
        }
    }
}

#[test]
fn an_ensemble_of_the_users_own_is_scored_as_a_network_is() {
    let mut rng = StdRng::seed_from_u64(3);
    let networks: Vec<_> = (0..5).map(|_| Narrow::init(&mut rng)).collect();
    let data: Vec<([f32; 3], usize)> =
        (0..37).map(|_| (std::array::from_fn(|_| rng.random_range(-1.0..1.0)), rng.random_range(0..3))).collect();
    let metrics: [&dyn AnyMetric<f32, usize>; 2] = [&F1(Average::Macro), &TopAccuracy { best: 2 }];

    let alone: Vec<_> =
        networks.iter().map(|network| evaluate(network, &SoftmaxCrossEntropy, &data, &metrics).unwrap()).collect();
    let mut one = Predictor::new(&networks[0]);
    let of_one = evaluate_predictions(&mut one, &SoftmaxCrossEntropy, &data, &metrics).unwrap();
    assert!((of_one.loss - alone[0].loss).abs() < 1e-6, "{}, {}", of_one.loss, alone[0].loss);
    assert_eq!((of_one.accuracy, &of_one.scores), (alone[0].accuracy, &alone[0].scores));

    let mut ensemble = Ensemble(networks.into_iter().map(Predictor::new).collect());
    let together = evaluate_predictions(&mut ensemble, &SoftmaxCrossEntropy, &data, &metrics).unwrap();
    // The loss is convex: of the mean it is less than the mean of the losses.
    let mean = alone.iter().map(|evaluation| evaluation.loss).sum::<f64>() / 5.0;
    assert!(together.loss < mean, "{}, {mean}", together.loss);
    let mut outputs = vec![[0.0; 3]; 37];
    ensemble.predict_batch(&data.iter().map(|(input, _)| *input).collect::<Vec<_>>(), &mut outputs);
    let right = outputs.iter().zip(&data).filter(|(output, (_, class))| predicted_class(*output) == Some(*class));
    assert_eq!(together.accuracy, Some(right.count() as f64 / 37.0));
}

#[test]
fn predictions_are_scored_on_data_that_fits() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut predictor = Predictor::new(Narrow::init(&mut rng));
    let mut error =
        |data: &[([f32; 3], usize)]| evaluate_predictions(&mut predictor, &SoftmaxCrossEntropy, data, &[]).unwrap_err();
    assert_eq!(error(&[]), Error::EmptyDataset);
    let label = Error::LabelOutOfRange { sample: 1, label: 3, classes: 3 };
    assert_eq!(error(&[([0.0; 3], 0), ([0.0; 3], 3)]), label);
    let data = [([0.0_f32; 4], 0_usize)];
    let error = evaluate_predictions(&mut predictor, &SoftmaxCrossEntropy, &data, &[]).unwrap_err();
    assert!(matches!(error, Error::SampleShape { .. }), "{error}");
}
