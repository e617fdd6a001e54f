//! Pooling: over windows, and over all positions.

use super::super::graph::Node;
use super::super::net::{Kind, Order};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::convolution::Window;
use super::{Lowering, Sample};

impl<'a> Lowering<'a> {
    pub(super) fn pool(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        let input = sample.shape.get(1..).unwrap_or_default().to_vec();
        if !(1..=2).contains(&input.len()) {
            return refuse(format!("it slides along {} axes", input.len()), "castnet pools along one axis or two");
        }
        if node.ints("kernel_shape").is_none() {
            return refuse("it does not say how large its window is", "correct the model");
        }
        let window = Window::read(node, node.sizes("kernel_shape", input.len(), 1)?, &input)?;
        if window.dilation.iter().any(|&dilation| dilation != 1) {
            return refuse("its window has gaps (`dilations`)", "castnet's pools have windows without gaps");
        }
        window.places(&input)?;
        let goes_over = (0..input.len()).any(|axis| {
            let [before, after] = window.padding[axis];
            let padded = input[axis].saturating_add(before).saturating_add(after);
            node.int("ceil_mode", 0) != 0 && (padded - window.extent(axis)) % window.stride[axis] != 0
        });
        if goes_over || window.padding.iter().any(|padding| *padding != [0; 2]) {
            let what = if goes_over {
                "its last window goes over the edge (`ceil_mode`)"
            } else {
                "its windows go over the edges (`pads`)"
            };
            return refuse(
                what,
                "castnet's pools have no padding: pool within the image, for instance over 2x2 in place of 3x3 with padding",
            );
        }
        if let Some(axis) = self.spare_axis(&sample, &window) {
            let made = self.pooled(node, &sample.without(axis + 1), &window.without(axis))?;
            return Ok(made.with(axis + 1));
        }
        self.pooled(node, &sample, &window)
    }

    /// A window that fits slides over a tensor.
    fn pooled(&mut self, node: &Node, sample: &Sample, window: &Window) -> Result<Sample, Reason> {
        let input = &sample.shape[1..];
        let places = window.places(input)?;
        let (id, channels) = self.channels(sample)?;
        let is_exact =
            (0..input.len()).all(|axis| (input[axis] - window.kernel[axis]).is_multiple_of(window.stride[axis]));
        let mut arguments = each_axis(&window.kernel);
        if window.stride != window.kernel {
            arguments += &format!(", stride = {}", each_axis(&window.stride));
        }
        if !is_exact {
            arguments += ", rounding = floor";
        }
        let kind = if node.operator == "MaxPool" { "max_pool" } else { "avg_pool" };
        let shape: Vec<usize> = sample.shape[..1].iter().chain(&places).copied().collect();
        let text = format!("{kind}{}d({arguments})", input.len());
        let id = self.layer(node, Kind::Plain(text), vec![id], shape.clone(), vec![])?;
        let order = channels.map_or(Order::Same, |channels| of_channels(&channels, places.iter().product()));
        Ok(Sample { order, ..Self::made_by(id, shape) })
    }

    /// The mean or the maximum over all positions of each channel.
    pub(super) fn global_pool(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        let rank = sample.shape.len();
        let (reduced, keeps) = if node.operator.starts_with("Global") {
            ((1..rank).collect(), true)
        } else {
            let axes = self.ints(node, "axes", 1)?.filter(|axes| !axes.is_empty());
            let axes = match axes {
                Some(axes) => axes.iter().map(|&axis| self.axis(axis, &sample)).collect::<Result<Vec<_>, _>>()?,
                None if node.int("noop_with_empty_axes", 0) != 0 => return Ok(sample),
                None => return refuse("it reduces the batch too", "reduce the positions of each sample only"),
            };
            (axes, node.int("keepdims", 1) != 0)
        };
        let kept: Vec<usize> = (0..rank).filter(|axis| !reduced.contains(axis)).collect();
        let mut shape: Vec<usize> =
            (0..rank).map(|axis| if reduced.contains(&axis) { 1 } else { sample.shape[axis] }).collect();
        if !keeps {
            shape = kept.iter().map(|&axis| sample.shape[axis]).collect();
        }
        let channels_first: Vec<usize> = kept
            .iter()
            .chain((0..rank).filter(|axis| reduced.contains(axis)).collect::<Vec<_>>().iter())
            .copied()
            .collect();
        if kept.len() == 1 && rank <= 3 {
            self.settle(&sample, &channels_first)?;
        }
        let own = self.shape(&sample)?;
        self.check_numbers(&sample)?;
        let positions: usize = own.iter().skip(1).product();
        let order = self.order(&sample.at(shape.clone(), &places::transposed(&sample.shape, &channels_first)?));
        let len = sample.len();
        let count: usize = kept.iter().map(|&axis| sample.shape[axis]).product();
        let channel = |index: usize| {
            let first = order.at(index * positions) / positions;
            (0..positions).all(|position| order.at(index * positions + position) / positions == first).then_some(first)
        };
        let is_all = own.len() > 1 && len == own.iter().product::<usize>() && count.checked_mul(positions) == Some(len);
        let Some(channels) = is_all.then(|| (0..count).map(channel).collect::<Option<Vec<_>>>()).flatten() else {
            if count == len {
                return Ok(Sample { shape, ..sample });
            }
            return refuse(
                "it reduces something else than all positions of each channel",
                "reduce height and width together, of channels that a convolution or pool has made",
            );
        };
        let is_mean = matches!(node.operator.as_str(), "GlobalAveragePool" | "ReduceMean");
        let text =
            format!("{}{}d({})", if is_mean { "avg_pool" } else { "max_pool" }, own.len() - 1, each_axis(&own[1..]));
        let mut made = vec![1; own.len()];
        made[0] = own[0];
        let id = self.layer(node, Kind::Plain(text), vec![sample.id], made, vec![])?;
        Ok(Sample { order: Order::new(channels.into_iter()), ..Self::made_by(id, shape) })
    }
}

/// `2`, or `[2, 3]`
pub fn each_axis(sizes: &[usize]) -> String {
    match sizes {
        [first, rest @ ..] if rest.iter().all(|size| size == first) => first.to_string(),
        sizes => format!("{sizes:?}"),
    }
}

/// The order of channels that are others in castnet, with so many positions each.
pub(super) fn of_channels(channels: &[usize], positions: usize) -> Order {
    Order::new(channels.iter().flat_map(|channel| channel * positions..(channel + 1) * positions))
}
