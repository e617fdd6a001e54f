//! Convolutions, and what a window that slides has in common.

use super::super::array::Array;
use super::super::graph::Node;
use super::super::net::{Convolution, Id, Kind, Weight};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample};

/// A window along some axes, as the model has it.
pub(super) struct Window {
    pub kernel: Vec<usize>,
    pub stride: Vec<usize>,
    pub dilation: Vec<usize>,
    pub padding: Vec<[usize; 2]>,
}

impl Window {
    /// Reads the settings of a node, for a window over so many axes.
    pub fn read(node: &Node, kernel: Vec<usize>, input: &[usize]) -> Result<Self, Reason> {
        let axes = kernel.len();
        let stride = node.sizes("strides", axes, 1)?;
        let dilation = node.sizes("dilations", axes, 1)?;
        if kernel.iter().chain(&stride).chain(&dilation).any(|&size| size == 0 || size > u32::MAX as usize) {
            return refuse("its window has a size of 0", "correct the model");
        }
        let window = Self { kernel, stride, dilation, padding: vec![[0; 2]; axes] };
        let padding = match node.text("auto_pad") {
            "" | "NOTSET" => {
                let pads = node.sizes("pads", 2 * axes, 0)?;
                (0..axes).map(|axis| [pads[axis], pads[axis + axes]]).collect()
            }
            "VALID" => window.padding.clone(),
            word @ ("SAME_UPPER" | "SAME_LOWER") => window.same(input, word == "SAME_LOWER"),
            word => return refuse(format!("there is no `auto_pad` {word:?}"), "correct the model"),
        };
        Ok(Self { padding, ..window })
    }

    /// What the kernel covers.
    pub fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1).saturating_mul(self.dilation[axis]).saturating_add(1)
    }

    /// The same window without an axis.
    pub fn without(mut self, axis: usize) -> Self {
        self.kernel.remove(axis);
        self.stride.remove(axis);
        self.dilation.remove(axis);
        self.padding.remove(axis);
        self
    }

    /// The zeros that keep a size, or a size by the stride.
    fn same(&self, input: &[usize], is_lower: bool) -> Vec<[usize; 2]> {
        let margins = |axis: usize| {
            let places = input[axis].div_ceil(self.stride[axis]);
            let covered =
                (places.saturating_sub(1)).saturating_mul(self.stride[axis]).saturating_add(self.extent(axis));
            let all = covered.saturating_sub(input[axis]);
            let (less, more) = (all / 2, all - all / 2);
            if is_lower { [more, less] } else { [less, more] }
        };
        (0..input.len()).map(margins).collect()
    }

    /// The places of the window over an input, rounded down.
    pub fn places(&self, input: &[usize]) -> Result<Vec<usize>, Reason> {
        let places = |axis: usize| {
            let [before, after] = self.padding[axis];
            let padded = input[axis].saturating_add(before).saturating_add(after);
            padded.checked_sub(self.extent(axis)).map(|room| room / self.stride[axis] + 1)
        };
        (0..input.len()).map(places).collect::<Option<_>>().map_or_else(
            || refuse(format!("its window is larger than {}", places::text(input)), "give it larger inputs"),
            Ok,
        )
    }
}

impl Sample {
    /// Without an axis of one number, and without the zeros around, which a window has taken over.
    pub(super) fn without(&self, axis: usize) -> Self {
        let mut shape = self.shape.clone();
        shape.remove(axis);
        Self { shape, padding: None, ..self.clone() }
    }

    /// With an axis of one number more.
    pub(super) fn with(mut self, axis: usize) -> Self {
        self.shape.insert(axis, 1);
        self
    }
}

impl<'a> Lowering<'a> {
    /// The axis that a sequence has been given so that a window of two axes can slide along it, as TensorFlow does: castnet has
    /// the sequence without it.
    pub(super) fn spare_axis(&self, sample: &Sample, window: &Window) -> Option<usize> {
        let axes = match (self.net.shape(sample.id), &self.net.layers[self.net.root(sample.id)].kind) {
            (Some(shape), _) => shape.len(),
            (None, Kind::Input(input)) => input.model_shape.len(),
            (None, _) => return None,
        };
        let is_spare =
            |&axis: &usize| sample.shape[axis + 1] == 1 && window.kernel[axis] == 1 && window.padding[axis] == [0; 2];
        (axes == 2 && sample.shape.len() == 3).then(|| (0..2).find(is_spare)).flatten()
    }

