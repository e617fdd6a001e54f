//! What `max_pool2d` and `avg_pool2d` have in common: a window over each channel, by default side by side.

use super::call::Call;
use super::facts::{Facts, Geometry, GeometryConstant, Output, Part, Value, View};
use super::signature::ArgumentRule;
use super::window::{self, Padding, Window};
use crate::size::Size;

pub const ARGUMENTS: &[ArgumentRule] =
    &[ArgumentRule::positional("kernel"), ArgumentRule::named("stride"), ArgumentRule::named("rounding")];

/// The facts of a pooling by the runtime's type `layer`, which takes part in a pass as `part` says.
pub fn check(call: &Call<'_>, layer: &'static str, part: impl FnOnce(Value) -> Part) -> Facts {
    let help = format!("write for instance `{}(2)`", call.layer.kind);
    let kernel = call.required("kernel", &help, |call, value| call.pair(value, Call::positive));
    let stride = call.optional("stride", kernel.clone(), |call, value| call.pair(value, Call::positive).map(Some));
    let window = Window {
        kernel,
        stride: stride.flatten(),
        padding: Some(Padding::Sizes([Size::ZERO, Size::ZERO])),
        rounding: window::rounding(call),
    };
    window::expect_image(call);
    let output = output(call, &window).map_or(Output::Unknown, Output::New);
    let one = || [Size::ONE, Size::ONE];
    let (kernel, stride) = (window.kernel.unwrap_or_else(one), window.stride.unwrap_or_else(one));
    let input = window::image(call);
    let constants = vec![
        ("INPUT", GeometryConstant::Sizes(input)),
        ("KERNEL", GeometryConstant::Sizes(kernel.to_vec())),
        ("STRIDE", GeometryConstant::Sizes(stride.to_vec())),
    ];
    let geometry = Geometry { layer, interface: "Pool2dGeometry", constants };
    Facts {
        output,
        part: part(Value::Shaped(geometry)),
        parameters: Vec::new(),
        view: View::Window { kernel, stride },
        multiply_adds: Size::ZERO,
    }
}

fn output(call: &Call<'_>, window: &Window) -> Option<Vec<Size>> {
    let input = call.input?;
    let [channels, _, _] = input.image()?;
    let [height, width] = window.output(call, input)?;
    Some(vec![channels.clone(), height, width])
}
