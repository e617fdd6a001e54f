//! What happened in training, epoch by epoch.

use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
#[cfg(feature = "std")]
use std::io::{self, Write};

use super::{Evaluation, Score};
use crate::short::{Rate, Rounded, Time};

/// One epoch: every training sample once.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// The number of the epoch in this fit, counted from 1.
    pub number: usize,
    /// How many epochs the fit has at most.
    pub of: usize,
    /// The mean loss of the training samples, each taken before the step that learned from it, and what
    /// [regularizers](crate::regularizers) added to it.
    pub training_loss: f64,
    /// The part of the training loss that regularizers added; 0 without them. There is none in the validation loss.
    pub training_regularization: f64,
    /// The part of the training samples that were classified correctly, likewise; `None` if the loss has no classes.
    pub training_accuracy: Option<f64>,
    /// Loss, accuracy and scores on the validation data at the end of the epoch, if there is any.
    pub validation: Option<Evaluation>,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// How long the epoch took, in seconds, validation included; of one that an earlier fit has begun, the rest. `None`
    /// without a clock.
    pub seconds: Option<f64>,
}

/// Columns of a line.
const COLUMNS: usize = 80;

/// `epoch 3/20  1.9 s  rate 0.00123  loss 0.0432 98.61 %  validation 0.0401 98.70 %  macro F1 0.9866`, where percentages are
/// accuracies. Where regularizers added to the loss, `regularization 0.0051` follows it. What does not fit in 80 columns, as here the score, goes on in another line, indented.
impl Display for Epoch {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut parts = vec![format!("epoch {}/{}", self.number, self.of)];
        parts.extend(self.seconds.map(|seconds| Time(seconds).to_string()));
        parts.push(format!("rate {}", Rate(self.learning_rate)));
        parts.push(loss("loss", self.training_loss, self.training_accuracy));
        if self.training_regularization != 0.0 {
            parts.push(format!("regularization {}", Rounded(self.training_regularization)));
        }
        if let Some(Evaluation { loss: value, accuracy, scores, .. }) = &self.validation {
            parts.push(loss("validation", *value, *accuracy));
            parts.extend(scores.iter().map(|Score { metric, value }| score(metric, *value, COLUMNS - INDENT.len())));
        }
        write_parts(formatter, &parts)
    }
}

/// A loss and the accuracy that belongs to it, after their name.
pub(super) fn loss(name: &str, loss: f64, accuracy: Option<f64>) -> String {
    let loss = format!("{name} {}", Rounded(loss));
    accuracy.map_or_else(|| loss.clone(), |accuracy| format!("{loss} {:.2} %", 100.0 * accuracy))
}

/// A score after its metric's name, of which there is as much as `columns` have room for.
pub(super) fn score(metric: &str, value: f64, columns: usize) -> String {
    let value = Rounded(value).to_string();
    let room = columns.saturating_sub(1 + value.len());
    let name: String = metric.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(room).collect();
    format!("{name} {value}")
}

/// What a line that goes on the one before begins with.
const INDENT: &str = "    ";

/// Writes parts side by side, in as many lines as they need.
fn write_parts(formatter: &mut Formatter<'_>, parts: &[String]) -> fmt::Result {
    let mut column = 0;
    for part in parts {
        let length = part.chars().count();
        let gap = if column == 0 { "" } else { "  " };
        if column + gap.len() + length > COLUMNS {
            write!(formatter, "\n{INDENT}{part}")?;
            column = INDENT.len() + length;
        } else {
            write!(formatter, "{gap}{part}")?;
            column += gap.len() + length;
        }
    }
    Ok(())
}

/// The epochs of a fit.
///
/// ```
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*};
/// use castnet::train::{FitOptions, Progress, Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let data = [([0.0_f32], [1.0_f32]), ([1.0], [3.0])];
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
/// let history = trainer.fit(&data, FitOptions::new(2).validation(&data).progress(Progress::Silent))?;
/// let mut csv = Vec::new();
/// history.write_csv(&mut csv)?;
/// let csv = String::from_utf8(csv)?;
/// assert!(csv.starts_with("epoch,training_loss,training_regularization,training_accuracy,validation_loss,"));
/// assert_eq!(csv.lines().count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The finished epochs in their order.
    pub epochs: Vec<Epoch>,
    /// The names of the metrics, in the order of [`Evaluation::scores`].
    pub metrics: Vec<String>,
    /// Whether an observer or [`on_epoch`](super::FitOptions::on_epoch) ended the fit before its last epoch, or within it.
    pub stopped: bool,
    /// What there is to know about checkpoints: those that were damaged and passed over.
    pub notes: Vec<String>,
}

impl History {
    /// The last epoch.
    ///
    /// # Panics
    ///
    /// If there is none: in a fit of no epochs, or one that was stopped within the first.
    pub fn last(&self) -> &Epoch {
        self.epochs.last().expect("an epoch was finished")
    }

