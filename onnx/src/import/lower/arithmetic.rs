//! Sums, differences and products: of two values, and of a value and a constant.

use super::super::graph::Node;
use super::super::net::{Id, Kind, LayerShape, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::normalisation::Spread;
use super::{Lowering, Sample, Value, help};
use crate::import::array::Array;

enum Operand {
    Sample(Sample),
    Constant(Array),
}

impl<'a> Lowering<'a> {
    fn operands(&self, node: &Node) -> Result<Vec<Operand>, Reason> {
        (0..node.inputs.len())
            .map(|place| match self.value(node, place)? {
                Some(Value::Constant(array)) => Ok(Operand::Constant(array)),
                _ => self.unpadded(node, place).map(Operand::Sample),
            })
            .collect()
    }

    pub(super) fn arithmetic(&mut self, node: &Node) -> Result<Sample, Reason> {
        use Operand::{Constant, Sample as Numbers};
        let operands = self.operands(node)?;
        match (node.operator.as_str(), operands.as_slice()) {
            ("Neg", [Numbers(sample)]) => self.negated(sample),
            ("Add", [Numbers(sample), Constant(summand)] | [Constant(summand), Numbers(sample)]) => {
                self.shifted(sample, 1.0, summand)
            }
            ("Sub", [Numbers(sample), Constant(summand)]) => self.shifted(sample, 1.0, &summand.map(|number| -number)),
            ("Sub", [Constant(summand), Numbers(sample)]) => self.shifted(sample, -1.0, summand),
            ("Mul", [Numbers(sample), Constant(factor)] | [Constant(factor), Numbers(sample)]) => {
                self.scaled(sample, factor)
            }
            ("Div", [Numbers(sample), Constant(divisor)]) => self.scaled(sample, &divisor.map(f64::recip)),
            ("Add", [Numbers(one), Numbers(other)]) => self.sum(node, vec![one.clone(), other.clone()]),
            ("Sub", [Numbers(one), Numbers(other)]) => {
                self.check_same_shape(&[one.clone(), other.clone()])?;
                let negated = self.negated(other)?;
                self.sum(node, vec![one.clone(), negated])
            }
            ("Mul", [Numbers(_), Numbers(_)]) => self.silu(node),
            ("Div", _) => refuse("it divides by what comes in", "castnet divides by constants only"),
            ("Max", _) => self.maximum(node, operands),
            ("Sum" | "Mean", _) => {
                let mut samples = Vec::new();
                let mut constants = Vec::new();
                let count = operands.len() as f64;
                operands.into_iter().for_each(|operand| match operand {
                    Numbers(sample) => samples.push(sample),
                    Constant(constant) => constants.push(constant),
                });
                let mut sum = match samples.len() {
                    1 => samples.remove(0),
                    _ => self.sum(node, samples)?,
                };
                for constant in constants {
                    sum = self.shifted(&sum, 1.0, &constant)?;
                }
                let share = if node.operator == "Mean" { 1.0 / count } else { 1.0 };
                self.affine(&sum, Spread::One(share), Spread::One(0.0))
            }
            _ => refuse("it has another number of inputs", "correct the model"),
        }
    }

    fn maximum(&mut self, node: &Node, operands: Vec<Operand>) -> Result<Sample, Reason> {
        match operands.as_slice() {
            [Operand::Sample(sample)] => Ok(sample.clone()),
            [Operand::Sample(sample), Operand::Constant(zero)] | [Operand::Constant(zero), Operand::Sample(sample)]
                if zero.single() == Some(0.0) =>
            {
                self.check_numbers(sample)?;
                Ok(self.each(node, sample, "relu"))
            }
            _ => refuse("of two values castnet takes no maximum, only of one and 0: `relu`", help::ACTIVATIONS),
        }
    }

    fn check_same_shape(&self, samples: &[Sample]) -> Result<(), Reason> {
        let Some((first, others)) = samples.split_first() else { return Ok(()) };
        match others.iter().find(|other| other.shape != first.shape) {
            Some(other) => refuse(
                format!("it adds {} and {}", places::text(&first.shape), places::text(&other.shape)),
                "castnet adds values of one shape: bring them to it by a convolution or a dense layer",
            ),
            None => Ok(()),
        }
    }

    /// The sum of tensors of one shape.
    fn sum(&mut self, node: &Node, samples: Vec<Sample>) -> Result<Sample, Reason> {
        self.check_same_shape(&samples)?;
        let (ids, order) = self.meet(node, &samples)?;
        let Some(first) = samples.first() else { return refuse("it adds nothing", "correct the model") };
        let shape = self.net.shape(ids[0]).unwrap_or_default().to_vec();
        let id = self.layer(node, Kind::Sum, ids, shape, vec![])?;
        Ok(Sample { order, ..Self::made_by(id, first.shape.clone()) })
    }

    /// Values that have the numbers of tensors of one shape in one shape and order too.
    fn meet(&mut self, node: &Node, samples: &[Sample]) -> Result<(Vec<Id>, Order), Reason> {
        let known = samples.iter().find(|sample| self.net.shape(sample.id).is_some()).cloned();
        match known {
            Some(known) => {
                for sample in samples {
                    self.settle_like(sample, &known)?;
                }
            }
            None => samples
                .iter()
                .try_for_each(|sample| self.settle(sample, &(0..sample.shape.len()).collect::<Vec<_>>()))?,
        }
        let mut shapes = Vec::new();
        for sample in samples {
            shapes.push(self.shape(sample)?);
            self.check_numbers(sample)?;
        }
        let orders: Vec<Order> = samples.iter().map(|sample| self.order(sample)).collect();
        let same_len = samples.iter().all(|sample| self.net.len(sample.id) == sample.len());
        if !same_len || orders.iter().any(|order| *order != orders[0]) {
            return refuse("what it adds stands in different orders in castnet", help::ORDER);
        }
        if shapes.iter().all(|shape| *shape == shapes[0]) {
            return Ok((samples.iter().map(|sample| sample.id).collect(), orders[0].clone()));
        }
        let ids =
            samples.iter().map(|sample| self.features(node, sample).map(|(id, _)| id)).collect::<Result<_, _>>()?;
        Ok((ids, orders[0].clone()))
    }

    /// If the input that a tensor is of has no shape yet, gives it that of another tensor.
    fn settle_like(&mut self, sample: &Sample, known: &Sample) -> Result<(), Reason> {
        let root = self.net.root(sample.id);
        let is_open = matches!(self.net.layers[root].shape, LayerShape::Open);
        if !is_open || sample.len() != self.net.len(root) || self.net.len(known.id) != known.len() {
            return Ok(());
        }
        let (shape, order) = (self.shape(known)?, self.order(known));
        let decided = if (&sample.order, &order) == (&Order::Same, &Order::Same) {
            Order::Same
        } else {
            let mut places = vec![0; places::count_listed(&sample.shape)?];
            (0..sample.len()).for_each(|index| places[sample.order.at(index)] = order.at(index));
            Order::new(places.into_iter())
        };
        self.net.decide(root, shape, &decided)
    }
}
