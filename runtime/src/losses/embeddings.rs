//! Losses of vectors: their directions, and how far those are apart that belong together.

use pulp::Simd;

use super::huber::check_positive;
use super::text::Text;
use super::{Loss, MeanSquaredError, clear_masked_lanes};
use crate::kernels::samples;
use crate::simd::dispatch::vectorize;
use crate::simd::places::{at, from, put, within};
use crate::{Error, Outputs, Pass, Scalar};

/// One minus the cosine of the angle between the outputs and the target: their directions count, not their lengths.
///
/// `loss = 1 - y t / sqrt((|y|^2 + e)(|t|^2 + e))` with `e = 1e-12`; PyTorch's `cosine_embedding_loss` of pairs that belong together.
///
/// ```
/// use castnet::losses::CosineDistance;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Direction { input: [2], dense(3) } }
///
/// let direction = Direction::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(direction, CosineDistance, Adam::default()).schedule(0.05);
/// for _ in 0..500 {
///     trainer.step(&[[0.5, 1.0]], &[[1.0, -2.0, 2.0]])?;
/// }
/// let [x, y, z] = trainer.predict(&[0.5, 1.0]);
/// assert!((x - 2.0 * y + 2.0 * z) / (9.0 * (x * x + y * y + z * z)).sqrt() > 0.999);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CosineDistance;

/// PyTorch's.
const EPSILON: f64 = 1e-12;

impl<N: Outputs> Loss<N> for CosineDistance {
    type Target = N::Output;

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`].
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        Loss::<N>::check(&MeanSquaredError, target, sample)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[N::Output],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        samples::side_by_side::<_, S, L>(simd, targets.len(), |sample| samples::row(targets, sample), gradient);
        let part = 1.0 / pass.batch as f64;
        let sum = vectorize(
            simd,
            #[inline(always)]
            || cosine_distances::<_, L>((pass.real, part), outputs, gradient),
        );
        clear_masked_lanes::<_, L>(pass.real, gradient);
        sum * part
    }
}

/// The sum of the real lanes. `gradient` holds the targets, and afterwards the derivatives times `part`.
#[inline(always)]
fn cosine_distances<T: Scalar, const L: usize>((real, part): (usize, f64), outputs: &[T], gradient: &mut [T]) -> f64 {
    let [mut products, mut outputs_squared, mut targets_squared] = [[T::ZERO; L]; 3];
    for (outputs, targets) in outputs.chunks_exact(L).zip(gradient.chunks_exact(L)) {
        for lane in 0..L {
            products[lane] += outputs[lane] * targets[lane];
            outputs_squared[lane] += outputs[lane] * outputs[lane];
            targets_squared[lane] += targets[lane] * targets[lane];
        }
    }
    let [mut of_targets, mut of_outputs] = [[T::ZERO; L]; 2];
    let mut sum = 0.0;
    for lane in 0..real {
        let [product, output, target] =
            [&products, &outputs_squared, &targets_squared].map(|sums| at(sums, lane).to_f64());
        let length = Scalar::sqrt((output + EPSILON) * (target + EPSILON));
        let cosine = product / length;
        sum += 1.0 - cosine;
        put(&mut of_targets, lane, T::from_f64(-part / length));
        put(&mut of_outputs, lane, T::from_f64(part * cosine / (output + EPSILON)));
    }
    for (outputs, gradient) in outputs.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
        for lane in 0..L {
            gradient[lane] = gradient[lane] * of_targets[lane] + outputs[lane] * of_outputs[lane];
        }
    }
    sum
}

/// The contrastive loss of pairs: those that belong together come close, others a margin apart.
///
/// The outputs are two vectors of one length, one behind the other, with the distance `d` between them; a target says whether they
/// belong together. `loss = d^2 / 2` if they do, `max(0, margin - d)^2 / 2` if not: Hadsell, Chopra, LeCun 2006, "Dimensionality
/// Reduction by Learning an Invariant Mapping". [`Siamese`](crate::Siamese) makes a network of pairs of one of single samples.
///
/// ```
/// use castnet::losses::Contrastive;
/// use castnet::{Copies, Siamese, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Embedding { input: [3], dense(8), tanh, dense(2) } }
///
/// let pairs = Siamese::<Embedding, 2>::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(pairs, Contrastive::default(), Adam::default()).schedule(0.01);
/// let [one, same, other] = [[0.0, 0.1, 0.2], [0.1, 0.1, 0.3], [0.9, 0.2, 0.1]];
/// for _ in 0..300 {
///     trainer.step(&[Copies([one, same]), Copies([one, other])], &[true, false])?;
/// }
/// let [one, same, other] = [one, same, other].map(|sample| trainer.network().0.predict(&sample));
/// let distance = |[a, b]: [f32; 2], [c, d]: [f32; 2]| (a - c).hypot(b - d);
/// assert!(distance(one, same) < 0.1 && distance(one, other) > 0.9);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrastive {
    /// How far those are to be apart that do not belong together; above 0.
    pub margin: f64,
}

