//! `max_pool1d(kernel, stride = kernel, rounding = floor)`, `max_pool2d`, `avg_pool1d` and `avg_pool2d`: the largest value
//! or the mean of a window over each channel; by default windows stand side by side.

use super::call::Call;
use super::facts::{Facts, Fuses, Geometry, GeometryConstant, Output, Part, Reads, Value, View};
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use super::window::{self, Padding, Window};
use crate::shape::axis_names;
use crate::size::Size;

/// A pooling along so many axes.
pub struct Pooling {
    kind: &'static str,
    axes: usize,
    /// The runtime's type, and the trait of its constants.
    layer: &'static str,
    interface: &'static str,
    reads: Reads,
    fuses: Fuses,
}

pub const MAX_POOL1D: Pooling = Pooling::maximum("max_pool1d", 1, "MaxPool1d", "Pool1dGeometry");
pub const MAX_POOL2D: Pooling = Pooling::maximum("max_pool2d", 2, "MaxPool2d", "Pool2dGeometry");
pub const AVG_POOL1D: Pooling = Pooling::mean("avg_pool1d", 1, "AvgPool1d", "Pool1dGeometry");
pub const AVG_POOL2D: Pooling = Pooling::mean("avg_pool2d", 2, "AvgPool2d", "Pool2dGeometry");

impl Pooling {
    const fn maximum(kind: &'static str, axes: usize, layer: &'static str, interface: &'static str) -> Self {
        let fuses = Fuses { forward: false, backward: true };
        Self { kind, axes, layer, interface, reads: Reads::BOTH, fuses }
    }

    const fn mean(kind: &'static str, axes: usize, layer: &'static str, interface: &'static str) -> Self {
        Self { kind, axes, layer, interface, reads: Reads::NOTHING, fuses: Fuses::NOTHING }
    }
}

impl LayerRule for Pooling {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("kernel"), ArgumentRule::named("stride"), ArgumentRule::named("rounding")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let (axes, names) = (self.axes, axis_names(self.axes));
        let help = format!("write for instance `{}(2)`", self.kind);
        let read = |call: &Call<'_>, value| call.each_axis(value, names, Call::positive);
        let kernel = call.required("kernel", &help, read);
        let stride = call.optional("stride", kernel.clone(), |call, value| read(call, value).map(Some));
        let window = Window {
            kernel,
            stride: stride.flatten(),
            dilation: Some(vec![Size::ONE; axes]),
            padding: Some(Padding::none(axes)),
            rounding: window::rounding(call),
        };
        window::expect_axes(call, axes);
        let output = call.input.and_then(|input| {
            let output = window.output(call, input)?;
            Some(std::iter::once(input.channels().clone()).chain(output).collect())
        });
        let one = || vec![Size::ONE; axes];
        let (kernel, stride) = (window.kernel.unwrap_or_else(one), window.stride.unwrap_or_else(one));
        let constants = vec![
            ("INPUT", GeometryConstant::Sizes(window::input(call, axes))),
            ("KERNEL", GeometryConstant::of_axes(&kernel)),
            ("STRIDE", GeometryConstant::of_axes(&stride)),
        ];
        let geometry = Geometry { layer: self.layer, interface: self.interface, constants };
        Facts {
            output: output.map_or(Output::Unknown, Output::New),
            part: Part { reads: self.reads, fuses: self.fuses, ..Part::moves(Value::Shaped(geometry)) },
            parameters: Vec::new(),
            view: View::Window { extent: kernel, stride },
            multiply_adds: Size::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_on, message_on, output};

    #[test]
    fn facts() {
        for (pooling, reads) in [("max_pool", Reads::BOTH), ("avg_pool", Reads::NOTHING)] {
            let (facts, _) = check_on(&format!("{pooling}2d(2)"), "6,24,12").unwrap();
            assert_eq!(output(&facts), "[6, 12, 6]");
            assert!(facts.parameters.is_empty());
            assert_eq!(facts.part.reads, reads);
            let output_of = |text: &str, input| output(&check_on(&format!("{pooling}{text}"), input).unwrap().0);
            assert_eq!(output_of("2d([3, 1], stride = 1)", "6,24,12"), "[6, 22, 12]");
            assert_eq!(output_of("2d(2, rounding = floor)", "1,5,5"), "[1, 2, 2]");
            assert_eq!(output_of("1d(2)", "6,24"), "[6, 12]");
            assert_eq!(output_of("1d(3, stride = 2)", "6,25"), "[6, 12]");
            assert_eq!(output_of("1d(2, rounding = floor)", "1,5"), "[1, 2]");
        }
    }

    #[test]
    fn mistakes() {
        for pooling in ["max_pool", "avg_pool"] {
            let message_on = |text: &str, input| message_on(&format!("{pooling}{text}"), input);
            assert!(message_on("2d", "1,4,4").contains(&format!("help: write for instance `{pooling}2d(2)`")));
            assert!(message_on("2d(2, 2)", "1,4,4").contains("help: was `stride = 2` meant?"));
            assert!(message_on("2d(3)", "1,4,4").contains("does not tile a 4x4 input: (4 - 3) / 3 + 1 = 1.33"));
            assert!(message_on("1d", "1,4").contains(&format!("help: write for instance `{pooling}1d(2)`")));
            assert!(message_on("1d([2, 2])", "1,4").contains("expected a whole number, found a list: `[2, 2]`"));
            assert!(message_on("1d(3)", "1,4").contains("does not tile an input of length 4: (4 - 3) / 3 + 1 = 1.33"));
        }
    }
}
