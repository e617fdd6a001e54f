//! What can be wrong with data and settings, and how the runtime says so.

use core::fmt::{self, Debug, Display, Formatter};

use crate::short::Short;

/// Something is wrong with the data or the settings: never with the network, which stays as it was.
///
/// What can be wrong with a file is a `data::FileError`, which an `Error` converts into.
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
///     "sample 3 has label 10, but there are 10 classes, labels 0 to 9, because classes count from 0: \
///      subtract 1 if yours count from 1, correct the label, or declare a network with at least 11 outputs"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A label that no output of the network stands for.
    #[error(
        "sample {sample} has label {label}, but there are {classes} classes, labels 0 to {}, because classes count from 0: \
         subtract 1 if yours count from 1, correct the label, or declare a network with at least {} outputs",
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

    /// A number that is no token where the network takes tokens.
    #[error(
        "sample {sample} has {value} as token {place} of `{input}`, but tokens are whole numbers from 0 to {}: \
         correct the sample, or declare a network with at least as many tokens",
        limit.saturating_sub(1)
    )]
    NoSuchToken {
        /// The sample with the number.
        sample: usize,
        /// The name of the input.
        input: &'static str,
        /// The number's place in the input.
        place: usize,
        /// The number.
        value: f64,
        /// How many tokens there are; each is less.
        limit: usize,
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

    /// A number in a target that the loss has no use for.
    #[error(
        "the target of sample {sample} has {} for output {output}, but for this loss it must be {expected}: correct the target, or \
         train with another loss",
        Short(*value)
    )]
    TargetOutOfRange {
        /// The sample with the target.
        sample: usize,
        /// The number's place in the target.
        output: usize,
        /// The number.
        value: f64,
        /// What it can be.
        expected: &'static str,
    },

    /// A weight of a sample that is negative, infinite or NaN.
    #[error(
        "sample {sample} has the weight {}, but weights must be numbers that are not negative: correct it, or leave the sample out",
        Short(*weight)
    )]
    SampleWeight {
        /// The sample with the weight.
        sample: usize,
        /// The weight.
        weight: f64,
    },

    /// A target that should be probabilities of classes and is not.
    #[error(
        "the target of sample {sample} sums to {} and its least number is {}, but probabilities of classes sum to 1 and none is \
         negative: divide them by their sum, or train with another loss",
        Short(*sum), Short(*least)
    )]
    NotProbabilities {
        /// The sample with the target.
        sample: usize,
        /// The sum of its numbers.
        sum: f64,
        /// The least of them.
        least: f64,
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

    /// A batch of one sample for a network that has batch norm of features.
    #[error(
        "`{layer}` normalises each feature over the batch, and a batch of one sample has no variance: \
         use a batch size that leaves no single sample over, or freeze the layer"
    )]
    OneSample {
        /// The first layer that cannot learn from it.
        layer: &'static str,
    },

    /// A loss that is infinite or NaN: training has diverged.
    #[error(
        "the loss of step {step} is {}; the network is as it was before the step: \
         lower the learning rate, warm it up, or scale the inputs to about -1 to 1",
        Short(*loss)
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
        "step {step}, with a learning rate of {}, would make `{segment}` infinite or NaN; the network is as it was \
         before the step: lower the learning rate, or scale the inputs to about -1 to 1",
        Short(*rate)
    )]
    NonFiniteUpdate {
        /// The step, counted from 0.
        step: u64,
        /// The learning rate.
        rate: f64,
        /// The first parameters in question, or those whose moments they are: `conv1.weight`.
        segment: &'static str,
    },

    /// A setting of an optimizer, a schedule or an augmentation that is no use.
    #[error("`{setting}` is {}, but it must be {expected}: correct the setting", Short(*value))]
    Setting {
        /// The name of the field.
        setting: &'static str,
        /// What it is set to.
        value: f64,
        /// What it can be set to.
        expected: &'static str,
    },

    /// A group of an optimizer that selects nothing.
    #[error(
        "parameter group {group} has no trained parameters of `{network}`: correct what it selects, or leave it out"
    )]
    EmptyGroup {
        /// The group, counted from 0 in the order in which they were added.
        group: usize,
        /// The name of the network.
        network: &'static str,
    },

    /// A function that has not what a method of minimizing it asks for.
    #[error("the method needs {lacks}, which the function has not: {help}")]
    Objective {
        /// What is missing.
        lacks: &'static str,
        /// What to do.
        help: &'static str,
    },

    /// An optimizer that remembers more than there is room for.
    #[error(
        "the optimizer remembers {expected} numbers for each parameter, but there is room for {found}: \
         write `InPlace::<_, {expected}>`, or change the settings"
    )]
    Slots {
        /// How many there is room for.
        found: usize,
        /// How many the optimizer remembers.
        expected: usize,
    },

    /// What an optimizer remembered, as it was read from elsewhere, without a slot of this one.
    #[error(
        "the state that was read has no slot `{slot}`, which the optimizer has: go on with the optimizer and the settings that it \
         was written by"
    )]
    MissingSlot {
        /// The slot's name.
        slot: &'static str,
    },

    /// What an optimizer remembered, as it was read from elsewhere, with a slot that this one does not have.
    #[error(
        "the state that was read has a slot `{slot}`, which the optimizer does not have: go on with the one that it was written by"
    )]
    UnknownSlot {
        /// The slot's name.
        slot: &'static str,
    },

    /// More samples at once than a lane group holds, for a network that needs the whole batch.
    #[error(
        "`{network}` has batch norm, which needs the whole batch, and a learner holds {lanes} samples at a time, not {samples}: \
         use smaller batches, or lane groups of up to 32 samples"
    )]
    BatchTooLarge {
        /// The name of the network.
        network: &'static str,
        /// How many samples the batch has.
        samples: usize,
        /// How many samples a lane group holds.
        lanes: usize,
    },

    /// A learning rate that is negative, infinite or NaN.
    #[error(
        "the schedule's learning rate for step {step} is {}, but it must be a number that is not negative: \
         correct the schedule",
        Short(*rate)
    )]
    LearningRate {
        /// The step, counted from 0.
        step: u64,
        /// The learning rate.
        rate: f64,
    },

    /// A schedule that moves the momentum of an optimizer without any.
    #[error(
        "the schedule moves the momentum, but the optimizer has none: take one that has, as Sgd and Adam do, or set the \
         schedule's `momentum` to None"
    )]
    NoMomentum,

    /// The system gives no more threads.
    #[error("{threads} threads cannot be started{}: train on fewer", Reason(*code))]
    Threads {
        /// How many were to work, the calling one among them.
        threads: usize,
        /// The system's number for the reason, if it gave one.
        code: Option<i32>,
    },

    /// Metrics in a fit that has nothing to score.
    #[error(
        "metrics score the validation data of a fit, but it has none: add `.validation(&data)`, or leave the metrics out"
    )]
    MetricsWithoutValidation,

    /// Not as many targets as inputs.
    #[error("{inputs} inputs came with {targets} targets, but each input needs one: pass slices of equal length")]
    LengthMismatch {
        /// How many inputs there are.
        inputs: usize,
        /// How many targets there are.
        targets: usize,
    },

    /// Samples of another size than what takes them.
    #[error("the samples have shape {found}, but {expected} is expected: resize or crop them, or change the input")]
    SampleShape {
        /// The shape of the samples.
        found: Shape,
        /// The shape that they should have.
        expected: Shape,
    },

    /// Samples without rows for an augmentation that moves within rows.
    #[error(
        "the samples have shape {found}, but [channels, height, width] or [channels, length] is expected by an augmentation \
         of images: state the shape of an image, or leave the augmentation out"
    )]
    NoPlane {
        /// The shape of the samples.
        found: Shape,
    },

    /// A sample of another length than its data set's shape, or the network's input.
    #[error(
        "sample {sample} has {found} numbers, but {expected} are expected: correct the sample, or its data set's shape"
    )]
    SampleLength {
        /// The sample.
        sample: usize,
        /// How many numbers it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },

    /// A part of a data set that goes beyond its end.
    #[error(
        "samples {start}..{end} were asked for, but there are {samples}, counted from 0: take fewer, or check the data"
    )]
    SampleRange {
        /// The first sample of the part.
        start: usize,
        /// The first sample behind the part.
        end: usize,
        /// How many samples there are.
        samples: usize,
    },

    /// The number of no sample.
    #[error(
        "sample {sample} was asked for, but there are {samples}, counted from 0: correct the number, or check the data"
    )]
    NoSuchSample {
        /// The number.
        sample: usize,
        /// How many samples there are.
        samples: usize,
    },

    /// More samples than there is memory for a list of.
    #[error("there is no memory for the order of {samples} samples: check the length that the data set states")]
    TooManySamples {
        /// How many samples there are.
        samples: usize,
    },

    /// Not one mean and one standard deviation for each channel of an image.
    #[error(
        "{means} means and {standard_deviations} standard deviations came with images of {channels} channels: \
         give one of both for each channel"
    )]
    ChannelCount {
        /// How many means there are.
        means: usize,
        /// How many standard deviations there are.
        standard_deviations: usize,
        /// How many channels an image has.
        channels: usize,
    },

    /// A mean and a standard deviation that pixels cannot be normalised by.
    #[error(
        "channel {channel} has a standard deviation of {} and a mean of {}, but the deviation has to be greater than 0 and \
         pixels have to become finite numbers: use 1 for a channel whose pixels are all alike",
        Short(*standard_deviation), Short(*mean)
    )]
    Normalisation {
        /// The channel.
        channel: usize,
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        standard_deviation: f64,
    },

    /// Not as many pixels as the images should have together.
    #[error("there are {found} pixels, but {expected} are expected for all images: check the shape of an image")]
    PixelCount {
        /// How many pixels there are.
        found: usize,
        /// How many there should be, counting one for each channel.
        expected: usize,
    },
}

