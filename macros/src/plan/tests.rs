//! Declarations, and the buffers and steps that they lead to.

use super::*;
use crate::check::check;
use crate::errors::Errors;
use crate::parse::parse;

fn planned(text: &str) -> Plan {
    let errors = Errors::new();
    let network = parse(format!("::castnet; struct N {{ {text} }}").parse().unwrap(), &errors).unwrap();
    let network = check(network, &errors);
    assert_eq!(errors.messages(), Vec::<String>::new());
    plan(network)
}

fn buffers(plan: &Plan) -> Vec<String> {
    plan.forward.buffers.iter().map(|buffer| format!("{} {}", buffer.name, buffer.values)).collect()
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
    assert_eq!(plan.forward.stages[1][0], ForwardStep::Batch { layer: 1, input: 1, output: 2 });
    assert_eq!(plan.forward.stages[1][1], ForwardStep::InPlace { layer: 2, buffer: 2 });
    let slot = plan.backward.stages[1].last().map(|step| match step {
        BackwardStep::Collect { layer: 1, input: 1, slot, on_request: false } => *slot,
        step => panic!("the last stage ends with the sums: {step:?}"),
    });
    let first = plan.backward.stages[0][0];
    assert_eq!(first, BackwardStep::Batch { layer: 1, input: 1, slot: slot.unwrap(), on_request: false });
    assert_eq!(plan.batch_layers().count(), 1);
}

#[test]
fn gradients_go_to_and_fro() {
    let plan = planned("input: [9], dense(5), relu, dense(7), dense(2)");
    let expected = |layer, input, output, from, to, input_gradient| BackwardStep::Move {
        layer,
        input,
        output,
        from,
        to,
        input_gradient,
    };
    assert_eq!(
        plan.backward.stages[0],
        [
            expected(3, 2, 3, Slot::First, Slot::Second, InputGradient::Computed),
            expected(2, 1, 2, Slot::Second, Slot::First, InputGradient::Computed),
            BackwardStep::InPlace { layer: 1, output: 1, slot: Slot::First, on_request: false },
            expected(0, 0, 1, Slot::First, Slot::Second, InputGradient::OnRequest),
        ]
    );
    assert_eq!(plan.backward.first.number(), Some(5));
    assert_eq!(plan.backward.second.unwrap().number(), Some(9));
    assert_eq!(plan.backward.input_gradient, Slot::Second);
}

#[test]
fn what_stands_before_the_first_trained_layer_is_on_request() {
    let on_request = |text| {
        let plan = planned(text);
        let first = first_trained(&plan.layers);
        plan.backward.stages.iter().flatten().map(|step| step.is_on_request(first)).collect::<Vec<_>>()
    };
    assert_eq!(on_request("input: [4], tanh, dense(3)"), [false, true]);
    assert_eq!(on_request("input: [4], #[frozen] dense(3), relu, dense(3)"), [false, true, true]);
    assert_eq!(on_request("input: [4], relu"), [true]);
    // Stage 0 comes first in the plan: the input's gradient of a batch norm that is the first trained layer.
    assert_eq!(on_request("input: [4], batch_norm, dense(3)"), [true, false, false]);
    let plan = planned("input: [4], relu");
    assert!(plan.backward.second.is_none());
}

#[test]
fn inference_keeps_nothing() {
    let plan = planned(SMALL);
    assert_eq!(
        plan.inference.steps,
        [
            InferenceStep::Move { layer: 0, from: Place::Input, to: Place::First },
            InferenceStep::Batch { layer: 1, place: Place::First },
            InferenceStep::InPlace { layer: 2, place: Place::First },
            InferenceStep::Move { layer: 3, from: Place::First, to: Place::Second },
            InferenceStep::Move { layer: 6, from: Place::Second, to: Place::First },
            InferenceStep::InPlace { layer: 7, place: Place::First },
            InferenceStep::Move { layer: 8, from: Place::First, to: Place::Output },
        ]
    );
    assert_eq!(plan.inference.first.unwrap().number(), Some(72));
    assert_eq!(plan.inference.second.unwrap().number(), Some(18));
}

#[test]
fn inference_leaves_the_input_alone() {
    let steps = |text| planned(text).inference.steps;
    let copy = |to| InferenceStep::Copy { layer: 0, to };
    assert_eq!(
        steps("input: [4], relu"),
        [copy(Place::Output), InferenceStep::InPlace { layer: 0, place: Place::Output }]
    );
    assert_eq!(
        steps("input: [4], relu, dense(3)")[..2],
        [copy(Place::First), InferenceStep::InPlace { layer: 0, place: Place::First }]
    );
    assert_eq!(steps("input: [4], dropout(0.5)"), [InferenceStep::Pass]);
}

#[test]
fn initialisation_follows_the_next_activation() {
    let labels = |text| {
        let plan = planned(text);
        let fields = plan.layers.iter().flat_map(|layer| &layer.fields);
        fields.filter_map(|field| Some(field.initializer.as_ref()?.label.clone())).collect::<Vec<_>>()
    };
    let text = "input: [4], dense(3), dropout(0.5), relu, dense(3), dense(3), leaky_relu, dense(3), tanh, dense(3, init = zeros)";
    assert_eq!(labels(text), ["he_normal", "xavier_uniform", "he_normal", "xavier_uniform", "zeros"]);
}

#[test]
fn receptive_fields_of_the_course() {
    let seen = |text| {
        let plan = planned(text);
        let seen = plan.layers.iter().map(|layer| layer.receptive_field.clone());
        seen.map(|seen| seen.map(|[height, _]| height.number().unwrap())).collect::<Vec<_>>()
    };
    let three =
        "input: [1, 9, 9], conv2d(1, kernel = 3), conv2d(1, kernel = 3), conv2d(1, kernel = 3), flatten, dense(2)";
    assert_eq!(seen(three), [Some(3), Some(5), Some(7), Some(7), Some(9)]);
    let strided = "input: [1, 28, 28], conv2d(6, kernel = 5), max_pool2d(2), conv2d(16, kernel = 5), max_pool2d(2)";
    assert_eq!(seen(strided), [Some(5), Some(6), Some(14), Some(16)]);
    assert_eq!(seen("input: [4], dense(2)"), [None]);
}

#[test]
fn generic_parameters_leave_the_users_names_alone() {
    let plan = planned("input: [L], dense(_L), dense(S)");
    assert_eq!(plan.names.lanes, "__L");
    assert_eq!(plan.names.simd, "_S");
    assert_eq!(plan.names.random, "R");
    assert_eq!(plan.backward.first.to_string(), "::castnet::__private::larger(S, L)");
}

#[test]
fn frozen_layers_have_nothing_to_train() {
    let plan = planned("input: [4], #[frozen] dense(3), batch_norm");
    assert_eq!(plan.layers[0].trained_parameters().number(), Some(0));
    assert_eq!(plan.layers[1].trained_parameters().number(), Some(6));
    assert_eq!(first_trained(&plan.layers), 1);
}
