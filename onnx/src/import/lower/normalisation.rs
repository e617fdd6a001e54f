//! Normalisation, and constants that scale and shift.

use super::super::array::Array;
use super::super::graph::Node;
use super::super::net::{Id, Kind, Layer, LayerShape, Weight};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample, help};

/// What castnet's batch norm adds to the variance.
const EPSILON: f64 = 1e-5;

/// A constant that numbers are scaled with or shifted by.
#[derive(Clone)]
pub(super) enum Spread {
    /// The same for all.
    One(f64),
    /// One for each of castnet's channels.
    Channels(Vec<f64>),
}

impl Spread {
    /// One number for each of so many channels.
    fn each(&self, channels: usize) -> Vec<f64> {
        match self {
            Self::One(number) => vec![*number; channels],
            Self::Channels(numbers) => numbers.clone(),
        }
    }

    fn is(&self, number: f64) -> bool {
        matches!(self, Self::One(own) if *own == number)
    }
}

impl<'a> Lowering<'a> {
    /// A constant by castnet's channels of a tensor.
    pub(super) fn spread(&mut self, sample: &Sample, constant: &Array) -> Result<Spread, Reason> {
        let batch = usize::from(self.batch != super::Batch::None);
        let mut shape = constant.shape.clone();
        let is_larger = shape.len() > sample.shape.len() + batch;
        if shape.len() > sample.shape.len() {
            let extra = shape.len() - sample.shape.len();
            if is_larger || shape.drain(..extra).any(|size| size != 1) {
                return refuse(
                    format!("a constant of {} makes more of it", places::text(&constant.shape)),
                    "have it smaller",
                );
            }
        }
        if let Some(number) = constant.single() {
            return Ok(Spread::One(number));
        }
        let own: Vec<usize> = std::iter::repeat_n(1, sample.shape.len() - shape.len()).chain(shape).collect();
        let all = constant.reshaped(own.clone()).broadcast(&sample.shape)?;
        if own.iter().filter(|&&size| size > 1).count() > 1 {
            // Each number has one of its own.
            self.settle_flat(sample)?;
        } else if let Some(axis) = own.iter().position(|&size| size > 1).filter(|_| sample.shape.len() <= 3) {
            let axes: Vec<usize> = [axis].into_iter().chain((0..own.len()).filter(|other| *other != axis)).collect();
            self.settle(sample, &axes)?;
        }
        let shape = self.shape(sample)?;
        let (positions, order): (usize, _) = (shape.iter().skip(1).product(), self.order(sample));
        if sample.len() != self.net.len(sample.id) || shape.is_empty() {
            return refuse("it scales or shifts only some of the numbers", "scale all of them");
        }
        let mut found = vec![None; shape[0]];
        for (index, &number) in all.numbers.iter().enumerate() {
            let channel = &mut found[order.at(index) / positions];
            if channel.is_some_and(|other: f64| other != number) {
                return refuse(
                    "its constant differs within a channel",
                    "castnet scales and shifts each channel, or each feature: flatten before it",
                );
            }
            *channel = Some(number);
        }
        Ok(Spread::Channels(found.into_iter().map(Option::unwrap_or_default).collect()))
    }

    /// `scale x + shift`: in the weights of the layer that makes `x` if nothing else reads it, or else a batch norm that is
    /// not learnt.
    pub(super) fn affine(&mut self, sample: &Sample, scale: Spread, shift: Spread) -> Result<Sample, Reason> {
        self.check_numbers(sample)?;
        if scale.is(1.0) && shift.is(0.0) {
            return Ok(sample.clone());
        }
        let id = match &self.net.layers[sample.id].kind {
            Kind::Dense { .. } | Kind::Convolution(_) | Kind::BatchNorm { .. } if sample.exclusive => sample.id,
            _ => {
                let layer = Layer {
                    kind: Kind::BatchNorm { frozen: true },
                    reads: vec![sample.id],
                    shape: LayerShape::AsRead,
                    weights: [
                        ("weight", (1.0 + EPSILON).sqrt()),
                        ("bias", 0.0),
                        ("running_mean", 0.0),
                        ("running_var", 1.0),
                    ]
                    .map(|(field, number)| Weight::new(field, vec![], vec![number]))
                    .into(),
                    names: vec![],
                };
                self.net.add(layer)
            }
        };
        self.scale_weights(id, &scale, &shift)?;
        Ok(Sample { id, exclusive: true, ..sample.clone() })
    }

