//! Whatever makes outputs of inputs.

/// Something that makes an output of each input: a network with room to work, which a [`Predictor`](crate::Predictor) is,
/// an [`Ensemble`](crate::ensemble::Ensemble) of several, or a rule that is no network at all.
///
/// `evaluate_predictions` says how good it is, by the losses and metrics that networks have. What it scores has an array of
/// numbers as its output.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::prelude::*;
/// use castnet::train::evaluate_predictions;
///
/// /// Says that tomorrow will be as today.
/// struct Persistence;
///
/// impl Predict for Persistence {
///     type Input = [f32; 3];
///     type Output = [f32; 1];
///
///     fn predict_batch(&mut self, inputs: &[[f32; 3]], outputs: &mut [[f32; 1]]) {
///         for (input, output) in inputs.iter().zip(outputs) {
///             output[0] = input[2];
///         }
///     }
/// }
///
/// let data = [([1.0, 2.0, 3.0], [4.0]), ([2.0, 3.0, 4.0], [4.0])];
/// let evaluation = evaluate_predictions(&mut Persistence, &MeanSquaredError, &data, &[])?;
/// assert_eq!(evaluation.loss, 0.5);
/// # Ok::<(), castnet::Error>(())
/// ```
pub trait Predict {
    /// One sample.
    type Input;
    /// What one sample becomes.
    type Output;

    /// Writes the output of each of `inputs` to its place in `outputs`, of which there are as many.
    fn predict_batch(&mut self, inputs: &[Self::Input], outputs: &mut [Self::Output]);
}

impl<P: Predict + ?Sized> Predict for &mut P {
    type Input = P::Input;
    type Output = P::Output;

    fn predict_batch(&mut self, inputs: &[P::Input], outputs: &mut [P::Output]) {
        (**self).predict_batch(inputs, outputs);
    }
}
