//! Declarations, and the buffers and steps that they lead to.

use super::*;
use crate::check::check;
use crate::errors::Errors;
use crate::parse::parse;

fn planned(layers: &str) -> Plan {
    planned_struct(&format!("struct N {{ {layers} }}"))
}

fn planned_struct(text: &str) -> Plan {
    let errors = Errors::new();
    let network = parse(format!("::castnet; {text}").parse().unwrap(), &errors).unwrap();
    let network = check(network, &errors);
    assert_eq!(errors.messages(), Vec::<String>::new());
    plan(network)
}

fn buffers(plan: &Plan) -> Vec<String> {
    plan.forward.buffers.iter().map(|buffer| format!("{} {}", buffer.name, buffer.values)).collect()
}

/// `a`, or `b + 72` for a part behind the first values of a buffer.
fn part(name: String, offset: &Size) -> String {
    if offset.number() == Some(0) { name } else { format!("{name} + {offset}") }
}

fn place(plan: &Plan, storage: usize) -> String {
    let region = plan.inference.region(storage);
    let name = match region.within {
        Place::Input => String::from("input"),
        Place::Output => String::from("output"),
        Place::Buffer(number) => names::buffer("", number).to_string(),
    };
    part(name, &region.offset)
}

/// What follows a step that an activation has joined.
fn activated(activation: Option<usize>) -> String {
    activation.map_or_else(String::new, |activation| format!(", activation {activation}"))
}

fn inference(plan: &Plan) -> Vec<String> {
    let place = |storage| place(plan, storage);
    let steps = plan.inference.steps.iter().map(|step| match *step {
        InferenceStep::Move { layer, from, to, activation } => {
            format!("move {layer} from {} to {}{}", place(from), place(to), activated(activation))
        }
        InferenceStep::InPlace { layer, at } => format!("in place {layer} at {}", place(at)),
        InferenceStep::Replace { layer, at, activation } => {
            format!("batch {layer} at {}{}", place(at), activated(activation))
        }
        InferenceStep::Copy { from, to } => format!("copy {} to {}", place(from), place(to)),
        InferenceStep::Add { from, to } => format!("add {} to {}", place(from), place(to)),
        InferenceStep::Insert { branch, from, to, .. } => {
            format!("insert {} as {branch} of {}", place(from), place(to))
        }
        InferenceStep::Pass => String::from("pass"),
    });
    steps.collect()
}

fn backward(steps: &[BackwardStep]) -> Vec<String> {
    let at = |region: &Region<usize>| part(names::buffer("", region.within).to_string(), &region.offset);
    let text = |step: &BackwardStep| match &step.work {
        BackwardWork::Move { layer, from, to, input_gradient, activation, .. } => {
            let asked = if *input_gradient == InputGradient::OnRequest { " if asked for" } else { "" };
            format!("move {layer} from {} to {}{}{asked}", at(from), at(to), activated(*activation))
        }
        BackwardWork::InPlace { layer, at: place, .. } => format!("in place {layer} at {}", at(place)),
        BackwardWork::Collect { layer, input, at: place } => format!("collect {layer} in {input} at {}", at(place)),
        BackwardWork::Batch { layer, input, at: place } => format!("batch {layer} in {input} at {}", at(place)),
        BackwardWork::Copy { from, to } => format!("copy {} to {}", at(from), at(to)),
        BackwardWork::Add { from, to } => format!("add {} to {}", at(from), at(to)),
        BackwardWork::Clear { at: place } => format!("clear {} of {}", place.values, at(place)),
    };
    steps.iter().map(text).collect()
}

fn numbers(sizes: &[Size]) -> Vec<u64> {
    sizes.iter().filter_map(Size::number).collect()
}

const SMALL: &str = "
    input: [1, 6, 6],
    conv: conv2d(2, kernel = 3, padding = same),
    batch_norm, relu, max_pool2d(2), flatten, dropout(0.5),
    dense(4, bias = false), tanh,
    logits: dense(3)";

#[test]
fn in_place_layers_share_a_buffer_where_nobody_needs_it() {
    let plan = planned(SMALL);
    assert_eq!(
        buffers(&plan),
        ["input 36", "conv 72", "batch_norm1 72", "max_pool2d1 18", "dropout1 18", "dense1 4", "logits 3"]
    );
    assert_eq!(buffers(&planned("input: [4], relu, dropout(0.1), tanh")), ["input 4", "relu1 4", "dropout1 4"]);
    assert_eq!(
        buffers(&planned("input: [4], dense(3), dropout(0.1), relu, softmax")),
        ["input 4", "dense1 3", "softmax1 3"]
    );
    assert_eq!(buffers(&planned("input: [1, 4, 4], avg_pool2d(2), relu")), ["input 16", "avg_pool2d1 4"]);
    assert_eq!(planned("input: [1, 4, 4], flatten").forward.output().name, "input");
}

