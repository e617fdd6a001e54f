// Written by `python tests/differential/generate.py --seed 27 --networks 10`.

static TENSORS: &[u8] = include_bytes!("networks.safetensors");

static DECLARATIONS: &[&str] = &[
    r"pub struct Net<f32> {
    input: [SIZE_1, SIZE_4, SIZE_6],
    concat { way0: { conv2d(1, kernel = [1, 1]) }, { relu } },
    dropout(0.0),
    sum { { #[frozen] cc: conv2d(1 + 1, kernel = [3, 1]) }, { conv2d(2, kernel = [3, 1]) }, { max_pool2d([2, 1]), gelu, batch_norm } },
    gelu,
    flatten,
    db: dense(4 + 1, bias = false),
}",
    r"pub struct Net<f64> {
    input: [SIZE_3, 5, 8],
    avg_pool2d(3, rounding = floor),
    dropout(0.0),
    relu,
    conv2d(8, kernel = [1, 1], stride = [1, 3], padding = [1, 0], rounding = floor, bias = false),
    dropout(0.0),
}",
    r"pub struct Net<f32> {
    input: [5],
    gelu,
    residual(project) { sigmoid, leaky_relu(0.2), concat { way0: { dense(6), dropout(0.0), tanh }, { batch_norm, dense(SIZE_27), tanh }, { repeat(1) { batch_norm } } } },
    dense(SIZE_2),
    dense(4),
    residual { leaky_relu(0.2), dense(SIZE_2), dense(4) },
    dense(SIZE_2),
}",
    r"pub struct Net<f32> {
    input: [13],
    prelu,
    relu,
}",
    r"pub struct Net<f32> {
    input: [5],
    concat { { concat { { batch_norm }, { sigmoid, dense(5) } }, layer(crate::scaled::Scaled::<10>), dropout(0.1) }, { softmax } },
    sum { { gelu, da: dense(6), dense(1) }, { dense(38 + 1, bias = false), dense(1), leaky_relu(0.5) } },
}",
    r"pub struct Net<f32> {
    input: [2, 5, 7],
    sum { { max_pool2d([3, 1], rounding = floor), avg_pool2d([1, 3], rounding = floor), batch_norm }, way1: { layer_norm, sum { { layer(crate::scaled::Scaled::<70>) }, { ba: batch_norm, layer(crate::scaled::Scaled::<70>) }, {  } }, conv2d(2, kernel = [5, 6]) } },
    residual { prelu(per_channel = true), conv2d(11 + 1, kernel = 1, stride = [2, 1], bias = false), layer(crate::scaled::Scaled::<24>), #[frozen] conv2d(2, kernel = [1, 1]) },
    ce: conv2d(SIZE_17, kernel = [1, 1], padding = same),
    residual { leaky_relu },
    conv2d(5, kernel = [1, 1]),
}",
    r"pub struct Net<f64> {
    input: [3, 8, SIZE_4],
    silu,
    concat { { prelu, prelu, sum { { layer(crate::scaled::Scaled::<96>), conv2d(1, kernel = [7, 1]) }, { sum { { cd: conv2d(1, kernel = [1, 1]) }, { batch_norm, tanh, conv2d(1, kernel = [1, 1], bias = false) }, way2: { batch_norm, conv2d(1, kernel = [2, 2], padding = same) } }, repeat(1) { avg_pool2d([3, 1], rounding = floor) } }, way2: { #[frozen] cb: conv2d(1, kernel = [7, 1]) } } }, { leaky_relu(0.5), ce: conv2d(2, kernel = 2, padding = same, bias = false), conv2d(1, kernel = [7, 1]) } },
}",
    r"pub struct Net<f64> {
    input: [3],
    dense(4),
    layer_norm,
    relu,
    softmax,
    tanh,
}",
    r"pub struct Net<f64> {
    input: [3, 6, 3],
    avg_pool2d(2, stride = [2, 2], rounding = floor),
    leaky_relu(0.2),
    conv2d(6, kernel = 1, padding = 1),
    relu,
    flatten,
    dense(3),
}",
    r"pub struct Net<f32> {
    input: [13],
    sigmoid,
    pe: prelu(per_channel = true),
    batch_norm,
    sigmoid,
    tanh,
    batch_norm,
}",
];

