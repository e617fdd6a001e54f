//! Muon.

use core::num::NonZero;

use pulp::Simd;

use super::Rule;
use super::adam_w::{AdamW, Factors as AdamWFactors};
use super::lamb::LARGEST_NORM;
use super::orthogonal::{Newton, orthogonalise};
use super::settings::{check, check_kept, check_weight_decay};
use crate::simd::places::{at, put};
use crate::{Error, Order, ParameterKind, Scalar, Segment};

/// Muon: momentum whose step in each matrix of weights is orthogonal, so that all directions are learnt alike.
///
/// For matrices `p` of weights, with gradient `g`, velocity `v` (zero at first) and learning rate `r`:
///
/// ```text
/// v = momentum * v + g
/// d = v                             or, with `nesterov`, g + momentum * v
/// x = d / max(|d|, 1e-7)            with the Frobenius norm
/// x = 3.4445 * x + (-4.775 * (x x') + 2.0315 * (x x')^2) x        `iterations` times
/// p = p - r * weight_decay * p - r * scale * x
/// ```
///
/// The iteration is that of Newton and Schulz for the nearest orthogonal matrix, with a polynomial that is quick rather than
/// exact: the singular values of `x` end between about 0.7 and 1.2. What is no weight, or no matrix, is moved by
/// [`AdamW`] with the same learning rate; a [group](super::ParameterGroup::rate_factor) gives it another. A
/// convolution's filters are a matrix with a row for each.
///
/// Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", as in PyTorch's `torch.optim.Muon`, which
/// rounds to `bfloat16` within the iteration, as this does not. It remembers one number of each weight, and takes three times
/// as much memory for the iteration.
///
/// ```
/// use castnet::optimizers::{Muon, Optimizer};
/// use castnet::prelude::*;
///
/// network! {
///     struct Turn {
///         input: [2],
///         dense(2, bias = false),
///     }
/// }
///
/// let mut turn = castnet::bytemuck::zeroed_box::<Turn>();
/// let mut gradient = turn.clone();
/// gradient.dense1.weight.copy_from_slice(&[0.0, 100.0, -1.0, 0.0]);
/// let muon = Muon { weight_decay: 0.0, iterations: 20, ..Muon::default() };
/// muon.step(&mut Optimizer::<Turn>::start(&muon), &mut turn, &gradient, 1.0);
/// // A hundred times the slope, and a step as long as the other.
/// let [long, short] = [-turn.dense1.weight[1], turn.dense1.weight[2]];
/// assert!((0.6..1.3).contains(&long) && (0.6..1.3).contains(&short), "{long}, {short}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muon {
    /// How much of the velocity is kept from step to step, from 0 to less than 1.
    pub momentum: f64,
    /// Whether to look ahead along the velocity.
    pub nesterov: bool,
    /// How much of a weight a step of learning rate 1 takes away; from 0, for nothing, to 1.
    pub weight_decay: f64,
    /// How many iterations make a direction orthogonal; from 1 to 99.
    pub iterations: u32,
    /// How long a step is in matrices of different sizes.
    pub scale: MuonScale,
    /// [`AdamW::beta1`] of what is no matrix.
    pub beta1: f64,
    /// [`AdamW::beta2`] of what is no matrix.
    pub beta2: f64,
    /// [`AdamW::epsilon`] of what is no matrix.
    pub epsilon: f64,
}

/// The factor of the learning rate in a matrix with `A` rows (units, filters) and `B` columns (what each sees).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MuonScale {
    /// `sqrt(max(1, A / B))`: Jordan's.
    #[default]
    Original,
    /// `0.2 * sqrt(max(A, B))`: steps as long as those of AdamW, so that its learning rates serve. Liu et al. 2025, "Muon is
    /// Scalable for LLM Training".
    MatchAdamW,
}

impl MuonScale {
    fn factor(self, rows: usize, columns: usize) -> f64 {
        let (rows, columns) = (rows as f64, columns as f64);
        match self {
            Self::Original => Scalar::sqrt((rows / columns).max(1.0)),
            Self::MatchAdamW => 0.2 * Scalar::sqrt(rows.max(columns)),
        }
    }
}

/// PyTorch's: a momentum of 0.95, Nesterov's, a weight decay of 0.1, five iterations, Jordan's scale; AdamW's settings.
impl Default for Muon {
    fn default() -> Self {
        let AdamW { beta1, beta2, epsilon, .. } = AdamW::default();
        let (momentum, nesterov, weight_decay, iterations) = (0.95, true, 0.1, 5);
        Self { momentum, nesterov, weight_decay, iterations, scale: MuonScale::Original, beta1, beta2, epsilon }
    }
}

