//! What only moves numbers, or sees them in another shape: nothing is computed, so most of it makes no layer.

use super::super::array::{Array, Element};
use super::super::graph::Node;
use super::super::net::{Kind, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Batch, Lowering, Sample, Value, help};

const MIXES: &str = "keep the batch axis first in the model, and samples apart";

impl<'a> Lowering<'a> {
    /// The shape that the model sees, NaN for a batch of any size.
    fn full_shape(&self, sample: &Sample) -> Vec<f64> {
        let batch = match self.batch {
            Batch::Free => Some(f64::NAN),
            Batch::Fixed(size) => Some(size as f64),
            Batch::None => None,
        };
        batch.into_iter().chain(sample.padded_shape().into_iter().map(|size| size as f64)).collect()
    }

    pub(super) fn shape_of(&mut self, node: &Node) -> Result<Array, Reason> {
        let shape = self.full_shape(&self.sample(node, 0)?);
        let rank = shape.len() as i64;
        #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)] // Between 0 and the rank.
        let place = |value: i64| (if value < 0 { value.saturating_add(rank) } else { value }).clamp(0, rank) as usize;
        let (start, end) = (place(node.int("start", 0)), place(node.int("end", rank)));
        Ok(Array::integers(shape.get(start..end).unwrap_or_default().iter().copied()))
    }

    pub(super) fn cast(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let is_whole = self.check_numbers(&sample).is_err();
        let to = super::super::read::element(i32::try_from(node.int("to", 1)).unwrap_or(0));
        match (is_whole, to) {
            // Of tokens, only what reads them says what they are.
            (true, Element::Integer) | (false, Element::Single | Element::Double) => Ok(sample),
            _ if node.operator == "CastLike" => Ok(sample),
            _ => refuse("it makes numbers of another kind, and castnet has one for all", "leave it out of the model"),
        }
    }

    pub(super) fn reshape(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let target = match node.ints("shape") {
            Some(values) => Array::integers(values.iter().map(|&value| value as f64)),
            None => self.constant(node, 1)?,
        };
        self.seen_as(sample, &target.numbers, node.int("allowzero", 0) != 0)
    }

    /// The same numbers in another shape, which is that of a batch.
    fn seen_as(&self, sample: Sample, target: &[f64], zero_is_zero: bool) -> Result<Sample, Reason> {
        if sample.padding.is_some() {
            return refuse("it sees zeros and what they are put around in another shape", help::PADDING);
        }
        let full = self.full_shape(&sample);
        let copied = |(axis, &size): (usize, &f64)| match full.get(axis) {
            Some(&own) if size == 0.0 && !zero_is_zero => own,
            _ => size,
        };
        let target: Vec<f64> = target.iter().enumerate().map(copied).collect();
        let len = sample.len();
        let rest = match (self.batch, target.as_slice()) {
            (Batch::None, all) => all,
            (_, []) => return refuse("it takes the batch axis away", MIXES),
            (batch, [first, rest @ ..]) => {
                let is_batch = match batch {
                    Batch::Fixed(size) => *first == size as f64,
                    _ => first.is_nan(),
                };
                // What is left for the first axis is the batch if the others take all of a sample.
                let takes_all = *first == -1.0 && rest.iter().product::<f64>() == len as f64;
                if !is_batch && !takes_all {
                    return refuse("it puts samples, or parts of them, into one another", MIXES);
                }
                rest
            }
        };
        let known: f64 = rest.iter().filter(|&&size| size != -1.0).product();
        let inferred = if known > 0.0 { len as f64 / known } else { 0.0 };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Compared with the number of numbers below.
        let shape: Vec<usize> =
            rest.iter().map(|&size| (if size == -1.0 { inferred } else { size }) as usize).collect();
        if rest.iter().any(|size| !size.is_finite()) || places::count(&shape)? != len {
            return refuse(
                format!("it sees {} as another number of numbers", places::text(&sample.shape)),
                "correct the model",
            );
        }
        Ok(Sample { shape, ..sample })
    }

