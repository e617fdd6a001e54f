//! Weights that are put in place as the program is compiled: what `weights!` calls.

use crate::text::Text;
use crate::{Order, Parameters, Segment};

/// A tensor of a file.
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// The type of its numbers, `F32`.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: &'static [usize],
    /// Where its bytes begin. Of a shape of several axes they are column by column, as [`Order::ColumnByColumn`] says.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// Room for about twenty tensors that do not fit.
type Message = Text<2048>;

/// Puts the numbers of a file where the network has them.
///
/// # Panics
///
/// At its caller, with all that does not fit.
#[track_caller]
pub const fn place<N: Parameters>(network: &mut [u8], tensors: &[Constant], numbers: &[u8], file: &str) {
    check::<N>(tensors, file);
    let size = size_of::<N::Scalar>();
    let mut index = 0;
    while index < N::SEGMENTS.len() {
        let segment = &N::SEGMENTS[index];
        if let Some(tensor) = find(tensors, segment) {
            let Constant { start, end, .. } = tensors[tensor];
            let from = numbers.split_at(end).0.split_at(start).1;
            let to = network.split_at_mut(segment.offset * size).1.split_at_mut(segment.len * size).0;
            match segment.order {
                Order::RowByRow if segment.shape.len() > 1 => by_rows(from, to, segment.shape[0], size),
                _ => to.copy_from_slice(from),
            }
            if cfg!(target_endian = "big") {
                reverse(to, size);
            }
        }
        index += 1;
    }
}

/// Panics at its caller if a tensor is missing, left over, or not what the network has.
#[track_caller]
const fn check<N: Parameters>(tensors: &[Constant], file: &str) {
    let mut text = Message::new();
    let dtype = if size_of::<N::Scalar>() == 4 { "F32" } else { "F64" };
    let mut index = 0;
    while index < N::SEGMENTS.len() {
        let segment = &N::SEGMENTS[index];
        match find(tensors, segment) {
            None => text.push_all(&["\n  `", segment.name, "` is missing"]),
            Some(tensor) => compare(&mut text, &tensors[tensor], segment, dtype),
        }
        index += 1;
    }
    let mut tensor = 0;
    while tensor < tensors.len() {
        if !belongs::<N>(&tensors[tensor]) {
            text.push_all(&["\n  `", tensors[tensor].name, "` is left over"]);
        }
        tensor += 1;
    }
    if text.is_empty() {
        return;
    }
    let mut message = Message::new();
    message.push_all(&["`", file, "` does not fit `", N::NAME, "`:", text.as_str()]);
    message.push_all(&["\nhelp: `network.save(path)` of a `", N::NAME, "` makes a file that does"]);
    panic!("{}", message.as_str());
}

const fn compare(text: &mut Message, tensor: &Constant, segment: &Segment, dtype: &str) {
    if !is_same_shape(tensor.shape, segment.shape) {
        text.push_all(&["\n  `", tensor.name, "` is "]);
        text.push_sizes(tensor.shape);
        text.push_all(&[" in the file, "]);
        text.push_sizes(segment.shape);
        text.push_all(&[" in the network"]);
    }
    if !is_same(tensor.dtype.as_bytes(), dtype.as_bytes()) {
        text.push_all(&["\n  `", tensor.name, "` is of ", tensor.dtype, " in the file, of ", dtype, " in the network"]);
    }
}

const fn belongs<N: Parameters>(tensor: &Constant) -> bool {
    let mut index = 0;
    while index < N::SEGMENTS.len() {
        if is_of(&N::SEGMENTS[index], tensor) {
            return true;
        }
        index += 1;
    }
    false
}

const fn find(tensors: &[Constant], segment: &Segment) -> Option<usize> {
    let mut index = 0;
    while index < tensors.len() {
        if is_of(segment, &tensors[index]) {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// Whether a tensor has the name of a segment, as files have it.
const fn is_of(segment: &Segment, tensor: &Constant) -> bool {
    const OURS: &[u8] = b".running_variance";
    const THEIRS: &[u8] = b".running_var";
    let (ours, theirs) = (segment.name.as_bytes(), tensor.name.as_bytes());
    if ours.len() > OURS.len() && is_same(ours.split_at(ours.len() - OURS.len()).1, OURS) {
        let layer = ours.len() - OURS.len();
        return theirs.len() == layer + THEIRS.len()
            && is_same(theirs.split_at(layer).0, ours.split_at(layer).0)
            && is_same(theirs.split_at(layer).1, THEIRS);
    }
    is_same(ours, theirs)
}

const fn is_same(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

const fn is_same_shape(left: &[usize], right: &[usize]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

/// Copies a matrix that stands column by column row by row.
const fn by_rows(from: &[u8], to: &mut [u8], rows: usize, size: usize) {
    let columns = from.len() / size / rows;
    let mut place = 0;
    while place < to.len() {
        let number = place / size;
        to[place] = from[(number % columns * rows + number / columns) * size + place % size];
        place += 1;
    }
}

/// Turns the bytes of each number around.
const fn reverse(bytes: &mut [u8], size: usize) {
    let mut start = 0;
    while start < bytes.len() {
        let mut place = 0;
        while place < size / 2 {
            let other = bytes[start + size - 1 - place];
            bytes[start + size - 1 - place] = bytes[start + place];
            bytes[start + place] = other;
            place += 1;
        }
        start += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_go_by_rows_and_bytes_turn_around() {
        let mut to = [0; 12];
        // Rows [1, 2, 3] and [4, 5, 6] of two bytes each.
        by_rows(&[1, 1, 4, 4, 2, 2, 5, 5, 3, 3, 6, 6], &mut to, 2, 2);
        assert_eq!(to, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
        let mut bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        reverse(&mut bytes, 4);
        assert_eq!(bytes, [4, 3, 2, 1, 8, 7, 6, 5]);
    }
}
