//! The squared error on a whole data set, with its residuals.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use bytemuck::zeroed_box;
use pulp::{Simd, WithSimd};

use super::evaluate::check_data;
use super::objective::descend;
use crate::data::{Dataset, check_finite};
use crate::network::check_tokens;
use crate::optimizers::{Minimizer, Objective, trainable_runs};
use crate::simd::Lanes as _;
use crate::simd::dispatch::dispatch;
use crate::simd::lanes::zip_in_place;
use crate::{Error, IntoNetwork, Network, Pass, Scalar, Trace};

/// The mean squared error of a network on a data set as a sum of squares: what
/// [`LevenbergMarquardt`](crate::optimizers::LevenbergMarquardt) makes small, and other [minimizers](Minimizer) too.
///
/// With the residuals `r`, outputs minus targets of all samples, it is `r'r / n`, as
/// [`MeanSquaredError`](crate::losses::MeanSquaredError) says it; their Jacobian has a row for each. The network is taken as
/// it is at inference, without dropout and by running statistics, and one sample at a time.
///
/// ```
/// use castnet::optimizers::Objective;
/// use castnet::train::LeastSquares;
/// use castnet::prelude::*;
///
/// network! {
///     struct Line<f64> {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let data = [([1.0], [3.0]), ([2.0], [1.0])];
/// let line = castnet::bytemuck::zeroed_box::<Line>();
/// let (mut matrix, mut slopes) = ([0.0; 4], [0.0; 2]);
/// let mut squares = LeastSquares::new(&data)?;
/// assert_eq!(squares.normal_equations(&*line, &mut matrix, &mut slopes)?, (9.0 + 1.0) / 2.0);
/// // With the weight first: the Jacobian is [[1, 1], [2, 1]], and the residuals are -3 and -1.
/// assert_eq!(matrix, [1.0 + 4.0, 1.0 + 2.0, 1.0 + 2.0, 1.0 + 1.0]);
/// assert_eq!(slopes, [-(3.0 * 1.0 + 1.0 * 2.0), -(3.0 + 1.0)]);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct LeastSquares<'a, N: Network, D: ?Sized> {
    data: &'a D,
    trace: Box<N::Trace<1>>,
    gradient: Box<N>,
    input: Vec<N::Scalar>,
    row: Vec<f64>,
}

impl<'a, N, D> LeastSquares<'a, N, D>
where
    N: Network,
    D: Dataset<Scalar = N::Scalar, Target = N::Output> + ?Sized,
    N::Output: Copy,
{
    /// The squared error on `data`.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`] and [`Error::SampleShape`]; [`Error::NonFiniteInput`], [`Error::NoSuchToken`] and
    /// [`Error::NonFiniteTarget`] for the first sample that is wrong.
    pub fn new(data: &'a D) -> Result<Self, Error> {
        check_data::<N, D>(data)?;
        let mut input = vec![N::Scalar::ZERO; N::INPUT_LEN];
        for sample in 0..data.len() {
            let target = data.sample(sample, &mut input);
            check_finite(sample, &input)?;
            check_tokens::<N, 1>(1, &input).map_err(|error| error.in_sample(|_| sample))?;
            if let Some(output) = target.as_ref().iter().position(|value| !value.is_finite()) {
                return Err(Error::NonFiniteTarget { sample, output, value: target.as_ref()[output].to_f64() });
            }
        }
        Ok(Self { data, trace: zeroed_box(), gradient: zeroed_box(), input, row: vec![0.0; N::TRAINABLE_COUNT] })
    }

    /// Makes the squared error of a network small, in `steps` steps of a [`Minimizer`], and returns what it comes to.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] before the first step; [`Error::NonFiniteLoss`] and [`Error::NonFiniteGradient`], after which the
    /// network is as the last step without fault left it.
    pub fn minimize<'n, M: Minimizer<N>>(
        &mut self,
        network: impl IntoNetwork<&'n mut N>,
        minimizer: &M,
        steps: u64,
    ) -> Result<f64, Error>
    where
        N: 'n,
    {
        descend(self, network.into_network(), minimizer, steps)
    }

    /// How many residuals there are.
    fn count(&self) -> f64 {
        (self.data.len() * N::OUTPUT_LEN) as f64
    }

    /// The forward pass of a sample, and its residual in one output.
    fn forward(&mut self, network: &N, target: &N::Output, output: usize) -> f64 {
        self.trace.input_mut().copy_from_slice(&self.input);
        network.forward::<1>(&mut self.trace, &PASS);
        (self.trace.output()[output] - target.as_ref()[output]).to_f64()
    }

    /// The derivative of one output of the last sample in all parameters.
    fn backward(&mut self, network: &N, output: usize) {
        let (_, gradient) = self.trace.output_and_gradient();
        gradient.fill(N::Scalar::ZERO);
        gradient[output] = N::Scalar::ONE;
        network.backward::<1>(&mut self.trace, &PASS, &mut self.gradient);
        let mut rest = &mut self.row[..];
        for run in trainable_runs::<N>() {
            let (part, behind) = rest.split_at_mut(run.len());
            part.iter_mut().zip(&self.gradient.parameters()[run]).for_each(|(to, slope)| *to = slope.to_f64());
            rest = behind;
        }
    }
}

