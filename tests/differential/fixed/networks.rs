// Written by `python tests/differential/generate.py --seed 86 --networks 12`.

static TENSORS: &[u8] = include_bytes!("networks.safetensors");

static DECLARATIONS: &[&str] = &[
    r"pub struct Net<f64> {
    input: [1, SIZE_8, 5],
    leaky_relu,
    conv2d(3, kernel = 3, stride = [2, 3], rounding = floor),
    slice(0..3),
    flatten,
    dense(7),
}",
    r"pub struct Net<f32> {
    input: [1, 37],
    avg_pool1d(1, stride = 1),
    flatten,
    slice(23..37),
    gelu,
    slice(2..3),
    dense(4),
}",
    r"pub struct Net<f32> {
    input: [8],
    dropout(0.0),
    relu,
    db: dense(2, bias = false),
}",
    r"pub struct Net<f32> {
    input: [SIZE_1],
    silu,
    tanh,
    dense(6),
}",
    r"pub struct Net<f64> {
    input: [3, 7, 3 + 1],
    batch_norm,
    pe: prelu(per_channel = true),
    gelu,
    silu,
    silu,
    flatten,
    dense(6, bias = false),
}",
    r"pub struct Net<f32> {
    input: [5],
    sum { { softmax }, { dense(38), dense(5) } },
    slice(1..5),
    dense(3),
}",
    r"pub struct Net<f64> {
    input: [2, 3, 3 + 1],
    conv2d(7, kernel = [1, 2], padding = same, bias = false),
    relu,
    layer(crate::scaled::Scaled::<84>),
    ba: batch_norm,
    silu,
    flatten,
    dense(7),
}",
    r"pub struct Net<f32> {
    input: [2, 6 + 1, 7],
    avg_pool2d([3, 2], rounding = floor),
    pb: prelu,
    sigmoid,
    concat { {  }, { repeat(2) { bc: batch_norm, concat { {  }, { conv2d(1, kernel = 1), silu }, {  } } }, sum { { layer(crate::scaled::Scaled::<66>), conv2d(SIZE_2, kernel = [1, 2], dilation = [3, 2], padding = same, bias = false), gelu, conv2d(11, kernel = [1, 1]) }, { prelu }, way2: { leaky_relu, tanh } } } },
}",
    r"pub struct Net<f64> {
    input: [5],
    sigmoid,
    dense(4, bias = false),
    gelu,
    prelu(per_channel = true),
    dense(6),
    repeat(1) { gelu, relu, tanh },
}",
    r"pub struct Net<f32> {
    input: [1, 13],
    max_pool1d(2, stride = 2, rounding = floor),
    cb: conv1d(1, kernel = 5),
    tanh,
}",
    r"pub struct Net<f64> {
    input: [3, 7, 6],
    prelu,
    layer_norm,
    avg_pool2d([2, 1], rounding = floor),
    dropout(0.0),
    max_pool2d([1, 2], stride = [2, 1]),
    max_pool2d(2, stride = [3, 2], rounding = floor),
}",
    r"pub struct Net<f32> {
    input: [3],
    residual(project) { dense(6, bias = false), dense(4) },
    pe: prelu(per_channel = true),
    dense(3 + 1),
    layer(crate::scaled::Scaled::<4>),
    softmax,
    leaky_relu,
    dense(3),
}",
];

mod network0 {
    const SIZE_8: usize = 8;
    castnet::network! {
        pub struct Net<f64> {
            input: [1, SIZE_8, 5],
            leaky_relu,
            conv2d(3, kernel = 3, stride = [2, 3], rounding = floor),
            slice(0..3),
            flatten,
            dense(7),
        }
    }
}

#[test]
fn network0() {
    let case = crate::check::Case {
        name: "network0",
        seed: 86,
        batches: &[20, 23, 31],
        tensors: TENSORS,
        declaration: DECLARATIONS[0],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network0::Net, _, _, 1>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 1e-08, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network1 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1, 37],
            avg_pool1d(1, stride = 1),
            flatten,
            slice(23..37),
            gelu,
            slice(2..3),
            dense(4),
        }
    }
}

