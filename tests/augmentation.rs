//! Training on samples that are changed at random: the same on any number of threads and in a run that was stopped, and
//! nothing but training sees the changes.

use std::ops::ControlFlow;

use castnet::data::augment::{Augment, HorizontalFlip, Mixup, OneHot, RandomShift};
use castnet::data::{Batch, Batches, Dataset, Draw, DrawRng, Images};
use castnet::losses::{Loss, MeanSquaredError, SoftTargetCrossEntropy, SoftmaxCrossEntropy};
use castnet::metrics::predicted_class;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::observers::OnStep;
use castnet::train::{FitOptions, Progress, Trainer};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Batch norm and dropout, so that a step has stages and draws random numbers of its own.
    struct Normalised {
        input: [1, 8, 8],
        conv2d(3, kernel = 3), batch_norm, relu,
        max_pool2d(2),
        flatten,
        dropout(0.2),
        dense(4),
    }
}

const BATCH_SIZE: usize = 48;
const EPOCHS: u64 = 3;

/// Noise, in no whole number of batches nor lane groups.
fn noise() -> Images {
    let mut rng = StdRng::seed_from_u64(2);
    let pixels = (0..107 * 64).map(|_| rng.random()).collect();
    Images::new([1, 8, 8], pixels, (0..107).map(|image| image % 4).collect()).unwrap()
}

const CHANGES: (RandomShift, HorizontalFlip) =
    (RandomShift { rows: 2, columns: 1, fill: -0.5 }, HorizontalFlip { probability: 0.5 });

fn options<'a, N: Network, Y: Copy + Send + Sync + 'static>() -> FitOptions<'a, N, Y> {
    FitOptions::until(EPOCHS).batch_size(BATCH_SIZE).progress(Progress::Silent)
}

/// All bits of a network after three epochs, and those of its losses; with a stop after so many steps.
fn trained<D, C>(data: &D, loss: C, threads: usize, stop: u64, shuffle: bool) -> (Vec<u8>, Vec<u64>)
where
    D: Dataset<Scalar = f32, Target = C::Target>,
    C: Loss<Normalised> + Copy,
{
    let trainer = || {
        let network = Normalised::init(&mut StdRng::seed_from_u64(1));
        let stop = OnStep(
            move |report| if report.step + 1 == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) },
        );
        Trainer::new(network, loss, Adam::default()).seed(5).threads(threads).unwrap().with_observers(stop)
    };
    let mut first = trainer();
    let before = first.fit(data, options().shuffle(shuffle)).unwrap();
    let mut second = trainer().seed(77);
    second.restore(&first.checkpoint()).unwrap();
    let after = second.fit(data, options().shuffle(shuffle)).unwrap();
    assert_eq!(second.epochs(), EPOCHS);
    let losses = before.epochs.iter().chain(&after.epochs).map(|epoch| epoch.training_loss.to_bits());
    (castnet::bytemuck::bytes_of(second.network()).to_vec(), losses.collect())
}

/// Training comes to the same on any number of threads, and if it is stopped anywhere and goes on.
fn check<D, C>(data: &D, loss: C)
where
    D: Dataset<Scalar = f32, Target = C::Target>,
    C: Loss<Normalised> + Copy,
{
    for shuffle in [true, false] {
        let expected = trained(data, loss, 1, 0, shuffle);
        for threads in [2, 3] {
            assert!(trained(data, loss, threads, 0, shuffle) == expected, "on {threads} threads");
        }
        // Within the first epoch, at its end, and within the second.
        for (stop, threads) in [(1, 1), (3, 2), (5, 3)] {
            assert!(trained(data, loss, threads, stop, shuffle) == expected, "stopped after {stop} steps");
        }
    }
}

#[test]
fn shifted_samples_are_the_same_on_any_number_of_threads_and_in_a_resumed_run() {
    let images = noise();
    let shifted = images.augment(CHANGES).unwrap();
    check(&shifted, SoftmaxCrossEntropy);
    let with = |shuffle| trained(&shifted, SoftmaxCrossEntropy, 1, 0, shuffle);
    assert!(with(true) != trained(&images, SoftmaxCrossEntropy, 1, 0, true));
    assert!(with(false) != trained(&images, SoftmaxCrossEntropy, 1, 0, false));
}

#[test]
fn mixed_samples_are_too() {
    let images = noise();
    let labelled = OneHot::<_, 4>::smoothed(&images, 0.1).unwrap();
    let shifted = labelled.augment(CHANGES).unwrap();
    check(&Mixup::new(&shifted, 0.4).unwrap(), SoftTargetCrossEntropy);
}

#[test]
fn an_evaluation_sees_samples_as_they_are() {
    let images = noise();
    let shifted = images.augment(CHANGES).unwrap();
    let network = Normalised::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default());
    let history = trainer.fit(&shifted, options().validation(&shifted)).unwrap();
    let last = history.last().validation.as_ref().unwrap();
    assert_eq!(*last, trainer.evaluate(&images).unwrap());
    assert_eq!(*last, trainer.evaluate(&shifted).unwrap());
}

#[test]
fn every_epoch_of_a_loop_of_ones_own_draws_anew() {
    let images = noise();
    let shifted = images.augment(CHANGES).unwrap();
    let mut batches = Batches::new(&shifted, 107).unwrap();
    let mut sums = |epoch| {
        batches.shuffle(1, epoch);
        let batch = batches.next().unwrap();
        let (mut rows, mut lanes, mut targets) = (vec![0.0; 64 * 16], vec![0.0; 64 * 16], Vec::new());
        let mut sums = [0.0; 107];
        for group in 0..batch.groups(16) {
            let real = batch.gather::<16>(group, &mut rows, &mut lanes, &mut targets).unwrap();
            for lane in 0..real {
                let sum: f32 = lanes.iter().skip(lane).step_by(16).sum();
                sums[batch.sample(group * 16 + lane)] = sum;
            }
        }
        sums
    };
    let (first, second) = (sums(0), sums(1));
    assert_eq!(sums(0), first);
    // One shift in fifteen is the same again, and half of those come out alike but for a mirror, which the sum does not see.
    let alike = first.iter().zip(&second).filter(|(one, other)| one == other).count();
    assert!(alike < 30, "{alike} of 107");
}