#[test]
fn batch_norm_cuts_the_pass() {
    let plan = planned(SMALL);
    assert_eq!(plan.forward.stages.len(), 2);
    assert_eq!(plan.forward.stages[0].last(), Some(&ForwardStep::Collect { layer: 1, input: 1 }));
    let first = ForwardStep::Batch { layer: 1, input: 1, output: 2, activation: Some(2) };
    assert_eq!(plan.forward.stages[1][0], first);
    assert_eq!(backward(&plan.backward.stages[1]).last().unwrap(), "collect 1 in 1 at a + 48");
    assert_eq!(backward(&plan.backward.stages[0])[0], "batch 1 in 1 at a + 48");
    assert_eq!(plan.batch_layers().count(), 1);
}

#[test]
fn gradients_go_to_and_fro() {
    let plan = planned("input: [9], dense(5), relu, dense(7), dense(2)");
    assert_eq!(
        backward(&plan.backward.stages[0]),
        ["move 3 from a to a + 16", "move 2 from a + 16 to a, activation 1", "move 0 from a to a + 16 if asked for"]
    );
    assert_eq!(numbers(&plan.backward.buffers), [25]);
    let Region { within, offset, values } = &plan.backward.input_gradient;
    assert_eq!((*within, offset.number(), values.number()), (0, Some(16), Some(9)));
}

#[test]
fn what_stands_before_the_first_trained_layer_is_on_request() {
    let on_request = |text| {
        let plan = planned(text);
        plan.backward.stages.iter().flatten().map(|step| step.on_request).collect::<Vec<_>>()
    };
    assert_eq!(on_request("input: [4], softmax, dense(3)"), [false, true]);
    assert_eq!(on_request("input: [4], #[frozen] dense(3), softmax, dense(3)"), [false, true, true]);
    assert_eq!(on_request("input: [4], relu"), [true]);
    // Stage 0 comes first in the plan: the input's gradient of a batch norm that is the first trained layer.
    assert_eq!(on_request("input: [4], batch_norm, dense(3)"), [true, false, false]);
    assert_eq!(planned("input: [4], relu").backward.buffers.len(), 1);
}

#[test]
fn inference_keeps_nothing() {
    let plan = planned(SMALL);
    assert_eq!(
        inference(&plan),
        [
            "move 0 from input to a",
            "batch 1 at a, activation 2",
            "move 3 from a to a + 80",
            "move 6 from a + 80 to a, activation 7",
            "move 8 from a to output"
        ]
    );
    assert_eq!(numbers(&plan.inference.buffers), [98]);
}

#[test]
fn activations_join_the_step_that_wrote_their_input() {
    let first = |text| {
        let plan = planned(text);
        (plan.forward.stages[0].len(), inference(&plan).len(), backward(&plan.backward.stages[0]))
    };
    let (forward, at_inference, steps) = first("input: [4], dense(3), tanh, dense(2)");
    assert_eq!((forward, at_inference), (2, 2));
    assert_eq!(steps, ["move 2 from a to a + 16, activation 1", "move 0 from a + 16 to a if asked for"]);
    // The gradient in the network's input is asked for with the activation that is first.
    assert_eq!(first("input: [4], tanh, dense(2)").2, ["move 1 from a to a + 16, activation 0 if asked for"]);
    // Only one, and only what works value by value.
    let (forward, at_inference, steps) = first("input: [4], dense(3), tanh, relu, dense(2)");
    assert_eq!((forward, at_inference), (4, 3), "tanh needs its output: relu has a copy");
    assert_eq!(steps[..2], ["move 3 from a to a + 16, activation 2", "in place 1 at a + 16"]);
    let (forward, at_inference, steps) = first("input: [4], dense(3), softmax, dense(2)");
    assert_eq!((forward, at_inference), (3, 3));
    assert_eq!(steps[..2], ["move 2 from a to a + 16", "in place 1 at a + 16"]);
    // Max pooling needs its output on the way back; at inference nobody does.
    let (forward, at_inference, _) = first("input: [1, 4, 4], max_pool2d(2), relu");
    assert_eq!((forward, at_inference), (3, 2), "pooling does not apply what is behind it");
}

