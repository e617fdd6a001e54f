//! Every kind of layer and block against PyTorch, by itself: outputs, gradients in the input and in the parameters, running
//! statistics, and inference.
//!
//! A case is a row of [`cases!`] here and one of the same name in the table of `tests/reference/kinds.py`.

use castnet::losses::MeanSquaredError;
use castnet::{__private::KINDS, prelude::*};
use safetensors::SafeTensors;

use crate::passes::{check_inference, check_passes};
use crate::tensors::Tensors;
use crate::{TOLERANCE, read};

/// Declares the network of every case on both scalars, and makes the list of them.
macro_rules! cases {
    ($($case:ident { $($declaration:tt)* })*) => {
        cases!(single, f32, $($case { $($declaration)* })*);
        cases!(double, f64, $($case { $($declaration)* })*);

        const CASES: &[Case] = &[$(
            Case {
                name: stringify!($case),
                declaration: stringify!($($declaration)*),
                checks: [check::<single::$case::Case, 1, 16>, check::<double::$case::Case, 8, 32>],
            },
        )*];
    };
    ($module:ident, $scalar:ident, $($case:ident { $($declaration:tt)* })*) => {
        mod $module {
            $(pub mod $case {
                castnet::network! { pub struct Case<$scalar> { $($declaration)* } }
            })*
        }
    };
}

/// A row of the table.
struct Case {
    /// Its kind, and what is special about it.
    name: &'static str,
    declaration: &'static str,
    /// In f32 and in f64, half of the sizes of lane groups each: every one compiles every case once more.
    checks: [fn(&Tensors); 2],
}

cases! {
    dense { input: [5], dense(4) }
    dense_without_bias { input: [3], dense(18, bias = false) }
    conv2d { input: [2, 6, 5], conv2d(3, kernel = 3) }
    conv2d_strided {
        input: [2, 7, 6],
        conv2d(3, kernel = [3, 2], stride = [2, 1], padding = [1, 0], bias = false)
    }
    conv2d_same { input: [1, 4, 5], conv2d(2, kernel = [2, 3], padding = same) }
    conv2d_dilated { input: [2, 8, 6], conv2d(3, kernel = [3, 2], dilation = [2, 3], padding = [1, 0]) }
    conv2d_dilated_same { input: [1, 6, 5], conv2d(2, kernel = [2, 3], dilation = 3, padding = same) }
    conv2d_padded { input: [2, 4, 5], conv2d(3, kernel = 3, stride = [2, 1], padding = [[3, 1], [0, 2]], rounding = floor) }
    conv1d { input: [2, 11], conv1d(3, kernel = 3) }
    conv1d_causal { input: [2, 13], conv1d(18, kernel = 3, dilation = 4, padding = causal) }
    conv1d_same { input: [1, 9], conv1d(2, kernel = 4, dilation = 3, padding = same, bias = false) }
    conv1d_strided { input: [3, 12], conv1d(2, kernel = 3, stride = 2, dilation = 2, padding = [1, 2]) }
    max_pool1d { input: [2, 8], max_pool1d(2) }
    max_pool1d_overlapping { input: [3, 9], max_pool1d(3, stride = 2) }
    avg_pool1d { input: [2, 8], avg_pool1d(2) }
    avg_pool1d_overlapping { input: [3, 9], avg_pool1d(3, stride = 2) }
    max_pool2d { input: [2, 4, 6], max_pool2d(2) }
    max_pool2d_overlapping { input: [1, 5, 7], max_pool2d([3, 2], stride = [1, 2], rounding = floor) }
    avg_pool2d { input: [2, 4, 6], avg_pool2d(2) }
    avg_pool2d_overlapping { input: [1, 5, 7], avg_pool2d([3, 2], stride = [1, 2], rounding = floor) }
    flatten { input: [2, 2, 3], flatten, dense(3) }
    flatten_of_sequences { input: [3, 4], flatten, dense(3) }
    relu { input: [9], relu }
    leaky_relu { input: [9], leaky_relu(0.2) }
    gelu { input: [9], gelu }
    gelu_behind_dense { input: [5], dense(4), gelu }
    gelu_behind_conv2d { input: [1, 4, 4], conv2d(3, kernel = 2), gelu }
    silu { input: [9], silu }
    silu_behind_dense { input: [5], dense(4), silu }
    silu_behind_conv2d { input: [1, 4, 4], conv2d(3, kernel = 2), silu }
    prelu { input: [9], prelu }
    prelu_of_channels { input: [3, 2, 4], prelu(per_channel = true) }
    prelu_of_sequences { input: [3, 5], prelu(per_channel = true) }
    sigmoid { input: [9], sigmoid }
    tanh { input: [9], tanh }
    embedding { input: tokens[6] < 5, embedding(3) }
    embedding_padded { input: tokens[4] < 7, embedding(2, padding_index = 2), flatten, dense(3) }
    slice { input: [5], slice(1..4) }
    slice_of_channels { input: [3, 2, 2], slice(1..3) }
    slice_in_branches {
        input: [5],
        dense(6),
        concat { { slice(0..2), tanh }, { slice(1..5), dense(2) }, { slice(5..) } },
    }
    softmax { input: [7], softmax }
    dropout { input: [6], dropout(0.5) }
    dropout_of_nothing { input: [2, 3, 2], dropout(0) }
    batch_norm { input: [5], batch_norm }
    batch_norm_of_channels { input: [3, 2, 4], batch_norm }
    batch_norm_of_sequences { input: [3, 5], batch_norm }
    layer_norm { input: [7], layer_norm }
    layer_norm_of_images { input: [3, 2, 4], layer_norm }
    layer_norm_of_sequences { input: [3, 5], layer_norm }
    layer { input: [6], layer(crate::scaled::Scaled::<6>) }
    residual { input: [4], residual { dense(4), tanh } }
    residual_of_images { input: [2, 3, 3], residual { conv2d(2, kernel = 3, padding = 1, bias = false), batch_norm } }
    residual_projected { input: [4], residual(project) { dense(6) } }
    residual_projected_images {
        input: [2, 5, 4],
        residual(project) { conv2d(3, kernel = 3, stride = 2, padding = 1, rounding = floor) }
    }
    residual_of_sequences {
        input: [2, 7],
        residual { conv1d(2, kernel = 3, dilation = 2, padding = causal), tanh }
    }
    residual_projected_sequences {
        input: [2, 7],
        residual(project) { conv1d(3, kernel = 3, stride = 2, padding = 1) }
    }
    concat { input: [4], concat { { dense(3), tanh }, {}, { dense(2) } } }
    concat_of_images {
        input: [2, 3, 3],
        concat { { conv2d(1, kernel = 1) }, { conv2d(3, kernel = 3, padding = 1), relu } }
    }
    concat_of_sequences {
        input: [2, 6],
        concat { { conv1d(1, kernel = 1) }, { conv1d(3, kernel = 3, padding = 1), relu } }
    }
    sum { input: [4], sum { { dense(4), tanh }, {}, { sigmoid } } }
    repeat { input: [3], repeat(2) { dense(4), tanh } }
}