const PASS: Pass = Pass { overwrite: true, ..Pass::inference(1) };

impl<N, D> Objective<N> for LeastSquares<'_, N, D>
where
    N: Network,
    D: Dataset<Scalar = N::Scalar, Target = N::Output> + ?Sized,
    N::Output: Copy,
{
    fn value(&mut self, network: &N) -> Result<f64, Error> {
        let mut sum = 0.0;
        for sample in 0..self.data.len() {
            let target = self.data.sample(sample, &mut self.input);
            self.forward(network, &target, 0);
            for (&output, &target) in self.trace.output().iter().zip(target.as_ref()) {
                let residual = (output - target).to_f64();
                sum += residual * residual;
            }
        }
        Ok(sum / self.count())
    }

    /// # Errors
    ///
    /// [`Error::NonFiniteLoss`], in which the step is 0.
    fn value_and_gradient(&mut self, network: &N, gradient: &mut N) -> Result<f64, Error> {
        let (mut sum, factor) = (0.0, N::Scalar::from_f64(2.0 / self.count()));
        gradient.parameters_mut().fill(N::Scalar::ZERO);
        for sample in 0..self.data.len() {
            let target = self.data.sample(sample, &mut self.input);
            self.forward(network, &target, 0);
            let (outputs, slopes) = self.trace.output_and_gradient();
            for ((slope, &output), &target) in slopes.iter_mut().zip(outputs).zip(target.as_ref()) {
                let residual = output - target;
                sum += residual.to_f64() * residual.to_f64();
                *slope = factor * residual;
            }
            network.backward::<1>(&mut self.trace, &Pass { overwrite: false, ..PASS }, gradient);
        }
        finite(sum / self.count())
    }

    fn normal_equations(&mut self, network: &N, matrix: &mut [f64], slopes: &mut [f64]) -> Result<f64, Error> {
        let mut sum = 0.0;
        matrix.fill(0.0);
        slopes.fill(0.0);
        for sample in 0..self.data.len() {
            let target = self.data.sample(sample, &mut self.input);
            for output in 0..N::OUTPUT_LEN {
                // A backward pass may destroy what it reads.
                let residual = self.forward(network, &target, output);
                self.backward(network, output);
                sum += residual * residual;
                dispatch::<1, _>(AddRow { row: &self.row, residual, matrix: &mut *matrix, slopes: &mut *slopes });
            }
        }
        let factor = 2.0 / self.count();
        slopes.iter_mut().chain(matrix).for_each(|value| *value *= factor);
        if slopes.iter().any(|slope| !slope.is_finite()) {
            return Err(Error::NonFiniteGradient { step: 0, segment: "parameters" });
        }
        finite(sum / self.count())
    }
}

/// Adds the products of a row of the Jacobian with itself to a matrix, and with its residual to the slopes.
struct AddRow<'a> {
    row: &'a [f64],
    residual: f64,
    matrix: &'a mut [f64],
    slopes: &'a mut [f64],
}

impl WithSimd for AddRow<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { row, residual, matrix, slopes } = self;
        add_multiple(simd, slopes, residual, row);
        for (&own, to) in row.iter().zip(matrix.chunks_exact_mut(row.len().max(1))) {
            add_multiple(simd, to, own, row);
        }
    }
}

/// `to += factor * of`.
#[inline(always)]
fn add_multiple<S: Simd>(simd: S, to: &mut [f64], factor: f64, of: &[f64]) {
    let factor = f64::splat(simd, factor);
    zip_in_place(
        simd,
        to,
        of,
        #[inline(always)]
        |to, of| f64::mul_add_lanes(simd, factor, of, to),
    );
}

/// The loss, unless it is none.
fn finite(loss: f64) -> Result<f64, Error> {
    if loss.is_finite() { Ok(loss) } else { Err(Error::NonFiniteLoss { step: 0, loss }) }
}
