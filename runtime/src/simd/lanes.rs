//! Vectors of lanes: the operations that the kernels are written in, for `f32` and `f64` alike.
//!
//! [`pulp::Simd`] names each operation by its scalar (`add_f32s`, `add_f64s`). [`Lanes`] gives both one name, so that a
//! kernel is written once. Every method is inlined into the kernel that calls it, and a kernel runs inside
//! [`pulp::Simd::vectorize`], which compiles it for the instruction set of the processor at hand.

use bytemuck::Zeroable;
use pulp::Simd;

use super::dispatch::has_multiply_add;
use super::places::{part, part_mut, put, vector_at};

/// Lanes of the widest vector there is: AVX-512 in `f32`.
pub(crate) const MOST_LANES: usize = 16;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for super::super::Dual {}
}

/// A scalar with its vectors: as many lanes as a register of the instruction set `S` holds.
#[doc(hidden)]
pub trait Lanes: sealed::Sealed + Copy + 'static {
    /// A register full of this scalar.
    type Vector<S: Simd>: Copy + Send + Sync + 'static;

    /// Scalars in one vector.
    fn lanes<S: Simd>() -> usize;
    /// Zero in every lane.
    fn zeros<S: Simd>() -> Self::Vector<S>;
    /// `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a + b`.
    fn add_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`.
    fn sub_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b`.
    fn mul_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a / b`.
    fn div_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b + c`, rounded once where the instruction set can, twice where it cannot.
    fn mul_add_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The larger of each lane; where one is NaN, `b` or NaN.
    fn max_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The smaller of each lane.
    fn min_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The square root of each lane.
    fn sqrt_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// `when` where `a > b`, `otherwise` elsewhere.
    fn select_greater<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        when: Self::Vector<S>,
        otherwise: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `when` where `a == b`, `otherwise` elsewhere.
    fn select_equal<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        when: Self::Vector<S>,
        otherwise: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// The scalars of a vector.
    fn as_scalars<S: Simd>(vectors: &[Self::Vector<S>]) -> &[Self];
    /// The scalars of a vector, to be written.
    fn as_scalars_mut<S: Simd>(vectors: &mut [Self::Vector<S>]) -> &mut [Self];
    /// The sum over the lanes.
    fn sum_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
    /// The whole vectors of a slice, and the scalars after them.
    fn vectors<S: Simd>(slice: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// The whole vectors of a slice, and the scalars after them.
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// A vector whose first lanes are `slice` and whose other lanes are zero.
    fn partial_load<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S>;
    /// Writes as many lanes as `slice` has room for.
    fn partial_store<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>);
}

/// The vector at the start of `slice`.
#[inline(always)]
pub(crate) fn load<T: Lanes, S: Simd>(slice: &[T]) -> T::Vector<S> {
    // Unoptimised builds spend much of their time here.
    if cfg!(feature = "alloc") {
        return T::vectors::<S>(&slice[..T::lanes::<S>()]).0[0];
    }
    match part(slice, 0, T::lanes::<S>()) {
        Some(slice) => vector_at(T::vectors::<S>(slice).0, 0, T::zeros::<S>()),
        None => T::zeros::<S>(),
    }
}

/// Writes a vector to the start of `slice`.
#[inline(always)]
pub(crate) fn store<T: Lanes, S: Simd>(slice: &mut [T], vector: T::Vector<S>) {
    if cfg!(feature = "alloc") {
        T::vectors_mut::<S>(&mut slice[..T::lanes::<S>()]).0[0] = vector;
    } else if let Some(slice) = part_mut(slice, 0, T::lanes::<S>()) {
        put(T::vectors_mut::<S>(slice).0, 0, vector);
    }
}

/// Calls `whole` on every full vector of `slice` and writes back what it returns; the scalars that are left over pass
/// through one vector padded with zeros.
#[inline(always)]
pub(crate) fn map_in_place<T: Lanes, S: Simd>(simd: S, slice: &mut [T], map: impl Fn(T::Vector<S>) -> T::Vector<S>) {
    let (vectors, rest) = T::vectors_mut::<S>(slice);
    for vector in vectors {
        *vector = map(*vector);
    }
    if !rest.is_empty() {
        let vector = map(T::partial_load(simd, rest));
        T::partial_store(simd, rest, vector);
    }
}

