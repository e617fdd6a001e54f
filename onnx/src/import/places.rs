//! Where the numbers of one tensor come from in another: what transposing, slicing and broadcasting are.

use super::refusal::{Reason, refuse};

/// More numbers than this of one sample are not put in another order.
pub const MOST: usize = 1 << 24;

/// How many numbers a shape has.
pub fn count(shape: &[usize]) -> Result<usize, Reason> {
    let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
    match count {
        Some(count) if count <= u32::MAX as usize => Ok(count),
        _ => refuse(format!("{} are more numbers than a network can have", text(shape)), "make it smaller"),
    }
}

/// The same, of numbers that are looked at one by one.
pub fn count_listed(shape: &[usize]) -> Result<usize, Reason> {
    match count(shape)? {
        count if count <= MOST => Ok(count),
        count => refuse(
            format!("{count} numbers are too many to be put in another order"),
            "have the model compute on smaller tensors",
        ),
    }
}

/// `[6, 24, 24]`
pub fn text(shape: &[usize]) -> String {
    format!("{shape:?}")
}

/// How far apart neighbours along each axis are.
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// The places in the order of `shape` when a step along each axis goes as far as `steps` says.
pub fn walk(shape: &[usize], steps: &[usize]) -> Result<Vec<usize>, Reason> {
    let mut places = Vec::with_capacity(count_listed(shape)?);
    places.push(0);
    for (&size, &step) in shape.iter().zip(steps) {
        places = places.iter().flat_map(|place| (0..size).map(move |index| place + index * step)).collect();
    }
    Ok(places)
}

/// Where the numbers come from when axis `axis` of the result is axis `axes[axis]`.
pub fn transposed(shape: &[usize], axes: &[usize]) -> Result<Vec<usize>, Reason> {
    let strides = strides(shape);
    let sizes: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    let steps: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
    walk(&sizes, &steps)
}

/// Where the numbers come from when only those at `picks` along an axis are left.
pub fn picked(shape: &[usize], axis: usize, picks: &[usize]) -> Result<Vec<usize>, Reason> {
    let mut sizes = shape.to_vec();
    sizes[axis] = picks.len();
    let total = count_listed(&sizes)?;
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let mut places = Vec::with_capacity(total);
    for block in 0..outer {
        for &pick in picks {
            let first = (block * shape[axis] + pick) * inner;
            places.extend(first..first + inner);
        }
    }
    Ok(places)
}

/// Where the numbers come from when a tensor is repeated along its axes of size 1, and along new ones before them.
pub fn broadcast(from: &[usize], to: &[usize]) -> Result<Option<Vec<usize>>, Reason> {
    let Some(new) = to.len().checked_sub(from.len()) else { return Ok(None) };
    if from.iter().zip(&to[new..]).any(|(&from, &to)| from != to && from != 1) {
        return Ok(None);
    }
    let own = strides(from);
    let steps: Vec<usize> = (0..to.len())
        .map(|axis| match axis.checked_sub(new) {
            Some(axis) if from[axis] > 1 => own[axis],
            _ => 0,
        })
        .collect();
    walk(to, &steps).map(Some)
}

/// The shape that two are broadcast to, if there is one.
pub fn common(one: &[usize], other: &[usize]) -> Option<Vec<usize>> {
    let rank = one.len().max(other.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    (0..rank)
        .map(|axis| match (size(one, axis), size(other, axis)) {
            (one, other) if one == other || other == 1 => Some(one),
            (1, other) => Some(other),
            _ => None,
        })
        .collect()
}

/// An axis that may be counted from the end.
pub fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let place = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    match place.and_then(|place| usize::try_from(place).ok()) {
        Some(place) if place < rank => Ok(place),
        _ => refuse(format!("there is no axis {axis} among {rank}"), "correct the model"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_transposed_picked_and_repeated_numbers() {
        assert_eq!(transposed(&[2, 3], &[1, 0]).unwrap(), [0, 3, 1, 4, 2, 5]);
        assert_eq!(transposed(&[], &[]).unwrap(), [0]);
        assert_eq!(picked(&[2, 3], 1, &[2, 0]).unwrap(), [2, 0, 5, 3]);
        assert_eq!(picked(&[2, 2, 2], 0, &[1]).unwrap(), [4, 5, 6, 7]);
        assert_eq!(broadcast(&[2, 1], &[2, 2, 2]).unwrap().unwrap(), [0, 0, 1, 1, 0, 0, 1, 1]);
        assert_eq!(broadcast(&[3], &[2]).unwrap(), None);
        assert_eq!(common(&[3, 1], &[2]), Some(vec![3, 2]));
        assert_eq!(common(&[3], &[2]), None);
        assert!(count(&[1 << 20, 1 << 20, 1 << 20, 1 << 20]).is_err());
        assert!(transposed(&[5000, 5000], &[1, 0]).is_err());
        assert_eq!((axis(-1, 3).unwrap(), axis(0, 1).unwrap()), (2, 0));
        assert!(axis(i64::MIN, 3).is_err() && axis(3, 3).is_err());
    }
}
