//! Shapes and the order of numbers in files.

use alloc::vec;
use alloc::vec::Vec;

use castnet_safetensors::Order;

use crate::{ParameterKind, Segment, Shape};

/// How a file has the numbers of a segment.
pub struct Layout {
    /// The shape in the file.
    pub shape: Vec<usize>,
    /// Where its numbers go among those of the segment.
    pub order: Order,
}

impl Layout {
    /// Numbers in a row.
    pub fn of_row(len: usize) -> Self {
        Self { shape: vec![len], order: Order::same(len) }
    }

    /// As PyTorch has it.
    pub fn pytorch(segment: &Segment) -> Self {
        let order = match segment.order {
            crate::Order::RowByRow => Order::same(segment.len),
            crate::Order::ColumnByColumn => {
                let [rows, columns] = segment.matrix();
                Order::by_columns(rows, columns)
            }
        };
        Self { shape: segment.shape.to_vec(), order }
    }

    /// As Keras has it: channels behind all positions, units last. `image` is the shape of what was flattened to the features
    /// of the layer.
    pub fn keras(segment: &Segment, image: Option<&[usize]>) -> Self {
        let is_weight = segment.kind == ParameterKind::Weight;
        let (units, rest) = if is_weight && segment.shape.len() > 1 {
            (segment.shape[0], &segment.shape[1..])
        } else {
            (1, segment.shape)
        };
        let of_units = (units > 1 || rest.len() < segment.shape.len()).then_some(units);
        let channels_last = |shape: &[usize]| shape[1..].iter().chain(&shape[..1]).copied().collect::<Vec<usize>>();
        let (shape, image) = match image {
            // The file's features are one axis, in the order of the image.
            Some(image) if rest.len() == 1 => (rest.to_vec(), image),
            _ => (channels_last(rest), rest),
        };
        let channels = image.first().copied().unwrap_or(1);
        let positions = image.iter().skip(1).product();
        Self {
            shape: shape.into_iter().chain(of_units).collect(),
            order: Order::positions_first(positions, channels, units),
        }
    }

    /// As a message shows it.
    pub fn shape(&self) -> Shape {
        Shape::new(&self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn segment(shape: &'static [usize], kind: ParameterKind) -> Segment {
        let order = if shape.len() > 1 && kind == ParameterKind::Weight {
            crate::Order::ColumnByColumn
        } else {
            crate::Order::RowByRow
        };
        Segment { name: "a.b", offset: 0, len: shape.iter().product(), shape, order, role: Role::Trainable, kind }
    }

    /// Where the number at `at`, by the axes of PyTorch, stands in memory.
    fn in_memory(segment: &Segment, at: &[usize]) -> usize {
        let index = at.iter().zip(segment.shape).fold(0, |index, (at, size)| index * size + at);
        Layout::pytorch(segment).order.places().nth(index).unwrap()
    }

    /// Where the number at `at`, by the axes of Keras, stands in memory.
    fn from_keras(layout: &Layout, at: &[usize]) -> usize {
        let index = at.iter().zip(&layout.shape).fold(0, |index, (at, size)| index * size + at);
        layout.order.places().nth(index).unwrap()
    }

    #[test]
    fn a_kernel_of_keras_is_a_weight_of_pytorch() {
        let filters = segment(&[2, 3, 4, 5], ParameterKind::Weight);
        let keras = Layout::keras(&filters, None);
        assert_eq!(keras.shape, [4, 5, 3, 2]);
        assert_eq!(from_keras(&keras, &[1, 4, 2, 1]), in_memory(&filters, &[1, 2, 1, 4]));
        let matrix = segment(&[2, 3], ParameterKind::Weight);
        let keras = Layout::keras(&matrix, None);
        assert_eq!(keras.shape, [3, 2]);
        assert_eq!(from_keras(&keras, &[2, 1]), in_memory(&matrix, &[1, 2]));
        let one_unit = segment(&[1, 3], ParameterKind::Weight);
        assert_eq!(Layout::keras(&one_unit, None).shape, [3, 1]);
    }

    #[test]
    fn what_reads_a_flattened_image_has_the_order_of_the_image() {
        // [channels, height, width] = [3, 2, 2]: feature 7 is channel 1, position [1, 1].
        let matrix = segment(&[5, 12], ParameterKind::Weight);
        let keras = Layout::keras(&matrix, Some(&[3, 2, 2]));
        assert_eq!(keras.shape, [12, 5]);
        // Keras: position 3, channel 1 of three is feature 10.
        assert_eq!(from_keras(&keras, &[10, 4]), in_memory(&matrix, &[4, 7]));
        let bias = Layout::keras(&segment(&[12], ParameterKind::Shift), Some(&[3, 2, 2]));
        assert_eq!((bias.shape.clone(), from_keras(&bias, &[10])), (vec![12], 7));
    }

    #[test]
    fn vectors_and_norms_of_images() {
        let bias = Layout::keras(&segment(&[7], ParameterKind::Bias), None);
        assert_eq!(bias.shape, [7]);
        assert!(bias.order.places().eq(0..7));
        let scale = segment(&[3, 2, 4], ParameterKind::Scale);
        let keras = Layout::keras(&scale, None);
        assert_eq!(keras.shape, [2, 4, 3]);
        assert_eq!(from_keras(&keras, &[1, 3, 2]), in_memory(&scale, &[2, 1, 3]));
    }
}
