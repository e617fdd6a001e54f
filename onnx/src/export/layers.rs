//! Layers to nodes.

use std::f32::consts::FRAC_1_SQRT_2;

use castnet::LayerInfo;
use castnet::layers::{Operation, Window};

use super::batch_norm::Affine;
use super::numbers::rounded;
use super::{LayerWriter, OwnLayer, Value};
use crate::Error;
use crate::proto::{AttributeProto, DataType};

impl LayerWriter<'_> {
    /// Adds the nodes of a layer, and returns what it makes: what it reads, by that name, if it leaves that as it is.
    pub fn layer(&mut self, index: usize, layer: &'static LayerInfo, read: &[Value]) -> Result<Value, Error> {
        let inputs: Vec<&str> = read.iter().map(|value| value.name.as_str()).collect();
        let Some(input) = read.first() else { return Err(no_operator(layer)) };
        let axis = || vec![AttributeProto::int("axis", 1)];
        let name = match layer.operation {
            Operation::Dense => self.weighted(index, layer, "Gemm", input, vec![AttributeProto::int("transB", 1)])?,
            Operation::Convolution(window) => self.weighted(index, layer, "Conv", input, dilated(&window))?,
            Operation::MaxPool(window) => self.node(layer, "MaxPool", &inputs, sliding(&window)),
            Operation::AvgPool(window) => self.node(layer, "AveragePool", &inputs, sliding(&window)),
            Operation::Embedding { padding_index } => self.embedding(layer, input, padding_index)?,
            Operation::Flatten if input.shape.len() > 1 => self.node(layer, "Flatten", &inputs, axis()),
            Operation::Flatten | Operation::Dropout { .. } => input.name.clone(),
            Operation::Slice { offset } => self.slice(layer, input, offset),
            Operation::Relu => self.node(layer, "Relu", &inputs, Vec::new()),
            Operation::Sigmoid => self.node(layer, "Sigmoid", &inputs, Vec::new()),
            Operation::Tanh => self.node(layer, "Tanh", &inputs, Vec::new()),
            Operation::LeakyRelu { slope } => {
                self.node(layer, "LeakyRelu", &inputs, vec![AttributeProto::float("alpha", slope as f32)])
            }
            Operation::Gelu => self.gelu(layer, &input.name),
            Operation::Silu => {
                let gate = self.step(layer, "gate", "Sigmoid", &inputs);
                self.node(layer, "Mul", &[&input.name, &gate], Vec::new())
            }
            Operation::PRelu => {
                let slope = self.field(layer, "weight", |slopes| slopes_beside(slopes, input.shape))?;
                self.node(layer, "PRelu", &[&input.name, &slope], Vec::new())
            }
            Operation::Softmax => self.node(layer, "Softmax", &inputs, axis()),
            Operation::BatchNorm { .. } if self.is_folded(index) => input.name.clone(),
            Operation::BatchNorm { epsilon, .. } => {
                let fields = ["weight", "bias", "running_mean", "running_variance"];
                self.normalised(layer, "BatchNormalization", input, &fields, vec![self::epsilon(epsilon)])?
            }
            Operation::LayerNorm { epsilon } => {
                let attributes = vec![AttributeProto::int("axis", 1), self::epsilon(epsilon)];
                self.normalised(layer, "LayerNormalization", input, &["weight", "bias"], attributes)?
            }
            Operation::Add if inputs.len() == 2 => self.node(layer, "Add", &inputs, Vec::new()),
            Operation::Add => self.node(layer, "Sum", &inputs, Vec::new()),
            Operation::Concat => self.node(layer, "Concat", &inputs, axis()),
            Operation::Own { type_name } => self.own(layer, type_name, input)?,
            _ => return Err(no_operator(layer)),
        };
        let data_type =
            if matches!(layer.operation, Operation::Slice { .. }) { input.data_type } else { DataType::Float };
        Ok(Value { name, data_type, shape: layer.output_shape })
    }

    /// Whether a batch norm is a part of the layer before it.
    fn is_folded(&self, index: usize) -> bool {
        self.folded.iter().flatten().any(|folded| folded.place == index)
    }

    /// A node that makes the output of a layer.
    fn node(&mut self, layer: &LayerInfo, operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let name = self.graph.node(layer.name, operator, inputs, attributes);
        self.graph.describe(&name, DataType::Float, layer.output_shape);
        name
    }

    /// A node on the way to the output of a layer.
    fn step(&mut self, layer: &LayerInfo, name: &str, operator: &str, inputs: &[&str]) -> String {
        self.graph.node(&format!("{}.{name}", layer.name), operator, inputs, Vec::new())
    }

    /// A parameter of a layer as a value, in a shape made of its own.
    fn field(
        &mut self,
        layer: &LayerInfo,
        field: &str,
        dims: impl Fn(&[usize]) -> Vec<usize>,
    ) -> Result<String, Error> {
        let segment = self.numbers.segment(layer.name, field).ok_or_else(|| no_operator(layer))?;
        let numbers = rounded(self.numbers.values(segment), segment.name)?;
        Ok(self.graph.floats(segment.name, &dims(segment.shape), numbers))
    }

    /// A layer with weights, maybe biases, and maybe the batch norm behind it, which becomes a part of them.
    fn weighted(
        &mut self,
        index: usize,
        layer: &LayerInfo,
        operator: &str,
        input: &Value,
        attributes: Vec<AttributeProto>,
    ) -> Result<String, Error> {
        let segment = self.numbers.segment(layer.name, "weight").ok_or_else(|| no_operator(layer))?;
        let (mut weight, mut bias) = (self.numbers.values(segment), self.numbers.field(layer.name, "bias"));
        if let Some(norm) = self.folded[index] {
            let affine = Affine::of(&self.numbers, norm);
            (weight, bias) = (affine.weight(weight), Some(affine.bias(bias)));
        }
        let weight = self.graph.floats(segment.name, segment.shape, rounded(weight, segment.name)?);
        let mut inputs = vec![input.name.clone(), weight];
        if let Some(bias) = bias {
            let (name, units) = (format!("{}.bias", layer.name), [bias.len()]);
            let bias = rounded(bias, &name)?;
            inputs.push(self.graph.floats(&name, &units, bias));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        Ok(self.node(layer, operator, &inputs, attributes))
    }

    /// A layer that reads its parameters as they are.
    fn normalised(
        &mut self,
        layer: &LayerInfo,
        operator: &str,
        input: &Value,
        fields: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Result<String, Error> {
        let mut inputs = vec![input.name.clone()];
        for field in fields {
            inputs.push(self.field(layer, field, <[usize]>::to_vec)?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        Ok(self.node(layer, operator, &inputs, attributes))
    }

    /// The vectors of tokens, `[length, units]`, turned about.
    fn embedding(&mut self, layer: &LayerInfo, input: &Value, padding_index: Option<usize>) -> Result<String, Error> {
        let segment = self.numbers.segment(layer.name, "weight").ok_or_else(|| no_operator(layer))?;
        let mut vectors = rounded(self.numbers.values(segment), segment.name)?;
        if let Some(token) = padding_index {
            let units = layer.output_shape[0];
            vectors[token * units..][..units].fill(0.0);
        }
        let weight = self.graph.floats(segment.name, segment.shape, vectors);
        let rows = self.step(layer, "rows", "Gather", &[&weight, &input.name]);
        Ok(self.node(layer, "Transpose", &[&rows], vec![AttributeProto::ints("perm", vec![0, 2, 1])]))
    }

    /// Some features or channels; of tokens, some tokens.
    fn slice(&mut self, layer: &LayerInfo, input: &Value, offset: usize) -> String {
        let [len, rest @ ..] = layer.output_shape else { return input.name.clone() };
        let start = (offset / rest.iter().product::<usize>().max(1)) as i64;
        let ends = [("starts", start), ("ends", start + *len as i64), ("axes", 1)];
        let ends = ends.map(|(name, number)| self.graph.ints(&format!("{}.{name}", layer.name), &[number]));
        let inputs: Vec<&str> = std::iter::once(&input.name).chain(&ends).map(String::as_str).collect();
        let name = self.graph.node(layer.name, "Slice", &inputs, Vec::new());
        self.graph.describe(&name, input.data_type, layer.output_shape);
        name
    }

    /// `x (1 + erf(x / sqrt(2))) / 2`, where there is no operator for it yet.
    fn gelu(&mut self, layer: &LayerInfo, input: &str) -> String {
        if self.export.opset >= 20 {
            return self.node(layer, "Gelu", &[input], Vec::new());
        }
        let [scale, one, half] = [("scale", FRAC_1_SQRT_2), ("one", 1.0), ("half", 0.5)]
            .map(|(name, number)| self.graph.floats(&format!("{}.{name}", layer.name), &[], [number]));
        let scaled = self.step(layer, "scaled", "Mul", &[input, &scale]);
        let erf = self.step(layer, "erf", "Erf", &[&scaled]);
        let twice = self.step(layer, "twice", "Add", &[&erf, &one]);
        let gate = self.step(layer, "gate", "Mul", &[&twice, &half]);
        self.node(layer, "Mul", &[input, &gate], Vec::new())
    }

    fn own(&mut self, layer: &'static LayerInfo, type_name: &'static str, input: &Value) -> Result<String, Error> {
        let unknown = || Error::OwnLayer { layer: layer.name, type_name };
        let write = self.export.own.as_ref().ok_or_else(unknown)?;
        let parameters = self.numbers.field(layer.name, "parameters").unwrap_or_default();
        let parameters = rounded(parameters, layer.name)?;
        let mut own = OwnLayer {
            layer,
            type_name,
            input: &input.name,
            input_shape: input.shape,
            parameters: &parameters,
            graph: &mut self.graph,
        };
        write(&mut own).ok_or_else(unknown)
    }
}

fn no_operator(layer: &LayerInfo) -> Error {
    Error::NoOperator { layer: layer.name, kind: layer.kind }
}

/// How a window slides.
fn sliding(window: &Window) -> Vec<AttributeProto> {
    let pads = [0, 1].map(|side| window.padding.iter().map(move |padding| padding[side]));
    let mut attributes = vec![
        AttributeProto::ints("kernel_shape", whole(window.kernel)),
        AttributeProto::ints("strides", whole(window.stride)),
    ];
    if window.padding.as_flattened().iter().any(|&zeros| zeros > 0) {
        let pads: Vec<usize> = pads.into_iter().flatten().collect();
        attributes.push(AttributeProto::ints("pads", whole(&pads)));
    }
    attributes
}

/// How the kernel of a convolution slides.
fn dilated(window: &Window) -> Vec<AttributeProto> {
    let mut attributes = sliding(window);
    if window.dilation.iter().any(|&dilation| dilation > 1) {
        attributes.push(AttributeProto::ints("dilations", whole(window.dilation)));
    }
    attributes
}

fn whole(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| size as i64).collect()
}

fn epsilon(epsilon: f64) -> AttributeProto {
    AttributeProto::float("epsilon", epsilon as f32)
}

/// The shape of slopes by which channels are multiplied: those of ONNX are beside the last axes.
fn slopes_beside(slopes: &[usize], input: &[usize]) -> Vec<usize> {
    if slopes == [1] {
        slopes.to_vec()
    } else {
        slopes.iter().copied().chain(input.iter().skip(1).map(|_| 1)).collect()
    }
}
