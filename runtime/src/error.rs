//! What can be wrong with data, and how the runtime says so.

use std::path::{Path, PathBuf};

/// Something is wrong with the data or the settings: never with the network, which stays as it was.
///
/// Samples, features and bytes are counted from 0, samples in the order in which the data set or the slices hold them.
/// Each message says where the fault is, what was found there, what was expected, and what to do.
///
/// ```
/// use castnet::Error;
///
/// let error = Error::LabelOutOfRange { sample: 3, label: 10, classes: 10 };
/// assert_eq!(
///     error.to_string(),
///     "sample 3 has label 10, but there are 10 classes, labels 0 to 9: \
///      correct the label, or declare a network with at least 11 outputs"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A label that no output of the network stands for.
    #[error(
        "sample {sample} has label {label}, but there are {classes} classes, labels 0 to {}: \
         correct the label, or declare a network with at least {} outputs",
        classes.saturating_sub(1), label.saturating_add(1)
    )]
    LabelOutOfRange {
        /// The sample with the label.
        sample: usize,
        /// The label.
        label: usize,
        /// How many classes there are; labels are less.
        classes: usize,
    },

    /// An infinite or NaN number in a sample.
    #[error(
        "sample {sample} has {value} as its feature {feature}, but inputs must be finite numbers: \
         clean the sample, or leave it out"
    )]
    NonFiniteInput {
        /// The sample with the number.
        sample: usize,
        /// The number's place in the sample.
        feature: usize,
        /// The number.
        value: f64,
    },

    /// An infinite or NaN number in a target.
    #[error(
        "the target of sample {sample} has {value} for output {output}, but targets must be finite numbers: \
         clean the target, or leave the sample out"
    )]
    NonFiniteTarget {
        /// The sample with the target.
        sample: usize,
        /// The number's place in the target.
        output: usize,
        /// The number.
        value: f64,
    },

    /// No samples where at least one is needed.
    #[error("the data set has no samples, but at least one is needed: check the file or the filter that it comes from")]
    EmptyDataset,

    /// A batch size of zero.
    #[error("the batch size is 0, but a batch holds at least one sample: use 32 or 64 if in doubt")]
    ZeroBatchSize,

    /// A step without samples.
    #[error("a step was given no samples, but it takes at least one: leave the step out")]
    EmptyBatch,

    /// A loss that is infinite or NaN: training has diverged.
    #[error(
        "the loss of step {step} is {loss}; the network is as it was before the step: \
         lower the learning rate, warm it up, or scale the inputs to about -1 to 1"
    )]
    NonFiniteLoss {
        /// The step, counted from 0.
        step: u64,
        /// The loss.
        loss: f64,
    },

    /// A gradient that is infinite or NaN, though the loss is not.
    #[error(
        "the gradient of step {step} is not finite in `{segment}`; the network is as it was before the step: \
         lower the learning rate, warm it up, or scale the inputs to about -1 to 1"
    )]
    NonFiniteGradient {
        /// The step, counted from 0.
        step: u64,
        /// The first parameters in question: `conv1.weight`.
        segment: &'static str,
    },

    /// A step that would leave infinite or NaN parameters, running statistics or optimizer state.
    #[error(
        "step {step}, with a learning rate of {rate}, would make `{segment}` infinite or NaN; the network is as it was \
         before the step: lower the learning rate, or scale the inputs to about -1 to 1"
    )]
    NonFiniteUpdate {
        /// The step, counted from 0.
        step: u64,
        /// The learning rate.
        rate: f64,
        /// The first parameters in question, or those whose moments they are: `conv1.weight`.
        segment: &'static str,
    },

    /// A setting of an optimizer that is no use.
    #[error("`{setting}` is {value}, but it must be {expected}: correct the optimizer's settings")]
    Setting {
        /// The name of the field.
        setting: &'static str,
        /// What it is set to.
        value: f64,
        /// What it can be set to.
        expected: &'static str,
    },

    /// A learning rate that is negative, infinite or NaN.
    #[error("the schedule's learning rate for step {step} is {rate}, but it must be a number that is not negative")]
    LearningRate {
        /// The step, counted from 0.
        step: u64,
        /// The learning rate.
        rate: f64,
    },

    /// The system gives no more threads.
    #[error("cannot start threads ({source}): train on fewer")]
    Threads {
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// Not as many targets as inputs.
    #[error("{inputs} inputs came with {targets} targets, but each input needs one: pass slices of equal length")]
    LengthMismatch {
        /// How many inputs there are.
        inputs: usize,
        /// How many targets there are.
        targets: usize,
    },

    /// Samples of another size than what takes them.
    #[error("the samples have shape {found:?}, but {expected:?} is expected: resize or crop them, or change the input")]
    SampleShape {
        /// The shape of the samples.
        found: Vec<usize>,
        /// The shape that they should have.
        expected: Vec<usize>,
    },

    /// Not as many pixels as the images should have together.
    #[error("there are {found} pixels, but {expected} are expected for all images: check the shape of an image")]
    PixelCount {
        /// How many pixels there are.
        found: usize,
        /// How many there should be, counting one for each channel.
        expected: usize,
    },

    /// The data ends early.
    #[error("the data ends at byte {byte}, after {found} of the {expected} bytes of its {part}: get the file again")]
    Truncated {
        /// Where the data ends; in a compressed file, counted after decompression.
        byte: u64,
        /// The part that is cut short: `"header"`, or `"elements"`.
        part: &'static str,
        /// How many bytes the part should have.
        expected: u64,
        /// How many bytes it has.
        found: u64,
    },

    /// Not an IDX file.
    #[error("byte {byte} is {found:#04x}, but an IDX file begins with two zero bytes: check that this is an IDX file")]
    BadMagic {
        /// Where the wrong byte is.
        byte: u64,
        /// The wrong byte.
        found: u8,
    },

    /// An IDX file of something other than unsigned bytes.
    #[error(
        "byte {byte}, the element type, is {found:#04x}, but only 0x08 (unsigned bytes) can be read: \
         convert the file"
    )]
    ElementType {
        /// Where the element type is.
        byte: u64,
        /// The element type.
        found: u8,
    },

    /// Elements arranged in another way than expected.
    #[error(
        "byte 3, the number of dimensions, is {found}, but {expected} is expected: check that this is the right file"
    )]
    Rank {
        /// How many dimensions the elements have.
        found: usize,
        /// How many they should have: 3 for images (image, row, column), 1 for labels.
        expected: usize,
    },

    /// The data goes on after its end.
    #[error("the data should end at byte {byte} by its header, but {found} more bytes follow: get the file again")]
    TrailingBytes {
        /// Where the data should end; in a compressed file, counted after decompression.
        byte: u64,
        /// How many bytes follow.
        found: u64,
    },

    /// A gzip file that cannot be decompressed.
    #[error("the gzip data is corrupt or cut short at about byte {byte} ({source}): get the file again")]
    Gzip {
        /// How far into the compressed file the decompression came.
        byte: u64,
        /// What the decompression said.
        source: std::io::Error,
    },

    /// A gzip file, but castnet was built without the means to read it.
    #[error(
        "byte 0 and 1 are those of a gzip file, which castnet was built not to read: \
         enable its feature `gzip`, or decompress the file"
    )]
    GzipDisabled,

    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A fault in the contents of a file.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: Box<Error>,
    },
}

impl Error {
    /// The same fault, in the sample whose number `number_of` gives for the number that the error has now.
    pub(crate) fn in_sample(mut self, number_of: impl FnOnce(usize) -> usize) -> Self {
        if let Self::LabelOutOfRange { sample, .. }
        | Self::NonFiniteInput { sample, .. }
        | Self::NonFiniteTarget { sample, .. } = &mut self
        {
            *sample = number_of(*sample);
        }
        self
    }

    /// The same fault, in the file that it was found in.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::InFile { path: path.into(), source: Box::new(self) }
    }
}
