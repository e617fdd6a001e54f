//! Where the numbers of a tensor stand in castnet's memory, and the values that layers can read them as.

use super::super::graph::Node;
use super::super::net::{Id, Input, Kind, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample, help};

impl<'a> Lowering<'a> {
    /// Where the numbers of a tensor stand in castnet's memory; if its input is still open, as the input's.
    pub(super) fn order(&self, sample: &Sample) -> Order {
        match &self.net.layers[self.net.root(sample.id)].kind {
            Kind::Input(Input { places: Some(places), .. }) => {
                let places = places.clone();
                Order::new((0..sample.len()).map(|index| places[sample.order.at(index)] as usize))
            }
            _ => sample.order.clone(),
        }
    }

    /// If the input that a tensor is of has no shape yet, gives it one in which the tensor's axes stand in the order `axes`.
    pub(super) fn settle(&mut self, sample: &Sample, axes: &[usize]) -> Result<(), Reason> {
        if self.net.shape(sample.id).is_some() {
            return Ok(());
        }
        let root = self.net.root(sample.id);
        let (len, sizes): (usize, Vec<usize>) =
            (self.net.len(root), axes.iter().map(|&axis| sample.shape[axis]).collect());
        if sample.len() != len || !(1..=3).contains(&sample.shape.len()) {
            return self.settle_as_it_is(sample);
        }
        if sample.order == Order::Same && axes.iter().copied().eq(0..sample.shape.len()) {
            return self.net.decide(root, sizes, &Order::Same);
        }
        let moved = places::transposed(&sample.shape, axes)?;
        let mut decided = vec![usize::MAX; len];
        for (place, from) in moved.into_iter().enumerate() {
            decided[sample.order.at(from)] = place;
        }
        if decided.contains(&usize::MAX) {
            return self.settle_as_it_is(sample);
        }
        self.net.decide(root, sizes, &Order::new(decided.into_iter()))
    }

    /// If the input that a tensor is of has no shape yet, gives it the model's.
    pub(super) fn settle_as_it_is(&mut self, sample: &Sample) -> Result<(), Reason> {
        if self.net.shape(sample.id).is_some() {
            return Ok(());
        }
        let root = self.net.root(sample.id);
        let Kind::Input(Input { model_shape, .. }) = &self.net.layers[root].kind else { return Ok(()) };
        let shape = match model_shape.len() {
            1..=3 => model_shape.clone(),
            _ => vec![model_shape.iter().product()],
        };
        self.net.decide(root, shape, &Order::Same)
    }

    /// If the input that a tensor is of has no shape yet, makes it features.
    pub(super) fn settle_flat(&mut self, sample: &Sample) -> Result<(), Reason> {
        let root = self.net.root(sample.id);
        if self.net.shape(root).is_none() {
            self.net.decide(root, vec![self.net.len(root)], &Order::Same)?;
        }
        Ok(())
    }

    /// The shape of an input of tokens, which stand one behind the other.
    pub(super) fn tokens(&mut self, sample: &Sample) -> Result<Vec<usize>, Reason> {
        self.settle_flat(sample)?;
        Ok(self.net.shape(sample.id).unwrap_or_default().to_vec())
    }

    /// castnet's shape of the value of a tensor.
    pub(super) fn shape(&mut self, sample: &Sample) -> Result<Vec<usize>, Reason> {
        self.settle_as_it_is(sample)?;
        Ok(self.net.shape(sample.id).unwrap_or_default().to_vec())
    }

    /// The value of a tensor as features, and where its numbers stand among them.
    pub(super) fn features(&mut self, node: &Node, sample: &Sample) -> Result<(Id, Order), Reason> {
        let shape = self.shape(sample)?;
        self.check_numbers(sample)?;
        let order = self.order(sample);
        if shape.len() == 1 {
            return Ok((sample.id, order));
        }
        if let Some(&id) = self.flattened.get(&sample.id) {
            return Ok((id, order));
        }
        let len = shape.iter().product();
        let id = self.layer(node, Kind::Plain("flatten".into()), vec![sample.id], vec![len], vec![])?;
        self.net.layers[id].names.clear();
        self.flattened.insert(sample.id, id);
        Ok((id, order))
    }

    /// The value of a tensor whose axes are castnet's channels and positions. Each channel of the tensor may be another one of
    /// castnet's, which is returned if it is so.
    pub(super) fn channels(&mut self, sample: &Sample) -> Result<(Id, Option<Vec<usize>>), Reason> {
        let axes: Vec<usize> = (0..sample.shape.len()).collect();
        self.settle(sample, &axes)?;
        let shape = self.shape(sample)?;
        self.check_numbers(sample)?;
        let order = self.order(sample);
        let positions: usize = sample.shape.iter().skip(1).product();
        let channels = sample.shape.first().copied().unwrap_or(0);
        let in_channel = |channel: usize| {
            let first = order.at(channel * positions);
            let are_together =
                (0..positions).all(|position| order.at(channel * positions + position) == first + position);
            (are_together && first.is_multiple_of(positions)).then_some(first / positions)
        };
        if shape == sample.shape {
            if order == Order::Same {
                return Ok((sample.id, None));
            }
            if let Some(found) = (0..channels).map(in_channel).collect::<Option<Vec<_>>>() {
                return Ok((sample.id, Some(found)));
            }
            return refuse(
                "it takes the axes of the tensor in another order than castnet's channels, height and width",
                help::ORDER,
            );
        }
        refuse(
            format!("it takes {} where castnet has {}", places::text(&sample.shape), places::text(&shape)),
            help::SHAPE,
        )
    }

    /// Tokens are read by `embedding` only.
    pub(super) fn check_numbers(&self, sample: &Sample) -> Result<(), Reason> {
        match &self.net.layers[self.net.root(sample.id)].kind {
            Kind::Input(Input { is_whole: true, name, .. }) => refuse(
                format!("`{name}` has whole numbers, which castnet takes as tokens"),
                "have the model take float32, or read them by Gather on a table of vectors",
            ),
            _ => Ok(()),
        }
    }
}
