//! `dense(units, bias = true, init = ..)`: a weighted sum of all features for each unit.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, Fuses, Output, Parameter, ParameterKind, Part, Start, Value, View};
use super::initializers::Initializer;
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::size::Size;
use crate::wording;

pub struct Dense;

impl LayerRule for Dense {
    fn kind(&self) -> &'static str {
        "dense"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("units"), ArgumentRule::named("bias"), ArgumentRule::named("init")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let units = call.required("units", "write for instance `dense(10)`", Call::positive);
        let bias = call.optional("bias", true, Call::flag).unwrap_or(true);
        let initializer = call.optional("init", None, Initializer::read).flatten();
        let inputs = inputs(call).unwrap_or(Size::ONE);
        let output = units.clone().map_or(Output::Unknown, |units| Output::New(vec![units]));
        let units = units.unwrap_or(Size::ONE);
        let parameters = parameters(&units, &inputs, bias, initializer);
        let (of, to) = (inputs.as_argument(), units.as_argument());
        let value = Value::Plain(quote!(Dense::<#of, #to, #bias>::new()));
        let part = Part { fuses: Fuses::BOTH, reads_samples: true, ..Part::moves(value) };
        Facts { output, part, parameters, view: View::Everything, multiply_adds: inputs.times(&units) }
    }
}

/// The number of features that come in; reports a sequence or an image.
fn inputs(call: &Call<'_>) -> Option<Size> {
    let input = call.input?;
    let features = input.flat().cloned();
    if features.is_none() {
        let name = call.layer.name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        let layer = wording::source(&call.layer.tokens);
        let origin = input.comes_from(&input.to_string(), call.place);
        call.report_layer(format!(
            "`dense` expects flat features, found the {noun} {input}\n{origin}\nhelp: flatten it first: `flatten, {name}{layer}`",
            noun = input.noun()
        ));
    }
    features
}

fn parameters(units: &Size, inputs: &Size, bias: bool, initializer: Option<Initializer>) -> Vec<Parameter> {
    let mut parameters = vec![Parameter {
        name: "weight",
        rows: units.clone(),
        columns: Some(inputs.clone()),
        shape: vec![units.clone(), inputs.clone()],
        start: Start::Weights { initializer, fan_in: inputs.clone(), fan_out: units.clone() },
        kind: ParameterKind::Weight,
        meaning: format!(
            "Weights: a row for each of {}, a column for each of {}",
            units.counted("unit"),
            inputs.counted("input")
        ),
    }];
    if bias {
        parameters.push(Parameter {
            name: "bias",
            rows: units.clone(),
            columns: None,
            shape: vec![units.clone()],
            start: Start::Zeros,
            kind: ParameterKind::Bias,
            meaning: format!("What is added to each of {}", units.counted("unit")),
        });
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::facts::Reads;
    use crate::layers::testing::{check_flat, message, message_on, output, value};

    #[test]
    fn facts() {
        let facts = check_flat("dense(3)", "4").unwrap();
        assert_eq!(output(&facts), "[3]");
        assert_eq!(
            facts.parameters.iter().map(Parameter::len).filter_map(|len| len.number()).collect::<Vec<_>>(),
            [12, 3]
        );
        assert_eq!(facts.multiply_adds.number(), Some(12));
        assert!(facts.part.reads_samples && facts.part.reads == Reads::INPUT);
        assert_eq!(value(&facts), "Dense :: < 4 , 3 , true > :: new ()");
        assert_eq!(check_flat("dense(2 * 3, bias = false)", "4").unwrap().parameters.len(), 1);
        assert_eq!(output(&check_flat("dense(units = HIDDEN)", "4").unwrap()), "[HIDDEN]");
    }

    #[test]
    fn mistakes() {
        assert_eq!(message("d: dense"), "`d`: `units` is missing\nhelp: write for instance `dense(10)`");
        assert!(message("dense(0)").contains("0 is too small"));
        assert!(message("dense(-3)").contains("found the negative `-3`"));
        assert!(message("dense(1.5)").contains("found a number with a fraction: `1.5`"));
        assert!(message("dense(\"10\")").contains("found a string"));
        assert!(message("dense(5_000_000_000)").contains("is too large"));
        assert!(message("dense(10u8)").contains("help: write `10`"));
        assert!(message("dense(3, bias = 1)").contains("expected `true` or `false`, found `1`"));
        assert!(message("dense(3, units = 3)").contains("`units` is given twice"));
        assert!(message("dense(bias = false, 3)").contains("stands behind a named argument"));
        assert!(message("dense(3, 4)").contains("`dense` takes 1 argument without a name, and `4` is one more"));
        assert!(message("dense(3, biass = true)").contains("help: did you mean `bias`?"));
        assert_eq!(
            message_on("d: dense(3)", "1,2,2"),
            "`d`: `dense` expects flat features, found the image [1, 2, 2]\nthe [1, 2, 2] comes from `input`\n\
             help: flatten it first: `flatten, d: dense(3)`"
        );
    }
}
