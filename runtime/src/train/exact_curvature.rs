//! The loss on a whole data set, with its exact second derivatives.

use alloc::boxed::Box;

use bytemuck::zeroed_box;

use super::engine::{Engine, Job};
use super::objective::{DatasetLoss, LANES, descend};
use super::workers::Workers;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::optimizers::{Minimizer, Objective, trainable_runs};
use crate::{Dual, Error, IntoNetwork, Network, Pass, Scalar};

/// The mean loss of a network on a data set, with exact products of its Hessian with any direction: what
/// [`Newton`](crate::optimizers::Newton) makes small, and other [minimizers](Minimizer) too.
///
/// `M` is the network of `N` declared once more, with the scalar [`Dual`]: a backward pass of it in a direction gives the
/// gradient and its derivative along the direction. Such a pass computes each number by itself, in some tens of times what a
/// pass takes that fills whole registers. Networks with batch norm are refused, and so is a loss or a layer of one's own that
/// computes gradients in `f64` whatever its scalar, which would lose derivatives: before the first Hessian one product is compared
/// with differences of the gradient.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::Newton;
/// use castnet::train::ExactCurvature;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// /// The same network in two scalars.
/// macro_rules! curve {
///     ($name:ident, $scalar:ident) => {
///         network! {
///             struct $name<$scalar> {
///                 input: [1],
///                 dense(6), tanh,
///                 dense(1),
///             }
///         }
///     };
/// }
/// curve!(Curve, f64);
/// curve!(DualCurve, Dual);
///
/// let data: Vec<_> = (0..30).map(|index| f64::from(index) / 5.0 - 3.0).map(|x| ([x], [x.sin()])).collect();
/// let mut curve = Curve::init(&mut StdRng::seed_from_u64(1));
/// let mut loss = ExactCurvature::<Curve, DualCurve, _, _>::new(&MeanSquaredError, &data)?;
/// assert!(loss.minimize(&mut curve, &Newton::default(), 60)? < 1e-4);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct ExactCurvature<'a, N: Network, M: Network, C: Loss<N> + Loss<M>, D: ?Sized> {
    plain: DatasetLoss<'a, N, C, D>,
    data: InDuals<'a, D>,
    loss: &'a C,
    network: Box<M>,
    engine: Engine<M, <C as Loss<M>>::Target, LANES>,
    /// Whether a product has been compared with differences.
    is_checked: bool,
}

impl<'a, N, M, C, D> ExactCurvature<'a, N, M, C, D>
where
    N: Network<Scalar = f64>,
    M: Network<Scalar = Dual>,
    C: Loss<N> + Loss<M, Target = <<C as Loss<N>>::Target as InDual>::Dual>,
    <C as Loss<N>>::Target: InDual,
    D: Dataset<Scalar = f64, Target = <C as Loss<N>>::Target> + ?Sized,
{
    /// The mean of `loss` on `data`.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`] and [`Error::SampleShape`]; [`Error::Objective`] if the networks differ in their parameters, or
    /// have batch norm.
    pub fn new(loss: &'a C, data: &'a D) -> Result<Self, Error> {
        if N::SEGMENTS != M::SEGMENTS {
            return Err(Error::Objective {
                lacks: "one set of parameters for both of its networks",
                help: "declare the same layers for `f64` and for `Dual`",
            });
        }
        if N::STAGES > 1 {
            return Err(Error::Objective {
                lacks: "second derivatives of batch norm",
                help: "leave it out, or use `Lbfgs`",
            });
        }
        let plain = DatasetLoss::new(loss, data)?;
        let engine = Engine::new(Workers::default(), data.len());
        Ok(Self { plain, data: InDuals(data), loss, network: zeroed_box(), engine, is_checked: false })
    }

    /// Makes the loss of a network small, in `steps` steps of a [`Minimizer`], and returns what it comes to.
    ///
    /// # Errors
    ///
    /// As [`minimize`](super::minimize).
    pub fn minimize<'n, K: Minimizer<N>>(
        &mut self,
        network: impl IntoNetwork<&'n mut N>,
        minimizer: &K,
        steps: u64,
    ) -> Result<f64, Error>
    where
        N: 'n,
    {
        descend(self, network.into_network(), minimizer, steps)
    }

    /// The Hessian at `network` times `direction`, in the trainable parameters: forward mode over reverse mode, without a
    /// difference that would be rounded.
    ///
    /// # Errors
    ///
    /// What is wrong with a sample, [`Error::NonFiniteLoss`], and [`Error::Objective`] if the loss or a layer has no second
    /// derivatives, which the first call finds out.
    pub fn hessian_product(&mut self, network: &N, direction: &N, product: &mut N) -> Result<(), Error> {
        self.check(network)?;
        self.product(network, direction, product)
    }

    /// The product, right or not.
    fn product(&mut self, network: &N, direction: &N, product: &mut N) -> Result<(), Error> {
        let numbers = self.network.parameters_mut().iter_mut().zip(network.parameters());
        numbers.for_each(|(to, &value)| *to = Dual { value, derivative: 0.0 });
        for run in trainable_runs::<N>() {
            let directed = self.network.parameters_mut()[run.clone()].iter_mut().zip(&direction.parameters()[run]);
            directed.for_each(|(to, &derivative)| to.derivative = derivative);
        }
        self.differentiate()?;
        let derivatives = self.engine.gradient().parameters().iter().map(|slope| slope.derivative);
        product.parameters_mut().iter_mut().zip(derivatives).for_each(|(to, derivative)| *to = derivative);
        Ok(())
    }

    /// Compares a product with differences of the gradient, which a kink next to the place may spoil once, but not twice.
    fn check(&mut self, network: &N) -> Result<(), Error> {
        if self.is_checked || self.agrees(network, 1e-5)? || self.agrees(network, 1e-6)? {
            self.is_checked = true;
            return Ok(());
        }
        Err(Error::Objective {
            lacks: "second derivatives",
            help: "its loss or a layer computes gradients in `f64`, whatever the scalar: use another, or `Lbfgs`",
        })
    }

    /// Whether a product is that of differences over steps of such a length.
    fn agrees(&mut self, network: &N, length: f64) -> Result<bool, Error> {
        let [mut direction, mut product, mut moved, mut above, mut below] = [(); 5].map(|()| zeroed_box::<N>());
        for (index, place) in trainable_runs::<N>().flatten().enumerate() {
            // Any direction, of numbers that are not alike.
            direction.parameters_mut()[place] = ((index * 37 + 11) % 64) as f64 / 32.0 - 1.0;
        }
        self.product(network, &direction, &mut product)?;
        for (sign, gradient) in [(length, &mut above), (-length, &mut below)] {
            let numbers = network.parameters().iter().zip(direction.parameters());
            moved.parameters_mut().iter_mut().zip(numbers).for_each(|(to, (value, by))| *to = value + sign * by);
            self.plain.value_and_gradient(&moved, gradient)?;
        }
        let (mut distance, mut size) = (0.0_f64, 1e-6_f64);
        for place in trainable_runs::<N>().flatten() {
            let difference = (above.parameters()[place] - below.parameters()[place]) / (2.0 * length);
            distance = distance.max((difference - product.parameters()[place]).abs());
            size = size.max(difference.abs());
        }
        Ok(distance <= 1e-3 * size)
    }

    /// The gradient of the dual network as it is.
    fn differentiate(&mut self) -> Result<(), Error> {
        let batch = Batch::all(&self.data);
        let pass = Pass { batch: batch.len(), ..Pass::training(LANES) };
        let job = Job { network: &*self.network, loss: self.loss, batch: &batch, pass, metrics: &[] };
        let loss = self.engine.learn(&job)?.loss;
        if loss.is_finite() { Ok(()) } else { Err(Error::NonFiniteLoss { step: 0, loss }) }
    }
}

