//! What comes in and what goes out.

use std::rc::Rc;

use super::super::array::Element;
use super::super::graph::{self, Size};
use super::super::net::{Id, Input, Kind, Layer, LayerShape, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Batch, Lowering, Sample, Value, help};

impl<'a> Lowering<'a> {
    pub(super) fn input(&mut self, input: &graph::Input, sizes: Option<&Vec<usize>>) -> Result<Sample, Reason> {
        let is_whole = match input.element {
            Element::Single | Element::Double => false,
            Element::Integer => true,
            Element::Half => return refuse("its numbers have 16 bits", "have the model in float32"),
            Element::Bool | Element::Other => {
                return refuse("it is no tensor of numbers", "have the model take float32");
            }
        };
        let shape = match sizes {
            Some(sizes) => sizes.clone(),
            None => self.sample_shape(input)?,
        };
        places::count(&shape)?;
        let kind = Kind::Input(Input {
            name: input.name.clone(),
            model_shape: shape.clone(),
            places: None,
            limit: None,
            is_whole,
        });
        let layer = Layer { kind, reads: vec![], shape: LayerShape::Open, weights: vec![], names: vec![] };
        Ok(Sample { shape, id: self.net.add(layer), order: Order::Same, padding: None, exclusive: true })
    }

    /// The shape of one sample of an input.
    pub(super) fn sample_shape(&self, input: &graph::Input) -> Result<Vec<usize>, Reason> {
        let name = &input.name;
        let Some(shape) = &input.shape else {
            return refuse("the model does not say its shape", format!("say it: `--input {name}=3x224x224`"));
        };
        let of_sample = if self.batch == Batch::None { shape } else { shape.get(1..).unwrap_or_default() };
        let known = |size: &Size| match size {
            Size::Known(size) => Some(*size),
            Size::Free(_) => None,
        };
        of_sample.iter().map(known).collect::<Option<_>>().map_or_else(
            || {
                let text = |size: &Size| match size {
                    Size::Known(size) => size.to_string(),
                    Size::Free(name) if name.is_empty() => "?".into(),
                    Size::Free(name) => name.chars().take(40).filter(|letter| !letter.is_control()).collect(),
                };
                let (shape, example): (Vec<String>, Vec<String>) = (
                    shape.iter().map(text).collect(),
                    of_sample.iter().map(|size| known(size).map_or("64".into(), |size| size.to_string())).collect(),
                );
                refuse(
                    format!("its shape is [{}], and castnet compiles every size in", shape.join(", ")),
                    format!("say the sizes of a sample, for instance `--input {name}={}`", example.join("x")),
                )
            },
            Ok,
        )
    }

    /// The value that an output is.
    pub(super) fn output(&mut self, name: &'a str, notes: &mut Vec<String>) -> Result<Option<Id>, Reason> {
        let sample = match self.values.get(name) {
            Some(Value::Sample(sample)) => sample.clone(),
            Some(Value::Refused) => return Ok(None),
            Some(Value::Part) => {
                return refuse("it is the error function, which castnet has within `gelu` only", help::GELU);
            }
            Some(Value::Constant(_)) => return refuse("it does not depend on what comes in", "leave this output out"),
            None if self.makers.contains_key(name) => {
                return refuse("only the first output of a node is there", help::FIRST_OUTPUT);
            }
            None => return refuse("nothing makes it", "correct the model"),
        };
        if sample.padding.is_some() {
            return refuse("zeros are put around it, and only a convolution does that in castnet", help::PADDING);
        }
        let shape = self.shape(&sample)?;
        self.check_numbers(&sample)?;
        if matches!(self.net.layers[sample.id].kind, Kind::Input(_)) {
            return refuse("it is what comes in", "leave this output out, or compute something of it");
        }
        if self.net.len(sample.id) != sample.len() {
            return refuse("it is only some of the numbers of a value, out of order", "let all of them come out");
        }
        let order = self.order(&sample);
        if order != Order::Same {
            if !is_transposed(&order, &shape, &sample.shape)? {
                return refuse("its numbers are in another order than castnet has them in", help::ORDER);
            }
            let (model, own) = (places::text(&sample.shape), places::text(&shape));
            notes.push(format!("The model gives {model}, this network {own}: channels first."));
        }
        let is_flat = sample.shape.iter().filter(|&&size| size != 1).count() < 2 && sample.shape.len() < 2;
        if order == Order::Same && is_flat && shape.len() > 1 {
            let node = self.makers.get(name).copied();
            return match node {
                Some(node) => Ok(Some(self.features(node, &sample)?.0)),
                None => Ok(Some(sample.id)),
            };
        }
        Ok(Some(sample.id))
    }

    pub(super) fn notes_of_inputs(&mut self, notes: &mut Vec<String>) {
        let mut unclear = Vec::new();
        let several = self.graph.inputs.len() > 1;
        for layer in &self.net.layers {
            let (Kind::Input(input), LayerShape::Known(shape)) = (&layer.kind, &layer.shape) else { continue };
            let Some(places) = &input.places else { continue };
            let (model, own) = (places::text(&input.model_shape), places::text(shape));
            let of = if several { format!(" as `{}`", input.name) } else { String::new() };
            match is_transposed(&Order::Places(Rc::clone(places)), shape, &input.model_shape) {
                Ok(true) => notes.push(format!("The model takes {model}{of}, this network {own}: channels first.")),
                _ => unclear.push(input.name.clone()),
            }
        }
        for name in unclear {
            let reason = Reason {
                reason: "its numbers are needed in another order than they come in".into(),
                help: help::ORDER.into(),
            };
            self.refuse(&name, "input", None, reason);
        }
    }
}

/// Whether an order is that of channels that stand last in the model's shape and first in castnet's.
fn is_transposed(order: &Order, own: &[usize], model: &[usize]) -> Result<bool, Reason> {
    let strip = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<usize>>();
    let (own, model) = (strip(own), strip(model));
    let [channels, positions @ ..] = own.as_slice() else { return Ok(false) };
    if model.len() != own.len() || model.last() != Some(channels) || model[..model.len() - 1] != *positions {
        return Ok(false);
    }
    let axes: Vec<usize> = (1..own.len()).chain([0]).collect();
    Ok(Order::new(places::transposed(&own, &axes)?.into_iter()) == *order)
}
