//! Networks to files.

mod batch_norm;
mod graph;
mod layers;
mod numbers;
mod own;

use std::io::Write as _;
use std::path::Path;

use castnet::layers::Operation;
use castnet::{Infer, LayerInfo, Scalar, Source};

use crate::Error;
use crate::proto::{DataType, ModelProto, OperatorSetIdProto, StringStringEntryProto};
use batch_norm::{Folded, folded};
use graph::Graph;
use numbers::Numbers;

pub use own::OwnLayer;

/// The operators that a file is of, unless another [`opset`](Export::opset) is asked for.
pub const OPSET: i64 = 17;

/// The first and the last set of operators that is written.
const OPSETS: [i64; 2] = [17, 22];

/// What a message of Protocol Buffers may have.
const LARGEST: usize = i32::MAX as usize;

/// Writes a network to a file, as [`Export`] does without further settings.
///
/// # Errors
///
/// As for [`Export::to_file`].
pub fn export<N: Infer>(network: &N, path: impl AsRef<Path>) -> Result<(), Error> {
    Export::new().to_file(network, path)
}

/// How a network becomes an ONNX model.
///
/// The model computes in f32 what [`predict`](Infer::predict) does, for any number of samples: all inputs and outputs have an
/// axis of the name `batch` first. Tokens are whole numbers of 64 bits. Inputs and heads have their names in the declaration, and
/// are `input` and `output` where there is one; a value in between is called as its layer is, and a weight as in
/// [`SEGMENTS`](castnet::Parameters::SEGMENTS). Weights are in the file itself.
///
/// ```
/// use castnet::prelude::*;
/// use castnet_onnx::Export;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Digits {
///         input: [1, 8, 8],
///         conv: conv2d(4, kernel = 3, bias = false), batch_norm, relu,
///         max_pool2d(2),
///         flatten,
///         logits: dense(10),
///     }
/// }
///
/// let digits = Digits::init(&mut StdRng::seed_from_u64(1));
/// let model = Export::new().fold_batch_norm().metadata("trained on", "MNIST").model(&*digits)?;
/// let operators: Vec<_> = model.graph.unwrap().node.into_iter().map(|node| node.op_type).collect();
/// assert_eq!(operators, ["Conv", "Relu", "MaxPool", "Flatten", "Gemm"]);
/// # Ok::<(), castnet_onnx::Error>(())
/// ```
#[must_use = "settings do nothing until a network is exported with them"]
pub struct Export<'a> {
    opset: i64,
    folds: bool,
    rounds: bool,
    producer: [String; 2],
    metadata: Vec<StringStringEntryProto>,
    own: Option<Box<OwnLayers<'a>>>,
}

/// What says how layers of the user's own are computed.
type OwnLayers<'a> = dyn Fn(&mut OwnLayer<'_>) -> Option<String> + 'a;

