// Written by `python tests/differential/generate.py --seed 81 --networks 12`.

static TENSORS: &[u8] = include_bytes!("networks.safetensors");

static DECLARATIONS: &[&str] = &[
    r"pub struct Net<f32> {
    input: [1, 35],
    conv1d(3 + 1, kernel = 3, padding = causal, bias = false),
    be: batch_norm,
    silu,
    silu,
    conv1d(4, kernel = 2, padding = causal),
    flatten,
    dense(6),
}",
    r"pub struct Net<f32> {
    input: [2, SIZE_8, 3],
    residual { layer(crate::scaled::Scaled::<48>), silu, relu },
    max_pool2d([1, 3]),
}",
    r"pub struct Net<f64> {
    input: [2 + 1],
    dense(2, bias = false),
    relu,
    dense(5),
    prelu,
    sa: sum { { sum { way0: { sum { way0: { layer(crate::scaled::Scaled::<5>) }, { softmax, le: layer_norm } }, sigmoid, batch_norm, dense(9) }, { lb: layer(crate::scaled::Scaled::<5>), leaky_relu(0.5), dense(9) }, { repeat(1) { gelu, dense(SIZE_9, bias = false) }, tanh, softmax } }, dense(3, bias = false) }, { gelu, rd: repeat(1) { dense(9) }, dense(3, bias = false) } },
    relu,
}",
    r"pub struct Net<f32> {
    input: [13],
    tanh,
    silu,
    sigmoid,
    dropout(0.0),
    dd: dense(3),
}",
    r"pub struct Net<f32> {
    input: [2, 8, 5],
    silu,
    max_pool2d([3, 2], stride = [1, 3]),
    dropout(0.0),
    conv2d(2, kernel = 2, dilation = [2, 3], padding = same),
}",
    r"pub struct Net<f64> {
    input: [3],
    gelu,
    dropout(0.1),
    batch_norm,
    la: layer_norm,
}",
    r"pub struct Net<f32> {
    input: [2, 3, 8],
    concat { { max_pool2d(3, stride = 1), silu, la: layer(crate::scaled::Scaled::<12>) }, { gelu, ce: conv2d(2, kernel = [3, 3], bias = false) }, { re: residual(project) { sigmoid }, conv2d(2, kernel = [3, 2], padding = same), silu, conv2d(SIZE_2, kernel = [3, 3], bias = false) } },
    #[frozen] layer_norm,
    conv2d(5, kernel = 1, stride = 2, padding = [0, 1], rounding = floor),
    sum { { leaky_relu(0.5), leaky_relu(0.2) }, { conv2d(4, kernel = 1), re: repeat(2) { silu, conv2d(20, kernel = 1, padding = same) }, conv2d(5, kernel = [1, 1], bias = false) }, { conv2d(5, kernel = 1, bias = false) } },
    concat { { gelu, cc: conv2d(2, kernel = 1, dilation = [2, 3], padding = same) }, {  }, { ba: batch_norm, sigmoid } },
    flatten,
    dense(5),
}",
    r"pub struct Net<f64> {
    input: [2, 15],
    concat { way0: { #[frozen] ca: concat { { prelu(per_channel = true), sum { { avg_pool1d(1), avg_pool1d(1), conv1d(3 + 1, kernel = 2, padding = causal) }, { batch_norm, ca: conv1d(4, kernel = 3, padding = causal, bias = false), relu } } }, { cc: conv1d(4, kernel = 1) } }, conv1d(20, kernel = 3, padding = same), relu }, { leaky_relu(0.5), prelu, repeat(2) { tanh } } },
    #[frozen] bb: batch_norm,
    tanh,
    conv1d(3, kernel = 1, dilation = 2, padding = same),
    cc: conv1d(8, kernel = 2, dilation = 3, padding = causal, bias = false),
}",
    r"pub struct Net<f32> {
    input: [3],
    dense(24),
    layer(crate::scaled::Scaled::<24>),
    tanh,
    silu,
    dense(6),
    dense(5),
}",
    r"pub struct Net<f64> {
    input: [1, 27],
    cd: conv1d(6, kernel = 5, dilation = 1, padding = causal),
    layer(crate::scaled::Scaled::<162>),
    layer(crate::scaled::Scaled::<162>),
    max_pool1d(2, rounding = floor),
    flatten,
    dense(SIZE_3, bias = false),
}",
    r"pub struct Net<f32> {
    input: [2, 7, 4],
    relu,
    avg_pool2d([1, 3], rounding = floor),
    flatten,
    dense(SIZE_4, bias = false),
}",
    r"pub struct Net<f32> {
    input: [1 + 1, 11],
    conv1d(3, kernel = 4, dilation = 2),
    tanh,
    concat { {  }, { leaky_relu } },
    concat { way0: { sigmoid }, way1: { leaky_relu(0.2) } },
    concat { { tanh }, { conv1d(12, kernel = 1) } },
    dropout(0.0),
}",
];