#[test]
fn probabilities_cost_what_pytorch_says() {
    network! { struct Two<f64> { input: [2], dense(2, init = zeros) } }

    // The biases are the outputs, and their gradient is that of the mean loss.
    let gradient_of = |targets: &[[f64; 2]], outputs: [[f64; 2]; 2]| {
        let (mut loss, mut gradients) = (0.0, [[0.0; 2]; 2]);
        for sample in 0..2 {
            let mut network = Two::init(&mut StdRng::seed_from_u64(1));
            network.parameters_mut()[4..].copy_from_slice(&outputs[sample]);
            let mut trainer = Trainer::new(network, SoftTargetCrossEntropy, Adam::default()).schedule(0.0);
            loss += trainer.step(&[[0.0; 2]], &[targets[sample]]).unwrap().loss / 2.0;
            gradients[sample] = [4, 5].map(|place| trainer.gradient().parameters()[place] / 2.0);
        }
        (loss, gradients)
    };
    let close = |(loss, gradients): (f64, [[f64; 2]; 2]), expected: f64, slopes: [f64; 2]| {
        assert!((loss - expected).abs() < 1e-14, "{loss}");
        for (gradient, slope) in gradients.iter().zip(slopes) {
            assert!((gradient[0] - slope).abs() < 1e-14 && (gradient[1] + slope).abs() < 1e-14, "{gradient:?}");
        }
    };
    let outputs = [[0.5, -1.0], [1.5, 0.25]];
    let found = gradient_of(&[[0.2, 0.8], [0.9, 0.1]], outputs);
    close(found, 0.8891711796640628, [0.30878723809682185, -0.06135006941265445]);
    // cross_entropy(outputs, [1, 0], label_smoothing = 0.1).
    let labels = [([0.0; 2], 1), ([0.0; 2], 0)];
    let smoothed = OneHot::<_, 2>::smoothed(&labels, 0.1).unwrap();
    let found = gradient_of(&[0, 1].map(|sample| smoothed.sample(sample, &mut [0.0; 2])), outputs);
    close(found, 0.9704211796640627, [0.3837872380968218, -0.0863500694126545]);
}

network! {
    /// What is seen, and where: two heads on one trunk.
    struct Detector {
        input: [1, 8, 8],
        conv2d(8, kernel = 3), relu,
        flatten,
        concat {
            class: { dense(2) },
            place: { dense(2) },
        },
    }
}

/// The class of a square, and its row and column, from -1 to 1.
type Seen = (usize, [f32; 2]);

/// Squares of two sizes, one to an image.
struct Squares;

impl Dataset for Squares {
    type Scalar = f32;
    type Target = Seen;

    fn len(&self) -> usize {
        200
    }
    fn sample_shape(&self) -> &[usize] {
        &[1, 8, 8]
    }
    fn sample(&self, index: usize, input: &mut [f32]) -> Seen {
        let (class, row, column) = (index % 2, index / 2 % 5, index / 10 % 5);
        input.fill(0.0);
        let size = 2 + class;
        (row..row + size).for_each(|row| input[row * 8 + column..][..size].fill(1.0));
        (class, [row, column].map(|place| place as f32 / 2.0 - 1.0))
    }
}

/// Turns an image upside down, and the place with it.
struct UpsideDown;

impl Augment<f32, Seen> for UpsideDown {
    fn apply(&self, rng: &mut DrawRng, _: &[usize], input: &mut [f32], (class, [row, _]): &mut Seen) {
        if rng.random() {
            input.reverse();
            input.chunks_exact_mut(8).for_each(<[f32]>::reverse);
            // The last row that a square can begin in is 6 less its class.
            *row = (6 - *class) as f32 / 2.0 - 2.0 - *row;
        }
    }
}

#[test]
fn targets_of_two_types_are_learnt_at_once_and_changed_with_their_samples() {
    let changed = Squares.augment(UpsideDown).unwrap();
    let trained = |threads| {
        let detector = Detector::init(&mut StdRng::seed_from_u64(1));
        let trainer =
            Trainer::new(detector, (SoftmaxCrossEntropy, MeanSquaredError), Adam::default()).schedule(0.005).seed(1);
        let mut trainer = trainer.threads(threads).unwrap();
        trainer.fit(&changed, FitOptions::new(30).batch_size(20).progress(Progress::Silent)).unwrap();
        trainer
    };
    let mut trainer = trained(1);
    assert_eq!(trainer.network().parameters(), trained(3).network().parameters());
    // Of the images upside down, which no evaluation but this one sees.
    let mut input = [0.0; 64];
    let mut gaps = 0.0;
    for sample in 0..200 {
        let (class, place) = changed.draw_sample(sample, Draw::new(9, 0), &mut input).unwrap();
        let output = trainer.predict(&input);
        assert_eq!(predicted_class(&output.class), Some(class), "sample {sample}");
        gaps += place.iter().zip(&output.place).map(|(place, output)| (place - output).abs()).sum::<f32>() / 400.0;
    }
    assert!(gaps < 0.1, "{gaps}");
    let batch = Batch::all(&changed).drawn(Draw::new(9, 0));
    assert!(trainer.step_batch(&batch).unwrap().loss < 0.1);
}
