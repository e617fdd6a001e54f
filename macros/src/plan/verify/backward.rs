//! The way of the gradient.

use std::collections::BTreeSet;

use super::forward::Trace;
use super::memory::{Content, Memory, Place, Values, check_disjoint};
use super::{Meaning, ensure, number};
use crate::checked::Producer;
use crate::layers::{Action, Keeps};
use crate::names;
use crate::plan::{BackwardStep, BackwardWork, InputGradient, Plan, Region};

/// Goes through the steps that are taken if the gradient in the network's input is asked for, or is not.
pub fn verify(plan: &Plan, trace: &Trace<'_>, asks_for_input_gradient: bool) -> Result<(), String> {
    let gradients = Gradients::new(plan, &trace.meaning);
    let mut pass = Pass {
        plan,
        trace,
        gradients,
        memory: Memory::new(plan),
        wanted: wanted(plan),
        collected: Vec::new(),
        trained: BTreeSet::new(),
        asks_for_input_gradient,
    };
    for (number, values) in plan.backward.buffers.iter().enumerate() {
        pass.memory.create(names::buffer("gradient_", number), values)?;
    }
    // The loss leaves the gradient in the output there.
    pass.memory.write(&place(&plan.backward.output_gradient), &Content::of_input(trace.meaning.output().len()))?;
    let stages = plan.backward.stages.len();
    for (stage, steps) in plan.backward.stages.iter().enumerate().rev() {
        for step in steps {
            pass.check_request(step).map_err(|problem| format!("{step:?}: {problem}"))?;
            if step.on_request && !asks_for_input_gradient {
                continue;
            }
            pass.take(stage, &step.work).map_err(|problem| format!("{step:?}: {problem}"))?;
        }
    }
    ensure(stages == plan.forward.stages.len(), || "forward and backward have other stages".into())?;
    pass.check_end()
}

fn place(region: &Region<usize>) -> Place {
    let within = names::buffer("gradient_", region.within).to_string();
    Region { within, offset: region.offset.clone(), values: region.values.clone() }
}

/// The gradient in each value, as the layers say.
struct Gradients {
    input: Values,
    /// In what each layer makes.
    outputs: Vec<Values>,
}

impl Gradients {
    fn new(plan: &Plan, meaning: &Meaning) -> Self {
        let nothing = |values: &Values| vec![Content::default(); values.len()];
        let outputs = meaning.outputs.iter().map(nothing).collect();
        let mut gradients = Self { input: nothing(&meaning.input), outputs };
        let loss = Content::of_input(meaning.output().len());
        gradients.add(plan.layers.len().checked_sub(1).map_or(Producer::Input, Producer::Layer), &loss);
        for (place, layer) in plan.layers.iter().enumerate().rev() {
            let output = gradients.outputs[place].clone();
            let mut offset = 0;
            for &producer in &layer.producers {
                let len = gradients.of(producer).len();
                match layer.part.action {
                    Action::Add | Action::Nothing => gradients.add(producer, &output),
                    Action::Concat => gradients.add(producer, &output[offset..offset + len]),
                    Action::Slice => {
                        let mut whole = Content::zeros(len);
                        let begin = number(&layer.part.before).unwrap_or_default();
                        whole[begin..begin + output.len()].clone_from_slice(&output);
                        gradients.add(producer, &whole);
                    }
                    _ => gradients.add(producer, &Content::of_layer(place, len)),
                }
                offset += len;
            }
        }
        gradients
    }

    fn of(&self, producer: Producer) -> &Values {
        match producer {
            Producer::Input => &self.input,
            Producer::Layer(layer) => &self.outputs[layer],
        }
    }

    fn add(&mut self, producer: Producer, gradient: &[Content]) {
        let sum = match producer {
            Producer::Input => &mut self.input,
            Producer::Layer(layer) => &mut self.outputs[layer],
        };
        sum.iter_mut().zip(gradient).for_each(|(sum, value)| sum.add(value));
    }
}

/// Whether something is trained in each layer or before it.
fn wanted(plan: &Plan) -> Vec<bool> {
    let mut wanted: Vec<bool> = Vec::new();
    for layer in &plan.layers {
        let is_behind = layer.producers.iter().any(|&producer| is_wanted(&wanted, producer));
        wanted.push(is_behind || layer.is_trained());
    }
    wanted
}

fn is_wanted(wanted: &[bool], producer: Producer) -> bool {
    matches!(producer, Producer::Layer(layer) if wanted[layer])
}

struct Pass<'a> {
    plan: &'a Plan,
    trace: &'a Trace<'a>,
    gradients: Gradients,
    memory: Memory,
    wanted: Vec<bool>,
    /// The layers whose sums have been collected, last stage first.
    collected: Vec<usize>,
    /// The layers that have added to their gradient.
    trained: BTreeSet<usize>,
    asks_for_input_gradient: bool,
}