mod network0 {
    const SIZE_1: usize = 1;
    const SIZE_4: usize = 4;
    const SIZE_6: usize = 6;
    castnet::network! {
        pub struct Net<f32> {
            input: [SIZE_1, SIZE_4, SIZE_6],
            concat { way0: { conv2d(1, kernel = [1, 1]) }, { relu } },
            dropout(0.0),
            sum { { #[frozen] cc: conv2d(1 + 1, kernel = [3, 1]) }, { conv2d(2, kernel = [3, 1]) }, { max_pool2d([2, 1]), gelu, batch_norm } },
            gelu,
            flatten,
            db: dense(4 + 1, bias = false),
        }
    }
}

#[test]
fn network0() {
    let case = Case {
        name: "network0",
        seed: 27,
        batches: &[32, 12, 23],
        tensors: TENSORS,
        declaration: DECLARATIONS[0],
    };
    case.check::<network0::Net, _, _, 1>(SoftmaxCrossEntropy, || AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.1, ..AdamW::default() }, 0.001);
}

mod network1 {
    const SIZE_3: usize = 3;
    castnet::network! {
        pub struct Net<f64> {
            input: [SIZE_3, 5, 8],
            avg_pool2d(3, rounding = floor),
            dropout(0.0),
            relu,
            conv2d(8, kernel = [1, 1], stride = [1, 3], padding = [1, 0], rounding = floor, bias = false),
            dropout(0.0),
        }
    }
}

#[test]
fn network1() {
    let case = Case {
        name: "network1",
        seed: 27,
        batches: &[11, 5, 25],
        tensors: TENSORS,
        declaration: DECLARATIONS[1],
    };
    case.check::<network1::Net, _, _, 8>(MeanSquaredError, || RmsProp { alpha: 0.9, epsilon: 1e-08, centered: false, momentum: 0.0, weight_decay: 0.0, ..RmsProp::default() }, 0.01);
}

mod network2 {
    const SIZE_2: usize = 2;
    const SIZE_27: usize = 27;
    castnet::network! {
        pub struct Net<f32> {
            input: [5],
            gelu,
            residual(project) { sigmoid, leaky_relu(0.2), concat { way0: { dense(6), dropout(0.0), tanh }, { batch_norm, dense(SIZE_27), tanh }, { repeat(1) { batch_norm } } } },
            dense(SIZE_2),
            dense(4),
            residual { leaky_relu(0.2), dense(SIZE_2), dense(4) },
            dense(SIZE_2),
        }
    }
}

#[test]
fn network2() {
    let case = Case {
        name: "network2",
        seed: 27,
        batches: &[14, 28, 24],
        tensors: TENSORS,
        declaration: DECLARATIONS[2],
    };
    case.check::<network2::Net, _, _, 16>(SoftmaxCrossEntropy, || RmsProp { alpha: 0.99, epsilon: 0.001, centered: true, momentum: 0.0, weight_decay: 0.0, ..RmsProp::default() }, 0.01);
}

mod network3 {
    castnet::network! {
        pub struct Net<f32> {
            input: [13],
            prelu,
            relu,
        }
    }
}

#[test]
fn network3() {
    let case = Case {
        name: "network3",
        seed: 27,
        batches: &[17, 24, 8],
        tensors: TENSORS,
        declaration: DECLARATIONS[3],
    };
    case.check::<network3::Net, _, _, 32>(MeanSquaredError, || Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0, ..Sgd::default() }, 0.01);
}

mod network4 {
    castnet::network! {
        pub struct Net<f32> {
            input: [5],
            concat { { concat { { batch_norm }, { sigmoid, dense(5) } }, layer(crate::scaled::Scaled::<10>), dropout(0.1) }, { softmax } },
            sum { { gelu, da: dense(6), dense(1) }, { dense(38 + 1, bias = false), dense(1), leaky_relu(0.5) } },
        }
    }
}

#[test]
fn network4() {
    let case = Case {
        name: "network4",
        seed: 27,
        batches: &[30],
        tensors: TENSORS,
        declaration: DECLARATIONS[4],
    };
    case.check::<network4::Net, _, _, 1>(MeanSquaredError, || Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.0, ..Adam::default() }, 0.001);
}

