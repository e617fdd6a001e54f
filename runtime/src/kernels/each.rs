//! Loops over flat slices of parameters: one pass, every number in its own lane.

use pulp::Simd;

use super::lanes::Lanes;

/// `(first, second) = update(first, second, other)` for every lane of three slices of one length.
#[inline(always)]
pub(crate) fn update_two<T: Lanes, S: Simd>(
    simd: S,
    [first, second]: [&mut [T]; 2],
    other: &[T],
    update: impl Fn(T::Vector<S>, T::Vector<S>, T::Vector<S>) -> (T::Vector<S>, T::Vector<S>),
) {
    debug_assert!(first.len() == other.len() && second.len() == other.len());
    let (firsts, first_rest) = T::vectors_mut::<S>(first);
    let (seconds, second_rest) = T::vectors_mut::<S>(second);
    let (others, other_rest) = T::vectors::<S>(other);
    for ((first, second), &other) in firsts.iter_mut().zip(seconds).zip(others) {
        (*first, *second) = update(*first, *second, other);
    }
    if !other_rest.is_empty() {
        let load = |slice: &[T]| T::partial_load(simd, slice);
        let (first, second) = update(load(first_rest), load(second_rest), load(other_rest));
        T::partial_store(simd, first_rest, first);
        T::partial_store(simd, second_rest, second);
    }
}

/// `(first, second, third) = update(first, second, third, other)` for every lane of four slices of one length.
#[inline(always)]
pub(crate) fn update_three<T: Lanes, S: Simd>(
    simd: S,
    [first, second, third]: [&mut [T]; 3],
    other: &[T],
    update: impl Fn([T::Vector<S>; 3], T::Vector<S>) -> [T::Vector<S>; 3],
) {
    debug_assert!(first.len() == other.len() && second.len() == other.len() && third.len() == other.len());
    let (firsts, first_rest) = T::vectors_mut::<S>(first);
    let (seconds, second_rest) = T::vectors_mut::<S>(second);
    let (thirds, third_rest) = T::vectors_mut::<S>(third);
    let (others, other_rest) = T::vectors::<S>(other);
    for (((first, second), third), &other) in firsts.iter_mut().zip(seconds).zip(thirds).zip(others) {
        [*first, *second, *third] = update([*first, *second, *third], other);
    }
    if !other_rest.is_empty() {
        let load = |slice: &[T]| T::partial_load(simd, slice);
        let updated = update([load(first_rest), load(second_rest), load(third_rest)], load(other_rest));
        for (rest, vector) in [first_rest, second_rest, third_rest].into_iter().zip(updated) {
            T::partial_store(simd, rest, vector);
        }
    }
}
