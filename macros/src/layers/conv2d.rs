//! `conv2d(filters, kernel = 5, stride = 1, padding = 0, bias = true, init = .., rounding = floor)`.

use super::call::Call;
use super::facts::{
    Facts, Fuses, Geometry, GeometryConstant, Output, Parameter, ParameterKind, Part, Start, Value, View,
};
use super::initializers::Initializer;
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use super::window::{self, Padding, Window};
use crate::size::Size;

pub struct Conv2d;

impl LayerRule for Conv2d {
    fn kind(&self) -> &'static str {
        "conv2d"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const {
            &[
                ArgumentRule::positional("filters"),
                ArgumentRule::named("kernel"),
                ArgumentRule::named("stride"),
                ArgumentRule::named("padding"),
                ArgumentRule::named("bias"),
                ArgumentRule::named("init"),
                ArgumentRule::named("rounding"),
            ]
        }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let convolution = Convolution::read(call);
        window::expect_image(call);
        let image = convolution.output(call);
        convolution.facts(call, image)
    }
}

/// The arguments, as far as they could be read.
struct Convolution {
    filters: Option<Size>,
    window: Window,
    bias: bool,
    initializer: Option<Initializer>,
}

impl Convolution {
    fn read(call: &Call<'_>) -> Self {
        let no_padding = Padding::Sizes([Size::ZERO, Size::ZERO]);
        Self {
            filters: call.required("filters", "write for instance `conv2d(6, kernel = 5)`", Call::positive),
            window: Window {
                kernel: call.required("kernel", "write for instance `conv2d(6, kernel = 5)`", |call, value| {
                    call.pair(value, Call::positive)
                }),
                stride: call.optional("stride", [Size::ONE, Size::ONE], |call, value| call.pair(value, Call::positive)),
                padding: call.optional("padding", no_padding, window::padding),
                rounding: window::rounding(call),
            },
            bias: call.optional("bias", true, Call::flag).unwrap_or(true),
            initializer: call.optional("init", None, Initializer::read).flatten(),
        }
    }

    fn output(&self, call: &Call<'_>) -> Option<[Size; 3]> {
        let [height, width] = self.window.output(call, call.input?)?;
        Some([self.filters.clone()?, height, width])
    }

    fn facts(self, call: &Call<'_>, image: Option<[Size; 3]>) -> Facts {
        let one = || [Size::ONE, Size::ONE];
        let kernel = self.window.kernel.clone().unwrap_or_else(one);
        let stride = self.window.stride.clone().unwrap_or_else(one);
        let channels = call.input.and_then(|input| Some(input.image()?[0].clone())).unwrap_or(Size::ONE);
        let filters = self.filters.clone().unwrap_or(Size::ONE);
        let parameters = self.parameters(&filters, &channels, &kernel);
        let places = image.as_ref().map_or(Size::ONE, |[_, height, width]| height.times(width));
        let multiply_adds = places.times(&parameters[0].len());
        let geometry = self.geometry(call, filters, &kernel, &stride);
        Facts {
            output: image.map_or(Output::Unknown, |image| Output::New(image.to_vec())),
            part: Part { fuses: Fuses::BOTH, ..Part::moves(Value::Shaped(geometry)) },
            parameters,
            view: View::Window { kernel, stride },
            multiply_adds,
        }
    }

    fn geometry(&self, call: &Call<'_>, filters: Size, kernel: &[Size; 2], stride: &[Size; 2]) -> Geometry {
        let input = window::image(call);
        let mut constants = vec![
            ("INPUT", GeometryConstant::Sizes(input)),
            ("FILTERS", GeometryConstant::Size(filters)),
            ("KERNEL", GeometryConstant::Sizes(kernel.to_vec())),
            ("STRIDE", GeometryConstant::Sizes(stride.to_vec())),
        ];
        if let Some(margins) = self.window.margins() {
            constants.push(("PADDING", GeometryConstant::Sizes(margins.to_vec())));
        }
        constants.push(("BIAS", GeometryConstant::Flag(self.bias)));
        Geometry { layer: "Conv2d", interface: "Conv2dGeometry", constants }
    }

    fn parameters(&self, filters: &Size, channels: &Size, kernel: &[Size; 2]) -> Vec<Parameter> {
        let window = kernel[0].times(&kernel[1]);
        let fan_in = channels.times(&window);
        let mut parameters = vec![Parameter {
            name: "weight",
            rows: filters.clone(),
            columns: Some(fan_in.clone()),
            shape: [&[filters.clone(), channels.clone()], &kernel[..]].concat(),
            start: Start::Weights { initializer: self.initializer.clone(), fan_in, fan_out: filters.times(&window) },
            kind: ParameterKind::Weight,
            meaning: format!(
                "Weights: a row for each of {}, in it the {} kernel of each of {}, row by row",
                filters.counted("filter"),
                window::pair(kernel),
                channels.counted("channel")
            ),
        }];
        if self.bias {
            parameters.push(Parameter {
                name: "bias",
                rows: filters.clone(),
                columns: None,
                shape: vec![filters.clone()],
                start: Start::Zeros,
                kind: ParameterKind::Bias,
                meaning: format!("What is added to the image of each of {}", filters.counted("filter")),
            });
        }
        parameters
    }
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
    fn mistakes() {
        assert!(message_on("conv2d(6)", "1,6,6").contains("`kernel` is missing"));
        assert!(message_on("conv2d(kernel = 3)", "1,6,6").contains("`filters` is missing"));
        assert!(message_on("conv2d(6, 3)", "1,6,6").contains("help: was `kernel = 3` meant?"));
        assert!(message_on("conv2d(6, kernel = [3])", "1,6,6").contains("`[height, width]`, found 1 number"));
        assert!(message_on("conv2d(6, kernel = 3, stride = 0)", "1,6,6").contains("0 is too small"));
        assert!(message_on("conv2d(6, kernel = 3, padding = -1)", "1,6,6").contains("found the negative `-1`"));
        assert!(message_on("conv2d(6, kernal = 3)", "1,6,6").contains("did you mean `kernel`?"));
    }
}