    /// Writes a table in CSV: a header, then a line for each epoch. What an epoch does not have is empty; accuracies are
    /// parts of 1; a comma, a quotation mark or a line break in the name of a metric becomes a semicolon.
    ///
    /// # Errors
    ///
    /// Those of `writer`.
    #[cfg(feature = "std")]
    pub fn write_csv(&self, mut writer: impl Write) -> io::Result<()> {
        write!(
            writer,
            "epoch,training_loss,training_regularization,training_accuracy,validation_loss,validation_accuracy,\
             learning_rate,seconds"
        )?;
        for name in &self.metrics {
            write!(writer, ",{}", name.replace([',', '"', '\n', '\r'], ";"))?;
        }
        writeln!(writer)?;
        for epoch in &self.epochs {
            self.write_epoch(epoch, &mut writer)?;
        }
        Ok(())
    }

    #[cfg(feature = "std")]
    fn write_epoch(&self, epoch: &Epoch, writer: &mut impl Write) -> io::Result<()> {
        let validation = epoch.validation.as_ref();
        write!(
            writer,
            "{},{},{},{},{},{},{},{}",
            epoch.number,
            epoch.training_loss,
            epoch.training_regularization,
            field(epoch.training_accuracy),
            field(validation.map(|validation| validation.loss)),
            field(validation.and_then(|validation| validation.accuracy)),
            epoch.learning_rate,
            field(epoch.seconds)
        )?;
        for index in 0..self.metrics.len() {
            write!(writer, ",{}", field(validation.map(|validation| validation.scores[index].value)))?;
        }
        writeln!(writer)
    }
}

#[cfg(feature = "std")]
fn field(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch() -> Epoch {
        Epoch {
            number: 1,
            of: 2,
            training_loss: 0.5,
            training_regularization: 0.0,
            training_accuracy: Some(0.75),
            validation: None,
            learning_rate: 0.01,
            seconds: Some(2.5),
        }
    }

    #[test]
    fn an_epoch_is_a_line() {
        assert_eq!(epoch().to_string(), "epoch 1/2  2.5 s  rate 0.01  loss 0.5000 75.00 %");
        let regularized = Epoch { training_regularization: 0.125, ..epoch() }.to_string();
        assert_eq!(regularized, "epoch 1/2  2.5 s  rate 0.01  loss 0.5000 75.00 %  regularization 0.1250");
        let scores = vec![Score { metric: "macro F1".into(), value: 0.8 }];
        let validation = Evaluation { samples: 4, loss: 0.25, accuracy: None, scores };
        let line = Epoch { validation: Some(validation), ..epoch() }.to_string();
        assert_eq!(line, "epoch 1/2  2.5 s  rate 0.01  loss 0.5000 75.00 %  validation 0.2500\n    macro F1 0.8000");
    }

    #[test]
    fn the_usual_line_fits_in_80_columns() {
        let validation = Evaluation { samples: 4, loss: 0.0401, accuracy: Some(0.987), scores: vec![] };
        let epoch = Epoch {
            number: 10,
            of: 10,
            training_loss: 0.0432,
            training_regularization: 0.0,
            training_accuracy: Some(0.9861),
            validation: Some(validation),
            learning_rate: 0.002 * 0.617,
            seconds: Some(1.9),
        };
        let expected = "epoch 10/10  1.9 s  rate 0.00123  loss 0.0432 98.61 %  validation 0.0401 98.70 %";
        assert_eq!((epoch.to_string().as_str(), expected.len()), (expected, 80));
    }

    #[test]
    fn the_longest_lines_end_within_80_columns_and_lose_nothing() {
        let name = "the mean absolute error of all outputs, each scaled by the standard deviation of its targets";
        let score = |metric: &str| Score { metric: metric.into(), value: -1.234_567e-123 };
        let scores = vec![score("macro F1"), score("top 5 accuracy"), score(name), score("R²\n"), score("")];
        let validation = Evaluation { samples: 4, loss: -1.234_567e-123, accuracy: Some(1.0), scores };
        let epoch = Epoch {
            number: 100_000,
            of: 100_000,
            training_loss: 1.234_567e123,
            training_regularization: 0.0,
            training_accuracy: Some(1.0),
            validation: Some(validation),
            learning_rate: 1.234_567e-123,
            seconds: Some(1e6),
        };
        let text = epoch.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let expected = "\
epoch 100000/100000  277:46:40  rate 1.23e-123  loss 1.235e123 100.00 %
    validation -1.235e-123 100.00 %  macro F1 -1.235e-123
    top 5 accuracy -1.235e-123
    the mean absolute error of all outputs, each scaled by the stand -1.235e-123
    R²  -1.235e-123   -1.235e-123";
        assert_eq!(text, expected);
    }

    #[test]
    fn csv_has_a_column_for_each_metric() {
        let score = Score { metric: "a, b\n".into(), value: 0.125 };
        let validation = Evaluation { samples: 4, loss: 0.25, accuracy: Some(1.0), scores: vec![score] };
        let epochs = vec![epoch(), Epoch { number: 2, validation: Some(validation), ..epoch() }];
        let history = History { epochs, metrics: vec!["a, b\n".into()], stopped: false, notes: vec![] };
        let mut csv = Vec::new();
        history.write_csv(&mut csv).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "epoch,training_loss,training_regularization,training_accuracy,validation_loss,validation_accuracy,\
             learning_rate,seconds,a; b;\n\
             1,0.5,0,0.75,,,0.01,2.5,\n\
             2,0.5,0,0.75,0.25,1,0.01,2.5,0.125\n"
        );
    }
}
