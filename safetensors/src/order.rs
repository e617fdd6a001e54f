//! The order of a tensor's numbers in a file and in memory.

/// Where each number of a file stands in memory.
///
/// The file's numbers are counted by three axes, the last one fastest; a step along each of them is so many numbers of
/// memory.
///
/// ```
/// use castnet_safetensors::Order;
///
/// // A matrix of 2 rows, row by row in the file, column by column in memory.
/// let places: Vec<usize> = Order::by_columns(2, 3).places().collect();
/// assert_eq!(places, [0, 2, 4, 1, 3, 5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    sizes: [usize; 3],
    strides: [usize; 3],
}

impl Order {
    /// As in the file.
    pub const fn same(len: usize) -> Self {
        Self { sizes: [1, 1, len], strides: [0, 0, 1] }
    }

    /// A matrix whose first axis in the file is that of `rows`, column by column in memory: PyTorch's `[out, in, ..]`.
    pub const fn by_columns(rows: usize, columns: usize) -> Self {
        Self { sizes: [1, rows, columns], strides: [0, 1, rows] }
    }

    /// Weights of shape `[positions, channels, units]` in the file, in memory column by column, where columns are channels
    /// and in each of them positions: Keras' `[height, width, in, out]`, and its `[in, out]` behind an image of
    /// `[height, width, in]`.
    pub const fn positions_first(positions: usize, channels: usize, units: usize) -> Self {
        Self { sizes: [positions, channels, units], strides: [units, positions * units, 1] }
    }

    /// How many numbers there are.
    pub const fn len(&self) -> usize {
        self.sizes[0] * self.sizes[1] * self.sizes[2]
    }

    /// Whether there are no numbers.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places in memory of one number of the file after the other.
    pub const fn places(&self) -> Places {
        Places { order: *self, at: [0; 3], left: self.len() }
    }
}

/// The places of an [`Order`].
#[derive(Clone, Debug)]
pub struct Places {
    order: Order,
    at: [usize; 3],
    left: usize,
}

impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let Order { sizes, strides } = self.order;
        let place = self.at[0] * strides[0] + self.at[1] * strides[1] + self.at[2] * strides[2];
        for axis in [2, 1, 0] {
            self.at[axis] += 1;
            if self.at[axis] < sizes[axis] {
                break;
            }
            self.at[axis] = 0;
        }
        Some(place)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Places {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_where_they_belong() {
        assert!(Order::same(3).places().eq([0, 1, 2]));
        // [height = 1, width = 2, in = 2, out = 2]; a column for each of in 0 at both positions, then in 1.
        let order = Order::positions_first(2, 2, 2);
        assert!(order.places().eq([0, 1, 4, 5, 2, 3, 6, 7]));
        assert_eq!((order.len(), order.is_empty(), Order::same(0).places().next()), (8, false, None));
    }
}