/// A margin of 1.
impl Default for Contrastive {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<N: Outputs> Loss<N> for Contrastive {
    type Target = bool;

    const FITS: () = check_parts::<N>("Contrastive", 2);

    /// # Errors
    ///
    /// [`Error::Setting`] if the margin is not above 0.
    fn check(&self, _target: &bool, _sample: usize) -> Result<(), Error> {
        check_positive("margin", self.margin)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[bool],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let part = 1.0 / pass.batch as f64;
        let half = outputs.len() / 2;
        let (one, other) = (within(outputs, 0..half), from(outputs, half));
        let distances = vectorize(
            simd,
            #[inline(always)]
            || distances::<_, L>(one, other),
        );
        // The derivative in the difference is the difference times a factor.
        let (mut factors, mut sum) = ([N::Scalar::ZERO; L], 0.0);
        for (lane, (&distance, &together)) in distances.iter().zip(targets).enumerate() {
            let distance = distance.to_f64();
            if together {
                sum += 0.5 * distance * distance;
                put(&mut factors, lane, N::Scalar::from_f64(part));
                continue;
            }
            let missing = self.margin - distance;
            // NaN is not passed over.
            if missing >= 0.0 || missing.is_nan() {
                sum += 0.5 * missing * missing;
                // Two that are equal have no direction to go apart.
                let along = if distance == 0.0 { 0.0 } else { missing / distance };
                put(&mut factors, lane, N::Scalar::from_f64(-part * along));
            }
        }
        let Some((of_one, of_other)) = gradient.split_at_mut_checked(half) else { return 0.0 };
        for ((one, other), (of_one, of_other)) in columns::<_, L>(one, other).zip(columns_mut::<_, L>(of_one, of_other))
        {
            for lane in 0..L {
                of_one[lane] = (one[lane] - other[lane]) * factors[lane];
                of_other[lane] = -of_one[lane];
            }
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        sum * part
    }
}

/// The triplet loss: what belongs together is closer, by a margin, than what does not.
///
/// The outputs are three vectors of one length, one behind the other: an anchor `a`, a positive `p` that belongs to it, and a negative
/// `n` that does not; there is no other target, `()`. `loss = max(0, |a - p| - |a - n| + margin)`; Balntas et al. 2016, "Learning Local
/// Feature Descriptors with Triplets and Shallow Convolutional Neural Networks"; PyTorch's `triplet_margin_loss` with `eps` 0.
/// [`Siamese`](crate::Siamese) makes a network of triples of one of single samples.
///
/// ```
/// use castnet::losses::Triplet;
/// use castnet::{Copies, Siamese, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Embedding { input: [2], dense(8), tanh, dense(2) } }
///
/// let triples = Siamese::<Embedding, 3>::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(triples, Triplet::default(), Adam::default()).schedule(0.01);
/// // A positive that is farther away than the negative, as the samples are.
/// let triple = Copies([[0.0, 0.0], [0.0, 1.0], [0.5, 0.0]]);
/// let mut step = || Ok::<_, castnet::Error>(trainer.step(&[triple], &[()])?.loss);
/// assert!(step()? > 1.0);
/// for _ in 0..300 {
///     step()?;
/// }
/// assert_eq!(step()?, 0.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triplet {
    /// How much closer the positive is to be; above 0.
    pub margin: f64,
}

/// A margin of 1.
impl Default for Triplet {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<N: Outputs> Loss<N> for Triplet {
    type Target = ();

