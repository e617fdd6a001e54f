// Written by `python tests/differential/generate.py --seed 89 --networks 12`.

static TENSORS: &[u8] = include_bytes!("networks.safetensors");

static DECLARATIONS: &[&str] = &[
    r"pub struct Net<f32> {
    input: [2 + 1],
    concat { {  }, { silu, dropout(0.0), dense(1) }, { leaky_relu } },
    layer(crate::scaled::Scaled::<7>),
    repeat(3) { leaky_relu, batch_norm },
    prelu(per_channel = true),
    dense(7),
}",
    r"pub struct Net<f32> {
    input: [2, 6],
    avg_pool1d(2),
    slice(0..2),
    rd: residual { lc: layer_norm },
    cb: conv1d(6, kernel = 2, dilation = 1, stride = 3, padding = [0, 1], rounding = floor, bias = false),
    max_pool1d(1),
    slice(2..3),
    flatten,
    dense(3),
}",
    r"pub struct Net<f32> {
    input: [3, 23],
    prelu(per_channel = true),
    dropout(0.0),
    concat { { sigmoid, batch_norm }, { repeat(3) { residual { conv1d(4, kernel = 2, dilation = 4, padding = causal), conv1d(3, kernel = 1, bias = false) }, conv1d(3, kernel = 1, dilation = 2, padding = causal) } } },
}",
    r"pub struct Net<f64> {
    input: [SIZE_1, 35],
    tanh,
    slice(0..1),
    leaky_relu(0.2),
    leaky_relu,
    sigmoid,
    max_pool1d(2, stride = 2, rounding = floor),
    flatten,
    dense(SIZE_5, bias = false),
}",
    r"pub struct Net<f32> {
    input: [3],
    repeat(2) { silu },
    tanh,
    dropout(0.0),
    dropout(0.0),
    sum { { sum { { relu }, {  } }, de: dense(20) }, { dense(20), residual { gelu, dd: dense(1, bias = false), dense(5), dense(20) } } },
    residual(project) { tanh, softmax },
}",
    r"pub struct Net<f64> {
    input: [1, 32],
    slice(0..1),
    conv1d(1, kernel = 3, padding = same),
    sigmoid,
    ce: conv1d(12, kernel = 5, bias = false),
    ba: batch_norm,
    sum { {  }, { relu, layer(crate::scaled::Scaled::<336>), dropout(0.1) }, { conv1d(12, kernel = 1, bias = false) } },
}",
    r"pub struct Net<f32> {
    input: [2, SIZE_3, 3],
    silu,
    gelu,
    layer(crate::scaled::Scaled::<18>),
    layer_norm,
    slice(1..2),
}",
    r"pub struct Net<f64> {
    input: [1, 4, 4],
    avg_pool2d(1),
    sum { { concat { { lc: layer(crate::scaled::Scaled::<16>), layer(crate::scaled::Scaled::<16>), repeat(1) { leaky_relu(0.5), bc: batch_norm, dropout(0.0) }, conv2d(1, kernel = [3, 1], bias = false) }, way1: { sum { { avg_pool2d([2, 1]) }, { conv2d(1, kernel = [3, 1]) } } }, { tanh, ca: conv2d(1, kernel = [3, 1]) } } }, { conv2d(3, kernel = [3, 1]) } },
    cc: conv2d(8, kernel = [1, 2], dilation = [1, 3], stride = [1, 3], padding = [0, [0, 1]], rounding = floor),
    #[frozen] layer(crate::scaled::Scaled::<16>),
    prelu(per_channel = true),
    flatten,
    dense(6),
}",
    r"pub struct Net<f64> {
    input: tokens[5 + 1] < 8,
    eb: embedding(5, padding_index = 7),
    leaky_relu(0.5),
    dropout(0.0),
    repeat(2) { flatten },
    prelu,
    tanh,
    dense(5),
}",
    r"pub struct Net<f64> {
    input: [3, 7, 8],
    conv2d(4, kernel = 2, dilation = [2, 1], stride = [2, 1], padding = [2, 1]),
    prelu(per_channel = true),
    avg_pool2d([1, 3]),
    avg_pool2d([3, 1], rounding = floor),
    sum { { conv2d(SIZE_6, kernel = 1) }, way1: { slice(2..3), #[frozen] conv2d(6, kernel = 1, dilation = [3, 2], padding = same, bias = false) } },
}",
    r"pub struct Net<f32> {
    input: [2 + 1, 6, 5],
    sigmoid,
    max_pool2d([3, 2], rounding = floor),
    flatten,
    dc: dense(4),
}",
    r"pub struct Net<f64> {
    input: tokens[4] < 5,
    embedding(1, padding_index = 4),
    relu,
    #[frozen] pb: prelu,
    flatten,
}",
];