impl Default for Export<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Export<'a> {
    /// Operators of opset 17, batch norms as they are.
    pub fn new() -> Self {
        Self {
            opset: OPSET,
            folds: false,
            rounds: false,
            producer: [String::from("castnet"), String::from(env!("CARGO_PKG_VERSION"))],
            metadata: Vec::new(),
            own: None,
        }
    }

    /// Another set of operators, 17 to 22. From 20 on, a `gelu` is one node.
    pub fn opset(mut self, version: i64) -> Self {
        self.opset = version;
        self
    }

    /// Has a batch norm right behind a dense layer or a convolution become a part of its weights and biases: less work, and no
    /// more training. A batch norm that stands behind something else stays.
    pub fn fold_batch_norm(mut self) -> Self {
        self.folds = true;
        self
    }

    /// Allows a network on `f64`, whose numbers are rounded. Without it, such a network is an error.
    pub fn round_to_f32(mut self) -> Self {
        self.rounds = true;
        self
    }

    /// What the file says it was made by, instead of castnet.
    pub fn producer(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.producer = [name.into(), version.into()];
        self
    }

    /// One more thing that the file says of the model.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push(StringStringEntryProto { key: key.into(), value: value.into() });
        self
    }

    /// Says how layers of your own are computed: `write` adds nodes for one, and returns the name of the value that they
    /// make, or `None` for a layer that it does not know, which is an error.
    ///
    /// ```
    /// use castnet::layers::{Backward, Context, Forward, Layer};
    /// use castnet::{Scalar, prelude::*, pulp::Simd};
    /// use castnet_onnx::Export;
    ///
    /// /// Half of what comes in.
    /// #[derive(Clone, Copy, Default)]
    /// struct Half<const N: usize>;
    ///
    /// impl<T: Scalar, const N: usize> Layer<T> for Half<N> {
    ///     const INPUT: usize = N;
    ///     const OUTPUT: usize = N;
    ///     const PARAMETERS: usize = 0;
    ///     fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
    ///         io.output.iter_mut().zip(io.input).for_each(|(y, &x)| *y = x * T::from_f64(0.5));
    ///     }
    ///     fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
    ///         let Some(dx) = io.input_gradient else { return };
    ///         dx.iter_mut().zip(io.output_gradient).for_each(|(dx, dy)| *dx = *dy * T::from_f64(0.5));
    ///     }
    /// }
    ///
    /// network! {
    ///     struct Quiet { input: [3], halved: layer(Half::<3>) }
    /// }
    ///
    /// let quiet: Quiet = castnet::zeroed();
    /// let unknown = Export::new().model(&quiet).unwrap_err().to_string();
    /// assert!(unknown.starts_with("`halved` is a layer of your own, `Half::<3>`"), "{unknown}");
    ///
    /// let export = Export::new().own_layer(|layer| match layer.type_name() {
    ///     "Half::<3>" => {
    ///         let (x, half) = (layer.input().to_owned(), layer.constant("half", &[], &[0.5]));
    ///         Some(layer.node("Mul", &[&x, &half], Vec::new()))
    ///     }
    ///     _ => None,
    /// });
    /// assert_eq!(export.model(&quiet)?.graph.unwrap().node[0].op_type, "Mul");
    /// # Ok::<(), castnet_onnx::Error>(())
    /// ```
    pub fn own_layer(mut self, write: impl Fn(&mut OwnLayer<'_>) -> Option<String> + 'a) -> Self {
        self.own = Some(Box::new(write));
        self
    }

    /// Writes the model to a file, which it replaces as a whole or not at all.
    ///
    /// # Errors
    ///
    /// As for [`to_bytes`](Self::to_bytes), and what the system says.
    pub fn to_file<N: Infer>(&self, network: &N, path: impl AsRef<Path>) -> Result<(), Error> {
        let (bytes, path) = (self.to_bytes(network)?, path.as_ref());
        castnet::data::replace_file(path, |file| file.write_all(&bytes))
            .map_err(|source| Error::Write { source }.in_file(path))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// As for [`model`](Self::model), and [`Error::TooLarge`] for a network whose weights are more than a file may have.
    pub fn to_bytes<N: Infer>(&self, network: &N) -> Result<Vec<u8>, Error> {
        let bytes = self.model(network)?.to_bytes();
        if bytes.len() > LARGEST { Err(Error::TooLarge { bytes: bytes.len() }) } else { Ok(bytes) }
    }

    /// The model itself.
    ///
    /// # Errors
    ///
    /// [`Error::OwnLayer`] for a layer of your own of which nothing is [said](Self::own_layer), [`Error::Scalar`] for a
    /// network on `f64` unless its numbers may be [rounded](Self::round_to_f32), [`Error::Infinite`] if one of them would be
    /// infinite then, [`Error::MoreThanLayers`] for a [`Siamese`](castnet::Siamese), [`Error::Opset`] for operators that this does
    /// not write.
    pub fn model<N: Infer>(&self, network: &N) -> Result<ModelProto, Error> {
        let [first, last] = OPSETS;
        if !(first..=last).contains(&self.opset) {
            return Err(Error::Opset { found: self.opset });
        }
        if N::Scalar::NAME != "f32" && !self.rounds {
            return Err(Error::Scalar { network: N::NAME, scalar: N::Scalar::NAME });
        }
        let made = N::LAYERS.last().map_or(N::INPUT_LEN, |layer| layer.output_shape.iter().product());
        if made != N::OUTPUT_LEN {
            return Err(Error::MoreThanLayers { network: N::NAME, made, given: N::OUTPUT_LEN });
        }
        let mut graph = Graph::new();
        let mut values = inputs::<N>(&mut graph);
        let outputs = outputs::<N>(&mut graph);
        let mut writer = LayerWriter {
            numbers: Numbers::of(network),
            folded: if self.folds { folded::<N>() } else { vec![None; N::LAYERS.len()] },
            export: self,
            graph,
        };
        let given = values.len();
        for (index, layer) in N::LAYERS.iter().enumerate() {
            let read: Vec<Value> = layer.inputs.iter().map(|source| value(&values, given, *source)).collect();
            let is_concat_of_heads = !N::HEADS.is_empty() && index + 1 == N::LAYERS.len();
            if is_concat_of_heads {
                values.extend(read);
                break;
            }
            let output = match layer.operation {
                Operation::Input => values[place_of_input::<N>(layer)].clone(),
                _ => writer.layer(index, layer, &read)?,
            };
            values.push(output);
        }
        // The last ones are what comes out.
        let made = values[values.len() - outputs.len()..].iter();
        made.zip(&outputs).for_each(|(value, name)| writer.graph.finish(&value.name, name));
        Ok(self.around(writer.graph.proto(N::NAME)))
    }

    /// The model around a graph.
    fn around(&self, graph: crate::proto::GraphProto) -> ModelProto {
        let [producer_name, producer_version] = self.producer.clone();
        ModelProto {
            ir_version: format_version(self.opset),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: self.opset }],
            producer_name,
            producer_version,
            graph: Some(graph),
            metadata_props: self.metadata.clone(),
            ..ModelProto::default()
        }
    }
}

