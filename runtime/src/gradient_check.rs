//! Gradients against central differences.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use bytemuck::zeroed_box;

use crate::losses::Loss;
use crate::network::check_tokens;
use crate::train::compare;
use crate::{Error, InputInfo, IntoNetwork, Network, Pass, Role, Trace};

/// Half of the distance of a central difference.
const STEP: f64 = 1e-5;
/// A gradient this much smaller than the largest one of the network is rounding, not slope.
const NEGLIGIBLE: f64 = 1e-3;

/// How far the gradients of a network are from central differences.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientCheck {
    /// For each trainable segment (`conv1.weight`), and last for the `input`: the largest difference between a gradient
    /// and its central difference, relative to the largest gradient of the segment.
    pub relative_errors: Vec<(&'static str, f64)>,
}

impl GradientCheck {
    /// The segment that is furthest off, and by how much.
    pub fn worst(&self) -> (&'static str, f64) {
        self.relative_errors.iter().copied().fold(("", 0.0), |worst, next| if next.1 >= worst.1 { next } else { worst })
    }
}

/// Compares the gradients that the backward pass computes with central differences `(f(x + h) - f(x - h)) / 2h`, for
/// every trainable parameter and every input, in a training pass over one batch of at most `L` samples.
///
/// A right gradient is within 1e-7; a wrong one is off by a percent or more. Where a relu or a maximum changes its mind
/// within `h = 1e-5` there is no slope to find: choose other samples.
///
/// # Errors
///
/// [`Error::EmptyBatch`], [`Error::LengthMismatch`], and what the loss finds wrong with a target.
///
/// # Panics
///
/// If there are more than `L` samples.
///
/// ```
/// use castnet::{check_gradients, losses::MeanSquaredError, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Wave<f64> {
///         input: [2],
///         dense(5), tanh,
///         dense(1),
///     }
/// }
///
/// let wave = Wave::init(&mut StdRng::seed_from_u64(1));
/// let inputs = [[0.1, -0.4], [0.7, 0.2], [-0.3, 0.9]];
/// let check = check_gradients::<_, _, 8>(&wave, &MeanSquaredError, &inputs, &[[1.0], [0.0], [-1.0]])?;
/// assert!(check.worst().1 < 1e-7, "{check:?}");
/// # Ok::<(), castnet::Error>(())
/// ```
pub fn check_gradients<'a, N, C, const L: usize>(
    network: impl IntoNetwork<&'a N>,
    loss: &C,
    inputs: &[N::Input],
    targets: &[C::Target],
) -> Result<GradientCheck, Error>
where
    N: Network<Scalar = f64>,
    C: Loss<N>,
{
    let mut probe = Probe::<N, C, L>::new(network.into_network(), loss, inputs, targets)?;
    // Training does both: the first lane group overwrites the gradient, the others add to it.
    let overwritten = probe.gradient(true);
    let gradient = probe.gradient(false);
    let analytic_input = probe.trace.input_gradient(&probe.pass).to_vec();
    // Between two tokens there is nothing, and no slope.
    let is_token = |index: usize| {
        let is_in = |input: &InputInfo| (input.offset * L..(input.offset + input.len) * L).contains(&index);
        N::INPUTS.iter().any(|input| input.limit.is_some() && is_in(input))
    };
    let slope = |index| if is_token(index) { 0.0 } else { probe.input_slope(index) };
    let numeric: Vec<f64> = (0..N::INPUT_LEN * L).map(slope).collect();

    let largest = gradient.parameters().iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    // More than zero where nothing has a slope: no difference at all is no error.
    let least = f64::max(NEGLIGIBLE * largest, f64::MIN_POSITIVE);
    let mut relative_errors = Vec::new();
    for segment in N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable) {
        let range = segment.offset..segment.offset + segment.len;
        let numeric: Vec<f64> = range.clone().map(|index| probe.parameter_slope(index)).collect();
        let [added, overwritten] = [&gradient, &overwritten]
            .map(|gradient| relative_error(&gradient.parameters()[range.clone()], &numeric, least));
        relative_errors.push((segment.name, added.max(overwritten)));
    }
    relative_errors.push(("input", relative_error(&analytic_input, &numeric, f64::MIN_POSITIVE)));
    Ok(GradientCheck { relative_errors })
}

