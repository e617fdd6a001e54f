//! LeNet-5 learns the MNIST digits.
//!
//! ```sh
//! cargo run --release --example mnist -- --help
//! ```
//!
//! A debug build takes hundreds of times as long, unless `Cargo.toml` has `opt-level = 1` under `[profile.dev]`.

mod arguments;
mod drawing;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use arguments::Arguments;
use castnet::data::augment::RandomShift;
use castnet::data::{Dataset, Images, Mnist};
use castnet::losses::SoftmaxCrossEntropy;
use castnet::metrics::predicted_class;
use castnet::optimizers::Adam;
use castnet::schedules::CosineDecay;
use castnet::train::{FitOptions, Trainer};
use castnet::{Predictor, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// LeNet-5 (LeCun et al., 1998) with relu and maximum pooling, for 28x28 grey digits.
    struct LeNet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5) -> [16, 8, 8], relu,
        max_pool2d(2),
        flatten,
        fc1: dense(120), relu,
        fc2: dense(84), relu,
        logits: dense(10),
    }
}

const BATCH_SIZE: usize = 64;
const LEARNING_RATE: f64 = 2e-3;
/// What a black pixel is in the normalised digits.
const BLACK: f64 = (0.0 - 0.1307) / 0.3081;

fn main() -> ExitCode {
    match run(&mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of the output has seen enough, as `head` does.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::parse()? else {
        write!(out, "{}", arguments::HELP)?;
        return Ok(());
    };
    writeln!(out, "{}\n", castnet::summary::<LeNet5>())?;
    let mnist = Mnist::<f32>::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist"))?;

    let steps = arguments.epochs * mnist.train.len().div_ceil(BATCH_SIZE);
    let network = LeNet5::init(&mut StdRng::seed_from_u64(arguments.seed));
    let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default())
        .schedule(CosineDecay { from: LEARNING_RATE, to: 0.0, steps: steps as u64 })
        .seed(arguments.seed)
        .threads(arguments.threads)?;
    writeln!(
        out,
        "Training on {} digits, testing on {} others, on {} of {} threads:",
        mnist.train.len(),
        mnist.test.len(),
        arguments.threads,
        std::thread::available_parallelism().map_or(1, usize::from),
    )?;

    let start = Instant::now();
    let mut options = FitOptions::new(arguments.epochs).batch_size(BATCH_SIZE).validation(&mnist.test);
    if let Some(folder) = &arguments.checkpoints {
        options = options.checkpoints(folder);
    }
    let train = mnist.train.augment(RandomShift { rows: arguments.shift, columns: arguments.shift, fill: BLACK })?;
    let history = trainer.fit(&train, options)?;
    writeln!(out, "{:.1} s for {} epochs\n", start.elapsed().as_secs_f64(), history.epochs.len())?;

    show_predictions(out, trainer.network(), &mnist.test)?;
    Ok(())
}

/// Draws the first test digits, and the first of those that the network takes for another.
fn show_predictions(out: &mut impl Write, network: &LeNet5, test: &Images<f32>) -> io::Result<()> {
    let mut predictor = Predictor::new(network);
    let predictions: Vec<usize> = (0..test.len()).map(|index| classify(&mut predictor, test, index)).collect();
    let wrong: Vec<usize> = (0..test.len()).filter(|&index| predictions[index] != test.label(index)).collect();
    let first: Vec<usize> = (0..test.len()).take(drawing::DIGITS_PER_ROW).collect();

    writeln!(out, "The first test digits:")?;
    drawing::draw(out, test, &first, &predictions)?;
    if !wrong.is_empty() {
        writeln!(out, "The first of the {} that are wrong:", wrong.len())?;
        drawing::draw(out, test, &wrong[..wrong.len().min(drawing::DIGITS_PER_ROW)], &predictions)?;
    }
    Ok(())
}

/// The digit that the network takes an image for.
fn classify(predictor: &mut Predictor<&LeNet5>, test: &Images<f32>, index: usize) -> usize {
    let mut image = [0.0; LeNet5::INPUT_LEN];
    test.sample(index, &mut image);
    predicted_class(&predictor.predict(&image)).expect("a trained network says numbers")
}