#[test]
fn a_dense_layer_that_alone_reads_the_input_can_read_samples_as_they_lie() {
    let reads_samples = |text| planned(text).inference.reads_samples;
    assert!(reads_samples("input: [4], dense(3), relu"));
    assert!(reads_samples("input: [1, 2, 2], flatten, dropout(0.5), dense(3)"));
    assert!(!reads_samples("input: [4], residual { dense(4) }"));
    assert!(!reads_samples("input: [4], concat { { dense(3) }, {} }"));
    assert!(!reads_samples("input: [4], sum { { dense(3) }, { dense(3) } }"));
    assert!(!reads_samples("input: [4], batch_norm, dense(3)"));
    assert!(!reads_samples("input: [4], tanh, dense(3)"));
    assert!(!reads_samples("input: [1, 2, 2], conv2d(1, kernel = 1)"));
    assert!(!reads_samples("input: [4], dropout(0.5)"));
}

#[test]
fn inference_leaves_the_input_alone() {
    let steps = |text| inference(&planned(text));
    assert_eq!(steps("input: [4], relu"), ["copy input to output", "in place 0 at output"]);
    assert_eq!(steps("input: [4], relu, dense(3)")[..2], ["copy input to a", "in place 0 at a"]);
    assert_eq!(steps("input: [4], dropout(0.5)"), ["pass"]);
}

#[test]
fn a_residual_adds_in_place_and_keeps_what_comes_in() {
    let plan = planned("input: [4], dense(3), residual { dense(5), relu, dense(3) }, relu, dense(2)");
    assert_eq!(
        buffers(&plan),
        ["input 4", "dense1 3", "residual1_dense1 5", "residual1_dense2 3", "dense2 2"],
        "sum and relu stand where the last layer of the block left its output"
    );
    assert_eq!(
        backward(&plan.backward.stages[0]),
        [
            "move 6 from a to a + 16, activation 5",
            "copy a + 16 to a",
            "move 3 from a + 16 to a + 32, activation 2",
            "move 1 from a + 32 to a + 16",
            "add a + 16 to a",
            "move 0 from a to a + 16 if asked for",
        ]
    );
    assert_eq!(
        inference(&plan)[..5],
        [
            "move 0 from input to a",
            "move 1 from a to a + 16, activation 2",
            "move 3 from a + 16 to a + 32",
            "add a to a + 32",
            "in place 5 at a + 32"
        ]
    );
    assert_eq!(numbers(&plan.inference.buffers), [35]);
}

#[test]
fn branches_are_written_where_they_belong() {
    let plan = planned("input: [4], concat { { dense(3), relu }, {}, { dense(2) } }, relu");
    assert_eq!(buffers(&plan), ["input 4", "concat1 9", "relu1 9"], "relu needs its output, also within a concat");
    assert_eq!(
        backward(&plan.backward.stages[0]),
        [
            "in place 4 at a",
            "copy a + 3 to a + 16",
            "move 2 from a + 7 to a + 32 if asked for",
            "add a + 32 to a + 16",
            "in place 1 at a",
            "move 0 from a to a + 32 if asked for",
            "add a + 32 to a + 16",
        ]
    );
    assert_eq!(
        inference(&plan),
        [
            "move 0 from input to output, activation 1",
            "move 2 from input to output + 7",
            "insert input as 1 of output",
            "in place 4 at output",
        ]
    );
}

#[test]
fn a_batch_norm_in_a_branch_cuts_the_pass() {
    let plan = planned("input: [4], dense(4), residual { dense(4), batch_norm }, relu");
    assert_eq!(plan.forward.stages.len(), 2);
    let steps = &plan.forward.stages[1];
    assert!(matches!(steps[0], ForwardStep::Batch { .. }) && matches!(steps[1], ForwardStep::Add { .. }), "{steps:?}");
    assert_eq!(buffers(&plan), ["input 4", "dense1 4", "residual1_dense1 4", "residual1_batch_norm1 4"]);
}

#[test]
fn the_last_weights_start_smaller() {
    let labels = |text| {
        let plan = planned(text);
        let fields = plan.layers.iter().flat_map(|layer| &layer.fields);
        fields.filter_map(|field| Some(field.initializer.as_ref()?.label.clone())).collect::<Vec<_>>()
    };
    let (hidden, last) = ("xavier_normal", "pytorch_uniform");
    let text = "input: [4], dense(3), dropout(0.5), relu, dense(3), dense(3, init = zeros), leaky_relu, dense(3), tanh, dense(3)";
    assert_eq!(labels(text), [hidden, hidden, "zeros", hidden, last]);
    assert_eq!(labels("input: [4], dense(3), batch_norm, tanh, dense(3), softmax"), [hidden, last]);
    let text = "input: [1, 4, 4], conv2d(2, kernel = 1), residual { conv2d(2, kernel = 1), relu, conv2d(2, kernel = 1) }, \
        relu, flatten, dense(2)";
    assert_eq!(labels(text), [hidden, hidden, hidden, last]);
    let text = "input: [4], concat { { dense(3), relu, dense(3) }, { dense(2) } }, relu";
    assert_eq!(labels(text), [hidden, last, last]);
}