/// The version of the format that came with a set of operators.
fn format_version(opset: i64) -> i64 {
    match opset {
        ..19 => 8,
        19..21 => 9,
        _ => 10,
    }
}

/// What a layer reads or makes.
#[derive(Clone)]
struct Value {
    name: String,
    data_type: DataType,
    /// Of a sample.
    shape: &'static [usize],
}

/// The value of a source, behind as many as come in.
fn value(values: &[Value], given: usize, source: Source) -> Value {
    match source {
        // Of several inputs, none is read as a whole.
        Source::Input => values[0].clone(),
        Source::Layer(layer) => values[given + layer].clone(),
    }
}

/// What comes in.
fn inputs<N: Infer>(graph: &mut Graph) -> Vec<Value> {
    let kind = |limit: Option<usize>| if limit.is_some() { DataType::Int64 } else { DataType::Float };
    if N::INPUTS.is_empty() {
        return vec![graph.input("input", DataType::Float, N::INPUT_SHAPE)];
    }
    N::INPUTS.iter().map(|input| graph.input(input.name, kind(input.limit), input.shape)).collect()
}

/// Which of several inputs a layer stands for.
fn place_of_input<N: Infer>(layer: &LayerInfo) -> usize {
    N::INPUTS.iter().position(|input| input.name == layer.name).unwrap_or(0)
}

/// The names of what comes out.
fn outputs<N: Infer>(graph: &mut Graph) -> Vec<String> {
    if N::HEADS.is_empty() {
        return vec![graph.output("output", N::OUTPUT_SHAPE)];
    }
    N::HEADS.iter().map(|head| graph.output(head.name, head.shape)).collect()
}

/// Writes one layer after the other.
struct LayerWriter<'a> {
    numbers: Numbers,
    /// Per layer the batch norm that becomes a part of its weights.
    folded: Vec<Option<Folded>>,
    export: &'a Export<'a>,
    graph: Graph,
}
