//! What is in a file, if it is not what the network's names and types say.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use castnet_safetensors::Tensor;

use super::layout::Layout;
use super::names::Names;
use super::source::Source;
use super::{Report, WeightsError, load, save};
use crate::{Infer, IntoNetwork, ParameterKind, Parameters, Segment, Shape};

/// How the weights of a network stand in a file: what [`Safetensors::load`](super::Safetensors::load) and
/// [`save`](super::Safetensors::save) do, with other names, types and orders.
///
/// ```
/// use castnet::prelude::*;
/// use castnet::weights::Weights;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Digits {
///         input: [1, 8, 8],
///         conv1: conv2d(4, kernel = 3), relu,
///         flatten,
///         fc: dense(10),
///     }
/// }
///
/// // In PyTorch, `nn.Sequential` under `features` and `classifier`, wrapped in `DataParallel`.
/// let weights = Weights::new().prefix("module.").rename("features.0", "conv1").rename("classifier.0", "fc");
/// let digits = Digits::init(&mut StdRng::seed_from_u64(1));
/// let file = weights.to_bytes(&digits);
/// let (same, report) = weights.parse::<Digits>(&file)?;
/// assert_eq!(same.parameters(), digits.parameters());
/// assert_eq!(report.taken, ["conv1.weight", "conv1.bias", "fc.weight", "fc.bias"]);
///
/// // Only the convolution.
/// let mut other = Digits::init(&mut StdRng::seed_from_u64(2));
/// let report = weights.allow_missing("fc").ignore("module.classifier").parse_into(&mut other, &file)?;
/// assert_eq!(report.kept, ["fc.weight", "fc.bias"]);
/// assert_eq!(other.conv1.weight, digits.conv1.weight);
/// # Ok::<(), castnet::weights::WeightsError>(())
/// ```
///
/// A rule about a name is about all that is in it, too: `fc` is about `fc.weight` and `fc.bias`, not about `fc1.weight`.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    pub(super) names: Names,
    pub(super) convert: bool,
    /// Names in the network.
    pub(super) missing: Vec<String>,
    /// Names in the file.
    pub(super) ignored: Vec<String>,
    /// Layers that read a flattened image, and its shape.
    pub(super) images: Vec<(String, Vec<usize>)>,
}

impl Weights {
    /// The names of PyTorch and the types of the network; nothing missing, nothing left over.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is `file` in the file, without its [prefix](Self::prefix), is `network` in the network: a layer, a block, or a
    /// single tensor. Of several rules about a name, the one with the longest counts.
    pub fn rename(mut self, file: impl Into<String>, network: impl Into<String>) -> Self {
        self.names.renames.push([file.into(), network.into()]);
        self
    }

