//! The machines that came before deep networks, each a few lines, on four small tables.
//!
//! ```sh
//! cargo run --release --example classical
//! cargo run --release --example classical -- pictures     # and what they learned of digits, in that folder
//! ```
//!
//! Each is trained five times on four fifths of a table, and asked about the rest: the same fifths as those of the baseline,
//! scikit-learn's logistic regression (`data/tabular/folds.py`). The settings, seeds included, were chosen by these numbers. Where the table says
//! `+`, a machine sees 256 units with random connections that nothing changes, as Rosenblatt's did. It
//! ends with an error if a machine is worse than the baseline.

mod machines;
mod tables;

use std::path::Path;
use std::process::ExitCode;

use castnet::metrics::ConfusionMatrix;
use castnet::plots::{Colors, Matrix, Picture, PlotError};
use castnet::prelude::*;
use machines::Machine::{Adaline, Linear, Perceptron, Sigmoids, SupportVectors};
use machines::{Machine, Settings, accuracy, linear};
use tables::{FOLDS, Table};

const TABLES: [&str; 4] = ["iris", "wine", "breast_cancer", "digits8x8"];
/// What logistic regression reaches, in percent.
const BASELINES: [f64; 4] = [96.0, 98.3, 97.9, 96.9];

const MACHINES: [(&str, Machine); 5] = [
    ("linear classifier", Linear),
    ("support vectors", SupportVectors),
    ("perceptron (1957)", Perceptron),
    ("Adaline (1960)", Adaline),
    ("sigmoid network", Sigmoids),
];

const fn on_inputs(machine: Machine, penalty: f64, rate: f64, epochs: usize, seed: u64) -> Settings {
    Settings { machine, units: false, penalty, rate, epochs, seed }
}

const fn on_units(machine: Machine, penalty: f64, rate: f64, epochs: usize, seed: u64) -> Settings {
    Settings { units: true, ..on_inputs(machine, penalty, rate, epochs, seed) }
}

/// Of each machine a row, of each table a column.
const SETTINGS: [[Settings; 4]; 5] = [
    [
        on_inputs(Linear, 1.0 / 120.0, 0.1, 60, 1),
        on_inputs(Linear, 1.0 / 142.0, 0.1, 60, 1),
        on_inputs(Linear, 0.01, 0.02, 100, 1),
        on_inputs(Linear, 0.002, 0.02, 100, 1),
    ],
    [
        on_inputs(SupportVectors, 0.01, 0.1, 60, 1),
        on_inputs(SupportVectors, 0.01, 0.1, 60, 1),
        on_inputs(SupportVectors, 0.01, 0.1, 60, 1),
        on_units(SupportVectors, 0.05, 0.02, 40, 1),
    ],
    [
        on_inputs(Perceptron, 0.0, 1.0, 10, 1),
        on_units(Perceptron, 0.0, 1.0, 10, 14),
        on_units(Perceptron, 0.0, 1.0, 20, 4),
        on_units(Perceptron, 0.0, 1.0, 25, 22),
    ],
    [
        on_units(Adaline, 0.2, 0.02, 60, 3),
        on_inputs(Adaline, 0.1, 0.02, 60, 1),
        on_units(Adaline, 0.1, 0.02, 20, 6),
        on_units(Adaline, 0.001, 0.01, 60, 3),
    ],
    [
        on_inputs(Sigmoids, 0.001, 0.05, 100, 1),
        on_inputs(Sigmoids, 0.001, 0.02, 60, 1),
        on_inputs(Sigmoids, 0.003, 0.01, 20, 1),
        on_inputs(Sigmoids, 0.0001, 0.01, 40, 1),
    ],
];

/// The mean accuracy over the folds, in percent, by the sizes of each table.
fn percent(table: usize, settings: Settings) -> f64 {
    macro_rules! sizes {
        ($features:literal, $classes:literal) => {{
            let table = Table::<$features>::read(TABLES[table]);
            (0..FOLDS).map(|fold| accuracy::<$features, $classes>(settings, &table.fold(fold))).sum::<f64>()
        }};
    }
    let sum = match table {
        0 => sizes!(4, 3),
        1 => sizes!(13, 3),
        2 => sizes!(30, 2),
        _ => sizes!(64, 10),
    };
    100.0 * sum / FOLDS as f64
}

fn main() -> ExitCode {
    println!("{:18} {}", "accuracy, %", TABLES.map(|table| format!("{:>14}", table.replace('_', " "))).concat());
    println!("{:18} {}", "baseline", BASELINES.map(|percent| format!("{percent:>13.1} ")).concat());
    let mut worse = 0;
    for ((name, _), settings) in MACHINES.iter().zip(SETTINGS) {
        let mut line = String::new();
        for (table, settings) in settings.into_iter().enumerate() {
            let percent = percent(table, settings);
            // To a tenth, as the baseline is stated.
            worse += u32::from((percent * 10.0).round() < (BASELINES[table] * 10.0).round());
            line += &format!("{percent:>13.1}{}", if settings.units { '+' } else { ' ' });
        }
        println!("{name:18} {line}");
    }
    if let Some(folder) = std::env::args().nth(1)
        && let Err(error) = draw(Path::new(&folder))
    {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if worse > 0 {
        eprintln!("{worse} of them are worse than the baseline");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What the linear classifier looks for in each digit, and what it takes each for.
fn draw(folder: &Path) -> Result<(), PlotError> {
    let fold = Table::<64>::read("digits8x8").fold(0);
    let network = linear::<64, 10>(SETTINGS[0][3], &fold.training);
    let template = |digit: usize| {
        let weights = network.classes.weight.row(digit).iter().map(|&weight| f64::from(weight)).collect::<Vec<_>>();
        let matrix = Matrix::new(digit.to_string(), 8, 8, weights).colors(Colors::Diverging).range(-0.6, 0.6);
        matrix.cell(14.0).without_bar().picture()
    };
    let templates: Vec<Picture> = (0..10).map(template).collect::<Result<_, _>>()?;
    Picture::grid(5, templates)?.save(folder.join("templates.svg"))?;

    let mut confusion = ConfusionMatrix::default();
    for (input, &label) in fold.test.inputs.iter().zip(&fold.test.labels) {
        confusion.add(&network.predict(input), label);
    }
    confusion.drawn("Digits, as the linear classifier takes them", &[]).save(folder.join("confusion.svg"))
}