mod network0 {
    castnet::network! {
        pub struct Net<f32> {
            input: [2 + 1],
            concat { {  }, { silu, dropout(0.0), dense(1) }, { leaky_relu } },
            layer(crate::scaled::Scaled::<7>),
            repeat(3) { leaky_relu, batch_norm },
            prelu(per_channel = true),
            dense(7),
        }
    }
}

#[test]
fn network0() {
    let case = crate::check::Case {
        name: "network0",
        seed: 89,
        batches: &[12, 18, 17],
        tensors: TENSORS,
        declaration: DECLARATIONS[0],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network0::Net, _, _, 1>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: true, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network1 {
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 6],
            avg_pool1d(2),
            slice(0..2),
            rd: residual { lc: layer_norm },
            cb: conv1d(6, kernel = 2, dilation = 1, stride = 3, padding = [0, 1], rounding = floor, bias = false),
            max_pool1d(1),
            slice(2..3),
            flatten,
            dense(3),
        }
    }
}

#[test]
fn network1() {
    let case = crate::check::Case {
        name: "network1",
        seed: 89,
        batches: &[10, 20, 33],
        tensors: TENSORS,
        declaration: DECLARATIONS[1],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network1::Net, _, _, 8>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: false, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network2 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3, 23],
            prelu(per_channel = true),
            dropout(0.0),
            concat { { sigmoid, batch_norm }, { repeat(3) { residual { conv1d(4, kernel = 2, dilation = 4, padding = causal), conv1d(3, kernel = 1, bias = false) }, conv1d(3, kernel = 1, dilation = 2, padding = causal) } } },
        }
    }
}

#[test]
fn network2() {
    let case = crate::check::Case {
        name: "network2",
        seed: 89,
        batches: &[27, 35, 17],
        tensors: TENSORS,
        declaration: DECLARATIONS[2],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network2::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 0.001, weight_decay: 0.0 }, rate);
}

mod network3 {
    const SIZE_1: usize = 1;
    const SIZE_5: usize = 5;
    castnet::network! {
        pub struct Net<f64> {
            input: [SIZE_1, 35],
            tanh,
            slice(0..1),
            leaky_relu(0.2),
            leaky_relu,
            sigmoid,
            max_pool1d(2, stride = 2, rounding = floor),
            flatten,
            dense(SIZE_5, bias = false),
        }
    }
}

#[test]
fn network3() {
    let case = crate::check::Case {
        name: "network3",
        seed: 89,
        batches: &[20, 35, 16],
        tensors: TENSORS,
        declaration: DECLARATIONS[3],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network3::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 1e-08, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network4 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3],
            repeat(2) { silu },
            tanh,
            dropout(0.0),
            dropout(0.0),
            sum { { sum { { relu }, {  } }, de: dense(20) }, { dense(20), residual { gelu, dd: dense(1, bias = false), dense(5), dense(20) } } },
            residual(project) { tanh, softmax },
        }
    }
}

#[test]
fn network4() {
    let case = crate::check::Case {
        name: "network4",
        seed: 89,
        batches: &[17, 15, 31],
        tensors: TENSORS,
        declaration: DECLARATIONS[4],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.05);
    case.check::<network4::Net, _, _, 1>(loss, || castnet::optimizers::Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0 }, rate);
}

mod network5 {
    castnet::network! {
        pub struct Net<f64> {
            input: [1, 32],
            slice(0..1),
            conv1d(1, kernel = 3, padding = same),
            sigmoid,
            ce: conv1d(12, kernel = 5, bias = false),
            ba: batch_norm,
            sum { {  }, { relu, layer(crate::scaled::Scaled::<336>), dropout(0.1) }, { conv1d(12, kernel = 1, bias = false) } },
        }
    }
}

#[test]
fn network5() {
    let case = crate::check::Case {
        name: "network5",
        seed: 89,
        batches: &[31],
        tensors: TENSORS,
        declaration: DECLARATIONS[5],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network5::Net, _, _, 8>(loss, || castnet::optimizers::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, bias_correction: true, weight_decay: 0.1 }, rate);
}