    const FITS: () = check_parts::<N>("Triplet", 3);

    /// # Errors
    ///
    /// [`Error::Setting`] if the margin is not above 0.
    fn check(&self, _target: &(), _sample: usize) -> Result<(), Error> {
        check_positive("margin", self.margin)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        _targets: &[()],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let part = 1.0 / pass.batch as f64;
        let third = outputs.len() / 3;
        let [anchor, positive, negative] = [0, 1, 2].map(|place| within(outputs, place * third..(place + 1) * third));
        let [near, far] = vectorize(
            simd,
            #[inline(always)]
            || [distances::<_, L>(anchor, positive), distances::<_, L>(anchor, negative)],
        );
        let ([mut of_near, mut of_far], mut sum) = ([[N::Scalar::ZERO; L]; 2], 0.0);
        for lane in 0..pass.real {
            let [near, far] = [&near, &far].map(|distances| at(distances, lane).to_f64());
            let excess = near - far + self.margin;
            if excess > 0.0 || excess.is_nan() {
                sum += excess;
                // Two that are equal have no direction between them.
                let along = |distance: f64| if distance == 0.0 { 0.0 } else { part / distance };
                put(&mut of_near, lane, N::Scalar::from_f64(along(near)));
                put(&mut of_far, lane, N::Scalar::from_f64(-along(far)));
            }
        }
        let Some((of_anchor, others)) = gradient.split_at_mut_checked(third) else { return 0.0 };
        let Some((of_positive, of_negative)) = others.split_at_mut_checked(third) else { return 0.0 };
        let vectors = columns::<_, L>(anchor, positive).zip(negative.chunks_exact(L));
        let slopes = columns_mut::<_, L>(of_anchor, of_positive).zip(of_negative.chunks_exact_mut(L));
        for (((anchor, positive), negative), ((of_anchor, of_positive), of_negative)) in vectors.zip(slopes) {
            for lane in 0..L {
                let to_positive = (anchor[lane] - positive[lane]) * of_near[lane];
                let to_negative = (anchor[lane] - negative[lane]) * of_far[lane];
                of_anchor[lane] = to_positive + to_negative;
                (of_positive[lane], of_negative[lane]) = (-to_positive, -to_negative);
            }
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        sum * part
    }
}

/// The distances between the vectors of each lane.
#[inline(always)]
fn distances<T: Scalar, const L: usize>(one: &[T], other: &[T]) -> [T; L] {
    let mut squares = [T::ZERO; L];
    for (one, other) in one.chunks_exact(L).zip(other.chunks_exact(L)) {
        for lane in 0..L {
            let difference = one[lane] - other[lane];
            squares[lane] += difference * difference;
        }
    }
    squares.map(Scalar::sqrt)
}

/// Each number of two vectors, in all lanes.
fn columns<'a, T, const L: usize>(one: &'a [T], other: &'a [T]) -> impl Iterator<Item = (&'a [T], &'a [T])> {
    one.chunks_exact(L).zip(other.chunks_exact(L))
}

/// [`columns`], to be written.
fn columns_mut<'a, T, const L: usize>(
    one: &'a mut [T],
    other: &'a mut [T],
) -> impl Iterator<Item = (&'a mut [T], &'a mut [T])> {
    one.chunks_exact_mut(L).zip(other.chunks_exact_mut(L))
}

/// Panics at its caller if the outputs are not that many vectors of one length.
#[track_caller]
const fn check_parts<N: Outputs>(loss: &'static str, parts: usize) {
    if N::LEN.is_multiple_of(parts) {
        return;
    }
    let text = Text::outputs_of::<N>().with(", but `").with(loss).with("` takes ").with_number(parts);
    panic!("{}", text.with(" vectors of one length: `castnet::Siamese` makes a network of such").as_str());
}