    pub(super) fn convolution(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let (kernels, bias) = (self.constant(node, 1)?, self.optional(node, 2)?);
        let [channels, input @ ..] = &sample.shape[..] else {
            return refuse("it has no channels", "correct the model");
        };
        if !(1..=2).contains(&input.len()) {
            let axes = input.len();
            return refuse(
                format!("it slides along {axes} axes"),
                "castnet has conv1d and conv2d: export a model of those",
            );
        }
        let [filters, channels_of_kernel, kernel @ ..] = &kernels.shape[..] else {
            return refuse("its kernels have no shape", "correct the model");
        };
        let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
        let fits = kernel.len() == input.len() && channels_of_kernel.checked_mul(groups) == Some(*channels);
        if !fits || groups == 0 || filters % groups != 0 || *filters == 0 {
            let (found, kernels) = (places::text(&sample.shape), places::text(&kernels.shape));
            return refuse(format!("its kernels {kernels} do not fit {found}"), "correct the model");
        }
        if bias.as_ref().is_some_and(|bias| bias.numbers.len() != *filters) {
            return refuse("its bias is not one number for each filter", "correct the model");
        }
        let mut window = Window::read(node, kernel.to_vec(), &sample.padded_shape()[1..])?;
        for (axis, padding) in sample.padding.iter().flat_map(|padding| &padding[1..]).enumerate() {
            window.padding[axis][0] += padding[0];
            window.padding[axis][1] += padding[1];
        }
        if sample.padding.as_ref().is_some_and(|padding| padding[0] != [0; 2]) {
            return refuse("channels of zeros are put beside what it reads", super::help::PADDING);
        }
        if let Some(axis) = self.spare_axis(&sample, &window) {
            let mut shape = kernels.shape.clone();
            shape.remove(axis + 2);
            let (kernels, sequence) = (kernels.reshaped(shape), sample.without(axis + 1));
            let made = self.convolved(node, &sequence, kernels, bias, groups, &window.without(axis))?;
            return Ok(made.with(axis + 1));
        }
        self.convolved(node, &Sample { padding: None, ..sample }, kernels, bias, groups, &window)
    }

    /// A window that fits slides over a tensor, with filters for all channels or for groups of them.
    fn convolved(
        &mut self,
        node: &Node,
        sample: &Sample,
        kernels: Array,
        bias: Option<Array>,
        groups: usize,
        window: &Window,
    ) -> Result<Sample, Reason> {
        let places = window.places(&sample.shape[1..])?;
        let (id, order) = self.channels(sample)?;
        if groups > 1 {
            let parts = (&kernels, bias.as_ref(), groups);
            return self.groups(node, id, &sample.shape, parts, window, &places, order.is_some());
        }
        let weight = order.map_or_else(|| kernels.clone(), |order| with_channels(&kernels, &order));
        let id =
            self.filters(node, id, &sample.shape, weight, bias.map(|bias| bias.numbers.to_vec()), window, &places)?;
        Ok(Self::made_by(id, self.net.shape(id).unwrap_or_default().to_vec()))
    }

    /// The shape of what a window makes that slides over a tensor.
    pub(super) fn window_shape(&self, node: &Node, sample: &Sample) -> Result<Vec<usize>, Reason> {
        let [channels, input @ ..] = &sample.shape[..] else {
            return refuse("it has no channels", "correct the model");
        };
        let (channels, kernel) = match node.operator.as_str() {
            "Conv" => {
                let kernels = self.constant(node, 1)?.shape;
                (kernels.first().copied().unwrap_or(1), kernels.get(2..).unwrap_or_default().to_vec())
            }
            _ => (*channels, node.sizes("kernel_shape", input.len(), 1)?),
        };
        if kernel.len() != input.len() {
            return refuse("its window has another number of axes", "correct the model");
        }
        let window = Window::read(node, kernel, input)?;
        let mut places = window.places(input)?;
        for (axis, places) in places.iter_mut().enumerate() {
            let [before, after] = window.padding[axis];
            let room = (input[axis] + before + after).saturating_sub(window.extent(axis));
            *places += usize::from(node.int("ceil_mode", 0) != 0 && !room.is_multiple_of(window.stride[axis]));
        }
        places.insert(0, channels);
        Ok(places)
    }

