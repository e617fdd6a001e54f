//! The rules that are compared: what the weights and biases of every layer start at.

use castnet::bytemuck::zeroed_box;
use castnet::init::{
    HeNormal, HeUniform, Initializer, LecunNormal, LecunUniform, PyTorchUniform, XavierNormal, XavierUniform,
};
use castnet::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

/// How a network starts.
#[derive(Debug)]
pub struct Rule {
    /// The heading of its row.
    pub name: &'static str,
    /// The weights of a layer before a relu.
    relu: Weights,
    /// Before another activation.
    other: Weights,
    /// Of the last layer, which has no activation behind it.
    last: Weights,
    /// Whether biases are drawn as PyTorch draws them; otherwise they are zero.
    biases: bool,
}

/// What weights are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weights {
    HeNormal,
    HeUniform,
    XavierUniform,
    XavierNormal,
    LecunUniform,
    LecunNormal,
    PyTorchUniform,
}

/// The first is what the others are compared with.
pub const RULES: &[Rule] = &[
    Rule { relu: Weights::HeNormal, ..everywhere("He n.", Weights::XavierUniform) },
    Rule { relu: Weights::HeUniform, ..everywhere("He u.", Weights::XavierUniform) },
    Rule { relu: Weights::HeNormal, ..last_small("He n., last small", Weights::XavierUniform) },
    everywhere("Xavier u.", Weights::XavierUniform),
    everywhere("Xavier n.", Weights::XavierNormal),
    last_small("Xavier n., last small", Weights::XavierNormal),
    everywhere("LeCun u.", Weights::LecunUniform),
    everywhere("LeCun n.", Weights::LecunNormal),
    last_small("LeCun n., last small", Weights::LecunNormal),
    everywhere("PyTorch, zero biases", Weights::PyTorchUniform),
    Rule { biases: true, ..everywhere("PyTorch", Weights::PyTorchUniform) },
];

/// Those that differ where there is no relu; the first is what the others are compared with.
pub fn without_relu() -> &'static [Rule] {
    let first = RULES.iter().position(|rule| rule.name == "Xavier u.").expect("a rule of that name");
    &RULES[first..]
}

/// The same for every layer.
const fn everywhere(name: &'static str, weights: Weights) -> Rule {
    Rule { name, relu: weights, other: weights, last: weights, biases: false }
}

/// The last layer of a third of LeCun's variance, as in PyTorch.
const fn last_small(name: &'static str, weights: Weights) -> Rule {
    Rule { last: Weights::PyTorchUniform, ..everywhere(name, weights) }
}

impl Weights {
    fn fill(self, rng: &mut StdRng, weights: &mut [f32], fan_in: usize, fan_out: usize) {
        match self {
            Self::HeNormal => HeNormal.fill(rng, weights, fan_in, fan_out),
            Self::HeUniform => HeUniform.fill(rng, weights, fan_in, fan_out),
            Self::XavierUniform => XavierUniform.fill(rng, weights, fan_in, fan_out),
            Self::XavierNormal => XavierNormal.fill(rng, weights, fan_in, fan_out),
            Self::LecunUniform => LecunUniform.fill(rng, weights, fan_in, fan_out),
            Self::LecunNormal => LecunNormal.fill(rng, weights, fan_in, fan_out),
            Self::PyTorchUniform => PyTorchUniform.fill(rng, weights, fan_in, fan_out),
        }
    }
}

/// A network whose dense layers and convolutions, one after the other, each with an activation right behind it but the
/// last, start by `rule`.
pub fn initialised<N: Network<Scalar = f32>>(rule: &Rule, seed: u64) -> Box<N> {
    let mut rng = StdRng::seed_from_u64(seed);
    // Zero at first, so that biases are, and no random number depends on what the default is.
    let mut network = zeroed_box::<N>();
    let mut shape = N::INPUT_SHAPE;
    for (place, layer) in N::LAYERS.iter().enumerate() {
        if matches!(layer.kind, "dense" | "conv2d") {
            let segment = |field: &str| {
                let name = format!("{}.{field}", layer.name);
                *N::SEGMENTS.iter().find(|segment| segment.name == name).expect("a layer with biases")
            };
            let (weight, bias) = (segment("weight"), segment("bias"));
            let [rows, fan_in] = weight.matrix();
            // An input has a part in as many outputs of a filter as the kernel has places.
            let fan_out = rows * if layer.kind == "conv2d" { fan_in / shape[0] } else { 1 };
            let weights = match N::LAYERS.get(place + 1).map(|next| next.kind) {
                Some("relu") => rule.relu,
                Some(_) => rule.other,
                None => rule.last,
            };
            let parameters = network.parameters_mut();
            weights.fill(&mut rng, &mut parameters[weight.offset..][..weight.len], fan_in, fan_out);
            if rule.biases {
                let biases = &mut parameters[bias.offset..][..bias.len];
                Weights::PyTorchUniform.fill(&mut rng, biases, fan_in, fan_out);
            }
        }
        shape = layer.output_shape;
    }
    network
}