impl Error {
    /// The same fault, in the sample whose number `number_of` gives for the number that the error has now.
    pub(crate) fn in_sample(mut self, number_of: impl FnOnce(usize) -> usize) -> Self {
        if let Self::LabelOutOfRange { sample, .. }
        | Self::NonFiniteInput { sample, .. }
        | Self::NoSuchToken { sample, .. }
        | Self::NonFiniteTarget { sample, .. }
        | Self::TargetOutOfRange { sample, .. }
        | Self::SampleWeight { sample, .. }
        | Self::NotProbabilities { sample, .. }
        | Self::SampleLength { sample, .. } = &mut self
        {
            *sample = number_of(*sample);
        }
        self
    }
}

/// The shape of a sample, in an [`Error`]: `[features]`, `[channels, length]` or `[channels, height, width]`.
///
/// An error has no room for more than four sizes; of a longer shape it shows the first four.
///
/// ```
/// use castnet::Shape;
///
/// assert_eq!(Shape::new(&[1, 28, 28]).to_string(), "[1, 28, 28]");
/// assert_eq!(Shape::new(&[9, 8, 7, 6, 5]).to_string(), "[9, 8, 7, 6, ..]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    sizes: [usize; Shape::ROOM],
    rank: usize,
}

impl Shape {
    const ROOM: usize = 4;

