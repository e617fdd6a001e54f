//! Products with a matrix of the model: dense layers, or convolutions with a kernel of one where there are positions.

use super::super::array::Array;
use super::super::graph::Node;
use super::super::net::{Convolution, Id, Kind, Order, Weight};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample, Value, help};

const MATRIX: &str = "castnet has dense layers: products of what comes in with a constant matrix";

impl<'a> Lowering<'a> {
    pub(super) fn gemm(&mut self, node: &Node) -> Result<Sample, Reason> {
        if node.int("transA", 0) != 0 {
            return refuse("it transposes what comes in, and mixes samples", MATRIX);
        }
        if !matches!(self.value(node, 1)?, Some(Value::Constant(_))) {
            return refuse("both factors are computed from what comes in", MATRIX);
        }
        let (sample, matrix) = (self.unpadded(node, 0)?, self.constant(node, 1)?);
        let [_, _] = matrix.shape[..] else { return refuse("its second input is no matrix", "correct the model") };
        let matrix = if node.int("transB", 0) == 0 { matrix.transposed(&[1, 0])? } else { matrix };
        let alpha = f64::from(node.float("alpha", 1.0));
        let matrix = if alpha == 1.0 { matrix } else { matrix.map(|number| number * alpha) };
        let beta = f64::from(node.float("beta", 1.0));
        let bias =
            self.optional(node, 2)?.map(|bias| if beta == 1.0 { bias } else { bias.map(|number| number * beta) });
        let bias = bias.map(|bias| self.bias(&bias, matrix.shape[0])).transpose()?;
        self.product(node, &sample, &matrix, bias)
    }

    /// The one number for each unit that a constant is that is added to a batch of them.
    fn bias(&self, bias: &Array, units: usize) -> Result<Vec<f64>, Reason> {
        let own = bias.shape.last().copied().unwrap_or(1);
        if bias.numbers.len() != own {
            return refuse(
                format!("it adds {} to each batch", places::text(&bias.shape)),
                "add the same to each sample: one number for each unit",
            );
        }
        Ok(bias.reshaped(vec![own]).broadcast(&[units])?.numbers.to_vec())
    }

    pub(super) fn matmul(&mut self, node: &Node) -> Result<Sample, Reason> {
        let (Some(Value::Sample(_)), Some(Value::Constant(matrix))) = (self.value(node, 0)?, self.value(node, 1)?)
        else {
            return refuse("it is no product of what comes in with a constant behind it", MATRIX);
        };
        let sample = self.unpadded(node, 0)?;
        match matrix.shape.as_slice() {
            [_, _] => self.product(node, &sample, &matrix.transposed(&[1, 0])?, None),
            [len] => {
                let made = self.product(node, &sample, &matrix.reshaped(vec![1, *len]), None)?;
                let mut shape = made.shape.clone();
                shape.pop();
                Ok(Sample { shape, ..made })
            }
            _ => refuse("it multiplies with several matrices", MATRIX),
        }
    }

    /// The product of the last axis with a matrix of `units` rows.
    fn product(
        &mut self,
        node: &Node,
        sample: &Sample,
        matrix: &Array,
        bias: Option<Vec<f64>>,
    ) -> Result<Sample, Reason> {
        let [units, inputs] = matrix.shape[..] else {
            return refuse("its second input is no matrix", "correct the model");
        };
        let Some((&len, before)) = sample.shape.split_last() else {
            return refuse("it multiplies a number with a matrix", "correct the model");
        };
        if len != inputs || units == 0 || inputs == 0 {
            return refuse(
                format!("it multiplies {} with a matrix for {inputs}", places::text(&sample.shape)),
                "correct the model",
            );
        }
        let mut shape = before.to_vec();
        shape.push(units);
        if before.iter().all(|&size| size == 1) {
            let (id, order) = self.features(node, sample)?;
            let weight = in_order(matrix, &order, self.net.len(id))?;
            let id = self.units(node, id, units, weight, bias)?;
            return Ok(Self::made_by(id, shape));
        }
        self.product_at_positions(node, sample, matrix, bias).map(|(id, order)| Sample {
            shape,
            order,
            ..Self::made_by(id, vec![])
        })
    }

    /// A dense layer.
    fn units(
        &mut self,
        node: &Node,
        id: Id,
        units: usize,
        weight: Vec<f64>,
        bias: Option<Vec<f64>>,
    ) -> Result<Id, Reason> {
        let mut weights = vec![Weight::new("weight", vec![units, self.net.len(id)], weight)];
        weights.extend(bias.map(|bias| Weight::new("bias", vec![units], bias)));
        self.layer(node, Kind::Dense { units }, vec![id], vec![units], weights)
    }

    /// A matrix for each position: a convolution with a kernel of one, on channels that stand last in the model.
    fn product_at_positions(
        &mut self,
        node: &Node,
        sample: &Sample,
        matrix: &Array,
        bias: Option<Vec<f64>>,
    ) -> Result<(Id, Order), Reason> {
        let rank = sample.shape.len();
        if rank > 3 {
            return refuse("it multiplies along the last of more axes than an image has", help::SHAPE);
        }
        let last_first: Vec<usize> = [rank - 1].into_iter().chain(0..rank - 1).collect();
        self.settle(sample, &last_first)?;
        let turned = sample.at(
            last_first.iter().map(|&axis| sample.shape[axis]).collect(),
            &places::transposed(&sample.shape, &last_first)?,
        );
        let (id, channels) = self.channels(&turned)?;
        let [units, inputs] = [matrix.shape[0], matrix.shape[1]];
        let axes = turned.shape[1..].to_vec();
        let mut weight = vec![0.0; units * inputs];
        for unit in 0..units {
            for input in 0..inputs {
                let channel = channels.as_ref().map_or(input, |channels| channels[input]);
                weight[unit * inputs + channel] = matrix.numbers[unit * inputs + input];
            }
        }
        let one = vec![1; axes.len()];
        let shape: Vec<usize> = [units, inputs].into_iter().chain(one.iter().copied()).collect();
        let mut weights = vec![Weight::new("weight", shape, weight)];
        weights.extend(bias.map(|bias| Weight::new("bias", vec![units], bias)));
        let made: Vec<usize> = [units].into_iter().chain(axes.iter().copied()).collect();
        let padding = vec![[0; 2]; axes.len()];
        let convolution = Convolution {
            filters: units,
            kernel: one.clone(),
            stride: one.clone(),
            dilation: one,
            padding,
            input: axes,
        };
        let id = self.layer(node, Kind::Convolution(convolution), vec![id], made.clone(), weights)?;
        let last: Vec<usize> = (1..made.len()).chain([0]).collect();
        Ok((id, Order::new(places::transposed(&made, &last)?.into_iter())))
    }
}

/// A matrix for features in the order that castnet has them in; those that the model does not read have a weight of zero.
fn in_order(matrix: &Array, order: &Order, len: usize) -> Result<Vec<f64>, Reason> {
    let [units, inputs] = [matrix.shape[0], matrix.shape[1]];
    if *order == Order::Same && len == inputs {
        return Ok(matrix.numbers.to_vec());
    }
    if len != inputs {
        places::count_listed(&[units, len])?;
    }
    let mut weight = vec![0.0; units * len];
    for (row, to) in matrix.numbers.chunks_exact(inputs).zip(weight.chunks_exact_mut(len)) {
        for (input, &number) in row.iter().enumerate() {
            to[order.at(input)] += number;
        }
    }
    Ok(weight)
}
