//! Batch norm at inference is a multiplication and an addition for each channel, which a layer before it can do.

use castnet::layers::Operation;
use castnet::{Infer, LayerInfo, Source};

use super::numbers::Numbers;

/// A batch norm that becomes a part of the layer before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded {
    /// Its index among the layers.
    pub place: usize,
    name: &'static str,
    epsilon: f64,
}

/// Per layer the batch norm that it can do: the only reader of its output, if it is a dense layer or a convolution.
pub fn folded<N: Infer>() -> Vec<Option<Folded>> {
    let readers = |layer: usize| {
        let read = move |source: &&Source| **source == Source::Layer(layer);
        N::LAYERS
            .iter()
            .enumerate()
            .flat_map(move |(place, other)| other.inputs.iter().filter(read).map(move |_| place))
    };
    let folds = |(place, layer): (usize, &LayerInfo)| {
        if !matches!(layer.operation, Operation::Dense | Operation::Convolution(_)) {
            return None;
        }
        let mut readers = readers(place);
        let (Some(place), None) = (readers.next(), readers.next()) else { return None };
        let LayerInfo { name, operation: Operation::BatchNorm { epsilon, .. }, .. } = N::LAYERS[place] else {
            return None;
        };
        Some(Folded { place, name, epsilon })
    };
    N::LAYERS.iter().enumerate().map(folds).collect()
}

/// What a batch norm multiplies each channel by, and then adds.
pub struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

impl Affine {
    pub fn of(numbers: &Numbers, Folded { name, epsilon, .. }: Folded) -> Self {
        let field = |field| numbers.field(name, field).unwrap_or_default();
        let (variance, mean) = (field("running_variance"), field("running_mean"));
        let deviation = variance.iter().map(|variance| (variance + epsilon).sqrt());
        let scale: Vec<f64> =
            field("weight").iter().zip(deviation).map(|(weight, deviation)| weight / deviation).collect();
        let moved = mean.iter().zip(&scale).map(|(mean, scale)| mean * scale);
        let shift = field("bias").iter().zip(moved).map(|(bias, moved)| bias - moved).collect();
        Self { scale, shift }
    }

    /// The weights of the layer before it, in rows for each channel.
    pub fn weight(&self, weight: Vec<f64>) -> Vec<f64> {
        let columns = (weight.len() / self.scale.len()).max(1);
        weight.chunks(columns).zip(&self.scale).flat_map(|(row, scale)| row.iter().map(move |w| w * scale)).collect()
    }

    /// The biases of the layer before it, if it has some.
    pub fn bias(&self, bias: Option<Vec<f64>>) -> Vec<f64> {
        let Some(bias) = bias else { return self.shift.clone() };
        bias.iter().zip(&self.scale).zip(&self.shift).map(|((bias, scale), shift)| bias * scale + shift).collect()
    }
}
