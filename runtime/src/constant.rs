//! Weights that are put in place as the program is compiled: what `weights!` calls.

use bytemuck::Pod;

use crate::text::Text;
use crate::{Parameters, Segment};

/// A tensor of a file.
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// The type of its numbers, `F32`.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: &'static [usize],
    /// Where its bytes begin.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// Room for about twenty tensors that do not fit.
type Message = Text<2048>;

/// The numbers in the bytes of a file, whose least byte is the first; what does not make one is left out. The interpreter is
/// three times as fast with numbers as with bytes.
pub const fn numbers<T: Pod, const BYTES: usize, const NUMBERS: usize>(file: &[u8]) -> [T; NUMBERS] {
    let Some(bytes) = file.first_chunk::<BYTES>() else { panic!("the file has changed meanwhile: compile again") };
    if cfg!(target_endian = "little") {
        return bytemuck::must_cast(*bytes);
    }
    let mut turned = *bytes;
    reverse(&mut turned, size_of::<T>());
    bytemuck::must_cast(turned)
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

/// Puts the numbers of a file where the network has them.
///
/// # Panics
///
/// At its caller, with all that does not fit.
#[track_caller]
pub const fn place<N: Parameters>(network: &mut [N::Scalar], tensors: &[Constant], numbers: &[N::Scalar], file: &str) {
    check::<N>(tensors, file);
    let size = size_of::<N::Scalar>();
    let mut index = 0;
    while index < N::SEGMENTS.len() {
        let segment = &N::SEGMENTS[index];
        if let Some(tensor) = find(tensors, segment) {
            let Constant { start, end, .. } = tensors[tensor];
            let from = numbers.split_at(end / size).0.split_at(start / size).1;
            let to = network.split_at_mut(segment.offset).1.split_at_mut(segment.len).0;
            match segment.matrix() {
                [1, _] | [_, 1] => to.copy_from_slice(from),
                [rows, columns] if rows % 4 == 0 && columns % 8 == 0 => by_blocks(from, to, rows),
                [rows, _] => by_columns(from, to, rows),
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
            Some(tensor) => compare(&mut text, &tensors[tensor], segment, (dtype, size_of::<N::Scalar>())),
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

const fn compare(text: &mut Message, tensor: &Constant, segment: &Segment, (dtype, size): (&str, usize)) {
    if !is_same_shape(tensor.shape, segment.shape) {
        text.push_all(&["\n  `", tensor.name, "` is "]);
        text.push_sizes(tensor.shape);
        text.push_all(&[" in the file, "]);
        text.push_sizes(segment.shape);
        text.push_all(&[" in the network"]);
    }
    if !is_same(tensor.dtype.as_bytes(), dtype.as_bytes()) {
        text.push_all(&["\n  `", tensor.name, "` is of ", tensor.dtype, " in the file, of ", dtype, " in the network"]);
    } else if !tensor.start.is_multiple_of(size) {
        text.push_all(&["\n  `", tensor.name, "` does not begin at a whole number in the file"]);
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

/// Copies a matrix that stands row by row column by column.
const fn by_columns<T: Copy>(mut from: &[T], to: &mut [T], rows: usize) {
    let columns = from.len() / rows;
    let mut row = 0;
    while row < rows {
        let (mut numbers, others) = from.split_at(columns);
        let mut place = row;
        while let &[number, ref rest @ ..] = numbers {
            to[place] = number;
            place += rows;
            numbers = rest;
        }
        from = others;
        row += 1;
    }
}

/// [`by_columns`] of whole blocks of four rows and eight columns, in half of the time: the compiler's interpreter takes as long
/// for four numbers that are moved together as for one.
const fn by_blocks<T: Copy>(from: &[T], to: &mut [T], rows: usize) {
    let (from, to) = (from.as_chunks::<8>().0, to.as_chunks_mut::<4>().0);
    let (across, down) = (from.len() / rows, rows / 4);
    let mut block = 0;
    while block < across {
        let (mut row, mut source) = (0, block);
        while row < down {
            let [a0, a1, a2, a3, a4, a5, a6, a7] = from[source];
            source += across;
            let [b0, b1, b2, b3, b4, b5, b6, b7] = from[source];
            source += across;
            let [c0, c1, c2, c3, c4, c5, c6, c7] = from[source];
            source += across;
            let [d0, d1, d2, d3, d4, d5, d6, d7] = from[source];
            source += across;
            let mut place = 8 * block * down + row;
            to[place] = [a0, b0, c0, d0];
            place += down;
            to[place] = [a1, b1, c1, d1];
            place += down;
            to[place] = [a2, b2, c2, d2];
            place += down;
            to[place] = [a3, b3, c3, d3];
            place += down;
            to[place] = [a4, b4, c4, d4];
            place += down;
            to[place] = [a5, b5, c5, d5];
            place += down;
            to[place] = [a6, b6, c6, d6];
            place += down;
            to[place] = [a7, b7, c7, d7];
            row += 1;
        }
        block += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_go_by_columns() {
        for (rows, columns) in [(2, 3), (3, 8), (5, 19), (4, 1), (4, 8), (12, 24), (20, 8)] {
            let from: Vec<usize> = (0..rows * columns).collect();
            let expected: Vec<usize> = from.iter().map(|place| place % rows * columns + place / rows).collect();
            let mut to = vec![0; from.len()];
            by_columns(&from, &mut to, rows);
            assert_eq!(to, expected, "{rows}x{columns}");
            if rows % 4 == 0 && columns % 8 == 0 {
                to.fill(0);
                by_blocks(&from, &mut to, rows);
                assert_eq!(to, expected, "{rows}x{columns}, in blocks");
            }
        }
    }

    #[test]
    fn bytes_become_numbers() {
        assert_eq!(numbers::<f32, 8, 2>(&[0, 0, 128, 63, 0, 0, 0, 192, 7]), [1.0, -2.0]);
        let mut bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        reverse(&mut bytes, 4);
        assert_eq!(bytes, [4, 3, 2, 1, 8, 7, 6, 5]);
    }
}
