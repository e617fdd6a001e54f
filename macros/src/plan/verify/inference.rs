//! Inference.

use super::memory::{Content, Memory, Place, check_apart, check_disjoint};
use super::{Meaning, check_joined, ensure};
use crate::layers::{Action, AtInference, Part};
use crate::names;
use crate::plan::{self, InferenceStep, Plan, Region};
use crate::size::Size;

pub fn verify(plan: &Plan) -> Result<(), String> {
    let does_nothing = |part: &Part| part.action == Action::Nothing || part.at_inference == AtInference::Nothing;
    let mut pass = Pass { plan, meaning: Meaning::new(plan, does_nothing)?, memory: Memory::new(plan) };
    let [input, output] = [(plan::Place::Input, &plan.input), (plan::Place::Output, &plan.output)];
    for (place, shape) in [input, output] {
        pass.memory.create(name(place), &Size::product(shape))?;
    }
    for (number, values) in plan.inference.buffers.iter().enumerate() {
        pass.memory.create(name(plan::Place::Buffer(number)), values)?;
    }
    let [input, output] = [input, output].map(|(place, shape)| Region {
        within: name(place),
        offset: Size::ZERO,
        values: Size::product(shape),
    });
    pass.memory.write(&input, &Content::of_input(pass.meaning.input.len()))?;
    for step in &plan.inference.steps {
        pass.take(*step).map_err(|problem| format!("{step:?}: {problem}"))?;
    }
    pass.memory.expect(&input, &pass.meaning.input, "the input")?;
    pass.memory.expect(&output, pass.meaning.output(), "the output")?;
    pass.memory.check_all_read()?;
    pass.check_samples()
}

fn name(place: plan::Place) -> String {
    match place {
        plan::Place::Input => "input".into(),
        plan::Place::Output => "output".into(),
        plan::Place::Buffer(number) => format!("workspace.{}", names::buffer("", number)),
    }
}

/// Whether one call can read one place and write the other: only the workspace is split for it.
fn can_borrow(from: &Place, to: &Place) -> Result<(), String> {
    let is_buffer = [plan::Place::Input, plan::Place::Output].iter().all(|place| from.within != name(*place));
    if is_buffer { check_disjoint(from, to) } else { check_apart(from, to) }
}

struct Pass<'a> {
    plan: &'a Plan,
    meaning: Meaning,
    memory: Memory,
}

impl Pass<'_> {
    fn place(&self, storage: usize) -> Place {
        let Region { within, offset, values } = self.plan.inference.region(storage);
        Region { within: name(within), offset, values }
    }

    fn expect_input(&mut self, layer: usize, at: &Place) -> Result<(), String> {
        self.memory.expect(at, self.meaning.input_of(&self.plan.layers[layer], 0), "the layer's input")
    }

    /// A layer, and the activation that has joined it, leave their output.
    fn write_output(&mut self, layer: usize, activation: Option<usize>, to: &Place) -> Result<(), String> {
        if let Some(activation) = activation {
            check_joined(self.plan, &self.meaning, layer, activation)?;
        }
        self.memory.write(to, &self.meaning.outputs[activation.unwrap_or(layer)])
    }

    fn take(&mut self, step: InferenceStep) -> Result<(), String> {
        match step {
            InferenceStep::Move { layer, from, to, activation } => {
                let (from, to) = (self.place(from), self.place(to));
                can_borrow(&from, &to)?;
                self.expect_input(layer, &from)?;
                self.write_output(layer, activation, &to)
            }
            InferenceStep::InPlace { layer, at } => {
                let at = self.place(at);
                self.expect_input(layer, &at)?;
                self.write_output(layer, None, &at)
            }
            InferenceStep::Replace { layer, at, activation } => {
                let at = self.place(at);
                self.expect_input(layer, &at)?;
                self.write_output(layer, activation, &at)
            }
            InferenceStep::Copy { from, to } => {
                let (from, to) = (self.place(from), self.place(to));
                can_borrow(&from, &to)?;
                self.memory.copy(&from, &to)
            }
            InferenceStep::Add { from, to } => {
                let (from, to) = (self.place(from), self.place(to));
                can_borrow(&from, &to)?;
                self.memory.add(&from, &to)
            }
            InferenceStep::Insert { layer, branch, from, to } => {
                let (layer, from, to) = (&self.plan.layers[layer], self.place(from), self.place(to));
                can_borrow(&from, &to)?;
                let offset = to.offset.plus(&layer.offset(branch));
                self.memory.copy(&from, &Region { offset, values: layer.branches[branch].clone(), ..to })
            }
            InferenceStep::Pass => {
                let values = Size::product(&self.plan.input);
                let [from, to] = [plan::Place::Input, plan::Place::Output].map(|place| Region {
                    within: name(place),
                    offset: Size::ZERO,
                    values: values.clone(),
                });
                self.memory.copy(&from, &to)
            }
        }
    }

    /// What reads samples as they lie is the first step, and alone: nobody else gets the input in lane groups.
    fn check_samples(&self) -> Result<(), String> {
        if !self.plan.inference.reads_samples {
            return Ok(());
        }
        let reads_input = |step: &InferenceStep| match *step {
            InferenceStep::Move { from, .. }
            | InferenceStep::Copy { from, .. }
            | InferenceStep::Add { from, .. }
            | InferenceStep::Insert { from, .. } => self.place(from).within == name(plan::Place::Input),
            InferenceStep::InPlace { .. } | InferenceStep::Replace { .. } => false,
            InferenceStep::Pass => true,
        };
        let readers = self.plan.inference.steps.iter().filter(|step| reads_input(step)).count();
        let first = match self.plan.inference.steps.first() {
            Some(InferenceStep::Move { layer, .. }) => &self.plan.layers[*layer].part,
            _ => return Err("no layer reads samples".into()),
        };
        let can = first.reads_samples;
        ensure(can && readers == 1, || format!("{readers} steps read the samples"))
    }
}
