//! The gradient of a dense layer in its weights and biases.

use pulp::Simd;

use super::few_outputs;
use crate::Scalar;
use crate::kernels::single;
use crate::kernels::tile::{add_products, in_lanes, load_vectors, opaque, tile_rows, with_tile};
use crate::kernels::transpose::Columns;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{Lanes, load, store, zip_in_place};

/// Where the gradients of a layer go.
pub(crate) struct GradientOf<'a, T> {
    /// `OUT * IN`.
    pub weight: &'a mut [T],
    /// `OUT`.
    pub bias: Option<&'a mut [T]>,
    /// Instead of adding to what is there.
    pub overwrite: bool,
}

impl<T: Scalar> GradientOf<'_, T> {
    /// Sets to zero what is to be overwritten by a kernel that adds: the bias, and the weight unless that `is_overwritten`
    /// as a whole.
    #[inline(always)]
    fn start(&mut self, is_overwritten: bool) {
        if self.overwrite {
            if let Some(bias) = &mut self.bias {
                bias.fill(T::ZERO);
            }
            if !is_overwritten {
                self.weight.fill(T::ZERO);
                self.overwrite = false;
            }
        }
    }
}

/// `weight += output_gradient * input^T` and `bias += output_gradient * 1` in `target`.
#[inline]
pub(crate) fn weight_gradient<T: Scalar, S: Simd, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    mut target: GradientOf<'_, T>,
) {
    if const { L == 1 } {
        target.start(false);
        return single::dense_weight_gradient::<T, S, OUT>(simd, input, output_gradient, target.weight, target.bias);
    }
    if const { OUT <= few_outputs::most_outputs::<T, S>() } {
        target.start(false);
        return in_lanes!(T, S, L, simd => {
            few_outputs::weight_gradient::<T, S, L, OUT>(simd, input, output_gradient, target)
        });
    }
    weight_gradient_blocks::<T, S, L, IN, OUT>(simd, input, output_gradient, target);
}

/// Outputs are the vector here, whatever the lanes: their gradients are transposed block by block, to `[L][BLOCK]` on the
/// stack. A large block leaves the gradient of the weights to be written in long runs.
#[inline(always)]
fn weight_gradient_blocks<T: Scalar, S: Simd, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    mut target: GradientOf<'_, T>,
) {
    // A vector that reaches beyond its column adds zeros to the next, which must not be overwritten with them.
    target.start(OUT.is_multiple_of(T::lanes::<S>()));
    vectorize(
        simd,
        #[inline(always)]
        || {
            with_tile!(tile_rows::<S>(IN, output_vectors::<T, S>(OUT)), output_vectors::<T, S>(OUT), |R, V| {
                if const { OUT <= 8 } {
                    weight_gradient_tiles::<T, S, L, IN, OUT, 8, R, V>(simd, input, output_gradient, target)
                } else if const { OUT <= 16 } {
                    weight_gradient_tiles::<T, S, L, IN, OUT, 16, R, V>(simd, input, output_gradient, target)
                } else if const { OUT <= 32 } {
                    weight_gradient_tiles::<T, S, L, IN, OUT, 32, R, V>(simd, input, output_gradient, target)
                } else {
                    weight_gradient_tiles::<T, S, L, IN, OUT, 64, R, V>(simd, input, output_gradient, target)
                }
            })
        },
    );
}

/// Vectors of outputs in a tile: two share a broadcast input, unless half of the last tile would be empty.
const fn output_vectors<T: Lanes, S: Simd>(outputs: usize) -> usize {
    let vectors = (outputs * size_of::<T>()).div_ceil(size_of::<T::Vector<S>>());
    if vectors > 4 || vectors == 2 || vectors == 4 { 2 } else { 1 }
}