#[test]
fn receptive_fields_of_the_course() {
    let seen = |text| {
        let plan = planned(text);
        let seen = plan.layers.iter().map(|layer| layer.receptive_field.first().cloned());
        seen.map(|seen| seen.map(|size| size.number().unwrap())).collect::<Vec<_>>()
    };
    let three =
        "input: [1, 9, 9], conv2d(1, kernel = 3), conv2d(1, kernel = 3), conv2d(1, kernel = 3), flatten, dense(2)";
    assert_eq!(seen(three), [Some(3), Some(5), Some(7), Some(7), Some(9)]);
    let strided = "input: [1, 28, 28], conv2d(6, kernel = 5), max_pool2d(2), conv2d(16, kernel = 5), max_pool2d(2)";
    assert_eq!(seen(strided), [Some(5), Some(6), Some(14), Some(16)]);
    assert_eq!(seen("input: [4], dense(2)"), [None]);
    let dilated = "input: [2, 100], conv1d(1, kernel = 3, padding = causal), conv1d(1, kernel = 3, dilation = 4, padding = \
        causal), max_pool1d(2), conv1d(1, kernel = 3, dilation = 4, padding = causal), flatten, dense(2)";
    assert_eq!(seen(dilated), [Some(3), Some(11), Some(12), Some(28), Some(28), Some(100)]);
}

#[test]
fn generic_parameters_leave_the_networks_alone() {
    let plan =
        planned_struct("struct N<const L: usize, const _L: usize, const S: usize> { input: [L], dense(_L), dense(S) }");
    assert_eq!(plan.names.lanes, "__L");
    assert_eq!(plan.names.simd, "_S");
    assert_eq!(plan.names.random, "R");
}

#[test]
fn buffers_are_as_large_as_the_largest() {
    let plan = planned("input: [IN], dense(5), dense(OUT)");
    assert_eq!(plan.backward.buffers[0].to_string(), "max(OUT, IN)");
    assert_eq!(plan.backward.buffers.len(), 2);
}

/// No type is the larger of two parameters.
#[test]
fn parameters_have_buffers_of_their_own() {
    let plan = planned_struct(
        "struct N<const A: usize, const B: usize> { input: [A], dense(5), dense(B), dense(7), dense(B) }",
    );
    let sizes = |buffers: &[Size]| buffers.iter().map(Size::to_string).collect::<Vec<_>>();
    assert_eq!(sizes(&plan.backward.buffers), ["B", "7", "A"]);
    assert_eq!(sizes(&plan.inference.buffers), ["7", "B"]);
}

#[test]
fn frozen_layers_have_nothing_to_train() {
    let plan = planned("input: [4], #[frozen] dense(3), batch_norm");
    assert_eq!(plan.layers[0].trained_parameters().number(), Some(0));
    assert_eq!(plan.layers[1].trained_parameters().number(), Some(6));
    assert!(!plan.layers[0].is_trained() && plan.layers[1].is_trained());
}

#[test]
fn a_part_is_read_where_it_stands() {
    let plan = planned("input: [5], dense(6), concat { { slice(1..3) }, { slice(2..6), tanh } }, dense(2)");
    assert_eq!(buffers(&plan), ["input 5", "dense1 6", "concat1 6", "dense2 2"]);
    assert_eq!(
        backward(&plan.backward.stages[0]),
        [
            "move 5 from a to a + 16",
            "in place 3 at a + 18",
            "clear 2 of a",
            "copy a + 18 to a + 2",
            "add a + 16 to a + 1",
            "move 0 from a to a + 16 if asked for"
        ]
    );
    // The output has a place of its own.
    assert_eq!(inference(&planned("input: [5], slice(1..3)")), ["copy input + 1 to output"]);
}

#[test]
fn several_inputs_are_parts_of_one() {
    let plan =
        planned("input: { a: [2, 2, 2], b: [3] }, conv2d(1, kernel = 2), flatten, concat { {}, { b } }, dense(2)");
    assert_eq!(buffers(&plan), ["input 11", "concat1 4", "dense1 2"]);
    assert_eq!(numbers(&plan.layers[2].receptive_field), [2, 2]);
    assert_eq!(numbers(&plan.layers[5].receptive_field), [2, 2]);
}