    pub(super) fn flatten_operator(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let full = self.full_shape(&sample);
        let axis = node.int("axis", 1);
        let axis = if axis == full.len() as i64 { full.len() } else { places::axis(axis, full.len())? };
        let (before, after) = full.split_at(axis);
        let first = before.iter().product::<f64>();
        self.seen_as(sample, &[first, after.iter().product::<f64>()], true)
    }

    pub(super) fn squeeze(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let axes: Vec<usize> = match self.ints(node, "axes", 1)? {
            Some(axes) => axes.iter().map(|&axis| self.axis(axis, &sample)).collect::<Result<_, _>>()?,
            None => (0..sample.shape.len()).filter(|&axis| sample.shape[axis] == 1).collect(),
        };
        if axes.iter().any(|&axis| sample.shape[axis] != 1) || sample.padding.is_some() {
            return refuse("it takes axes away that have more than one number", "correct the model");
        }
        let kept = sample.shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
        Ok(Sample { shape: kept.map(|(_, &size)| size).collect(), ..sample })
    }

    pub(super) fn unsqueeze(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let axes = self.ints(node, "axes", 1)?.unwrap_or_default();
        let rank = sample.shape.len() + axes.len();
        if rank > 32 {
            return refuse(format!("it makes {rank} axes"), help::SHAPE);
        }
        let grown = Sample { shape: vec![1; rank], ..sample.clone() };
        let axes: Vec<usize> = axes.iter().map(|&axis| self.axis(axis, &grown)).collect::<Result<_, _>>()?;
        let mut sizes = sample.shape.iter();
        let shape: Vec<usize> =
            (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { sizes.next().copied().unwrap_or(1) }).collect();
        if sizes.next().is_some() {
            return refuse("it adds an axis twice", "correct the model");
        }
        let padding = sample.padding.map(|padding| {
            let mut margins = padding.into_iter();
            (0..rank)
                .map(|axis| if axes.contains(&axis) { [0; 2] } else { margins.next().unwrap_or_default() })
                .collect()
        });
        Ok(Sample { shape, padding, ..sample })
    }

