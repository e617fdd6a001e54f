//! The forward pass in training.

use super::memory::{Content, Memory, Place, check_apart};
use super::{Meaning, check_joined, ensure};
use crate::layers::Action;
use crate::plan::{ForwardStep, Plan, Region};
use crate::size::Size;

/// What a forward pass has left.
pub struct Trace<'a> {
    plan: &'a Plan,
    pub meaning: Meaning,
    memory: Memory,
    /// The layers whose statistics have been collected: each ends a stage.
    collected: Vec<usize>,
}

pub fn verify(plan: &Plan) -> Result<Trace<'_>, String> {
    let meaning = Meaning::new(plan, |part| part.action == Action::Nothing)?;
    let mut trace = Trace { plan, meaning, memory: Memory::new(plan), collected: Vec::new() };
    for field in &plan.forward.buffers {
        trace.memory.create(&field.name, &field.values)?;
    }
    let input = Content::of_input(trace.meaning.input.len());
    let place = trace.place(0);
    trace.memory.write(&place, &input)?;
    for (stage, steps) in plan.forward.stages.iter().enumerate() {
        for step in steps {
            let is_within = trace.collected.len() == stage;
            ensure(is_within, || format!("{step:?} does not belong to stage {stage}"))?;
            trace.take(*step).map_err(|problem| format!("{step:?}: {problem}"))?;
        }
    }
    let batch = plan.layers.iter().enumerate().filter(|(_, layer)| layer.part.batch.is_some());
    let batch: Vec<usize> = batch.map(|(place, _)| place).collect();
    ensure(trace.collected == batch, || format!("statistics of {:?}, not of {batch:?}", trace.collected))?;
    // The input is the user's, also after the pass.
    trace.expect(0, &trace.meaning.input, "the input")?;
    let output = plan.forward.output();
    let output = Region { within: output.name.to_string(), offset: Size::ZERO, values: output.values.clone() };
    trace.memory.look(&output, trace.meaning.output(), "the output")?;
    Ok(trace)
}

impl Trace<'_> {
    fn place(&self, storage: usize) -> Place {
        let (field, region) = self.plan.forward.place(storage);
        Region { within: field.name.to_string(), offset: region.offset, values: region.values }
    }

    /// Whether a storage holds `expected`.
    pub fn expect(&self, storage: usize, expected: &[Content], what: &str) -> Result<(), String> {
        self.memory.look(&self.place(storage), expected, what)
    }

    /// Whether a layer finds what it works on.
    fn expect_input(&mut self, layer: usize, storage: usize) -> Result<(), String> {
        let input = self.meaning.input_of(&self.plan.layers[layer], 0);
        self.memory.expect(&self.place(storage), input, "the layer's input")
    }

    /// A layer, and the activation that has joined it, leave their output.
    fn write_output(&mut self, layer: usize, activation: Option<usize>, storage: usize) -> Result<(), String> {
        if let Some(activation) = activation {
            check_joined(self.plan, &self.meaning, layer, activation)?;
        }
        let place = self.place(storage);
        self.memory.write(&place, &self.meaning.outputs[activation.unwrap_or(layer)])
    }

    fn take(&mut self, step: ForwardStep) -> Result<(), String> {
        match step {
            ForwardStep::Move { layer, input, output, activation } => {
                check_apart(&self.place(input), &self.place(output))?;
                self.expect_input(layer, input)?;
                self.write_output(layer, activation, output)
            }
            ForwardStep::InPlace { layer, buffer } => {
                self.expect_input(layer, buffer)?;
                self.write_output(layer, None, buffer)
            }
            ForwardStep::Copy { from, to } => {
                let (from, to) = (self.place(from), self.place(to));
                check_apart(&from, &to)?;
                self.memory.copy(&from, &to)
            }
            ForwardStep::Add { from, to } => {
                let (from, to) = (self.place(from), self.place(to));
                check_apart(&from, &to)?;
                self.memory.add(&from, &to)
            }
            ForwardStep::Insert { layer, branch, from, to } => {
                let (layer, from, to) = (&self.plan.layers[layer], self.place(from), self.place(to));
                check_apart(&from, &to)?;
                let offset = to.offset.plus(&layer.offset(branch));
                self.memory.copy(&from, &Region { offset, values: layer.branches[branch].clone(), ..to })
            }
            ForwardStep::Collect { layer, input } => {
                self.expect_input(layer, input)?;
                self.collected.push(layer);
                Ok(())
            }
            ForwardStep::Batch { layer, input, output, activation } => {
                check_apart(&self.place(input), &self.place(output))?;
                ensure(self.collected.last() == Some(&layer), || "its statistics are not collected".into())?;
                self.expect_input(layer, input)?;
                self.write_output(layer, activation, output)
            }
        }
    }
}