mod network5 {
    const SIZE_17: usize = 17;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 5, 7],
            sum { { max_pool2d([3, 1], rounding = floor), avg_pool2d([1, 3], rounding = floor), batch_norm }, way1: { layer_norm, sum { { layer(crate::scaled::Scaled::<70>) }, { ba: batch_norm, layer(crate::scaled::Scaled::<70>) }, {  } }, conv2d(2, kernel = [5, 6]) } },
            residual { prelu(per_channel = true), conv2d(11 + 1, kernel = 1, stride = [2, 1], bias = false), layer(crate::scaled::Scaled::<24>), #[frozen] conv2d(2, kernel = [1, 1]) },
            ce: conv2d(SIZE_17, kernel = [1, 1], padding = same),
            residual { leaky_relu },
            conv2d(5, kernel = [1, 1]),
        }
    }
}

#[test]
fn network5() {
    let case = Case {
        name: "network5",
        seed: 27,
        batches: &[25, 34, 29],
        tensors: TENSORS,
        declaration: DECLARATIONS[5],
    };
    case.check::<network5::Net, _, _, 8>(MeanSquaredError, || Sgd { momentum: 0.5, nesterov: true, weight_decay: 0.1, ..Sgd::default() }, 0.05);
}

mod network6 {
    const SIZE_4: usize = 4;
    castnet::network! {
        pub struct Net<f64> {
            input: [3, 8, SIZE_4],
            silu,
            concat { { prelu, prelu, sum { { layer(crate::scaled::Scaled::<96>), conv2d(1, kernel = [7, 1]) }, { sum { { cd: conv2d(1, kernel = [1, 1]) }, { batch_norm, tanh, conv2d(1, kernel = [1, 1], bias = false) }, way2: { batch_norm, conv2d(1, kernel = [2, 2], padding = same) } }, repeat(1) { avg_pool2d([3, 1], rounding = floor) } }, way2: { #[frozen] cb: conv2d(1, kernel = [7, 1]) } } }, { leaky_relu(0.5), ce: conv2d(2, kernel = 2, padding = same, bias = false), conv2d(1, kernel = [7, 1]) } },
        }
    }
}

#[test]
fn network6() {
    let case = Case {
        name: "network6",
        seed: 27,
        batches: &[24, 22, 34],
        tensors: TENSORS,
        declaration: DECLARATIONS[6],
    };
    case.check::<network6::Net, _, _, 16>(MeanSquaredError, || Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0, ..Adam::default() }, 0.001);
}

mod network7 {
    castnet::network! {
        pub struct Net<f64> {
            input: [3],
            dense(4),
            layer_norm,
            relu,
            softmax,
            tanh,
        }
    }
}

#[test]
fn network7() {
    let case = Case {
        name: "network7",
        seed: 27,
        batches: &[17, 14, 13],
        tensors: TENSORS,
        declaration: DECLARATIONS[7],
    };
    case.check::<network7::Net, _, _, 32>(MeanSquaredError, || Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0, ..Adam::default() }, 0.01);
}

mod network8 {
    castnet::network! {
        pub struct Net<f64> {
            input: [3, 6, 3],
            avg_pool2d(2, stride = [2, 2], rounding = floor),
            leaky_relu(0.2),
            conv2d(6, kernel = 1, padding = 1),
            relu,
            flatten,
            dense(3),
        }
    }
}

#[test]
fn network8() {
    let case = Case {
        name: "network8",
        seed: 27,
        batches: &[19, 28, 31],
        tensors: TENSORS,
        declaration: DECLARATIONS[8],
    };
    case.check::<network8::Net, _, _, 1>(SoftmaxCrossEntropy, || Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0, ..Sgd::default() }, 0.05);
}

mod network9 {
    castnet::network! {
        pub struct Net<f32> {
            input: [13],
            sigmoid,
            pe: prelu(per_channel = true),
            batch_norm,
            sigmoid,
            tanh,
            batch_norm,
        }
    }
}

#[test]
fn network9() {
    let case = Case {
        name: "network9",
        seed: 27,
        batches: &[13, 14, 17],
        tensors: TENSORS,
        declaration: DECLARATIONS[9],
    };
    case.check::<network9::Net, _, _, 8>(MeanSquaredError, || Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.0, ..Sgd::default() }, 0.05);
}