impl Muon {
    fn others(&self) -> AdamW {
        let Self { beta1, beta2, epsilon, weight_decay, .. } = *self;
        AdamW { beta1, beta2, epsilon, weight_decay }
    }
}

/// Rows and columns of the matrix that a segment of weights is, as it is stored: column by column.
fn stored_matrix(segment: &Segment) -> Option<[usize; 2]> {
    match (segment.kind, segment.shape) {
        (ParameterKind::Weight, [rows, _, ..]) => Some(match segment.order {
            Order::ColumnByColumn => segment.matrix(),
            // The other way round, which is as orthogonal.
            Order::RowByRow => [segment.len.checked_div(*rows)?, *rows],
        }),
        _ => None,
    }
}

impl Rule for Muon {
    type Slots<X> = [X; 4];
    type Factors<T: Scalar> = Factors<T>;
    /// The first two as AdamW names them: in a matrix they are the velocity, and what is made orthogonal.
    const SLOTS: [&'static str; 4] = ["first", "second", "gram", "polynomial"];
    const DEFAULT_RATE: f64 = 0.001;
    const BY_SEGMENT: bool = true;

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.momentum)
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check_settings(&self) -> Result<(), Error> {
        check_kept("momentum", self.momentum)?;
        check((1..100).contains(&self.iterations), "iterations", self.iterations.into(), "from 1 to 99")?;
        check_weight_decay(self.weight_decay)?;
        self.others().check_settings()
    }

    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Factors<T> {
        Factors { of_others: self.others().factors(step, rate, decay), rate, decay }
    }

    /// What is no matrix.
    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [first, second, gram, polynomial]: [T::Vector<S>; 4],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 4]) {
        let (parameter, [first, second]) =
            AdamW::update::<T, S>(simd, &factors.of_others, parameter, [first, second], gradient);
        (parameter, [first, second, gram, polynomial])
    }

    fn update_segment<T: Scalar>(
        &self,
        segment: &Segment,
        factors: &Factors<T>,
        parameters: &mut [T],
        slots: [&mut [T]; 4],
        gradient: &[T],
    ) {
        let Some([rows, columns]) = stored_matrix(segment) else {
            return self.update_slices(factors, parameters, slots, gradient);
        };
        let [velocity, direction, gram, polynomial] = slots;
        let momentum = T::from_f64(self.momentum);
        let units = segment.shape.first().copied().and_then(NonZero::new);
        let (Some(height), Some(units)) = (NonZero::new(rows), units) else { return };
        // The shorter side first.
        let is_wide = rows <= columns;
        let place = |index: usize| if is_wide { index } else { index % height * columns + index / height };
        for (index, (velocity, &slope)) in velocity.iter_mut().zip(gradient).enumerate() {
            *velocity = momentum * *velocity + slope;
            put(direction, place(index), if self.nesterov { slope + momentum * *velocity } else { *velocity });
        }
        let (short, iterations) = (rows.min(columns), self.iterations);
        orthogonalise(Newton { short, iterations, gram, polynomial }, direction);
        let rate = T::from_f64(-factors.rate * self.scale.factor(units.get(), segment.len / units));
        let decay = T::from_f64(-factors.rate * factors.decay);
        for (index, parameter) in parameters.iter_mut().enumerate() {
            *parameter += decay * *parameter + rate * at(direction, place(index));
        }
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [first, second, gram, polynomial]: [f64; 4],
    ) -> (f64, [f64; 4]) {
        if self.check_settings().is_err() {
            return (f64::INFINITY, [first, second, gram, polynomial]);
        }
        let (of_others, [_, of_second]) = self.others().bounds_after(rate, decay, gradient, parameter, [first, second]);
        let velocity = self.momentum * first + gradient;
        let direction = velocity.max(gradient + self.momentum * velocity);
        let of_matrix = parameter + rate * decay * parameter + 2.0 * rate * LARGEST_NORM;
        // What the iteration works on has singular values of less than 2.
        (
            of_others.max(of_matrix),
            [velocity.max(first), of_second.max(direction).max(2.0), gram.max(100.0), polynomial.max(100.0)],
        )
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    of_others: AdamWFactors<T>,
    rate: f64,
    decay: f64,
}