    pub(super) fn transpose(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let batch = usize::from(self.batch != Batch::None);
        let rank = sample.shape.len() + batch;
        let axes: Vec<usize> = match node.ints("perm") {
            Some(axes) => axes.iter().map(|&axis| places::axis(axis, rank)).collect::<Result<_, _>>()?,
            None => (0..rank).rev().collect(),
        };
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank) {
            return refuse("it does not say where each axis goes", "correct the model");
        }
        if batch == 1 && axes[0] != 0 {
            return refuse("it moves the batch axis", MIXES);
        }
        let axes: Vec<usize> = axes[batch..].iter().map(|axis| axis - batch).collect();
        let moved = sample
            .at(axes.iter().map(|&axis| sample.shape[axis]).collect(), &places::transposed(&sample.shape, &axes)?);
        let padding = sample.padding.map(|padding| axes.iter().map(|&axis| padding[axis]).collect());
        Ok(Sample { padding, ..moved })
    }

    pub(super) fn expand(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        let (target, full) = (self.constant(node, 1)?, self.full_shape(&sample));
        let is_same =
            |(own, target): (&f64, &f64)| own == target || *target == 1.0 || (own.is_nan() && target.is_nan());
        if target.numbers.len() <= full.len() && full.iter().rev().zip(target.numbers.iter().rev()).all(is_same) {
            return Ok(sample);
        }
        refuse("it repeats numbers, and castnet has each once", "have what reads them spread them")
    }

    /// The numbers at some places along an axis: read where they stand if they follow each other in castnet too.
    pub(super) fn pick(
        &mut self,
        node: &Node,
        sample: &Sample,
        axis: usize,
        picks: &[usize],
    ) -> Result<Sample, Reason> {
        if picks.is_empty() {
            return refuse("it takes nothing", "leave it out of the model");
        }
        if picks.len() == sample.shape[axis] && picks.iter().copied().eq(0..picks.len()) {
            return Ok(sample.clone());
        }
        let own = if self.check_numbers(sample).is_err() { self.tokens(sample)? } else { self.shape(sample)? };
        let mut shape = sample.shape.clone();
        shape[axis] = picks.len();
        let picked = sample.at(shape, &places::picked(&sample.shape, axis, picks)?);
        let order = self.order(&picked);
        let positions: usize = own.iter().skip(1).product();
        let found: Vec<usize> = (0..picked.len()).map(|index| order.at(index)).collect();
        let (Some(&least), Some(&most)) = (found.iter().min(), found.iter().max()) else { return Ok(picked) };
        let (first, end) = (least / positions, most / positions + 1);
        let mut is_taken = vec![false; (end - first) * positions];
        found.iter().for_each(|place| is_taken[place - first * positions] = true);
        let is_range = found.len() == is_taken.len() && is_taken.iter().all(|&is_taken| is_taken);
        if !is_range || found.len() == own.iter().product::<usize>() {
            // Numbers that do not follow each other: a dense layer can read them.
            return Ok(Sample { exclusive: false, ..picked });
        }
        let mut taken = own.clone();
        taken[0] = end - first;
        let id = self.layer(node, Kind::Plain(format!("slice({first}..{end})")), vec![sample.id], taken, vec![])?;
        let order = Order::new(found.into_iter().map(|place| place - first * positions));
        Ok(Sample { id, order, exclusive: true, ..picked })
    }

    pub(super) fn slice(&mut self, node: &Node) -> Result<Sample, Reason> {
        let mut sample = self.unpadded(node, 0)?;
        let (starts, ends) = (self.ints(node, "starts", 1)?, self.ints(node, "ends", 2)?);
        let (Some(starts), Some(ends)) = (starts, ends) else {
            return refuse("it does not say what to take", "correct the model");
        };
        let axes = self.ints(node, "axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.optional(node, 4)?.map_or_else(|| vec![1; starts.len()], |steps| steps.whole());
        if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
            return refuse("it has another number of starts than of ends, axes or steps", "correct the model");
        }
        for place in 0..starts.len() {
            let rank = sample.shape.len() + usize::from(self.batch != Batch::None);
            let is_all = starts[place] == 0 && ends[place] >= i64::from(i32::MAX) && steps[place] == 1;
            if is_all && places::axis(axes[place], rank).is_ok() {
                continue;
            }
            let axis = self.axis(axes[place], &sample)?;
            let picks = picks(sample.shape[axis], starts[place], ends[place], steps[place])?;
            sample = self.pick(node, &sample, axis, &picks)?;
        }
        Ok(sample)
    }

    pub(super) fn split(&mut self, node: &Node) -> Result<Vec<Value>, Reason> {
        let sample = self.unpadded(node, 0)?;
        let axis = self.axis(node.int("axis", 0), &sample)?;
        let (size, parts) = (sample.shape[axis], node.outputs.len().max(1));
        let sizes = match self.ints(node, "split", 1)? {
            Some(sizes) => sizes,
            None => {
                let each = size.div_ceil(parts);
                (0..parts).map(|part| each.min(size.saturating_sub(part * each)) as i64).collect()
            }
        };
        let mut first = 0_usize;
        let mut values = Vec::new();
        for len in sizes {
            let end = usize::try_from(len).ok().and_then(|len| first.checked_add(len)).filter(|&end| end <= size);
            let Some(end) = end else { return refuse("its parts are not as large as the whole", "correct the model") };
            let picks: Vec<usize> = (first..end).collect();
            values.push(Value::Sample(self.pick(node, &sample, axis, &picks)?));
            first = end;
        }
        Ok(values)
    }

    /// `Gather`: a table of vectors that tokens are looked up in, or numbers of a tensor at fixed places.
    pub(super) fn gather(&mut self, node: &Node) -> Result<Sample, Reason> {
        if let Some(Value::Constant(table)) = self.value(node, 0)? {
            return self.embedding(node, &table);
        }
        let (sample, indices) = (self.unpadded(node, 0)?, self.constant(node, 1)?);
        let axis = self.axis(node.int("axis", 0), &sample)?;
        let size = sample.shape[axis];
        let picks =
            indices.whole().into_iter().map(|index| places::axis(index, size)).collect::<Result<Vec<_>, _>>()?;
        let picked = self.pick(node, &sample, axis, &picks)?;
        let mut shape = picked.shape.clone();
        shape.splice(axis..=axis, indices.shape.iter().copied());
        Ok(Sample { shape, ..picked })
    }

    pub(super) fn pad(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let Some(pads) = self.ints(node, if node.has("paddings") { "paddings" } else { "pads" }, 1)? else {
            return refuse("it does not say how much to put where", "correct the model");
        };
        let batch = usize::from(self.batch != Batch::None);
        let rank = sample.shape.len() + batch;
        let axes = match self.optional(node, 3)? {
            Some(axes) => {
                axes.whole().into_iter().map(|axis| places::axis(axis, rank)).collect::<Result<Vec<_>, _>>()?
            }
            None => (0..rank).collect(),
        };
        if pads.len() != 2 * axes.len() {
            return refuse("it has another number of margins than of axes", "correct the model");
        }
        if pads.iter().all(|&pad| pad == 0) {
            return Ok(sample);
        }
        let value =
            self.optional(node, 2)?.and_then(|value| value.single()).unwrap_or_else(|| node.float("value", 0.0).into());
        if !matches!(node.text("mode"), "" | "constant") || value != 0.0 {
            return refuse("it puts something else than zeros around it", help::PADDING);
        }
        let mut padding = sample.padding.clone().unwrap_or_else(|| vec![[0; 2]; sample.shape.len()]);
        for (place, axis) in axes.iter().enumerate() {
            let (before, after) = (pads[place], pads[place + axes.len()]);
            if (before, after) == (0, 0) {
                continue;
            }
            let sizes = [before, after].map(|pad| usize::try_from(pad).ok().filter(|&pad| pad <= u32::MAX as usize));
            match (axis.checked_sub(batch), sizes) {
                (None, _) => return refuse("it adds samples to the batch", MIXES),
                (_, [None, _] | [_, None]) => return refuse("it cuts the edges off", help::PADDING),
                (Some(axis), [Some(before), Some(after)]) => {
                    padding[axis][0] += before;
                    padding[axis][1] += after;
                }
            }
        }
        let padded = Sample { padding: Some(padding), ..sample };
        places::count(&padded.padded_shape())?;
        Ok(padded)
    }
}

