//! `prelu(per_channel = false, initial = 0.25)`: the positive part, and a learnt fraction of the negative one.

use quote::{ToTokens, quote};

use super::call::{Call, Range, Real};
use super::facts::{Facts, InStream, Parameter, ParameterKind, Part, Start, Value};
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::shape::Shape;
use crate::size::Size;

pub struct PRelu;

const INITIAL: Range = Range {
    least: f64::MIN,
    limit: None,
    words: "a slope",
    help: "write for instance `initial = 0.25`: it is the slope before training",
};

impl LayerRule for PRelu {
    fn kind(&self) -> &'static str {
        "prelu"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::named("per_channel"), ArgumentRule::named("initial")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let per_channel = call.optional("per_channel", false, Call::flag).unwrap_or(false);
        let default = Real::Literal(0.25);
        let initial = call.optional("initial", default.clone(), |call, value| call.real(value, &INITIAL));
        let values = call.input.map_or(Size::ONE, |input| input.values());
        let (slopes, sharing) = match call.input {
            Some(input) if per_channel => (input.channels().clone(), input.positions()),
            _ => (Size::ONE, values.clone()),
        };
        let noun = call.input.map_or("feature", Shape::noun_of_channels);
        let of = if per_channel { format!("each of {}", slopes.counted(noun)) } else { String::from("all values") };
        let parameter = Parameter {
            name: "weight",
            rows: slopes.clone(),
            columns: None,
            shape: vec![slopes.clone()],
            start: Start::Constant(initial.unwrap_or(default).into_token_stream()),
            kind: ParameterKind::Slope,
            meaning: format!("Slope of the negative part of {of}"),
        };
        let channels = call.input.map_or(Size::ONE, |input| input.channels().clone()).as_argument();
        let column =
            if per_channel { quote!(PRelu::<#channels, 1>::new()) } else { quote!(PRelu::<1, #channels>::new()) };
        let in_stream = InStream::ByColumn(Some(column));
        let (slopes, sharing) = (slopes.as_argument(), sharing.as_argument());
        let part = Part { in_stream, ..Part::moves(Value::Plain(quote!(PRelu::<#slopes, #sharing>::new()))) };
        Facts { parameters: vec![parameter], multiply_adds: values, ..Facts::keeps_shape(part) }
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message, value};

    fn value_of(text: &str, input: &str) -> String {
        value(&check_on(text, input).unwrap().0)
    }

    #[test]
    fn facts() {
        assert_eq!(value_of("prelu", "7"), "PRelu :: < 1 , 7 > :: new ()");
        assert_eq!(value_of("prelu", "2,3,3"), "PRelu :: < 1 , 18 > :: new ()");
        assert_eq!(value_of("prelu(per_channel = true)", "7"), "PRelu :: < 7 , 1 > :: new ()");
        assert_eq!(value_of("prelu(per_channel = true, initial = -0.5)", "2,3,3"), "PRelu :: < 2 , 9 > :: new ()");
        assert_eq!(value_of("prelu(per_channel = true)", "2,9"), "PRelu :: < 2 , 9 > :: new ()");
        assert_eq!(check_on("prelu", "7").unwrap().0.parameters.len(), 1);
    }

    #[test]
    fn mistakes() {
        assert!(message("prelu(per_channel = 3)").contains("expected `true` or `false`, found `3`"));
        assert!(message("prelu(initial = true)").contains("expected a number, found `true`"));
    }
}
