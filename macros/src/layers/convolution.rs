//! `conv1d(filters, kernel = 3, stride = 1, dilation = 1, padding = 0, bias = true, init = .., rounding = floor)` and
//! `conv2d`, which takes the same.

use super::call::Call;
use super::facts::{
    CausalWindow, Facts, Fuses, Geometry, GeometryConstant, InStream, Output, Parameter, ParameterKind, Part, Start,
    Value, View,
};
use super::initializers::Initializer;
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use super::window::{self, Padding, Window};
use crate::shape::axis_names;
use crate::size::Size;

/// A convolution along so many axes.
pub struct Convolution {
    kind: &'static str,
    axes: usize,
    /// The runtime's type, and the trait of its constants.
    layer: &'static str,
    interface: &'static str,
}

pub const CONV1D: Convolution = Convolution { kind: "conv1d", axes: 1, layer: "Conv1d", interface: "Conv1dGeometry" };
pub const CONV2D: Convolution = Convolution { kind: "conv2d", axes: 2, layer: "Conv2d", interface: "Conv2dGeometry" };

impl LayerRule for Convolution {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const {
            &[
                ArgumentRule::positional("filters"),
                ArgumentRule::named("kernel"),
                ArgumentRule::named("stride"),
                ArgumentRule::named("padding"),
                ArgumentRule::named("dilation"),
                ArgumentRule::named("bias"),
                ArgumentRule::named("init"),
                ArgumentRule::named("rounding"),
            ]
        }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let arguments = Arguments::read(call, self.axes);
        window::expect_axes(call, self.axes);
        let output = arguments.output(call);
        self.facts(call, arguments, output)
    }
}

/// The arguments, as far as they could be read.
struct Arguments {
    filters: Option<Size>,
    window: Window,
    bias: bool,
    initializer: Option<Initializer>,
}

impl Arguments {
    fn read(call: &Call<'_>, axes: usize) -> Self {
        let example = format!("write for instance `{}(6, kernel = 5)`", call.layer.kind);
        let one = || vec![Size::ONE; axes];
        let names = axis_names(axes);
        Self {
            filters: call.required("filters", &example, Call::positive),
            window: Window {
                kernel: call.required("kernel", &example, |call, value| call.each_axis(value, names, Call::positive)),
                stride: call.optional("stride", one(), |call, value| call.each_axis(value, names, Call::positive)),
                dilation: call.optional("dilation", one(), |call, value| call.each_axis(value, names, Call::positive)),
                padding: call
                    .optional("padding", Padding::none(axes), |call, value| window::padding(call, value, axes)),
                rounding: window::rounding(call),
            },
            bias: call.optional("bias", true, Call::flag).unwrap_or(true),
            initializer: call.optional("init", None, Initializer::read).flatten(),
        }
    }

    /// What it reads of earlier columns, if it is of a sequence, goes from column to column, and reads no later ones.
    fn causal_window(&self, filters: &Size, channels: &Size) -> Option<CausalWindow> {
        let Window { kernel, stride, dilation, padding, .. } = &self.window;
        let ([kernel], [stride], [dilation]) = (&kernel.as_deref()?, &stride.as_deref()?, &dilation.as_deref()?) else {
            return None;
        };
        let is_causal = match padding.as_ref()? {
            Padding::Causal => true,
            Padding::Same => kernel.number() == Some(1),
            Padding::Sizes(sizes) => {
                let reach = kernel.minus(&Size::ONE).times(dilation).number();
                matches!(&sizes[..], [[before, after]] if before.number() == reach && after.number() == Some(0))
            }
        };
        (is_causal && stride.number() == Some(1)).then(|| CausalWindow {
            channels: channels.clone(),
            filters: filters.clone(),
            kernel: kernel.clone(),
            dilation: dilation.clone(),
            bias: self.bias,
        })
    }

    /// The axes of what comes out.
    fn output(&self, call: &Call<'_>) -> Option<Vec<Size>> {
        self.window.output(call, call.input?)
    }
}

impl Convolution {
    fn facts(&self, call: &Call<'_>, arguments: Arguments, output: Option<Vec<Size>>) -> Facts {
        let one = || vec![Size::ONE; self.axes];
        let kernel = arguments.window.kernel.clone().unwrap_or_else(one);
        let stride = arguments.window.stride.clone().unwrap_or_else(one);
        let extent = arguments.window.extent(call.root).unwrap_or_else(one);
        let input = window::input(call, self.axes);
        let filters = arguments.filters.clone().unwrap_or(Size::ONE);
        let parameters = parameters(&arguments, &filters, &input[0], &kernel);
        let places = output.as_ref().map_or(Size::ONE, Size::product);
        let multiply_adds = places.times(&parameters[0].len());
        let output = arguments.filters.clone().zip(output);
        let output = output.map(|(filters, axes)| std::iter::once(filters).chain(axes).collect());
        let in_stream = arguments
            .causal_window(&filters, &input[0])
            .map_or(InStream::Never, |window| InStream::Causal(Box::new(window)));
        let geometry = self.geometry(call, &arguments, input, &filters, [&kernel, &stride]);
        Facts {
            output: output.map_or(Output::Unknown, Output::New),
            part: Part { fuses: Fuses::BOTH, in_stream, ..Part::moves(Value::Shaped(geometry)) },
            parameters,
            view: View::Window { extent, stride },
            multiply_adds,
        }
    }