/// Compares a case by lane groups of two sizes.
fn check<N: Network, const L: usize, const MORE: usize>(tensors: &Tensors) {
    check_lanes::<N, L>(tensors);
    check_lanes::<N, MORE>(tensors);
}

fn check_lanes<N: Network, const L: usize>(tensors: &Tensors) {
    let inputs: Vec<N::Input> = tensors.rows("inputs");
    check_inference::<N, L>(tensors, &tensors.network("initial"), &inputs);
    // What is random in training is compared at inference only.
    if !tensors.has("outputs") {
        return;
    }
    // Only a trainer makes several lane groups share the statistics of a batch.
    if N::STAGES == 1 || inputs.len() <= L {
        let targets: Vec<N::Output> = tensors.rows("targets");
        check_passes::<N, _, L>(tensors, MeanSquaredError, &inputs, &targets);
    }
}

#[test]
fn kinds_are_as_in_pytorch() {
    let file = read("kinds");
    for case in CASES {
        println!("{}: {}", case.name, case.declaration);
        for check in case.checks {
            check(&Tensors::new(&file, &format!("{}/", case.name), TOLERANCE));
        }
    }
}

/// Whether a case is one of `kind`: called by it, and with it in the declaration.
fn is_of(case: &Case, kind: &str) -> bool {
    let mut words = case.declaration.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    case.name.starts_with(kind) && words.any(|word| word == kind)
}

#[test]
fn every_kind_has_a_case() {
    for kind in KINDS {
        let has_case = CASES.iter().any(|case| is_of(case, kind));
        assert!(has_case, "`{kind}` has no row in `cases!` of tests/reference/kinds.rs");
    }
}

#[test]
fn every_case_of_the_file_has_a_row() {
    let file = read("kinds");
    let file = SafeTensors::deserialize(&file).unwrap();
    for tensor in file.names() {
        let case = tensor.split('/').next().unwrap();
        assert!(CASES.iter().any(|row| row.name == case), "`{case}` has no row in `cases!`");
    }
}
