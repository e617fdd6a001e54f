//! What came out, as tables in Markdown: a column for each rule.

use super::rules::RULES;
use super::study::{Measure, Study};
use super::training::{LEARNING_RATES, USUAL_RATE};

/// A mean with its standard error.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f64,
    error: f64,
}

impl Estimate {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self { mean, error: (squares / (count - 1.0) / count).sqrt() }
    }
}

impl Study {
    /// The place of a rule in the study, if it has it.
    fn place(&self, rule: &str) -> Option<usize> {
        self.rules.iter().position(|known| known.name == rule)
    }

    fn mean(&self, place: usize) -> f64 {
        Estimate::of(&self.scores[place]).mean
    }

    fn score(&self, place: usize) -> String {
        match self.measure {
            Measure::Rmse | Measure::CrossEntropy => format!("{:.4}", self.mean(place)),
            Measure::Errors => format!("{:.2} %", 100.0 * self.mean(place)),
        }
    }

    /// By how much a rule's score is greater than the first rule's, seed by seed, as a part of the first rule's mean.
    fn difference(&self, place: usize) -> String {
        if place == 0 {
            return String::from("0");
        }
        let first = self.mean(0);
        let pairs = self.scores[place].iter().zip(&self.scores[0]);
        let Estimate { mean, error } =
            Estimate::of(&pairs.map(|(score, base)| (score - base) / first).collect::<Vec<_>>());
        format!("{:+.1} ± {:.1}", 100.0 * mean, 100.0 * error)
    }

    /// Whether both are of the same table.
    fn stands_with(&self, other: &Self) -> bool {
        (self.network, self.measure, self.chosen_rate) == (other.network, other.measure, other.chosen_rate)
    }
}

/// The studies, those of one table after the other, and before them what they amount to.
pub fn report(studies: &[Study]) -> String {
    let mut tables: Vec<Vec<&Study>> = Vec::new();
    for study in studies {
        match tables.iter_mut().find(|table| table[0].stands_with(study)) {
            Some(table) => table.push(study),
            None => tables.push(vec![study]),
        }
    }
    let rows: Vec<Vec<String>> = tables.iter().map(|table| summary_row(table)).collect();
    let mut text = String::from("### Ratios to the first rule, geometric means over the tasks\n\n");
    text += &markdown("", &rows);
    // The usual rate's are in the summary where there are those of the chosen one.
    let is_shown = |table: &&Vec<&Study>| table[0].chosen_rate || table[0].network == MNIST;
    for table in tables.iter().filter(is_shown) {
        let rows = |cell: fn(&Study, usize) -> String| {
            let cells = |study: &&Study| row(study.task.clone(), |rule| Some(cell(study, study.place(rule)?)));
            table.iter().map(cells).collect::<Vec<_>>()
        };
        text += &format!("\n### {}\n\n{}", title(table[0]), markdown("task", &rows(Study::score)));
        text += &format!("\nDifference to the first rule in %:\n\n{}", markdown("task", &rows(Study::difference)));
    }
    text
}

/// The heading of the studies of MNIST.
pub const MNIST: &str = "MNIST, one epoch";

fn title(study: &Study) -> String {
    let measure = match study.measure {
        Measure::Rmse => "regression, RMSE",
        Measure::CrossEntropy => "classes, cross-entropy",
        Measure::Errors => "classes, errors",
    };
    let usual = LEARNING_RATES[USUAL_RATE];
    let rate = if study.chosen_rate { String::from("best rate") } else { format!("rate {usual}") };
    format!("{}: {measure}, {rate}", study.network)
}

/// The geometric mean of the ratios of scores, rule by rule.
fn summary_row(table: &[&Study]) -> Vec<String> {
    row(title(table[0]), |rule| {
        let place = table[0].place(rule)?;
        let logarithms = table.iter().map(|study| (study.mean(place) / study.mean(0)).ln());
        Some(format!("{:.3}", (logarithms.sum::<f64>() / table.len() as f64).exp()))
    })
}

/// A row of a table: its name, and a cell for each rule, empty where the rule is none of the table's.
fn row(name: String, cell: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let cells = RULES.iter().map(|rule| cell(rule.name).unwrap_or_default());
    std::iter::once(name).chain(cells).collect()
}

/// A table in Markdown with a column for each rule, aligned for those who read it as text.
fn markdown(corner: &str, rows: &[Vec<String>]) -> String {
    let head = row(corner.to_owned(), |rule| Some(rule.to_owned()));
    let all = || std::iter::once(&head).chain(rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let padded = cells.map(|(column, (cell, &width))| match column {
            0 => format!("| {cell:<width$} |"),
            _ => format!(" {cell:>width$} |"),
        });
        padded.collect::<String>() + "\n"
    };
    let rule = |(column, width): (usize, &usize)| {
        let dashes = "-".repeat(width - 1);
        if column == 0 { format!("| {dashes}- |") } else { format!(" {dashes}: |") }
    };
    line(&head)
        + &widths.iter().enumerate().map(rule).collect::<String>()
        + "\n"
        + &rows.iter().map(line).collect::<String>()
}