    fn scale_weights(&mut self, id: Id, scale: &Spread, shift: &Spread) -> Result<(), Reason> {
        if matches!((scale, shift), (Spread::Channels(_), _) | (_, Spread::Channels(_))) {
            self.net.spread_weights(id)?;
        }
        let layer = &mut self.net.layers[id];
        let (rows, shape) = match layer.weights.first() {
            Some(weight) if weight.shape.is_empty() => (1, vec![]),
            Some(weight) => (weight.shape[0], vec![weight.shape[0]]),
            None => return Ok(()),
        };
        let has_shift = !shift.is(0.0);
        let (scale, shift) = (scale.each(rows), shift.each(rows));
        if scale.len() != rows || shift.len() != rows {
            return refuse("its constant has another number of channels", "correct the model");
        }
        if layer.weights.iter().all(|weight| weight.field != "bias") && has_shift {
            layer.weights.push(Weight::new("bias", shape, vec![0.0; rows]));
        }
        for weight in layer.weights.iter_mut().filter(|weight| matches!(weight.field, "weight" | "bias")) {
            let each = weight.numbers.len() / rows.max(1);
            for (row, scale) in weight.numbers.chunks_exact_mut(each.max(1)).zip(&scale) {
                row.iter_mut().for_each(|number| *number *= scale);
            }
            if weight.field == "bias" {
                weight.numbers.iter_mut().zip(&shift).for_each(|(number, shift)| *number += shift);
            }
        }
        Ok(())
    }

    /// The constant as a factor or a summand.
    pub(super) fn scaled(&mut self, sample: &Sample, factor: &Array) -> Result<Sample, Reason> {
        let scale = self.spread(sample, factor)?;
        self.affine(sample, scale, Spread::One(0.0))
    }

    pub(super) fn shifted(&mut self, sample: &Sample, sign: f64, summand: &Array) -> Result<Sample, Reason> {
        let shift = self.spread(sample, summand)?;
        self.affine(sample, Spread::One(sign), shift)
    }

    pub(super) fn negated(&mut self, sample: &Sample) -> Result<Sample, Reason> {
        self.affine(sample, Spread::One(-1.0), Spread::One(0.0))
    }

    pub(super) fn batch_normalization(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        if node.int("training_mode", 0) != 0 || (self.graph.opset < 7 && node.int("is_test", 0) == 0) {
            return refuse(
                "it is in training mode: it makes the statistics of the batch",
                "export the model for inference",
            );
        }
        let Some(&channels) = sample.shape.first() else { return refuse("it has no channels", "correct the model") };
        let epsilon = f64::from(node.float("epsilon", 1e-5));
        let names = ["weight", "bias", "running_mean", "running_var"];
        let mut weights = Vec::new();
        for (place, field) in names.into_iter().enumerate() {
            let constant = self.constant(node, place + 1)?;
            if constant.numbers.len() != channels {
                return refuse(
                    format!("its input {} is not one number for each channel", place + 1),
                    "correct the model",
                );
            }
            let rank = sample.shape.len();
            let by_channel =
                constant.reshaped([channels].into_iter().chain(std::iter::repeat_n(1, rank - 1)).collect());
            // One number stands for all channels in a constant, and would not say which axis they are.
            if channels == 1 {
                self.settle(&sample, &(0..rank).collect::<Vec<_>>())?;
            }
            let own = self.spread(&sample, &by_channel)?;
            let own_channels = self.shape(&sample)?.first().copied().unwrap_or(1);
            places::count_listed(&[own_channels])?;
            let numbers = own.each(own_channels);
            weights.push(Weight::new(field, vec![own_channels], numbers));
        }
        with_epsilon(&mut weights, epsilon);
        let mut names: Vec<String> = node.inputs.iter().skip(1).cloned().collect();
        names.push(node.name.clone());
        let layer = Layer {
            kind: Kind::BatchNorm { frozen: false },
            reads: vec![sample.id],
            shape: LayerShape::AsRead,
            weights,
            names,
        };
        Ok(Sample { id: self.net.add(layer), exclusive: true, ..sample })
    }