impl Pass<'_> {
    /// A step is on request if nothing is trained on the way that it is a part of.
    fn check_request(&self, step: &BackwardStep) -> Result<(), String> {
        let wants_input = |layer: usize| is_wanted(&self.wanted, self.plan.layers[layer].producers[0]);
        let (is_needed, is_right) = match &step.work {
            BackwardWork::Move { layer, input_gradient, activation, .. } => {
                let is_computed = *input_gradient == InputGradient::Computed;
                let gradient_is_wanted = activation.map_or_else(|| wants_input(*layer), wants_input);
                (self.wanted[*layer], is_computed == (gradient_is_wanted || !self.wanted[*layer]))
            }
            BackwardWork::Collect { layer, .. } => (self.wanted[*layer], true),
            BackwardWork::InPlace { layer, .. } => (self.wanted[*layer], true),
            BackwardWork::Batch { layer, .. } => (wants_input(*layer), true),
            // Whose gradient it is shows in what the others find.
            BackwardWork::Copy { .. } | BackwardWork::Add { .. } | BackwardWork::Clear { .. } => return Ok(()),
        };
        ensure(is_needed != step.on_request && is_right, || "done on request, or not".into())
    }

    /// Whether the whole gradient in what a layer makes stands there.
    fn expect_gradient(&mut self, layer: usize, at: &Place) -> Result<(), String> {
        self.memory.expect(at, &self.gradients.outputs[layer], "the gradient in the layer's output")
    }

    /// Whether the trace holds what a layer read.
    fn expect_input(&self, layer: usize, storage: usize) -> Result<(), String> {
        self.trace.expect(storage, self.input_of(layer), "the layer's input")
    }

    /// Whether the trace holds what a layer made.
    fn expect_output(&self, layer: usize, storage: usize) -> Result<(), String> {
        self.trace.expect(storage, &self.trace.meaning.outputs[layer], "the layer's output")
    }

    fn input_of(&self, layer: usize) -> &[Content] {
        self.trace.meaning.input_of(&self.plan.layers[layer], 0)
    }

    /// The gradient in what a layer reads is written.
    fn write_gradient(&mut self, layer: usize, to: &Place) -> Result<(), String> {
        let len = self.input_of(layer).len();
        self.memory.write(to, &Content::of_layer(layer, len))
    }

    fn take(&mut self, stage: usize, work: &BackwardWork) -> Result<(), String> {
        let planned = |layer: usize| &self.plan.layers[layer];
        match work {
            BackwardWork::Move { layer, input, output, from, to, input_gradient, activation } => {
                let (from, to) = (place(from), place(to));
                check_disjoint(&from, &to)?;
                self.expect_gradient(*layer, &from)?;
                let reads = planned(*layer).part.reads;
                let joined_reads = activation.is_some_and(|joined| planned(joined).part.keeps == Keeps::Output);
                if reads.input || joined_reads {
                    self.expect_input(*layer, *input)?;
                }
                if reads.output {
                    self.expect_output(*layer, *output)?;
                }
                if let Some(activation) = activation {
                    check_joined_backward(self.plan, &self.trace.meaning, *layer, *activation)?;
                }
                // A layer may work with the gradient in its output where it stands.
                self.memory.destroy(&from)?;
                if *input_gradient == InputGradient::Computed || self.asks_for_input_gradient {
                    self.write_gradient(activation.unwrap_or(*layer), &to)?;
                }
                self.train(*layer)
            }
            BackwardWork::InPlace { layer, output, at } => {
                let at = place(at);
                self.expect_gradient(*layer, &at)?;
                if planned(*layer).part.keeps == Keeps::Output {
                    self.expect_output(*layer, *output)?;
                }
                self.write_gradient(*layer, &at)?;
                self.train(*layer)
            }
            BackwardWork::Collect { layer, input, at } => {
                self.expect_gradient(*layer, &place(at))?;
                self.expect_input(*layer, *input)?;
                self.collected.push(*layer);
                ensure(self.is_end_of(*layer, stage), || format!("it does not end stage {stage}"))?;
                self.train(*layer)
            }
            BackwardWork::Batch { layer, input, at } => {
                let at = place(at);
                ensure(self.collected.last() == Some(layer), || "its sums are not collected".into())?;
                ensure(self.is_end_of(*layer, stage + 1), || format!("it does not begin stage {stage}"))?;
                self.expect_gradient(*layer, &at)?;
                self.expect_input(*layer, *input)?;
                self.write_gradient(*layer, &at)
            }
            BackwardWork::Copy { from, to } => {
                let (from, to) = (place(from), place(to));
                check_disjoint(&from, &to)?;
                self.memory.copy(&from, &to)
            }
            BackwardWork::Clear { at } => self.memory.clear(&place(at)),
            BackwardWork::Add { from, to } => {
                let (from, to) = (place(from), place(to));
                check_disjoint(&from, &to)?;
                self.memory.add(&from, &to)
            }
        }
    }

    /// The sums of this layer are those between a stage and the one before it.
    fn is_end_of(&self, layer: usize, stage: usize) -> bool {
        let batch = self.plan.layers.iter().enumerate().filter(|(_, layer)| layer.part.batch.is_some());
        stage > 0 && batch.map(|(place, _)| place).nth(stage - 1) == Some(layer)
    }

    fn train(&mut self, layer: usize) -> Result<(), String> {
        ensure(self.trained.insert(layer), || "its gradient is added twice".into())
    }

    fn check_end(&mut self) -> Result<(), String> {
        let missed = self.plan.layers.iter().enumerate();
        let missed = missed.filter(|(place, layer)| layer.is_trained() && !self.trained.contains(place));
        let missed: Vec<String> = missed.map(|(_, layer)| layer.label()).collect();
        ensure(missed.is_empty(), || format!("no gradient of {missed:?}"))?;
        if self.asks_for_input_gradient {
            let region = place(&self.plan.backward.input_gradient);
            self.memory.expect(&region, &self.gradients.input, "the gradient in the input")?;
        }
        self.memory.check_all_read()
    }
}

/// Whether an activation whose gradient a layer takes along is the one that made the layer's input.
fn check_joined_backward(plan: &Plan, meaning: &Meaning, layer: usize, activation: usize) -> Result<(), String> {
    let (layer, joined) = (&plan.layers[layer], &plan.layers[activation]);
    let precedes = meaning.input_of(layer, 0) == &meaning.outputs[activation][..];
    ensure(joined.part.is_activation() && precedes, || format!("`{}` has joined `{}`", joined.label(), layer.label()))
}