/// The largest difference, relative to the largest number or `least`.
fn relative_error(analytic: &[f64], numeric: &[f64], least: f64) -> f64 {
    let scale = analytic.iter().chain(numeric).fold(least, |scale, value| scale.max(value.abs()));
    let errors = analytic.iter().zip(numeric).map(|(a, n)| (a - n).abs() / scale);
    // What is not a number is as wrong as can be; `f64::max` would pass over it.
    errors.fold(0.0, |worst, error| if error.is_nan() { f64::INFINITY } else { f64::max(worst, error) })
}

/// A batch whose loss can be asked for again and again.
struct Probe<'a, N: Network, C: Loss<N>, const L: usize> {
    network: Box<N>,
    trace: Box<N::Trace<L>>,
    pass: Pass,
    input: Vec<N::Scalar>,
    loss: &'a C,
    targets: &'a [C::Target],
}

impl<'a, N: Network<Scalar = f64>, C: Loss<N>, const L: usize> Probe<'a, N, C, L> {
    fn new(network: &N, loss: &'a C, inputs: &[N::Input], targets: &'a [C::Target]) -> Result<Self, Error> {
        let samples = inputs.len();
        assert!(samples <= L, "{samples} samples are more than the {L} lanes of a group");
        if samples == 0 {
            return Err(Error::EmptyBatch);
        }
        if samples != targets.len() {
            return Err(Error::LengthMismatch { inputs: samples, targets: targets.len() });
        }
        for (sample, target) in targets.iter().enumerate() {
            loss.check(target, sample)?;
        }
        let mut input = vec![0.0; N::INPUT_LEN * L];
        for (lane, sample) in inputs.iter().enumerate() {
            for (feature, &value) in sample.as_ref().iter().enumerate() {
                input[feature * L + lane] = value;
            }
        }
        check_tokens::<N, L>(samples, &input)?;
        let mut copy = zeroed_box::<N>();
        copy.parameters_mut().copy_from_slice(network.parameters());
        let pass = Pass { input_gradient: true, real: samples, batch: samples, ..Pass::training(L) };
        Ok(Self { network: copy, trace: zeroed_box(), pass, input, loss, targets })
    }

    /// The mean loss of the batch; leaves the trace ready for the backward pass.
    fn loss(&mut self) -> f64 {
        self.trace.input_mut().copy_from_slice(&self.input);
        self.network.forward::<L>(&mut self.trace, &self.pass);
        let (outputs, gradient) = self.trace.output_and_gradient();
        let tally = compare::<N, C, L>(self.loss, &self.pass, outputs, self.targets, gradient);
        tally.loss
    }

    /// The gradient by the backward pass: added to zeros, or written over other numbers.
    fn gradient(&mut self, overwrite: bool) -> Box<N> {
        self.loss();
        let mut gradient = zeroed_box::<N>();
        if overwrite {
            gradient.parameters_mut().fill(1.0);
        }
        let pass = Pass { overwrite, ..self.pass };
        self.network.backward::<L>(&mut self.trace, &pass, &mut gradient);
        gradient
    }

    fn parameter_slope(&mut self, index: usize) -> f64 {
        let value = self.network.parameters()[index];
        self.network.parameters_mut()[index] = value + STEP;
        let above = self.loss();
        self.network.parameters_mut()[index] = value - STEP;
        let below = self.loss();
        self.network.parameters_mut()[index] = value;
        (above - below) / (2.0 * STEP)
    }

    fn input_slope(&mut self, index: usize) -> f64 {
        let value = self.input[index];
        // Masked lanes have no say in the loss.
        if index % L >= self.pass.real {
            return 0.0;
        }
        self.input[index] = value + STEP;
        let above = self.loss();
        self.input[index] = value - STEP;
        let below = self.loss();
        self.input[index] = value;
        (above - below) / (2.0 * STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::MeanSquaredError;
    use crate::testing::Affine;

    #[test]
    fn a_network_without_slopes_is_without_error() {
        // Outputs of zero for targets of zero: the loss has its least value.
        let network = zeroed_box::<Affine<false>>();
        let check = check_gradients::<_, _, 8>(&network, &MeanSquaredError, &[[0.1, 0.2, 0.3]], &[[0.0; 2]]).unwrap();
        assert_eq!(check.relative_errors.len(), 3);
        assert!(check.relative_errors.iter().all(|(_, error)| *error < 1e-7), "{check:?}");
    }
}