    pub(super) fn layer_normalization(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        let axis = self.axis(node.int("axis", -1), &sample)?;
        let (before, normalised) = sample.shape.split_at(axis);
        self.settle(&sample, &(0..sample.shape.len()).collect::<Vec<_>>())?;
        let own = self.shape(&sample)?;
        self.check_numbers(&sample)?;
        if before.iter().any(|&size| size != 1) || sample.len() != self.net.len(sample.id) {
            return refuse(
                format!("it normalises parts of {}", places::text(&sample.shape)),
                "castnet's layer_norm normalises all values of a sample together",
            );
        }
        let order = self.order(&sample);
        places::count_listed(&sample.shape)?;
        let mut weights = Vec::new();
        for (place, (field, default)) in [("weight", 1.0), ("bias", 0.0)].into_iter().enumerate() {
            let mut numbers = vec![default; sample.len()];
            if let Some(constant) = self.optional(node, place + 1)? {
                let constant = constant.broadcast(normalised)?;
                constant.numbers.iter().enumerate().for_each(|(index, &number)| numbers[order.at(index)] = number);
            }
            weights.push(Weight::new(field, own.clone(), numbers));
        }
        let epsilon = node.float("epsilon", 1e-5);
        if epsilon.is_nan() || epsilon < 0.0 || epsilon.is_infinite() {
            return refuse(format!("its `epsilon` is {epsilon}"), "correct the model");
        }
        let text = if epsilon == 1e-5 { "layer_norm".into() } else { format!("layer_norm(epsilon = {epsilon:e})") };
        let id = self.layer(node, Kind::Plain(text), vec![sample.id], own, weights)?;
        Ok(Sample { id, exclusive: true, order, ..sample })
    }

    /// The slopes of a rectifier.
    pub(super) fn prelu(&mut self, node: &Node) -> Result<Sample, Reason> {
        let (sample, slope) = (self.unpadded(node, 0)?, self.constant(node, 1)?);
        let spread = self.spread(&sample, &slope)?;
        self.check_numbers(&sample)?;
        let (text, numbers) = match spread {
            Spread::One(number) => ("prelu", vec![number]),
            Spread::Channels(numbers) => ("prelu(per_channel = true)", numbers),
        };
        let made = self.each(node, &sample, text);
        let layer = &mut self.net.layers[made.id];
        layer.weights.push(Weight::new("weight", vec![numbers.len()], numbers));
        layer.names = node.inputs.iter().skip(1).chain([&node.name]).cloned().collect();
        Ok(made)
    }
}

/// castnet adds a number of its own to the variance: the rest of the model's goes into the variance, or else into the scale.
fn with_epsilon(weights: &mut [Weight], epsilon: f64) {
    let [weight, _, _, variance] = weights else { return };
    if (epsilon - EPSILON).abs() <= EPSILON * 1e-6 {
        return;
    }
    for (scale, variance) in weight.numbers.iter_mut().zip(&mut variance.numbers) {
        let sum = *variance + epsilon;
        if sum >= EPSILON {
            *variance = sum - EPSILON;
        } else {
            *scale *= ((1.0 + EPSILON) / sum).sqrt();
            *variance = 1.0;
        }
    }
}

impl super::super::net::Net {
    /// Gives each channel the number that stood for all.
    pub fn spread_weights(&mut self, id: Id) -> Result<(), Reason> {
        let Some(channels) = self.shape(id).and_then(|shape| shape.first().copied()) else {
            return refuse("it scales what has no shape", help::SHAPE);
        };
        places::count_listed(&[channels])?;
        for weight in self.layers[id].weights.iter_mut().filter(|weight| weight.shape.is_empty()) {
            weight.numbers = vec![weight.numbers.first().copied().unwrap_or_default(); channels];
            weight.shape = vec![channels];
        }
        Ok(())
    }
}
