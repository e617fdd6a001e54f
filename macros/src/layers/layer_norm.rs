//! `layer_norm(epsilon = 1e-5)`: the values of each sample to mean 0 and variance 1; then a scale and a shift that are
//! learnt.

use quote::quote;

use super::call::{Call, Range, Real};
use super::facts::{AtInference, Facts, Parameter, ParameterKind, Part, Saved, Start, Value, View};
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::size::Size;

pub struct LayerNorm;

const EPSILON: Range = Range {
    least: 0.0,
    limit: None,
    words: "a number of at least 0",
    help: "write for instance `epsilon = 1e-5`: it is added to the variance",
};

impl LayerRule for LayerNorm {
    fn kind(&self) -> &'static str {
        "layer_norm"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::named("epsilon")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let default = Real::Literal(1e-5);
        let epsilon = call.optional("epsilon", default.clone(), |call, value| call.real(value, &EPSILON));
        let epsilon = epsilon.unwrap_or(default);
        let values = call.input.map_or(Size::ONE, |input| input.values());
        let of = values.as_argument();
        let value = Value::Plain(quote!(LayerNorm::<#of> { epsilon: #epsilon }));
        let saved = Saved { per_sample: Size::Number(2), per_group: Size::ZERO };
        let part = Part { saved, at_inference: AtInference::InPlace, ..Part::moves(value) };
        let parameter = |name, start, kind, what: &str| Parameter {
            name,
            rows: values.clone(),
            columns: None,
            shape: call.input.map_or_else(|| vec![Size::ONE], |input| input.sizes().to_vec()),
            start,
            kind,
            meaning: format!("{what} of each of {}", values.counted("value")),
        };
        let parameters = vec![
            parameter("weight", Start::Ones, ParameterKind::Scale, "Scale"),
            parameter("bias", Start::Zeros, ParameterKind::Shift, "Shift"),
        ];
        let multiply_adds = Size::Number(4).times(&values);
        Facts { parameters, view: View::Everything, multiply_adds, ..Facts::keeps_shape(part) }
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_flat, check_on, message, output, value};

    #[test]
    fn facts() {
        let facts = check_flat("layer_norm", "7").unwrap();
        assert_eq!(value(&facts), "LayerNorm :: < 7 > { epsilon : 0.00001f64 }");
        assert_eq!(output(&facts), "same");
        assert_eq!(facts.part.saved.per_sample.number(), Some(2));
        assert_eq!(facts.parameters.len(), 2);
        let (facts, _) = check_on("layer_norm(epsilon = 0.5)", "2,3,3").unwrap();
        assert_eq!(value(&facts), "LayerNorm :: < 18 > { epsilon : 0.5f64 }");
    }

    #[test]
    fn mistakes() {
        assert!(message("layer_norm(epsilon = -1)").contains("expected a number of at least 0, found -1"));
        assert!(message("layer_norm(1e-5)").contains("help: was `epsilon = 1e-5` meant?"));
    }
}