mod network6 {
    const SIZE_3: usize = 3;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, SIZE_3, 3],
            silu,
            gelu,
            layer(crate::scaled::Scaled::<18>),
            layer_norm,
            slice(1..2),
        }
    }
}

#[test]
fn network6() {
    let case = crate::check::Case {
        name: "network6",
        seed: 89,
        batches: &[17, 28, 1],
        tensors: TENSORS,
        declaration: DECLARATIONS[6],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network6::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.0 }, rate);
}

mod network7 {
    castnet::network! {
        pub struct Net<f64> {
            input: [1, 4, 4],
            avg_pool2d(1),
            sum { { concat { { lc: layer(crate::scaled::Scaled::<16>), layer(crate::scaled::Scaled::<16>), repeat(1) { leaky_relu(0.5), bc: batch_norm, dropout(0.0) }, conv2d(1, kernel = [3, 1], bias = false) }, way1: { sum { { avg_pool2d([2, 1]) }, { conv2d(1, kernel = [3, 1]) } } }, { tanh, ca: conv2d(1, kernel = [3, 1]) } } }, { conv2d(3, kernel = [3, 1]) } },
            cc: conv2d(8, kernel = [1, 2], dilation = [1, 3], stride = [1, 3], padding = [0, [0, 1]], rounding = floor),
            #[frozen] layer(crate::scaled::Scaled::<16>),
            prelu(per_channel = true),
            flatten,
            dense(6),
        }
    }
}

#[test]
fn network7() {
    let case = crate::check::Case {
        name: "network7",
        seed: 89,
        batches: &[24, 12, 19],
        tensors: TENSORS,
        declaration: DECLARATIONS[7],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.001);
    case.check::<network7::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 1e-08, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network8 {
    castnet::network! {
        pub struct Net<f64> {
            input: tokens[5 + 1] < 8,
            eb: embedding(5, padding_index = 7),
            leaky_relu(0.5),
            dropout(0.0),
            repeat(2) { flatten },
            prelu,
            tanh,
            dense(5),
        }
    }
}

#[test]
fn network8() {
    let case = crate::check::Case {
        name: "network8",
        seed: 89,
        batches: &[24, 22, 17],
        tensors: TENSORS,
        declaration: DECLARATIONS[8],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.001);
    case.check::<network8::Net, _, _, 1>(loss, || castnet::optimizers::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, bias_correction: true, weight_decay: 0.1 }, rate);
}

mod network9 {
    const SIZE_6: usize = 6;
    castnet::network! {
        pub struct Net<f64> {
            input: [3, 7, 8],
            conv2d(4, kernel = 2, dilation = [2, 1], stride = [2, 1], padding = [2, 1]),
            prelu(per_channel = true),
            avg_pool2d([1, 3]),
            avg_pool2d([3, 1], rounding = floor),
            sum { { conv2d(SIZE_6, kernel = 1) }, way1: { slice(2..3), #[frozen] conv2d(6, kernel = 1, dilation = [3, 2], padding = same, bias = false) } },
        }
    }
}

#[test]
fn network9() {
    let case = crate::check::Case {
        name: "network9",
        seed: 89,
        batches: &[21, 20, 10],
        tensors: TENSORS,
        declaration: DECLARATIONS[9],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network9::Net, _, _, 8>(loss, || castnet::optimizers::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-08, bias_correction: true, weight_decay: 0.0 }, rate);
}

mod network10 {
    castnet::network! {
        pub struct Net<f32> {
            input: [2 + 1, 6, 5],
            sigmoid,
            max_pool2d([3, 2], rounding = floor),
            flatten,
            dc: dense(4),
        }
    }
}

#[test]
fn network10() {
    let case = crate::check::Case {
        name: "network10",
        seed: 89,
        batches: &[13, 16, 33],
        tensors: TENSORS,
        declaration: DECLARATIONS[10],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network10::Net, _, _, 16>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: true, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network11 {
    castnet::network! {
        pub struct Net<f64> {
            input: tokens[4] < 5,
            embedding(1, padding_index = 4),
            relu,
            #[frozen] pb: prelu,
            flatten,
        }
    }
}

#[test]
fn network11() {
    let case = crate::check::Case {
        name: "network11",
        seed: 89,
        batches: &[5, 8, 7],
        tensors: TENSORS,
        declaration: DECLARATIONS[11],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network11::Net, _, _, 32>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0 }, rate);
}
