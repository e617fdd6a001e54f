//! The numbers of a network, in the order of files.

use castnet::{Infer, Order, Scalar, Segment};

use crate::Error;

/// The parameters, segment by segment.
pub struct Numbers {
    segments: &'static [Segment],
    /// As `f64`, which holds either scalar.
    numbers: Vec<f64>,
}

impl Numbers {
    pub fn of<N: Infer>(network: &N) -> Self {
        let numbers = network.parameters().iter().map(|number| number.to_f64()).collect();
        Self { segments: N::SEGMENTS, numbers }
    }

    /// The segment of a layer's field, if the layer has it.
    pub fn segment(&self, layer: &str, field: &str) -> Option<&'static Segment> {
        self.segments.iter().find(|segment| {
            segment.name.strip_prefix(layer).and_then(|rest| rest.strip_prefix('.')).is_some_and(|name| name == field)
        })
    }

    /// The numbers of a segment, the last axis of its shape fastest.
    pub fn values(&self, segment: &Segment) -> Vec<f64> {
        let numbers = &self.numbers[segment.offset..][..segment.len];
        match segment.order {
            Order::RowByRow => numbers.to_vec(),
            Order::ColumnByColumn => {
                let [rows, columns] = segment.matrix();
                (0..rows).flat_map(|row| (0..columns).map(move |column| numbers[column * rows + row])).collect()
            }
        }
    }

    /// The numbers of a layer's field; none if the layer has no such field.
    pub fn field(&self, layer: &str, field: &str) -> Option<Vec<f64>> {
        self.segment(layer, field).map(|segment| self.values(segment))
    }
}

/// A number in single precision.
///
/// # Errors
///
/// A finite one that would become infinite.
pub fn rounded(numbers: Vec<f64>, name: &str) -> Result<Vec<f32>, Error> {
    let round = |value: f64| {
        let rounded = value as f32;
        if value.is_finite() && rounded.is_infinite() {
            return Err(Error::Infinite { name: name.into(), value });
        }
        Ok(rounded)
    };
    numbers.into_iter().map(round).collect()
}
