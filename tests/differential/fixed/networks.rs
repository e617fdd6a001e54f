// Written by `python tests/differential/generate.py --seed 71 --networks 10`.

static TENSORS: &[u8] = include_bytes!("networks.safetensors");

static DECLARATIONS: &[&str] = &[
    r"pub struct Net<f64> {
    input: [2, 5, 4],
    ca: conv2d(13, kernel = [4, 4], stride = [3, 2], rounding = floor),
    max_pool2d(1),
    conv2d(1 + 1, kernel = [1, 1]),
    cb: conv2d(1, kernel = 1),
    tanh,
}",
    r"pub struct Net<f32> {
    input: [1],
    gelu,
    leaky_relu,
    relu,
    gelu,
    relu,
    layer(crate::scaled::Scaled::<1>),
    dense(3, bias = false),
}",
    r"pub struct Net<f64> {
    input: [SIZE_8],
    silu,
    leaky_relu(0.5),
    dd: dense(8),
    tanh,
    dense(6 + 1),
}",
    r"pub struct Net<f32> {
    input: [1, 8, 5],
    avg_pool2d(2, stride = [2, 2], rounding = floor),
    #[frozen] prelu(per_channel = true),
    bb: batch_norm,
    gelu,
    silu,
}",
    r"pub struct Net<f64> {
    input: [1, 5, SIZE_3],
    repeat(2) { leaky_relu(0.2) },
    flatten,
    dense(1),
    tanh,
    dropout(0.8),
    be: batch_norm,
}",
    r"pub struct Net<f64> {
    input: [1, SIZE_5, 6],
    residual { sum { way0: { layer_norm, prelu, #[frozen] layer(crate::scaled::Scaled::<30>) }, { leaky_relu, #[frozen] batch_norm, #[frozen] la: layer_norm }, { leaky_relu(0.2), dropout(0.0), ce: conv2d(3, kernel = [1, 1], padding = same, bias = false), conv2d(1, kernel = [1, 1], bias = false) } } },
    conv2d(1, kernel = 2, padding = same),
    conv2d(2, kernel = [1, 1], stride = 2, rounding = floor),
    dropout(0.0),
    sigmoid,
    ra: residual { pe: prelu(per_channel = true), gelu, relu },
}",
    r"pub struct Net<f32> {
    input: [SIZE_13],
    softmax,
    cb: concat { {  }, way1: { sum { { gelu, dense(4, bias = false), repeat(2) { dropout(0.0) } }, way1: { dense(4), sum { { dense(4), dd: dense(2), dense(4) }, { layer_norm, tanh, silu } } } }, sum { { dense(1), concat { { dense(8) }, way1: { gelu, layer_norm } }, dense(6) }, { da: dense(5), residual(project) { layer_norm, de: dense(6, bias = false), batch_norm } } }, #[frozen] batch_norm } },
    softmax,
    batch_norm,
    batch_norm,
    batch_norm,
}",
    r"pub struct Net<f32> {
    input: [3],
    dense(5),
    se: sum { { leaky_relu(0.2), dropout(0.0), de: dense(2, bias = false), dense(26) }, { repeat(1) { #[frozen] dense(17, bias = false), dense(26), tanh }, gelu } },
}",
    r"pub struct Net<f64> {
    input: [1, 7, 3],
    relu,
    avg_pool2d([3, 1], rounding = floor),
    conv2d(1, kernel = 1, padding = [0, 0]),
    conv2d(6, kernel = 2, padding = same),
    leaky_relu(0.2),
    max_pool2d([1, 3]),
}",
    r"pub struct Net<f32> {
    input: [3, 7, 3],
    silu,
    leaky_relu,
    tanh,
    sigmoid,
    #[frozen] conv2d(6, kernel = 1),
    flatten,
    dense(4),
}",
];

mod network0 {
    castnet::network! {
        pub struct Net<f64> {
            input: [2, 5, 4],
            ca: conv2d(13, kernel = [4, 4], stride = [3, 2], rounding = floor),
            max_pool2d(1),
            conv2d(1 + 1, kernel = [1, 1]),
            cb: conv2d(1, kernel = 1),
            tanh,
        }
    }
}

#[test]
fn network0() {
    let case = crate::check::Case {
        name: "network0",
        seed: 71,
        batches: &[21, 13, 14],
        tensors: TENSORS,
        declaration: DECLARATIONS[0],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network0::Net, _, _, 1>(loss, || castnet::optimizers::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.1 }, rate);
}

mod network1 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1],
            gelu,
            leaky_relu,
            relu,
            gelu,
            relu,
            layer(crate::scaled::Scaled::<1>),
            dense(3, bias = false),
        }
    }
}

#[test]
fn network1() {
    let case = crate::check::Case {
        name: "network1",
        seed: 71,
        batches: &[24, 34, 29],
        tensors: TENSORS,
        declaration: DECLARATIONS[1],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.001);
    case.check::<network1::Net, _, _, 8>(loss, || castnet::optimizers::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.0 }, rate);
}

mod network2 {
    const SIZE_8: usize = 8;
    castnet::network! {
        pub struct Net<f64> {
            input: [SIZE_8],
            silu,
            leaky_relu(0.5),
            dd: dense(8),
            tanh,
            dense(6 + 1),
        }
    }
}

