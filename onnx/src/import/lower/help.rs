//! What would help where castnet has no layer.

use super::super::graph::Node;
use super::super::refusal::{Reason, refuse};

pub const GELU: &str = "write GELU as `0.5 * x * (1 + erf(x / sqrt(2)))`, or export with an opset of 20 or more";
pub const CONSTANT_FIRST: &str = "have what comes in as the first input, and the constant as the second";
pub const FIRST_OUTPUT: &str = "have the model without what masks, indices and statistics are for";
pub const PADDING: &str =
    "pad before a convolution, with zeros, or cut and pad what comes in before the network gets it";
pub const ORDER: &str = "have the model flatten or transpose behind the network, or channels first throughout";
pub const SHAPE: &str =
    "have what comes in in that shape, or keep the shape of the layer before it: castnet only flattens";
pub const ACTIVATIONS: &str = "castnet has relu, leaky_relu, prelu, gelu, silu, sigmoid and tanh: train with one of them, or write this one \
    as a layer of your own";

/// What changes each number by itself, and castnet has not.
const ACTIVATION_OPERATORS: &[&str] = &[
    "Abs",
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "Ceil",
    "Celu",
    "Cos",
    "Cosh",
    "Exp",
    "Floor",
    "HardSigmoid",
    "HardSwish",
    "Log",
    "Mish",
    "Pow",
    "Reciprocal",
    "Round",
    "Selu",
    "Shrink",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Tan",
];

/// Whether an operator changes each number by itself.
pub fn is_activation(operator: &str) -> bool {
    const TAKEN: &[&str] = &["Clip", "Elu", "Gelu", "LeakyRelu", "PRelu", "Swish", "ThresholdedRelu"];
    ACTIVATION_OPERATORS.contains(&operator) || TAKEN.contains(&operator)
}

/// The refusal of an operator that there is no layer for.
pub fn operator<T>(node: &Node) -> Result<T, Reason> {
    let (reason, help) = match node.operator.as_str() {
        operator if ACTIVATION_OPERATORS.contains(&operator) => ("there is no such activation in castnet", ACTIVATIONS),
        "LogSoftmax" => (
            "there is no logarithm of softmax in castnet",
            "let the model end in the logits, whose largest is the same: `SoftmaxCrossEntropy` takes those to train on",
        ),
        "ConvTranspose" | "Resize" | "Upsample" | "DepthToSpace" | "MaxUnpool" | "GridSample" | "Col2Im" => (
            "castnet has nothing that makes an image larger",
            "take the model's features before it, and do what follows in your program",
        ),
        "RNN" | "GRU" | "LSTM" => (
            "castnet has no recurrent layers",
            "use causal convolutions: `conv1d(16, kernel = 3, padding = causal)`, which run frame by frame too",
        ),
        "InstanceNormalization"
        | "GroupNormalization"
        | "LRN"
        | "MeanVarianceNormalization"
        | "LpNormalization"
        | "RMSNormalization" => (
            "castnet normalises over the batch or over all values of a sample, not like this",
            "train with batch_norm or layer_norm",
        ),
        "Attention" | "Einsum" | "RotaryEmbedding" => (
            "castnet has no attention, and no products of what comes in with itself",
            "use convolutions or dense layers",
        ),
        "If" | "Loop" | "Scan" | "SequenceMap" => (
            "castnet has no branches and no loops: what is computed is fixed when the program is compiled",
            "export the model with them unrolled, for inputs of one size",
        ),
        "ConvInteger"
        | "MatMulInteger"
        | "QLinearConv"
        | "QLinearMatMul"
        | "QuantizeLinear"
        | "DequantizeLinear"
        | "DynamicQuantizeLinear" => ("castnet computes in floating point", "export the model before it is quantised"),
        "AveragePool" | "MaxPool" | "LpPool" | "GlobalLpPool" | "MaxRoiPool" | "RoiAlign" => {
            ("castnet has max_pool and avg_pool only", "use one of them")
        }
        "ReduceSum" | "ReduceMin" | "ReduceProd" | "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp"
        | "ReduceSumSquare" | "CumSum" => (
            "of what adds up or compares, castnet has the mean and the maximum over all positions",
            "use a mean over height and width, or a dense layer",
        ),
        "ArgMax" | "ArgMin" | "TopK" | "NonMaxSuppression" | "NonZero" | "Equal" | "Greater" | "GreaterOrEqual"
        | "Less" | "LessOrEqual" | "And" | "Or" | "Xor" | "Not" | "Where" | "IsNaN" | "IsInf" | "OneHot" | "Unique"
        | "Compress" => (
            "castnet computes numbers, and decides nothing by them",
            "let the model end before it, and decide in your program",
        ),
        "Min" => ("castnet takes no minimum of two values", ACTIVATIONS),
        "Bernoulli" | "RandomNormal" | "RandomNormalLike" | "RandomUniform" | "RandomUniformLike" | "Multinomial" => {
            ("there is no chance at inference", "leave it out of the model")
        }
        _ => ("castnet has nothing like this operator", "let the model do without it, or end before it"),
    };
    refuse(reason, help)
}

/// The refusal of an operator that is not ONNX's own.
pub fn domain<T>(node: &Node, is_function: bool) -> Result<T, Reason> {
    if is_function {
        return refuse(
            "it is a function that the model brings along",
            "have it written out: `onnx.inliner.inline_local_functions`, or the exporter's option for it",
        );
    }
    refuse(
        format!("it is an operator of `{}`, and only ONNX's own are known", node.domain),
        "export the model without what is of one runtime only",
    )
}