    /// A convolution layer.
    #[allow(clippy::too_many_arguments)] // They are the parts of one layer.
    fn filters(
        &mut self,
        node: &Node,
        id: Id,
        input: &[usize],
        kernels: Array,
        bias: Option<Vec<f64>>,
        window: &Window,
        places: &[usize],
    ) -> Result<Id, Reason> {
        let filters = kernels.shape[0];
        let convolution = Convolution {
            filters,
            kernel: window.kernel.clone(),
            stride: window.stride.clone(),
            dilation: window.dilation.clone(),
            padding: window.padding.clone(),
            input: input[1..].to_vec(),
        };
        let mut weights = vec![Weight::new("weight", kernels.shape.clone(), kernels.numbers.to_vec())];
        weights.extend(bias.map(|bias| Weight::new("bias", vec![filters], bias)));
        let shape = [filters].into_iter().chain(places.iter().copied()).collect();
        self.layer(node, Kind::Convolution(convolution), vec![id], shape, weights)
    }

    /// A few groups of channels, each with filters of its own: slices, side by side.
    #[allow(clippy::too_many_arguments)] // They are the parts of one layer.
    fn groups(
        &mut self,
        node: &Node,
        id: Id,
        input: &[usize],
        (kernels, bias, groups): (&Array, Option<&Array>, usize),
        window: &Window,
        places: &[usize],
        is_mixed: bool,
    ) -> Result<Sample, Reason> {
        /// More groups than this would be as many layers.
        const MOST: usize = 8;
        let channels = input[0];
        let (filters, each, inputs) = (kernels.shape[0], kernels.shape[0] / groups, channels / groups);
        if groups > MOST || groups == channels && channels > 2 || is_mixed {
            let (reason, what) = if groups == channels {
                (
                    format!("it is depthwise: a filter for each of {groups} channels, which castnet does not have"),
                    "depthwise convolutions",
                )
            } else {
                (
                    format!("it has {groups} groups of channels, and castnet's convolutions read all channels"),
                    "so many groups",
                )
            };
            return refuse(
                reason,
                format!("use a model without {what}, such as a ResNet; up to {MOST} groups become slices"),
            );
        }
        let per_group = kernels.numbers.len() / groups;
        let mut made = Vec::new();
        for group in 0..groups {
            let first = group * inputs;
            let text = format!("slice({first}..{})", first + inputs);
            let mut taken = input.to_vec();
            taken[0] = inputs;
            let slice = self.layer(node, Kind::Plain(text), vec![id], taken.clone(), vec![])?;
            self.net.layers[slice].names.clear();
            let mut shape = kernels.shape.clone();
            shape[0] = each;
            let numbers = kernels.numbers[group * per_group..][..per_group].to_vec();
            let kernels = Array::new(shape, numbers, kernels.element);
            let bias = bias.map(|bias| bias.numbers[group * each..][..each].to_vec());
            made.push(self.filters(node, slice, &taken, kernels, bias, window, places)?);
        }
        let shape: Vec<usize> = [filters].into_iter().chain(places.iter().copied()).collect();
        let id = self.layer(node, Kind::Concat, made, shape.clone(), vec![])?;
        Ok(Self::made_by(id, shape))
    }
}

/// Kernels for channels in castnet's order.
fn with_channels(kernels: &Array, order: &[usize]) -> Array {
    let (channels, positions) = (kernels.shape[1], kernels.shape[2..].iter().product::<usize>());
    let mut numbers = vec![0.0; kernels.numbers.len()];
    for (filter, to) in
        kernels.numbers.chunks_exact(channels * positions).zip(numbers.chunks_exact_mut(channels * positions))
    {
        for (kernel, &channel) in filter.chunks_exact(positions).zip(order) {
            to[channel * positions..][..positions].copy_from_slice(kernel);
        }
    }
    Array::new(kernels.shape.clone(), numbers, kernels.element)
}
