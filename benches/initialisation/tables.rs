//! The tables of `data/tabular`, and what is to be learned from them.

use std::fs;
use std::path::Path;

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};

/// What is to be predicted from the other columns.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// The label.
    Class,
    /// A numeric column.
    Column(&'static str),
}

/// A table and a column of it.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub table: &'static str,
    pub wanted: Wanted,
}

impl Task {
    /// The heading of its column.
    pub fn name(self) -> String {
        let table = self.table.replace('_', " ");
        match self.wanted {
            Wanted::Class => table,
            Wanted::Column(column) => format!("{table}, {}", column.trim_end_matches("_cm").replace('_', " ")),
        }
    }
}

const fn column(table: &'static str, name: &'static str) -> Task {
    Task { table, wanted: Wanted::Column(name) }
}

const fn class(table: &'static str) -> Task {
    Task { table, wanted: Wanted::Class }
}

/// The first and the last column of each table; of the digits, whose outer pixels are blank, one in the middle. Then the
/// labels.
pub const TASKS: [Task; 11] = [
    column("iris", "sepal_length_cm"),
    column("iris", "petal_width_cm"),
    column("wine", "alcohol"),
    column("wine", "proline"),
    column("breast_cancer", "mean_radius"),
    column("breast_cancer", "worst_fractal_dimension"),
    column("digits8x8", "p33"),
    class("iris"),
    class("wine"),
    class("breast_cancer"),
    class("digits8x8"),
];

/// A task's rows: `FEATURES` numbers and what belongs to them, a number or a label.
pub struct Rows<const FEATURES: usize> {
    features: Vec<[f64; FEATURES]>,
    wanted: Vec<f64>,
    is_class: bool,
}

impl<const FEATURES: usize> Rows<FEATURES> {
    pub fn read(task: Task) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tabular").join(task.table).with_extension("csv");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().expect("a line of names").split(',').collect();
        let (target, is_class) = match task.wanted {
            Wanted::Class => ("label", true),
            Wanted::Column(name) => (name, false),
        };
        let place = |wanted: &str| names.iter().position(|name| *name == wanted).expect("a column of that name");
        let (target, labels) = (place(target), place("label"));
        let mut rows = Self { features: Vec::new(), wanted: Vec::new(), is_class };
        for line in lines {
            // The label's name in words stands behind it.
            let cells: Vec<f64> =
                line.split(',').take(labels + 1).map(|cell| cell.parse().expect("a number")).collect();
            let features = (0..labels).filter(|&column| column != target).map(|column| cells[column]);
            let features: Vec<f64> = features.collect();
            rows.features.push(features.try_into().expect("as many columns as the task has features"));
            rows.wanted.push(cells[target]);
        }
        rows
    }

    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Cuts the rows, in an order that depends on `seed`, into five parts, each of which is the test once. Of the others a
    /// fifth is for validation.
    pub fn folds(&self, seed: u64) -> Vec<Fold<FEATURES>> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut StdRng::seed_from_u64(seed));
        let fold = |number: usize| {
            let (from, to) = (number * order.len() / FOLDS, (number + 1) * order.len() / FOLDS);
            let others: Vec<usize> = order[..from].iter().chain(&order[to..]).copied().collect();
            let (validation, training) = others.split_at(others.len() / 5);
            let scale = Scale::of(self, &others);
            let part = |rows: &[usize]| scale.part(self, rows);
            Fold { training: part(training), validation: part(validation), test: part(&order[from..to]) }
        };
        (0..FOLDS).map(fold).collect()
    }
}

pub const FOLDS: usize = 5;

/// One of the five ways to take a test from the rows.
pub struct Fold<const FEATURES: usize> {
    pub training: Part<FEATURES>,
    pub validation: Part<FEATURES>,
    pub test: Part<FEATURES>,
}

/// Rows, standardised.
pub struct Part<const FEATURES: usize> {
    pub inputs: Vec<[f32; FEATURES]>,
    /// Labels, or numbers in standard deviations.
    pub wanted: Vec<f64>,
}

/// What a loss compares an output with.
pub trait Target: Copy + Send + Sync + 'static {
    fn of(wanted: f64) -> Self;
}

impl Target for usize {
    fn of(wanted: f64) -> Self {
        wanted as usize
    }
}

impl Target for [f32; 1] {
    fn of(wanted: f64) -> Self {
        [wanted as f32]
    }
}

impl<const FEATURES: usize> Part<FEATURES> {
    pub fn targets<Y: Target>(&self) -> Vec<Y> {
        self.wanted.iter().map(|&wanted| Y::of(wanted)).collect()
    }
}

/// Mean and standard deviation of each column over the rows that are not for testing.
struct Scale<const FEATURES: usize> {
    features: [(f64, f64); FEATURES],
    wanted: (f64, f64),
}

impl<const FEATURES: usize> Scale<FEATURES> {
    fn of(table: &Rows<FEATURES>, rows: &[usize]) -> Self {
        let features = std::array::from_fn(|column| moments(rows.iter().map(|&row| table.features[row][column])));
        let wanted = if table.is_class { (0.0, 1.0) } else { moments(rows.iter().map(|&row| table.wanted[row])) };
        Self { features, wanted }
    }

    fn part(&self, table: &Rows<FEATURES>, rows: &[usize]) -> Part<FEATURES> {
        let standard = |value: f64, (mean, deviation): (f64, f64)| (value - mean) / deviation;
        let input = |&row: &usize| {
            let values: &[f64; FEATURES] = &table.features[row];
            std::array::from_fn(|column| standard(values[column], self.features[column]) as f32)
        };
        Part {
            inputs: rows.iter().map(input).collect(),
            wanted: rows.iter().map(|&row| standard(table.wanted[row], self.wanted)).collect(),
        }
    }
}

/// Mean and standard deviation; of a column that is constant, 1 as the deviation.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}