#[test]
fn network1() {
    let case = crate::check::Case {
        name: "network1",
        seed: 86,
        batches: &[33, 34, 28],
        tensors: TENSORS,
        declaration: DECLARATIONS[1],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network1::Net, _, _, 8>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 0.001, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network2 {
    castnet::network! {
        pub struct Net<f32> {
            input: [8],
            dropout(0.0),
            relu,
            db: dense(2, bias = false),
        }
    }
}

#[test]
fn network2() {
    let case = crate::check::Case {
        name: "network2",
        seed: 86,
        batches: &[5, 30, 21],
        tensors: TENSORS,
        declaration: DECLARATIONS[2],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network2::Net, _, _, 16>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network3 {
    const SIZE_1: usize = 1;
    castnet::network! {
        pub struct Net<f32> {
            input: [SIZE_1],
            silu,
            tanh,
            dense(6),
        }
    }
}

#[test]
fn network3() {
    let case = crate::check::Case {
        name: "network3",
        seed: 86,
        batches: &[28, 35, 12],
        tensors: TENSORS,
        declaration: DECLARATIONS[3],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network3::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: true, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network4 {
    castnet::network! {
        pub struct Net<f64> {
            input: [3, 7, 3 + 1],
            batch_norm,
            pe: prelu(per_channel = true),
            gelu,
            silu,
            silu,
            flatten,
            dense(6, bias = false),
        }
    }
}

#[test]
fn network4() {
    let case = crate::check::Case {
        name: "network4",
        seed: 86,
        batches: &[11, 21, 26],
        tensors: TENSORS,
        declaration: DECLARATIONS[4],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.05);
    case.check::<network4::Net, _, _, 1>(loss, || castnet::optimizers::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 }, rate);
}

mod network5 {
    castnet::network! {
        pub struct Net<f32> {
            input: [5],
            sum { { softmax }, { dense(38), dense(5) } },
            slice(1..5),
            dense(3),
        }
    }
}

#[test]
fn network5() {
    let case = crate::check::Case {
        name: "network5",
        seed: 86,
        batches: &[27],
        tensors: TENSORS,
        declaration: DECLARATIONS[5],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network5::Net, _, _, 8>(loss, || castnet::optimizers::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.001, bias_correction: true, weight_decay: 0.1 }, rate);
}

mod network6 {
    castnet::network! {
        pub struct Net<f64> {
            input: [2, 3, 3 + 1],
            conv2d(7, kernel = [1, 2], padding = same, bias = false),
            relu,
            layer(crate::scaled::Scaled::<84>),
            ba: batch_norm,
            silu,
            flatten,
            dense(7),
        }
    }
}

#[test]
fn network6() {
    let case = crate::check::Case {
        name: "network6",
        seed: 86,
        batches: &[29, 17, 30],
        tensors: TENSORS,
        declaration: DECLARATIONS[6],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network6::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.1 }, rate);
}

mod network7 {
    const SIZE_2: usize = 2;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 6 + 1, 7],
            avg_pool2d([3, 2], rounding = floor),
            pb: prelu,
            sigmoid,
            concat { {  }, { repeat(2) { bc: batch_norm, concat { {  }, { conv2d(1, kernel = 1), silu }, {  } } }, sum { { layer(crate::scaled::Scaled::<66>), conv2d(SIZE_2, kernel = [1, 2], dilation = [3, 2], padding = same, bias = false), gelu, conv2d(11, kernel = [1, 1]) }, { prelu }, way2: { leaky_relu, tanh } } } },
        }
    }
}

#[test]
fn network7() {
    let case = crate::check::Case {
        name: "network7",
        seed: 86,
        batches: &[35, 33, 17],
        tensors: TENSORS,
        declaration: DECLARATIONS[7],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network7::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: true, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network8 {
    castnet::network! {
        pub struct Net<f64> {
            input: [5],
            sigmoid,
            dense(4, bias = false),
            gelu,
            prelu(per_channel = true),
            dense(6),
            repeat(1) { gelu, relu, tanh },
        }
    }
}

#[test]
fn network8() {
    let case = crate::check::Case {
        name: "network8",
        seed: 86,
        batches: &[29, 21, 12],
        tensors: TENSORS,
        declaration: DECLARATIONS[8],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network8::Net, _, _, 1>(loss, || castnet::optimizers::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, bias_correction: true, weight_decay: 0.0 }, rate);
}

mod network9 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1, 13],
            max_pool1d(2, stride = 2, rounding = floor),
            cb: conv1d(1, kernel = 5),
            tanh,
        }
    }
}

#[test]
fn network9() {
    let case = crate::check::Case {
        name: "network9",
        seed: 86,
        batches: &[5, 12, 2],
        tensors: TENSORS,
        declaration: DECLARATIONS[9],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network9::Net, _, _, 8>(loss, || castnet::optimizers::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 }, rate);
}

mod network10 {
    castnet::network! {
        pub struct Net<f64> {
            input: [3, 7, 6],
            prelu,
            layer_norm,
            avg_pool2d([2, 1], rounding = floor),
            dropout(0.0),
            max_pool2d([1, 2], stride = [2, 1]),
            max_pool2d(2, stride = [3, 2], rounding = floor),
        }
    }
}

#[test]
fn network10() {
    let case = crate::check::Case {
        name: "network10",
        seed: 86,
        batches: &[33, 9, 6],
        tensors: TENSORS,
        declaration: DECLARATIONS[10],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network10::Net, _, _, 16>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 1e-08, centered: false, momentum: 0.5, weight_decay: 0.1 }, rate);
}

mod network11 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3],
            residual(project) { dense(6, bias = false), dense(4) },
            pe: prelu(per_channel = true),
            dense(3 + 1),
            layer(crate::scaled::Scaled::<4>),
            softmax,
            leaky_relu,
            dense(3),
        }
    }
}

#[test]
fn network11() {
    let case = crate::check::Case {
        name: "network11",
        seed: 86,
        batches: &[2, 20, 13],
        tensors: TENSORS,
        declaration: DECLARATIONS[11],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.05);
    case.check::<network11::Net, _, _, 32>(loss, || castnet::optimizers::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 }, rate);
}