mod network0 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1, 35],
            conv1d(3 + 1, kernel = 3, padding = causal, bias = false),
            be: batch_norm,
            silu,
            silu,
            conv1d(4, kernel = 2, padding = causal),
            flatten,
            dense(6),
        }
    }
}

#[test]
fn network0() {
    let case = crate::check::Case {
        name: "network0",
        seed: 81,
        batches: &[16, 32, 32],
        tensors: TENSORS,
        declaration: DECLARATIONS[0],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.001);
    case.check::<network0::Net, _, _, 1>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 0.001, weight_decay: 0.0 }, rate);
}

mod network1 {
    const SIZE_8: usize = 8;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, SIZE_8, 3],
            residual { layer(crate::scaled::Scaled::<48>), silu, relu },
            max_pool2d([1, 3]),
        }
    }
}

#[test]
fn network1() {
    let case = crate::check::Case {
        name: "network1",
        seed: 81,
        batches: &[26, 12, 19],
        tensors: TENSORS,
        declaration: DECLARATIONS[1],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network1::Net, _, _, 8>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 0.001, centered: false, momentum: 0.0, weight_decay: 0.0 }, rate);
}

mod network2 {
    const SIZE_9: usize = 9;
    castnet::network! {
        pub struct Net<f64> {
            input: [2 + 1],
            dense(2, bias = false),
            relu,
            dense(5),
            prelu,
            sa: sum { { sum { way0: { sum { way0: { layer(crate::scaled::Scaled::<5>) }, { softmax, le: layer_norm } }, sigmoid, batch_norm, dense(9) }, { lb: layer(crate::scaled::Scaled::<5>), leaky_relu(0.5), dense(9) }, { repeat(1) { gelu, dense(SIZE_9, bias = false) }, tanh, softmax } }, dense(3, bias = false) }, { gelu, rd: repeat(1) { dense(9) }, dense(3, bias = false) } },
            relu,
        }
    }
}

#[test]
fn network2() {
    let case = crate::check::Case {
        name: "network2",
        seed: 81,
        batches: &[27, 27, 26],
        tensors: TENSORS,
        declaration: DECLARATIONS[2],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network2::Net, _, _, 16>(loss, || castnet::optimizers::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0 }, rate);
}

mod network3 {
    castnet::network! {
        pub struct Net<f32> {
            input: [13],
            tanh,
            silu,
            sigmoid,
            dropout(0.0),
            dd: dense(3),
        }
    }
}

#[test]
fn network3() {
    let case = crate::check::Case {
        name: "network3",
        seed: 81,
        batches: &[26, 14, 16],
        tensors: TENSORS,
        declaration: DECLARATIONS[3],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.001);
    case.check::<network3::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 0.001, centered: true, momentum: 0.5, weight_decay: 0.1 }, rate);
}

mod network4 {
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 8, 5],
            silu,
            max_pool2d([3, 2], stride = [1, 3]),
            dropout(0.0),
            conv2d(2, kernel = 2, dilation = [2, 3], padding = same),
        }
    }
}

#[test]
fn network4() {
    let case = crate::check::Case {
        name: "network4",
        seed: 81,
        batches: &[22, 4, 10],
        tensors: TENSORS,
        declaration: DECLARATIONS[4],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.05);
    case.check::<network4::Net, _, _, 1>(loss, || castnet::optimizers::Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0 }, rate);
}

mod network5 {
    castnet::network! {
        pub struct Net<f64> {
            input: [3],
            gelu,
            dropout(0.1),
            batch_norm,
            la: layer_norm,
        }
    }
}

#[test]
fn network5() {
    let case = crate::check::Case {
        name: "network5",
        seed: 81,
        batches: &[15],
        tensors: TENSORS,
        declaration: DECLARATIONS[5],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.05);
    case.check::<network5::Net, _, _, 8>(loss, || castnet::optimizers::Sgd { momentum: 0.5, nesterov: true, weight_decay: 0.1 }, rate);
}

mod network6 {
    const SIZE_2: usize = 2;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 3, 8],
            concat { { max_pool2d(3, stride = 1), silu, la: layer(crate::scaled::Scaled::<12>) }, { gelu, ce: conv2d(2, kernel = [3, 3], bias = false) }, { re: residual(project) { sigmoid }, conv2d(2, kernel = [3, 2], padding = same), silu, conv2d(SIZE_2, kernel = [3, 3], bias = false) } },
            #[frozen] layer_norm,
            conv2d(5, kernel = 1, stride = 2, padding = [0, 1], rounding = floor),
            sum { { leaky_relu(0.5), leaky_relu(0.2) }, { conv2d(4, kernel = 1), re: repeat(2) { silu, conv2d(20, kernel = 1, padding = same) }, conv2d(5, kernel = [1, 1], bias = false) }, { conv2d(5, kernel = 1, bias = false) } },
            concat { { gelu, cc: conv2d(2, kernel = 1, dilation = [2, 3], padding = same) }, {  }, { ba: batch_norm, sigmoid } },
            flatten,
            dense(5),
        }
    }
}

