//! The tables of `data/tabular`, in five parts of which each is the test once.

use std::fs;
use std::path::{Path, PathBuf};

/// A table's rows: `FEATURES` numbers and a class.
pub struct Table<const FEATURES: usize> {
    inputs: Vec<[f32; FEATURES]>,
    labels: Vec<usize>,
    /// The part that each row is in.
    parts: Vec<usize>,
}

/// Inputs, standardised by those that are learned from, and their classes.
pub struct Part<const FEATURES: usize> {
    pub inputs: Vec<[f32; FEATURES]>,
    pub labels: Vec<usize>,
}

/// What is learned from, and what is asked about.
pub struct Fold<const FEATURES: usize> {
    pub training: Part<FEATURES>,
    pub test: Part<FEATURES>,
}

pub const FOLDS: usize = 5;

fn read(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tabular").join(name).with_extension("csv");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl<const FEATURES: usize> Table<FEATURES> {
    /// Reads a table, and from `folds.csv` which rows are in which part.
    pub fn read(name: &str) -> Self {
        let (mut inputs, mut labels) = (Vec::new(), Vec::new());
        for line in read(name).lines().skip(1) {
            // The label's name in words stands behind it in some tables.
            let mut cells = line.split(',').map(|cell| cell.parse().expect("a number"));
            inputs.push(std::array::from_fn(|_| cells.next().expect("as many columns as the table has features")));
            labels.push(cells.next().expect("a label") as usize);
        }
        let folds = read("folds");
        let of_table = folds.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
        let parts = of_table.expect("a line for the table").bytes().map(|digit| usize::from(digit - b'0'));
        let parts: Vec<usize> = parts.collect();
        assert_eq!(parts.len(), labels.len(), "a part for each row");
        Self { inputs, labels, parts }
    }

    /// The fold whose test is part `number`.
    pub fn fold(&self, number: usize) -> Fold<FEATURES> {
        let rows = |is_test: bool| (0..self.labels.len()).filter(move |&row| (self.parts[row] == number) == is_test);
        let scale: [(f32, f32); FEATURES] =
            std::array::from_fn(|feature| moments(rows(false).map(|row| self.inputs[row][feature])));
        let standardise = |row: usize| {
            let input = self.inputs[row];
            std::array::from_fn(|feature| (input[feature] - scale[feature].0) / scale[feature].1)
        };
        let part = |is_test: bool| Part {
            inputs: rows(is_test).map(standardise).collect(),
            labels: rows(is_test).map(|row| self.labels[row]).collect(),
        };
        Fold { training: part(false), test: part(true) }
    }
}

/// Mean and standard deviation; 1 for that of a column that is constant, as the outer pixels of digits are.
fn moments(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let values = values.map(f64::from);
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, if variance > 0.0 { variance.sqrt() as f32 } else { 1.0 })
}