#[test]
fn network2() {
    let case = crate::check::Case {
        name: "network2",
        seed: 71,
        batches: &[25, 1, 3],
        tensors: TENSORS,
        declaration: DECLARATIONS[2],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network2::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0 }, rate);
}

mod network3 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1, 8, 5],
            avg_pool2d(2, stride = [2, 2], rounding = floor),
            #[frozen] prelu(per_channel = true),
            bb: batch_norm,
            gelu,
            silu,
        }
    }
}

#[test]
fn network3() {
    let case = crate::check::Case {
        name: "network3",
        seed: 71,
        batches: &[17, 25, 32],
        tensors: TENSORS,
        declaration: DECLARATIONS[3],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network3::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 0.001, centered: false, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network4 {
    const SIZE_3: usize = 3;
    castnet::network! {
        pub struct Net<f64> {
            input: [1, 5, SIZE_3],
            repeat(2) { leaky_relu(0.2) },
            flatten,
            dense(1),
            tanh,
            dropout(0.8),
            be: batch_norm,
        }
    }
}

#[test]
fn network4() {
    let case = crate::check::Case {
        name: "network4",
        seed: 71,
        batches: &[15],
        tensors: TENSORS,
        declaration: DECLARATIONS[4],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network4::Net, _, _, 1>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 1e-08, centered: true, momentum: 0.5, weight_decay: 0.0 }, rate);
}

mod network5 {
    const SIZE_5: usize = 5;
    castnet::network! {
        pub struct Net<f64> {
            input: [1, SIZE_5, 6],
            residual { sum { way0: { layer_norm, prelu, #[frozen] layer(crate::scaled::Scaled::<30>) }, { leaky_relu, #[frozen] batch_norm, #[frozen] la: layer_norm }, { leaky_relu(0.2), dropout(0.0), ce: conv2d(3, kernel = [1, 1], padding = same, bias = false), conv2d(1, kernel = [1, 1], bias = false) } } },
            conv2d(1, kernel = 2, padding = same),
            conv2d(2, kernel = [1, 1], stride = 2, rounding = floor),
            dropout(0.0),
            sigmoid,
            ra: residual { pe: prelu(per_channel = true), gelu, relu },
        }
    }
}

#[test]
fn network5() {
    let case = crate::check::Case {
        name: "network5",
        seed: 71,
        batches: &[34, 27, 19],
        tensors: TENSORS,
        declaration: DECLARATIONS[5],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network5::Net, _, _, 8>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0 }, rate);
}

mod network6 {
    const SIZE_13: usize = 13;
    castnet::network! {
        pub struct Net<f32> {
            input: [SIZE_13],
            softmax,
            cb: concat { {  }, way1: { sum { { gelu, dense(4, bias = false), repeat(2) { dropout(0.0) } }, way1: { dense(4), sum { { dense(4), dd: dense(2), dense(4) }, { layer_norm, tanh, silu } } } }, sum { { dense(1), concat { { dense(8) }, way1: { gelu, layer_norm } }, dense(6) }, { da: dense(5), residual(project) { layer_norm, de: dense(6, bias = false), batch_norm } } }, #[frozen] batch_norm } },
            softmax,
            batch_norm,
            batch_norm,
            batch_norm,
        }
    }
}

#[test]
fn network6() {
    let case = crate::check::Case {
        name: "network6",
        seed: 71,
        batches: &[30, 29, 22],
        tensors: TENSORS,
        declaration: DECLARATIONS[6],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network6::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.1 }, rate);
}

mod network7 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3],
            dense(5),
            se: sum { { leaky_relu(0.2), dropout(0.0), de: dense(2, bias = false), dense(26) }, { repeat(1) { #[frozen] dense(17, bias = false), dense(26), tanh }, gelu } },
        }
    }
}

#[test]
fn network7() {
    let case = crate::check::Case {
        name: "network7",
        seed: 71,
        batches: &[22, 13, 28],
        tensors: TENSORS,
        declaration: DECLARATIONS[7],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.05);
    case.check::<network7::Net, _, _, 32>(loss, || castnet::optimizers::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 }, rate);
}

mod network8 {
    castnet::network! {
        pub struct Net<f64> {
            input: [1, 7, 3],
            relu,
            avg_pool2d([3, 1], rounding = floor),
            conv2d(1, kernel = 1, padding = [0, 0]),
            conv2d(6, kernel = 2, padding = same),
            leaky_relu(0.2),
            max_pool2d([1, 3]),
        }
    }
}

#[test]
fn network8() {
    let case = crate::check::Case {
        name: "network8",
        seed: 71,
        batches: &[2, 27, 15],
        tensors: TENSORS,
        declaration: DECLARATIONS[8],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network8::Net, _, _, 1>(loss, || castnet::optimizers::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-08, weight_decay: 0.1 }, rate);
}

mod network9 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3, 7, 3],
            silu,
            leaky_relu,
            tanh,
            sigmoid,
            #[frozen] conv2d(6, kernel = 1),
            flatten,
            dense(4),
        }
    }
}

#[test]
fn network9() {
    let case = crate::check::Case {
        name: "network9",
        seed: 71,
        batches: &[25, 5, 24],
        tensors: TENSORS,
        declaration: DECLARATIONS[9],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network9::Net, _, _, 8>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 0.001, weight_decay: 0.0 }, rate);
}