/// `target = zip(target, other)` for every lane of two slices of one length.
#[inline(always)]
pub(crate) fn zip_in_place<T: Lanes, S: Simd>(
    simd: S,
    target: &mut [T],
    other: &[T],
    zip: impl Fn(T::Vector<S>, T::Vector<S>) -> T::Vector<S>,
) {
    debug_assert_eq!(target.len(), other.len());
    let (targets, target_rest) = T::vectors_mut::<S>(target);
    let (others, other_rest) = T::vectors::<S>(other);
    for (target, &other) in targets.iter_mut().zip(others) {
        *target = zip(*target, other);
    }
    if !target_rest.is_empty() {
        let vector = zip(T::partial_load(simd, target_rest), T::partial_load(simd, other_rest));
        T::partial_store(simd, target_rest, vector);
    }
}

macro_rules! lanes {
    (
        $scalar:ident, $vector:ident, $lanes:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident,
        $mul_add:ident, $max:ident, $min:ident, $sqrt:ident, $greater:ident, $equal:ident, $select:ident, $sum:ident,
        $vectors:ident, $vectors_mut:ident, $load:ident, $store:ident
    ) => {
        impl Lanes for $scalar {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn zeros<S: Simd>() -> Self::Vector<S> {
                Zeroable::zeroed()
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
            }
            #[inline(always)]
            fn add_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn sub_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn mul_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn div_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$div(a, b)
            }
            #[inline(always)]
            fn mul_add_lanes<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                if const { has_multiply_add::<S>() } { simd.$mul_add(a, b, c) } else { simd.$add(simd.$mul(a, b), c) }
            }
            #[inline(always)]
            fn max_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                // Of single numbers `max` passes over NaN.
                if const { size_of::<S::$vector>() == size_of::<Self>() } {
                    return simd.$select(simd.$greater(a, b), a, b);
                }
                simd.$max(a, b)
            }
            #[inline(always)]
            fn min_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$min(a, b)
            }
            #[inline(always)]
            fn sqrt_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
                simd.$sqrt(a)
            }
            #[inline(always)]
            fn select_greater<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                when: Self::Vector<S>,
                otherwise: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$select(simd.$greater(a, b), when, otherwise)
            }
            #[inline(always)]
            fn select_equal<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                when: Self::Vector<S>,
                otherwise: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$select(simd.$equal(a, b), when, otherwise)
            }
            #[inline(always)]
            fn as_scalars<S: Simd>(vectors: &[Self::Vector<S>]) -> &[Self] {
                bytemuck::cast_slice(vectors)
            }
            #[inline(always)]
            fn as_scalars_mut<S: Simd>(vectors: &mut [Self::Vector<S>]) -> &mut [Self] {
                bytemuck::cast_slice_mut(vectors)
            }
            #[inline(always)]
            fn sum_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self {
                simd.$sum(a)
            }
            #[inline(always)]
            fn vectors<S: Simd>(slice: &[Self]) -> (&[Self::Vector<S>], &[Self]) {
                S::$vectors(slice)
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]) {
                S::$vectors_mut(slice)
            }
            #[inline(always)]
            fn partial_load<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S> {
                if cfg!(feature = "alloc") || S::IS_SCALAR {
                    return simd.$load(slice);
                }
                // What pulp does reaches a panic, if only for the compiler.
                let mut lanes = [0.0; MOST_LANES];
                lanes.iter_mut().zip(slice).take(S::$lanes).for_each(|(lane, &number)| *lane = number);
                load::<Self, S>(&lanes)
            }
            #[inline(always)]
            fn partial_store<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>) {
                if cfg!(feature = "alloc") || S::IS_SCALAR {
                    return simd.$store(slice, vector);
                }
                let mut lanes = [0.0; MOST_LANES];
                store::<Self, S>(&mut lanes, vector);
                slice.iter_mut().zip(lanes).take(S::$lanes).for_each(|(number, lane)| *number = lane);
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    F32_LANES,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    mul_add_e_f32s,
    max_f32s,
    min_f32s,
    sqrt_f32s,
    greater_than_f32s,
    equal_f32s,
    select_f32s,
    reduce_sum_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_load_f32s,
    partial_store_f32s
);
lanes!(
    f64,
    f64s,
    F64_LANES,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    mul_add_e_f64s,
    max_f64s,
    min_f64s,
    sqrt_f64s,
    greater_than_f64s,
    equal_f64s,
    select_f64s,
    reduce_sum_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_load_f64s,
    partial_store_f64s
);