#[inline(always)]
fn weight_gradient_tiles<
    T: Scalar,
    S: Simd,
    const L: usize,
    const IN: usize,
    const OUT: usize,
    const BLOCK: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    mut target: GradientOf<'_, T>,
) {
    let width = V * T::lanes::<S>();
    /// Sums of the bias that do not wait for each other.
    const CHAINS: usize = 4;
    let (input, lanes) = (&input[..IN * L], opaque(L));
    let mut columns = Columns::<T, L, BLOCK>::new();
    for block_start in (0..OUT).step_by(BLOCK) {
        let outputs = BLOCK.min(OUT - block_start);
        let block = columns.transpose(simd, &output_gradient[block_start * L..][..outputs * L]);
        if let Some(bias) = target.bias.as_deref_mut() {
            for part in (0..outputs).step_by(width) {
                let mut sums = [[T::splat(simd, T::ZERO); V]; CHAINS];
                for lane in 0..L {
                    let gradients = load_vectors::<T, S, V>(simd, &block[lane][part..part + width]);
                    for v in 0..V {
                        sums[lane % CHAINS][v] = T::add_lanes(simd, sums[lane % CHAINS][v], gradients[v]);
                    }
                }
                let [mut sums, others @ ..] = sums;
                for other in others {
                    for v in 0..V {
                        sums[v] = T::add_lanes(simd, sums[v], other[v]);
                    }
                }
                add_tile::<T, S, OUT, 1, V>(simd, bias, block_start + part, &[sums], 0, false);
            }
        }
        for next in (0..IN).step_by(R) {
            let first = next.min(IN - R);
            let rows = &input[first * L..][..R * L];
            for part in (0..outputs).step_by(width) {
                let mut sums = [[T::splat(simd, T::ZERO); V]; R];
                for lane in 0..lanes {
                    let mut inputs = [T::ZERO; R];
                    for r in 0..R {
                        inputs[r] = rows[r * L + lane];
                    }
                    add_products::<T, S, R, V>(simd, &inputs, &block[lane][part..part + width], &mut sums);
                }
                // What overlaps the tile before has been added there.
                let columns = &mut target.weight[first * OUT..];
                add_tile::<T, S, OUT, R, V>(simd, columns, block_start + part, &sums, next - first, target.overwrite);
            }
        }
    }
}

/// Adds the tile's columns from `new` on to those of `columns` (`OUT` each), from output `first` on, as far as it goes;
/// or overwrites them, if a column is whole vectors.
#[inline(always)]
fn add_tile<T: Scalar, S: Simd, const OUT: usize, const R: usize, const V: usize>(
    simd: S,
    columns: &mut [T],
    first: usize,
    sums: &[[T::Vector<S>; V]; R],
    new: usize,
    overwrite: bool,
) {
    let lanes = T::lanes::<S>();
    if const { OUT * size_of::<T>() < size_of::<T::Vector<S>>() } {
        return add_short_columns::<T, S, OUT, R, V>(simd, columns, sums, new);
    }
    for v in 0..V {
        let start = first + v * lanes;
        if start >= OUT {
            return;
        }
        if overwrite {
            for r in 0..R {
                if r >= new {
                    store::<T, S>(&mut columns[r * OUT + start..], sums[r][v]);
                }
            }
        } else if columns.len() >= (R - 1) * OUT + start + lanes {
            for r in 0..R {
                if r >= new {
                    // Beyond the last output the tile is zero, which the next column does not mind.
                    let target = &mut columns[r * OUT + start..];
                    let sum = T::add_lanes(simd, load::<T, S>(target), sums[r][v]);
                    store::<T, S>(target, sum);
                }
            }
        } else {
            add_last_columns::<T, S, OUT, R, V>(&mut columns[start..], sums, v, new);
        }
    }
}

/// [`add_tile`] where nothing comes behind the last column: number by number, without a call, which would have all tiles
/// in memory.
#[inline(always)]
fn add_last_columns<T: Scalar, S: Simd, const OUT: usize, const R: usize, const V: usize>(
    columns: &mut [T],
    sums: &[[T::Vector<S>; V]; R],
    v: usize,
    new: usize,
) {
    // A copy: what is indexed by a variable lies in memory, and the tile must not.
    let mut rest = [sums[0][v]; R];
    for r in 0..R {
        rest[r] = sums[r][v];
    }
    let (rest, lanes) = (T::as_scalars::<S>(&rest), T::lanes::<S>());
    for r in new..R {
        for (target, &value) in columns[r * OUT..].iter_mut().zip(&rest[r * lanes..][..OUT % lanes]) {
            *target += value;
        }
    }
}

/// [`add_tile`] where a column is less than a vector: the columns are brought together first, each over what the one
/// before has too much. Added one by one to memory, each would wait for the one before.
#[inline(always)]
fn add_short_columns<T: Scalar, S: Simd, const OUT: usize, const R: usize, const V: usize>(
    simd: S,
    columns: &mut [T],
    sums: &[[T::Vector<S>; V]; R],
    new: usize,
) {
    let mut together = [T::splat(simd, T::ZERO); R];
    let together = T::as_scalars_mut::<S>(&mut together);
    for r in 0..R {
        store::<T, S>(&mut together[r * OUT..], sums[r][0]);
    }
    zip_in_place(
        simd,
        &mut columns[new * OUT..R * OUT],
        &together[new * OUT..R * OUT],
        #[inline(always)]
        |a, b| T::add_lanes(simd, a, b),
    );
}