/// The places that `start..end` in steps takes of so many, as ONNX counts them.
pub(super) fn picks(size: usize, start: i64, end: i64, step: i64) -> Result<Vec<usize>, Reason> {
    let len = size as i64;
    let place = |value: i64| if value < 0 { value.saturating_add(len) } else { value };
    let (start, end) = match step {
        0 => return refuse("it takes steps of 0", "correct the model"),
        1.. => (place(start).clamp(0, len), place(end).clamp(0, len)),
        _ => (place(start).clamp(-1, len - 1), place(end).clamp(-1, len - 1)),
    };
    if size > places::MOST {
        return refuse(
            format!("{size} numbers are too many to be picked from"),
            "have the model compute on smaller tensors",
        );
    }
    let mut picks = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        picks.extend(usize::try_from(at).ok());
        at = at.saturating_add(step);
    }
    Ok(picks)
}

#[cfg(test)]
mod tests {
    use super::picks;

    #[test]
    fn picks_are_those_of_onnx() {
        assert_eq!(picks(5, 1, i64::MAX, 1).unwrap(), [1, 2, 3, 4]);
        assert_eq!(picks(5, -2, 5, 1).unwrap(), [3, 4]);
        assert_eq!(picks(5, 0, -1, 2).unwrap(), [0, 2]);
        assert_eq!(picks(5, -1, i64::MIN, -1).unwrap(), [4, 3, 2, 1, 0]);
        assert_eq!(picks(5, 9, 7, 1).unwrap(), []);
        assert_eq!(picks(5, i64::MAX, i64::MIN, i64::MIN).unwrap(), [4]);
        assert!(picks(5, 0, 1, 0).is_err());
    }
}