    fn geometry(
        &self,
        call: &Call<'_>,
        arguments: &Arguments,
        input: Vec<Size>,
        filters: &Size,
        [kernel, stride]: [&[Size]; 2],
    ) -> Geometry {
        let mut constants = vec![
            ("INPUT", GeometryConstant::Sizes(input)),
            ("FILTERS", GeometryConstant::Size(filters.clone())),
            ("KERNEL", GeometryConstant::of_axes(kernel)),
            ("STRIDE", GeometryConstant::of_axes(stride)),
        ];
        let is_dilated = |dilation: &&Vec<Size>| dilation.iter().any(|dilation| dilation.number() != Some(1));
        if let Some(dilation) = arguments.window.dilation.as_ref().filter(is_dilated) {
            constants.push(("DILATION", GeometryConstant::of_axes(dilation)));
        }
        if let Some(margins) = arguments.window.margins(call.root) {
            constants.push(("PADDING", GeometryConstant::Sizes(margins.as_flattened().to_vec())));
        }
        constants.push(("BIAS", GeometryConstant::Flag(arguments.bias)));
        Geometry { layer: self.layer, interface: self.interface, constants }
    }
}

fn parameters(arguments: &Arguments, filters: &Size, channels: &Size, kernel: &[Size]) -> Vec<Parameter> {
    let window = Size::product(kernel);
    let fan_in = channels.times(&window);
    let initializer = arguments.initializer.clone();
    let (order, place) = if kernel.len() == 1 { ("", "sequence") } else { (", row by row", "image") };
    let mut parameters = vec![Parameter {
        name: "weight",
        rows: filters.clone(),
        columns: Some(fan_in.clone()),
        shape: [&[filters.clone(), channels.clone()], kernel].concat(),
        start: Start::Weights { initializer, fan_in, fan_out: filters.times(&window) },
        kind: ParameterKind::Weight,
        meaning: format!(
            "Weights: a row for each of {}, in it the {} of each of {}{order}",
            filters.counted("filter"),
            window::kernel_text(kernel),
            channels.counted("channel")
        ),
    }];
    if arguments.bias {
        parameters.push(Parameter {
            name: "bias",
            rows: filters.clone(),
            columns: None,
            shape: vec![filters.clone()],
            start: Start::Zeros,
            kind: ParameterKind::Bias,
            meaning: format!("What is added to the {place} of each of {}", filters.counted("filter")),
        });
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_on, message_on, output};

    #[test]
    fn facts() {
        let (facts, _) = check_on("conv2d(10, kernel = 5, padding = 2)", "3,32,32").unwrap();
        assert_eq!(output(&facts), "[10, 32, 32]");
        let parameters: u64 = facts.parameters.iter().filter_map(|parameter| parameter.len().number()).sum();
        assert_eq!(parameters, 760);
        assert_eq!(facts.multiply_adds.number(), Some(32 * 32 * 750));
        assert!(matches!(facts.view, View::Window { .. }));
        let Start::Weights { fan_in, fan_out, .. } = &facts.parameters[0].start else { panic!("weights") };
        assert_eq!((fan_in.number(), fan_out.number()), (Some(75), Some(250)));
    }

    #[test]
    fn the_geometry_holds_every_argument() {
        let text = "conv2d(2, kernel = [4, 3], padding = same, bias = false)";
        let (facts, _) = check_on(text, "1,6,6").unwrap();
        let Some(Value::Shaped(geometry)) = facts.part.value else { panic!("moves") };
        let sizes = |name| match &geometry.constants.iter().find(|(constant, _)| *constant == name).unwrap().1 {
            GeometryConstant::Sizes(sizes) => sizes.iter().filter_map(Size::number).collect::<Vec<_>>(),
            _ => panic!("sizes"),
        };
        assert_eq!(sizes("KERNEL"), [4, 3]);
        assert_eq!(sizes("PADDING"), [1, 2, 1, 1]);
        assert!(geometry.constants.iter().any(|constant| matches!(constant, ("BIAS", GeometryConstant::Flag(false)))));
        assert_eq!(facts.parameters.len(), 1);
    }

    #[test]
    fn sequences_are_dilated_and_causal() {
        let text = "conv1d(16, kernel = 3, dilation = 4, padding = causal)";
        let (facts, _) = check_on(text, "2,100").unwrap();
        assert_eq!(output(&facts), "[16, 100]");
        assert_eq!(facts.multiply_adds.number(), Some(100 * 2 * 3 * 16));
        let View::Window { extent, .. } = &facts.view else { panic!("a window") };
        assert_eq!(extent[0].number(), Some(9));
        let Some(Value::Shaped(geometry)) = facts.part.value else { panic!("moves") };
        let constants: Vec<String> = geometry.constants.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(constants, ["INPUT", "FILTERS", "KERNEL", "STRIDE", "DILATION", "PADDING", "BIAS"]);
    }

    #[test]
    fn mistakes() {
        assert!(message_on("conv2d(6)", "1,6,6").contains("`kernel` is missing"));
        assert!(message_on("conv2d(kernel = 3)", "1,6,6").contains("`filters` is missing"));
        assert!(message_on("conv2d(6, 3)", "1,6,6").contains("help: was `kernel = 3` meant?"));
        assert!(message_on("conv2d(6, kernel = [3])", "1,6,6").contains("`[height, width]`, found 1 number"));
        assert!(message_on("conv1d(6)", "1,6").contains("write for instance `conv1d(6, kernel = 5)`"));
        assert!(message_on("conv1d(6, kernel = [3])", "1,6").contains("help: write `3`"));
        assert!(message_on("conv1d(6, kernel = 3, dilation = 0)", "1,6").contains("0 is too small"));
        assert!(message_on("conv2d(6, kernel = 3, stride = 0)", "1,6,6").contains("0 is too small"));
        assert!(message_on("conv2d(6, kernel = 3, padding = -1)", "1,6,6").contains("found the negative `-1`"));
        assert!(message_on("conv2d(6, kernal = 3)", "1,6,6").contains("did you mean `kernel`?"));
    }
}
