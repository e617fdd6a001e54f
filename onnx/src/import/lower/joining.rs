//! Tensors side by side.

use super::super::graph::Node;
use super::super::net::{Id, Kind, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample, Value, help};

/// Values side by side.
struct Joined {
    ids: Vec<Id>,
    /// Where the numbers of each begin.
    offsets: Vec<usize>,
    /// The shape that they have together.
    shape: Vec<usize>,
}

impl<'a> Lowering<'a> {
    pub(super) fn concat(&mut self, node: &Node) -> Result<Sample, Reason> {
        let mut samples = Vec::new();
        for place in 0..node.inputs.len() {
            if matches!(self.value(node, place)?, Some(Value::Constant(_))) {
                return refuse("it puts constants beside what comes in", "have what reads them add a bias");
            }
            samples.push(self.unpadded(node, place)?);
        }
        let axis = self.axis(node.int("axis", 1), &samples[0])?;
        let mut shape = samples[0].shape.clone();
        for sample in &samples[1..] {
            let fits = sample.shape.len() == shape.len()
                && (0..shape.len()).all(|other| other == axis || sample.shape[other] == shape[other]);
            if !fits {
                let (one, other) = (places::text(&shape), places::text(&sample.shape));
                return refuse(format!("{one} and {other} do not stand side by side"), "correct the model");
            }
            shape[axis] = shape[axis].saturating_add(sample.shape[axis]);
        }
        if let [sample] = samples.as_slice() {
            return Ok(sample.clone());
        }
        places::count(&shape)?;
        let Joined { ids, offsets, shape: made } = self.side_by_side(node, &samples, axis)?;
        let id = self.join(node, ids, made)?;
        // In the model's order, the numbers of each tensor for each index of the axes before.
        let is_simple = samples.iter().all(|sample| self.order(sample) == Order::Same)
            && shape[..axis].iter().all(|&size| size == 1);
        let order = if is_simple && samples.iter().all(|sample| self.net.len(sample.id) == sample.len()) {
            Order::Same
        } else {
            places::count_listed(&shape)?;
            let orders: Vec<Order> = samples.iter().map(|sample| self.order(sample)).collect();
            let outer: usize = shape[..axis].iter().product();
            let mut all = Vec::with_capacity(shape.iter().product());
            for block in 0..outer {
                for ((sample, order), offset) in samples.iter().zip(&orders).zip(&offsets) {
                    let inner: usize = sample.shape[axis..].iter().product();
                    all.extend((block * inner..(block + 1) * inner).map(|index| offset + order.at(index)));
                }
            }
            Order::new(all.into_iter())
        };
        Ok(Sample { order, ..Self::made_by(id, shape) })
    }

    /// The values of tensors as what `concat` takes: of one size along all axes but the first, or features.
    fn side_by_side(&mut self, node: &Node, samples: &[Sample], axis: usize) -> Result<Joined, Reason> {
        let mut shapes = Vec::new();
        for sample in samples {
            let rank = sample.shape.len();
            if rank <= 3 {
                let axes: Vec<usize> = [axis].into_iter().chain((0..rank).filter(|other| *other != axis)).collect();
                self.settle(sample, &axes)?;
            }
            shapes.push(self.shape(sample)?);
            self.check_numbers(sample)?;
        }
        let mut ids: Vec<Id> = samples.iter().map(|sample| sample.id).collect();
        if shapes.iter().any(|shape| shape.get(1..) != shapes[0].get(1..)) {
            for (place, sample) in samples.iter().enumerate() {
                ids[place] = self.features(node, sample)?.0;
                shapes[place] = vec![self.net.len(ids[place])];
            }
        }
        let mut made = shapes[0].clone();
        let (Some(_), Some(first)) = (shapes[0].first(), made.first_mut()) else {
            return refuse("it puts single numbers side by side", help::SHAPE);
        };
        *first = shapes.iter().map(|shape| shape[0]).fold(0, usize::saturating_add);
        let mut offsets = Vec::new();
        let mut offset = 0;
        for shape in &shapes {
            offsets.push(offset);
            offset += shape.iter().product::<usize>();
        }
        Ok(Joined { ids, offsets, shape: made })
    }

    /// A layer that joins values. What begins with what another one joins goes on from there, as dense blocks do.
    fn join(&mut self, node: &Node, ids: Vec<Id>, shape: Vec<usize>) -> Result<Id, Reason> {
        let begun = (2..ids.len()).rev().find_map(|len| self.joined.get(&ids[..len]).map(|&joined| (joined, len)));
        let reads = match begun {
            Some((joined, len)) => [joined].into_iter().chain(ids[len..].iter().copied()).collect(),
            None => ids.clone(),
        };
        let id = self.layer(node, Kind::Concat, reads, shape, vec![])?;
        self.joined.insert(ids, id);
        Ok(id)
    }
}
