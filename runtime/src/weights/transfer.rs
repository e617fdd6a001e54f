//! From one network to another of another type.

use super::Report;
use crate::{Order, Parameters, Segment, Shape};

/// What [`Parameters::take_from`] does.
pub(crate) fn take_from<N: Parameters, O: Parameters<Scalar = N::Scalar>>(to: &mut N, from: &O) -> Report {
    let mut report = Report::default();
    for segment in N::SEGMENTS {
        match named(O::SEGMENTS, segment.name) {
            Some(other) if other.shape != segment.shape => {
                report.other_shapes.push((segment.name, Shape::new(other.shape), Shape::new(segment.shape)));
            }
            Some(other) if is_layer_the_same::<N, O>(layer(segment)) => {
                let numbers = &mut to.parameters_mut()[segment.offset..][..segment.len];
                copy(other, &from.parameters()[other.offset..][..other.len], segment.order, numbers);
                report.taken.push(segment.name);
            }
            _ => report.kept.push(segment.name),
        }
    }
    let others = O::SEGMENTS.iter().filter(|segment| named(N::SEGMENTS, segment.name).is_none());
    report.ignored.extend(others.map(|segment| segment.name.into()));
    report
}

fn named(segments: &'static [Segment], name: &str) -> Option<&'static Segment> {
    segments.iter().find(|segment| segment.name == name)
}

/// The name of the layer that has a segment.
fn layer(segment: &Segment) -> &'static str {
    segment.name.rsplit_once('.').map_or(segment.name, |(layer, _)| layer)
}

/// Whether both networks have the same segments in a layer, of the same shapes.
fn is_layer_the_same<N: Parameters, O: Parameters>(name: &str) -> bool {
    let all_are_in = |segments: &'static [Segment], others| {
        let mut of_layer = segments.iter().filter(|segment| layer(segment) == name);
        of_layer.all(|segment| named(others, segment.name).is_some_and(|other| other.shape == segment.shape))
    };
    all_are_in(N::SEGMENTS, O::SEGMENTS) && all_are_in(O::SEGMENTS, N::SEGMENTS)
}

/// Copies the numbers of `segment` to one of the same shape.
fn copy<T: Copy>(segment: &Segment, from: &[T], order: Order, to: &mut [T]) {
    let rows = segment.shape.first().copied().unwrap_or(1).max(1);
    let columns = from.len() / rows;
    match (segment.order, order) {
        (Order::RowByRow, Order::ColumnByColumn) => {
            to.iter_mut().enumerate().for_each(|(place, to)| *to = from[place % rows * columns + place / rows]);
        }
        (Order::ColumnByColumn, Order::RowByRow) => {
            to.iter_mut().enumerate().for_each(|(place, to)| *to = from[place % columns * rows + place / columns]);
        }
        _ => to.copy_from_slice(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParameterKind, Role};

    #[test]
    fn numbers_are_copied_whatever_their_order() {
        let segment = |order| Segment {
            name: "fc.weight",
            offset: 0,
            len: 6,
            shape: &[2, 3],
            order,
            role: Role::Trainable,
            kind: ParameterKind::Weight,
        };
        let (rows, columns) = ([1, 2, 3, 4, 5, 6], [1, 4, 2, 5, 3, 6]);
        let mut to = [0; 6];
        copy(&segment(Order::RowByRow), &rows, Order::ColumnByColumn, &mut to);
        assert_eq!(to, columns);
        copy(&segment(Order::ColumnByColumn), &columns, Order::RowByRow, &mut to);
        assert_eq!(to, rows);
        copy(&segment(Order::ColumnByColumn), &columns, Order::ColumnByColumn, &mut to);
        assert_eq!(to, columns);
    }
}
