//! Which classes are taken for which.

use alloc::vec;
use alloc::vec::Vec;

use super::predicted_class;
use crate::Scalar;

/// How often samples of each class were taken for each other class.
///
/// ```
/// use castnet::metrics::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::default();
/// for (output, label) in [([0.9_f32, 0.1], 0), ([0.2, 0.8], 0), ([0.3, 0.7], 1)] {
///     matrix.add(&output, label);
/// }
/// assert_eq!((matrix.count(0, 0), matrix.count(0, 1), matrix.count(1, 0), matrix.count(1, 1)), (1, 1, 0, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    /// A row for each class, with a column for each class that it was taken for, and one for outputs that name none.
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// Adds a sample of class `label`. Outputs that are [no class](predicted_class) count as wrong, and for none.
    ///
    /// # Panics
    ///
    /// If there is no output for `label`, or there are not as many outputs as before.
    pub fn add<T: Scalar>(&mut self, output: &[T], label: usize) {
        self.reserve(output.len());
        assert!(label < self.classes, "label {label} of {} classes", self.classes);
        let predicted = predicted_class(output).unwrap_or(self.classes);
        self.counts[label * (self.classes + 1) + predicted] += 1;
    }

    /// Adds the samples of another matrix.
    ///
    /// # Panics
    ///
    /// If both have samples, of different numbers of classes.
    pub fn merge(&mut self, other: &Self) {
        if other.classes > 0 {
            self.reserve(other.classes);
            self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
        }
    }

    fn reserve(&mut self, classes: usize) {
        if self.classes == 0 {
            *self = Self { classes, counts: vec![0; classes * (classes + 1)] };
        }
        assert_eq!(classes, self.classes, "all samples have as many classes");
    }

    /// How many classes there are; 0 before the first sample.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `label` were taken for class `predicted`.
    ///
    /// # Panics
    ///
    /// If there is no such class.
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        assert!(predicted < self.classes, "class {predicted} of {}", self.classes);
        self.row(label)[predicted]
    }

    fn row(&self, label: usize) -> &[u64] {
        &self.counts[label * (self.classes + 1)..][..self.classes + 1]
    }

    /// How many samples of class `label` were taken for none, because their outputs [name none](predicted_class).
    ///
    /// # Panics
    ///
    /// If there is no such class.
    pub fn unnamed(&self, label: usize) -> u64 {
        self.row(label)[self.classes]
    }

    /// How many samples were taken for a class rightly, how many were of it, and how many were taken for it.
    pub(super) fn counts(&self, class: usize) -> Counts {
        Counts {
            right: self.count(class, class),
            occurred: self.row(class).iter().sum(),
            predicted: (0..self.classes).map(|label| self.count(label, class)).sum(),
        }
    }

    /// The part of the samples that were taken for a class and are of it: `TP / (TP + FP)`, where `TP` samples of the class
    /// were taken for it, and `FP` of other classes were. `None` if none was.
    ///
    /// # Panics
    ///
    /// If there is no such class; so do the two below.
    pub fn precision(&self, class: usize) -> Option<f64> {
        let Counts { right, predicted, .. } = self.counts(class);
        (predicted > 0).then(|| right as f64 / predicted as f64)
    }

    /// The part of a class's samples that were taken for it: `TP / (TP + FN)`, where `FN` samples of the class were not.
    /// `None` if the class did not occur.
    pub fn recall(&self, class: usize) -> Option<f64> {
        let Counts { right, occurred, .. } = self.counts(class);
        (occurred > 0).then(|| right as f64 / occurred as f64)
    }

    /// The F1 score of a class, the harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`. `None` if the class
    /// neither occurred nor was predicted.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let Counts { right, occurred, predicted } = self.counts(class);
        (occurred + predicted > 0).then(|| 2.0 * right as f64 / (occurred + predicted) as f64)
    }

    /// The matrix as a picture: a row for each class, a column for each that it was taken for, the counts written in the
    /// cells, which are the brighter, the larger their part of the class is. There is a last column for outputs that named no
    /// class if there were any. `names` are those of the classes; numbers stand for what they leave out.
    ///
    /// ```
    /// use castnet::metrics::ConfusionMatrix;
    ///
    /// let mut matrix = ConfusionMatrix::default();
    /// for (output, label) in [([0.9_f32, 0.1], 0), ([0.2, 0.8], 0), ([0.3, 0.7], 1)] {
    ///     matrix.add(&output, label);
    /// }
    /// let svg = matrix.drawn("Who is who", &["cat", "dog"]).picture()?.svg();
    /// assert!(svg.contains(">cat</text>") && svg.contains(">true class</text>"));
    /// # Ok::<(), castnet::plots::PlotError>(())
    /// ```
    #[cfg(feature = "plots")]
    pub fn drawn(&self, title: &str, names: &[&str]) -> crate::plots::Matrix {
        use alloc::borrow::ToOwned;
        use alloc::string::ToString;

        let classes = self.classes;
        let has_unnamed = (0..classes).any(|class| self.unnamed(class) > 0);
        let columns = classes + usize::from(has_unnamed);
        let cells = || (0..classes).flat_map(move |row| (0..columns).map(move |column| (row, column)));
        let count = |(row, column): (usize, usize)| self.row(row)[column];
        let part = |cell: (usize, usize)| count(cell) as f64 / self.counts(cell.0).occurred.max(1) as f64;
        let name = |class: usize| names.get(class).map_or_else(|| class.to_string(), |&name| name.to_owned());
        let named = (0..classes).map(name);
        crate::plots::Matrix::new(title, classes, columns, cells().map(part))
            .range(0.0, 1.0)
            .texts(cells().map(|cell| count(cell).to_string()))
            .rows("true class", named.clone())
            .columns("predicted class", named.chain(has_unnamed.then(|| "none".to_owned())))
    }
}

/// What is counted of a class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub right: u64,
    pub occurred: u64,
    pub predicted: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_that_are_no_class_are_wrong() {
        let mut matrix = ConfusionMatrix::default();
        matrix.add(&[f64::NAN, 1.0], 0);
        assert_eq!((matrix.count(0, 0), matrix.count(0, 1), matrix.unnamed(0)), (0, 0, 1));
        assert_eq!((matrix.f1(0), matrix.f1(1)), (Some(0.0), None));
        assert_eq!((matrix.precision(0), matrix.recall(0), matrix.recall(1)), (None, Some(0.0), None));
        matrix.add(&[1.0, 0.0], 0);
        assert_eq!((matrix.precision(0), matrix.recall(0), matrix.f1(0)), (Some(1.0), Some(0.5), Some(2.0 / 3.0)));
    }

    #[cfg(feature = "plots")]
    #[test]
    fn it_is_drawn_with_a_column_for_what_named_no_class() {
        let mut matrix = ConfusionMatrix::default();
        matrix.add(&[1.0, 0.0], 0);
        let texts =
            |matrix: &ConfusionMatrix| matrix.drawn("", &["a"]).picture().unwrap().svg().matches("</text>").count();
        // Counts, labels, and the names of the axes.
        assert_eq!(texts(&matrix), 4 + 2 + 2 + 2);
        matrix.add(&[f64::NAN, 0.0], 1);
        assert_eq!(texts(&matrix), 6 + 2 + 3 + 2);
    }
}
