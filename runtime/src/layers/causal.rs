//! A causal convolution that gets its sequence column by column.

use pulp::Simd;

use super::Context;
use crate::Scalar;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::zip_in_place;

/// A [`Conv1d`](super::Conv1d) with a stride of one and as many zeros before the sequence as make it causal, for one column
/// after the other: `y[f] = b[f] + sum over c, k of W[f, c, k] x[c]`, where `x` came `(KERNEL - 1 - k) * DILATION` columns
/// before.
///
/// # Shapes
///
/// A column of `CHANNELS` becomes one of `FILTERS`.
///
/// # Parameters
///
/// Those of the `Conv1d`: weights `FILTERS x (CHANNELS * KERNEL)`, column by column, and, if `BIAS`, `FILTERS` biases.
///
/// # State
///
/// The last `(KERNEL - 1) * DILATION` columns, each in the place of the one that was there so many columns before.
///
/// ```
/// use castnet::layers::CausalConvolution;
///
/// assert_eq!(CausalConvolution::<2, 16, 3, 4, true>::STATE, 2 * 8);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CausalConvolution<
    const CHANNELS: usize,
    const FILTERS: usize,
    const KERNEL: usize,
    const DILATION: usize,
    const BIAS: bool,
>;

impl<const CHANNELS: usize, const FILTERS: usize, const KERNEL: usize, const DILATION: usize, const BIAS: bool>
    CausalConvolution<CHANNELS, FILTERS, KERNEL, DILATION, BIAS>
{
    /// Columns that are kept.
    const REACH: usize = (KERNEL - 1) * DILATION;
    /// Numbers that are kept.
    pub const STATE: usize = Self::REACH * CHANNELS;

    /// The layer.
    pub const fn new() -> Self {
        Self
    }

    /// Reads the column of number `time`, counted from 0, and writes that of the output.
    #[inline(always)]
    pub fn advance<T: Scalar, S: Simd>(
        self,
        at: Context<'_, S>,
        parameters: &[T],
        time: usize,
        state: &mut [T],
        input: &[T],
        output: &mut [T],
    ) {
        let (weight, bias) = parameters.split_at(FILTERS * CHANNELS * KERNEL);
        if BIAS {
            output.copy_from_slice(bias);
        } else {
            output.fill(T::ZERO);
        }
        let simd = at.simd;
        vectorize(
            simd,
            #[inline(always)]
            || {
                for tap in 0..KERNEL {
                    let column = match (KERNEL - 1 - tap) * DILATION {
                        0 => input,
                        before => {
                            let place = (time % Self::REACH + Self::REACH - before) % Self::REACH;
                            &state[place * CHANNELS..][..CHANNELS]
                        }
                    };
                    for (channel, &value) in column.iter().enumerate() {
                        let (value, weights) = (T::splat(simd, value), &weight[(channel * KERNEL + tap) * FILTERS..]);
                        zip_in_place::<T, S>(simd, output, &weights[..FILTERS], |sum, weight| {
                            T::mul_add_lanes(simd, weight, value, sum)
                        });
                    }
                }
            },
        );
        if const { Self::REACH > 0 } {
            state[time % Self::REACH * CHANNELS..][..CHANNELS].copy_from_slice(input);
        }
    }
}