#[test]
fn network6() {
    let case = crate::check::Case {
        name: "network6",
        seed: 81,
        batches: &[35, 17, 24],
        tensors: TENSORS,
        declaration: DECLARATIONS[6],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.001);
    case.check::<network6::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.1 }, rate);
}

mod network7 {
    castnet::network! {
        pub struct Net<f64> {
            input: [2, 15],
            concat { way0: { #[frozen] ca: concat { { prelu(per_channel = true), sum { { avg_pool1d(1), avg_pool1d(1), conv1d(3 + 1, kernel = 2, padding = causal) }, { batch_norm, ca: conv1d(4, kernel = 3, padding = causal, bias = false), relu } } }, { cc: conv1d(4, kernel = 1) } }, conv1d(20, kernel = 3, padding = same), relu }, { leaky_relu(0.5), prelu, repeat(2) { tanh } } },
            #[frozen] bb: batch_norm,
            tanh,
            conv1d(3, kernel = 1, dilation = 2, padding = same),
            cc: conv1d(8, kernel = 2, dilation = 3, padding = causal, bias = false),
        }
    }
}

#[test]
fn network7() {
    let case = crate::check::Case {
        name: "network7",
        seed: 81,
        batches: &[13, 30, 9],
        tensors: TENSORS,
        declaration: DECLARATIONS[7],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network7::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.99, epsilon: 1e-08, centered: false, momentum: 0.5, weight_decay: 0.1 }, rate);
}

mod network8 {
    castnet::network! {
        pub struct Net<f32> {
            input: [3],
            dense(24),
            layer(crate::scaled::Scaled::<24>),
            tanh,
            silu,
            dense(6),
            dense(5),
        }
    }
}

#[test]
fn network8() {
    let case = crate::check::Case {
        name: "network8",
        seed: 81,
        batches: &[1, 24, 32],
        tensors: TENSORS,
        declaration: DECLARATIONS[8],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network8::Net, _, _, 1>(loss, || castnet::optimizers::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.0 }, rate);
}

mod network9 {
    const SIZE_3: usize = 3;
    castnet::network! {
        pub struct Net<f64> {
            input: [1, 27],
            cd: conv1d(6, kernel = 5, dilation = 1, padding = causal),
            layer(crate::scaled::Scaled::<162>),
            layer(crate::scaled::Scaled::<162>),
            max_pool1d(2, rounding = floor),
            flatten,
            dense(SIZE_3, bias = false),
        }
    }
}

#[test]
fn network9() {
    let case = crate::check::Case {
        name: "network9",
        seed: 81,
        batches: &[32, 19, 15],
        tensors: TENSORS,
        declaration: DECLARATIONS[9],
    };
    let (loss, rate) = (castnet::losses::SoftmaxCrossEntropy, 0.01);
    case.check::<network9::Net, _, _, 8>(loss, || castnet::optimizers::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-08, weight_decay: 0.0 }, rate);
}

mod network10 {
    const SIZE_4: usize = 4;
    castnet::network! {
        pub struct Net<f32> {
            input: [2, 7, 4],
            relu,
            avg_pool2d([1, 3], rounding = floor),
            flatten,
            dense(SIZE_4, bias = false),
        }
    }
}

#[test]
fn network10() {
    let case = crate::check::Case {
        name: "network10",
        seed: 81,
        batches: &[32, 5, 32],
        tensors: TENSORS,
        declaration: DECLARATIONS[10],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network10::Net, _, _, 16>(loss, || castnet::optimizers::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.001, weight_decay: 0.1 }, rate);
}

mod network11 {
    castnet::network! {
        pub struct Net<f32> {
            input: [1 + 1, 11],
            conv1d(3, kernel = 4, dilation = 2),
            tanh,
            concat { {  }, { leaky_relu } },
            concat { way0: { sigmoid }, way1: { leaky_relu(0.2) } },
            concat { { tanh }, { conv1d(12, kernel = 1) } },
            dropout(0.0),
        }
    }
}

#[test]
fn network11() {
    let case = crate::check::Case {
        name: "network11",
        seed: 81,
        batches: &[31, 24, 20],
        tensors: TENSORS,
        declaration: DECLARATIONS[11],
    };
    let (loss, rate) = (castnet::losses::MeanSquaredError, 0.01);
    case.check::<network11::Net, _, _, 32>(loss, || castnet::optimizers::RmsProp { alpha: 0.9, epsilon: 0.001, centered: true, momentum: 0.0, weight_decay: 0.0 }, rate);
}
