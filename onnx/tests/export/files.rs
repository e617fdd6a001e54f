//! Files of networks whose parameters are drawn by whole numbers only: they have the same bytes wherever they are made.

use castnet::bytemuck::zeroed_box;
use castnet::layers::Operation;
use castnet::{Infer, ParameterKind, Scalar, Segment};
use castnet_onnx::{Export, OwnLayer};

/// Numbers at random.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(1)
    }

    /// From `low` to below `high`, by 24 bits.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((self.0 >> 40) as f64 / f64::from(1 << 24))
    }
}

/// A network with parameters by which values keep about their size from layer to layer.
pub fn network<N: Infer>() -> Box<N> {
    let (mut network, mut random) = (zeroed_box::<N>(), Random::new());
    for segment in N::SEGMENTS {
        let [low, high] = range(segment);
        let numbers = &mut network.parameters_mut()[segment.offset..][..segment.len];
        numbers.fill_with(|| N::Scalar::from_f64(random.between(low, high)));
    }
    network
}

fn range(segment: &Segment) -> [f64; 2] {
    match segment.kind {
        ParameterKind::Weight => {
            let fan_in = segment.shape.iter().skip(1).product::<usize>();
            let bound = (3.0 / fan_in as f64).sqrt();
            [-bound, bound]
        }
        ParameterKind::Scale => [0.5, 1.5],
        ParameterKind::Slope => [0.1, 0.4],
        ParameterKind::RunningStatistic if segment.name.ends_with("variance") => [0.5, 1.5],
        _ => [-0.5, 0.5],
    }
}

/// The files of a network: their names, and their bytes.
pub fn files<N: Infer>() -> Vec<(&'static str, Vec<u8>)> {
    let network = network::<N>();
    let export =
        || Export::new().producer("castnet", "").metadata("network", N::NAME).round_to_f32().own_layer(own_layer);
    let mut exports = vec![("model", export()), ("newest", export().opset(22))];
    if N::LAYERS.iter().any(|layer| matches!(layer.operation, Operation::BatchNorm { .. })) {
        exports.push(("folded", export().fold_batch_norm()));
    }
    let bytes = |export: &Export<'_>| export.to_bytes(&*network).unwrap_or_else(|error| panic!("{error}"));
    exports.iter().map(|(name, export)| (*name, bytes(export))).collect()
}

/// `y = a x`, of `Scaled`.
fn own_layer(layer: &mut OwnLayer<'_>) -> Option<String> {
    assert_eq!(layer.type_name(), "crate::scaled::Scaled::<6>");
    let (factors, x) = (layer.parameters().to_vec(), layer.input().to_owned());
    let a = layer.constant("factors", layer.input_shape(), &factors);
    Some(layer.node("Mul", &[&x, &a], Vec::new()))
}