    /// The shape with these sizes.
    pub fn new(sizes: &[usize]) -> Self {
        let mut shape = Self { sizes: [0; Self::ROOM], rank: sizes.len() };
        for (kept, &size) in shape.sizes.iter_mut().zip(sizes) {
            *kept = size;
        }
        shape
    }

    /// The sizes; of more than four the first four.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes[..self.rank.min(Self::ROOM)]
    }

    /// How many sizes the shape has.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

impl Display for Shape {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut list = formatter.debug_list();
        list.entries(self.sizes());
        if self.rank > Self::ROOM { list.finish_non_exhaustive() } else { list.finish() }
    }
}

impl Debug for Shape {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, formatter)
    }
}

/// In brackets, what the system calls the reason with that number.
struct Reason(Option<i32>);

impl Display for Reason {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "std")]
        if let Some(code) = self.0 {
            return write!(formatter, " ({})", std::io::Error::from_raw_os_error(code));
        }
        self.0.map_or(Ok(()), |code| write!(formatter, " ({code})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_however_large_or_small() {
        let messages = [
            Error::LearningRate { step: 3, rate: -1e300 },
            Error::NonFiniteUpdate { step: 3, rate: 1e300, segment: "dense1.weight" },
            Error::NonFiniteLoss { step: 3, loss: f64::MAX },
            Error::Setting { setting: "momentum", value: 1e-300, expected: "at least 0 and less than 1" },
        ]
        .map(|error| error.to_string());
        assert!(messages[0].contains("for step 3 is -1e300, but"), "{}", messages[0]);
        assert!(messages[1].contains("rate of 1e300, would"), "{}", messages[1]);
        assert!(messages[2].contains("step 3 is 1.7976931348623157e308; "), "{}", messages[2]);
        assert!(messages[3].contains("`momentum` is 1e-300, but"), "{}", messages[3]);
    }

    #[test]
    fn an_error_is_a_small_value_that_can_be_copied() {
        fn copied<T: Copy + Send + Sync + 'static>(value: T) -> [T; 2] {
            [value, value]
        }
        let shape = Error::SampleShape { found: Shape::new(&[7]), expected: Shape::new(&[1, 5, 6]) };
        let [one, other] = copied(shape);
        assert_eq!(one, other);
        assert!(one.to_string().starts_with("the samples have shape [7], but [1, 5, 6] is expected"), "{one}");
        assert!(size_of::<Error>() <= 96, "{}", size_of::<Error>());
    }

    #[test]
    fn threads_that_cannot_be_had_say_why_if_that_is_known() {
        let unknown = Error::Threads { threads: 5, code: None };
        assert_eq!(unknown.to_string(), "5 threads cannot be started: train on fewer");
        let known = Error::Threads { threads: 5, code: Some(11) }.to_string();
        assert!(known.starts_with("5 threads cannot be started (") && known.contains("11"), "{known}");
    }
}