    /// All names of the file begin with `prefix`: `"module."`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.names.prefix = prefix.into();
        self
    }

    /// A layer, block or segment of the network that may be missing in the file: it is left as it is where there is a
    /// network already, in [`load_into`](Self::load_into) and the like. A new network has nothing to keep.
    pub fn allow_missing(mut self, network: impl Into<String>) -> Self {
        self.missing.push(network.into());
        self
    }

    /// A name of the file, with its prefix, that is passed over, whether the network has such a tensor or not.
    pub fn ignore(mut self, file: impl Into<String>) -> Self {
        self.ignored.push(file.into());
        self
    }

    /// Numbers of other types are converted: `F64`, `F32`, `F16` and `BF16`, to the nearest number of the network's type. One
    /// that would become infinite is an error.
    pub fn convert(mut self) -> Self {
        self.convert = true;
        self
    }

    /// The file has the names and the order of Keras: `kernel` as `[height, width, in, out]` or `[in, out]`, `gamma`, `beta`,
    /// `moving_mean`, `moving_variance`, `alpha`. `/` between names is as good as a dot, and `:0` behind one says nothing.
    ///
    /// Keras flattens images position by position, PyTorch and castnet channel by channel: what reads a flattened image has
    /// to be named by [`flattened`](Self::flattened).
    pub fn keras(mut self) -> Self {
        self.names.keras = true;
        self
    }

    /// In a file of [Keras](Self::keras), the layer `network` reads what was flattened from an image of the shape
    /// `[channels, height, width]` (or a sequence, `[channels, length]`), maybe through activations: `.flattened("fc1", &[16, 5, 5])`.
    pub fn flattened(mut self, network: impl Into<String>, image: &[usize]) -> Self {
        self.images.push((network.into(), image.into()));
        self
    }

    /// A new network from the bytes of a file.
    ///
    /// # Errors
    ///
    /// A [`WeightsError`] for what is wrong with them.
    pub fn parse<N: Infer>(&self, file: &[u8]) -> Result<(Box<N>, Report), WeightsError> {
        self.new_from(&mut &*file)
    }

    /// Overwrites a network by the bytes of a file.
    ///
    /// # Errors
    ///
    /// A [`WeightsError`] for what is wrong with them; the network is as it was then.
    pub fn parse_into<'a, N: Infer + 'a>(
        &self,
        network: impl IntoNetwork<&'a mut N>,
        file: &[u8],
    ) -> Result<Report, WeightsError> {
        self.into(network.into_network(), &mut &*file)
    }

    /// A network as the bytes of a file.
    pub fn to_bytes<'a, N: Parameters + 'a>(&self, network: impl IntoNetwork<&'a N>) -> Vec<u8> {
        let mut file = Vec::new();
        let Ok(()) = save::write(self, network.into_network(), |bytes| {
            file.extend_from_slice(bytes);
            Ok::<(), Infallible>(())
        });
        file
    }

    pub(super) fn new_from<N: Infer, S: Source>(&self, source: &mut S) -> Result<(Box<N>, Report), S::Error> {
        let mut network = bytemuck::zeroed_box::<N>();
        let report = load::take(self, &mut *network, source, false)?;
        Ok((network, report))
    }

    pub(super) fn into<N: Infer, S: Source>(&self, network: &mut N, source: &mut S) -> Result<Report, S::Error> {
        let mut taken = bytemuck::zeroed_box::<N>();
        taken.parameters_mut().copy_from_slice(network.parameters());
        let report = load::take(self, &mut *taken, source, true)?;
        network.parameters_mut().copy_from_slice(taken.parameters());
        Ok(report)
    }

    /// How the file has the numbers of a segment.
    pub(super) fn layout(&self, segment: &Segment) -> Layout {
        if !self.names.keras {
            return Layout::pytorch(segment);
        }
        let mut images = self.images.iter().filter(|(layer, image)| reads(segment, layer, image));
        Layout::keras(segment, images.next().map(|(_, image)| &**image))
    }

    /// Whether a tensor has the shape that a segment has in the file. Slopes that Keras shares between positions have sizes
    /// of 1 in front.
    pub(super) fn is_shape(&self, segment: &Segment, tensor: &Tensor<'_>, expected: &[usize]) -> bool {
        let expected = expected.iter().map(|&size| size as u64);
        if self.names.keras && segment.kind == ParameterKind::Slope {
            let is_one = |size: &u64| *size == 1;
            return tensor.shape.skip_while(is_one).eq(expected.skip_while(is_one));
        }
        tensor.shape.eq(expected)
    }

    /// That images are stated wherever Keras would have them in another order, and nowhere else.
    pub(super) fn check_images<N: Infer>(&self) -> Result<(), WeightsError> {
        for (layer, image) in &self.images {
            if !self.names.keras || !N::SEGMENTS.iter().any(|segment| reads(segment, layer, image)) {
                return Err(WeightsError::Image { layer: layer.clone(), image: Shape::new(image) });
            }
        }
        if !self.names.keras || !self.images.is_empty() {
            return Ok(());
        }
        let shapes = core::iter::once(N::INPUT_SHAPE).chain(N::LAYERS.iter().map(|layer| layer.output_shape));
        for (image, layer) in shapes.zip(N::LAYERS).filter(|(_, layer)| layer.kind == "flatten") {
            let is_its_input = image.iter().product::<usize>() == layer.output_shape.iter().product::<usize>();
            let is_one_or_none = image.first() == Some(&1) || image[1..].iter().all(|&size| size == 1);
            if !(is_its_input && is_one_or_none) {
                let image = Shape::new(if is_its_input { image } else { &[] });
                return Err(WeightsError::Flattened { layer: layer.name, image });
            }
        }
        Ok(())
    }
}

/// Whether a segment of that layer has a number, or a column, for each value of the image.
fn reads(segment: &Segment, layer: &str, image: &[usize]) -> bool {
    let features = match (segment.kind, segment.shape) {
        (ParameterKind::Bias, _) => return false,
        (ParameterKind::Weight, [_, features]) => *features,
        (ParameterKind::Weight, _) => return false,
        (_, [features]) => *features,
        _ => return false,
    };
    segment.name.rsplit_once('.').is_some_and(|(name, _)| name == layer)
        && image.iter().try_fold(1_usize, |values, &size| values.checked_mul(size)) == Some(features)
}
