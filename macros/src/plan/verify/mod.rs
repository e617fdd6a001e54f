//! Walks the plans of a network symbolically, as the expansion would go through them.
//!
//! Memory holds names of values instead of numbers. What each layer makes is told from the layers and their producers alone;
//! a plan is right if every step finds what the layers say that it reads, if no step borrows a part of memory twice, if the
//! gradients are summed over all consumers, and if what a step leaves out unless it is asked for is missed by no other.
//! No compiler takes part, so a hundred thousand networks are a matter of minutes.

mod backward;
mod forward;
mod inference;
mod memory;
mod tests;

use super::{Plan, PlannedLayer};
use crate::checked::Producer;
use crate::layers::{Action, Part};
use crate::random::PARAMETERS;
use crate::size::Size;
use memory::{Content, Values};

/// Whether all three plans compute what the layers say; if not, what is wrong.
pub fn verify(plan: &Plan) -> Result<(), String> {
    let trace = forward::verify(plan)?;
    for asks_for_input_gradient in [true, false] {
        backward::verify(plan, &trace, asks_for_input_gradient)
            .map_err(|problem| format!("{problem}, input gradient {asks_for_input_gradient}"))?;
    }
    inference::verify(plan)
}

fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}

/// A size as a number; const parameters have the values that random declarations count with.
fn number(size: &Size) -> Result<usize, String> {
    let text = size.to_string();
    let parameter = PARAMETERS.iter().find(|(name, _)| *name == text).map(|&(_, value)| value);
    let number = size.number().and_then(|number| usize::try_from(number).ok());
    number.or(parameter).ok_or_else(|| format!("the size {text} is not known"))
}

/// What the layers of a network make of one sample, by name, as they themselves say.
struct Meaning {
    input: Values,
    /// What each layer makes.
    outputs: Vec<Values>,
}

impl Meaning {
    /// `does_nothing` is whether a layer passes on what it gets.
    fn new(plan: &Plan, does_nothing: impl Fn(&Part) -> bool) -> Result<Self, String> {
        let input = Content::of_input(number(&Size::product(&plan.input))?);
        let mut meaning = Self { input, outputs: Vec::new() };
        for (place, layer) in plan.layers.iter().enumerate() {
            let values = match layer.part.action {
                _ if does_nothing(&layer.part) => meaning.input_of(layer, 0).to_vec(),
                Action::Add => {
                    let mut sum = meaning.input_of(layer, 0).to_vec();
                    for branch in 1..layer.producers.len() {
                        sum.iter_mut().zip(meaning.input_of(layer, branch)).for_each(|(sum, value)| sum.add(value));
                    }
                    sum
                }
                Action::Concat => {
                    (0..layer.producers.len()).flat_map(|branch| meaning.input_of(layer, branch).to_vec()).collect()
                }
                Action::Slice => {
                    let begin = number(&layer.part.before)?;
                    meaning.input_of(layer, 0)[begin..begin + number(&layer.outputs())?].to_vec()
                }
                _ => Content::of_layer(place, number(&layer.outputs())?),
            };
            ensure(values.len() == number(&layer.outputs())?, || format!("`{}` makes another shape", layer.label()))?;
            meaning.outputs.push(values);
        }
        Ok(meaning)
    }

    /// What a layer gets from one of its producers.
    fn input_of(&self, layer: &PlannedLayer, branch: usize) -> &[Content] {
        match layer.producers[branch] {
            Producer::Input => &self.input,
            Producer::Layer(layer) => &self.outputs[layer],
        }
    }

    /// What the network makes.
    fn output(&self) -> &[Content] {
        self.outputs.last().unwrap_or(&self.input)
    }
}

/// Whether an activation that has joined the step of a layer is one that works on what that layer makes.
fn check_joined(plan: &Plan, meaning: &Meaning, layer: usize, activation: usize) -> Result<(), String> {
    let (before, joined) = (&plan.layers[layer], &plan.layers[activation]);
    let follows = meaning.input_of(joined, 0) == &meaning.outputs[layer][..];
    ensure(joined.part.is_activation() && follows, || format!("`{}` has joined `{}`", joined.label(), before.label()))
}