impl<N, M, C, D> Objective<N> for ExactCurvature<'_, N, M, C, D>
where
    N: Network<Scalar = f64>,
    M: Network<Scalar = Dual>,
    C: Loss<N> + Loss<M, Target = <<C as Loss<N>>::Target as InDual>::Dual>,
    <C as Loss<N>>::Target: InDual,
    D: Dataset<Scalar = f64, Target = <C as Loss<N>>::Target> + ?Sized,
{
    fn value(&mut self, network: &N) -> Result<f64, Error> {
        self.plain.value(network)
    }

    fn value_and_gradient(&mut self, network: &N, gradient: &mut N) -> Result<f64, Error> {
        self.plain.value_and_gradient(network, gradient)
    }

    fn hessian(&mut self, network: &N, matrix: &mut [f64], slopes: &mut [f64]) -> Result<f64, Error> {
        self.check(network)?;
        let numbers = self.network.parameters_mut().iter_mut().zip(network.parameters());
        numbers.for_each(|(to, &value)| *to = Dual { value, derivative: 0.0 });
        for (row, place) in trainable_runs::<N>().flatten().enumerate() {
            self.network.parameters_mut()[place].derivative = 1.0;
            self.differentiate()?;
            self.network.parameters_mut()[place].derivative = 0.0;
            let trained = trainable_runs::<N>().flat_map(|run| &self.engine.gradient().parameters()[run]);
            let own = &mut matrix[row * slopes.len()..][..slopes.len()];
            for ((to, slope), found) in own.iter_mut().zip(&mut *slopes).zip(trained) {
                (*to, *slope) = (found.derivative, found.value);
            }
        }
        if matrix.iter().any(|value| !value.is_finite()) {
            return Err(Error::NonFiniteGradient { step: 0, segment: "parameters" });
        }
        self.plain.value(network)
    }
}

/// Targets and their like in dual numbers, constants all.
pub trait InDual: Copy {
    /// The target of a network of dual numbers.
    type Dual: Copy + Send + Sync + 'static;

    /// The same target.
    fn in_dual(self) -> Self::Dual;
}

/// A class.
impl InDual for usize {
    type Dual = usize;
    fn in_dual(self) -> usize {
        self
    }
}

/// Numbers.
impl<const LEN: usize> InDual for [f64; LEN] {
    type Dual = [Dual; LEN];
    fn in_dual(self) -> [Dual; LEN] {
        self.map(Dual::from_f64)
    }
}

/// A data set in dual numbers.
struct InDuals<'a, D: ?Sized>(&'a D);

impl<D: Dataset<Scalar = f64> + ?Sized> Dataset for InDuals<'_, D>
where
    D::Target: InDual,
{
    type Scalar = Dual;
    type Target = <D::Target as InDual>::Dual;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn sample_shape(&self) -> &[usize] {
        self.0.sample_shape()
    }
    fn sample(&self, index: usize, input: &mut [Dual]) -> Self::Target {
        let len = input.len();
        let numbers: &mut [f64] = bytemuck::cast_slice_mut(input);
        let target = self.0.sample(index, &mut numbers[..len]);
        // From the last on, so that no number is overwritten before it has been read.
        for place in (0..len).rev() {
            let value = numbers[place];
            numbers[2 * place..][..2].copy_from_slice(&[value, 0.0]);
        }
        target.in_dual()
    }
}
