//! What happened before, in a checkpoint.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt::Debug;
use core::str::FromStr;

use super::content::{Content, Entry, text};
use super::{Checkpoint, CheckpointError};
use crate::train::{Epoch, Evaluation, History, Score};

const EPOCHS: &str = "castnet/history/epochs";
const STOPPED: &str = "castnet/history/stopped";
const ENDED: &str = "castnet/history/ended";

/// The columns before those of the metrics.
const COLUMNS: &str = "epoch,of,training_loss,training_regularization,training_accuracy,learning_rate,seconds,\
                       validation_samples,validation_loss,validation_accuracy";

/// Under which name a metric's name is.
fn metric(index: usize) -> String {
    format!("castnet/history/metric/{index}")
}

impl Checkpoint {
    /// Notes what happened before, and whether the fit has ended.
    pub(super) fn with_history(mut self, history: &History, has_ended: bool) -> Self {
        let metrics = (0..).map(metric).zip(history.metrics.iter().cloned());
        let flags =
            [(STOPPED, history.stopped), (ENDED, has_ended)].map(|(name, flag)| (name.into(), flag.to_string()));
        let all = [(EPOCHS.into(), table(history))].into_iter().chain(flags);
        let texts = all.chain(metrics);
        self.entries.extend(texts.map(|(name, text)| Entry { name, content: Content::Text(text) }));
        self
    }

    /// Whether it was made when a fit had ended.
    pub(super) fn has_ended(&self) -> bool {
        text(&self.entries, ENDED) == Some("true")
    }

    /// The epochs of the fit before the checkpoint, if it was made by one.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Missing`] and [`CheckpointError::Value`] if they are not written as they should be.
    pub fn history(&self) -> Result<Option<History>, CheckpointError> {
        let Some(table) = text(&self.entries, EPOCHS) else { return Ok(None) };
        let metrics: Vec<String> =
            (0..).map_while(|index| text(&self.entries, &metric(index)).map(ToOwned::to_owned)).collect();
        let stopped = text(&self.entries, STOPPED).ok_or_else(|| CheckpointError::Missing { name: STOPPED.into() })?;
        let stopped = value(STOPPED, stopped, "`true` or `false`")?;
        let epochs = table.lines().skip(1).map(|line| epoch(line, &metrics)).collect::<Result<_, _>>()?;
        Ok(Some(History { epochs, metrics, stopped, notes: vec![] }))
    }
}

/// A table with a line for each epoch. What is not there is empty.
fn table(history: &History) -> String {
    let mut table = COLUMNS.to_owned();
    (0..history.metrics.len()).for_each(|index| table += &format!(",metric_{index}"));
    table.push('\n');
    for epoch in &history.epochs {
        let Epoch { number, of, training_loss, training_regularization, training_accuracy, learning_rate, .. } = epoch;
        let validation = epoch.validation.as_ref();
        let mut fields = vec![number.to_string(), of.to_string(), number_text(*training_loss)];
        fields.push(number_text(*training_regularization));
        fields.push(field(training_accuracy.map(number_text)));
        fields.push(number_text(*learning_rate));
        fields.push(field(epoch.seconds.map(number_text)));
        fields.push(field(validation.map(|validation| validation.samples.to_string())));
        fields.push(field(validation.map(|validation| number_text(validation.loss))));
        fields.push(field(validation.and_then(|validation| validation.accuracy).map(number_text)));
        for index in 0..history.metrics.len() {
            fields.push(field(
                validation.and_then(|validation| validation.scores.get(index)).map(|score| number_text(score.value)),
            ));
        }
        table += &fields.join(",");
        table.push('\n');
    }
    table
}

/// A number so that it is read as the same one.
fn number_text(number: f64) -> String {
    format!("{number:?}")
}

fn field(text: Option<String>) -> String {
    text.unwrap_or_default()
}

/// The epoch of a line of the table.
fn epoch(line: &str, metrics: &[String]) -> Result<Epoch, CheckpointError> {
    let mut fields = line.split(',');
    let mut next = || fields.next().unwrap_or_default();
    let count = |text: &str| value(EPOCHS, text, "a table with whole numbers in its first columns");
    let number = |text: &str| value(EPOCHS, text, "a table of numbers");
    let optional = |text: &str| if text.is_empty() { Ok(None) } else { number(text).map(Some) };
    let (epoch, of) = (count(next())?, count(next())?);
    let (training_loss, training_regularization) = (number(next())?, number(next())?);
    let (training_accuracy, learning_rate, seconds) = (optional(next())?, number(next())?, optional(next())?);
    let (samples, loss, accuracy) = (next(), optional(next())?, optional(next())?);
    let mut scores = Vec::new();
    for metric in metrics {
        if let Some(value) = optional(next())? {
            scores.push(Score { metric: metric.clone(), value });
        }
    }
    let validation = match loss {
        Some(loss) => Some(Evaluation { samples: count(samples)?, loss, accuracy, scores }),
        None => None,
    };
    Ok(Epoch {
        number: epoch,
        of,
        training_loss,
        training_regularization,
        training_accuracy,
        validation,
        learning_rate,
        seconds,
    })
}

fn value<V: FromStr + Debug>(name: &str, text: &str, expected: &'static str) -> Result<V, CheckpointError> {
    text.parse().map_err(|_| CheckpointError::Value { name: name.into(), found: text.into(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_read_as_it_was_written() {
        let scores = [0.1 + 0.2, f64::MIN_POSITIVE].map(|value| Score { metric: String::new(), value });
        let metrics = vec!["a, \"b\"\n".to_owned(), "R²".to_owned()];
        let scores = scores.into_iter().zip(&metrics).map(|(score, metric)| Score { metric: metric.clone(), ..score });
        let validation = Evaluation { samples: 7, loss: 1e300 / 3.0, accuracy: None, scores: scores.collect() };
        let first = Epoch {
            number: 1,
            of: 9,
            training_loss: -0.0,
            training_regularization: 0.25,
            training_accuracy: Some(1.0 / 3.0),
            validation: Some(validation),
            learning_rate: 1e-17,
            seconds: None,
        };
        let second =
            Epoch { number: 2, validation: None, training_accuracy: None, seconds: Some(0.5), ..first.clone() };
        let history = History { epochs: vec![first, second], metrics, stopped: true, notes: vec![] };
        let checkpoint = Checkpoint::new(vec![]).with_history(&history, true);
        let read = checkpoint.history().unwrap().unwrap();
        assert_eq!(read, history);
        assert!(read.epochs[0].training_loss.is_sign_negative());
        assert_eq!(Checkpoint::new(vec![]).history(), Ok(None));
        let wrong = Entry { name: EPOCHS.into(), content: Content::Text("\n1,x".into()) };
        let stopped = Entry { name: STOPPED.into(), content: Content::Text("false".into()) };
        let error = Checkpoint::new(vec![wrong, stopped]).history().unwrap_err();
        assert!(matches!(error, CheckpointError::Value { found, .. } if found == "x"));
    }
}
