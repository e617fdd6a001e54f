//! `batch_norm`: each feature, or each channel of a sequence or an image, to mean 0 and variance 1 over the batch; then a scale and a
//! shift that are learnt.

use quote::quote;

use super::call::Call;
use super::facts::{AtInference, Facts, Fuses, InStream, Parameter, ParameterKind, Part, Start, Value};
use super::rule::LayerRule;
use crate::shape::Shape;
use crate::size::Size;

pub struct BatchNorm;

impl LayerRule for BatchNorm {
    fn kind(&self) -> &'static str {
        "batch_norm"
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let channels = call.input.map_or(Size::ONE, |input| input.channels().clone());
        let places = call.input.map_or(Size::ONE, Shape::positions);
        let noun = call.input.map_or("feature", Shape::noun_of_channels);
        let (of, at) = (channels.as_argument(), places.as_argument());
        let parameters = parameters(&channels, noun);
        let value = Value::Plain(quote!(BatchNorm::<#of, #at>::new()));
        let fuses = Fuses { forward: true, backward: false };
        let in_stream = InStream::ByColumn(Some(quote!(BatchNorm::<#of, 1>::new())));
        let part =
            Part { batch: Some(channels), at_inference: AtInference::InPlace, fuses, in_stream, ..Part::moves(value) };
        Facts { parameters, ..Facts::keeps_shape(part) }
    }
}

fn parameters(channels: &Size, noun: &str) -> Vec<Parameter> {
    let each = channels.counted(noun);
    let parameter = |name, start, kind, what: &str| Parameter {
        name,
        rows: channels.clone(),
        columns: None,
        shape: vec![channels.clone()],
        start,
        kind,
        meaning: format!("{what} of each of {each}"),
    };
    vec![
        parameter("weight", Start::Ones, ParameterKind::Scale, "Scale"),
        parameter("bias", Start::Zeros, ParameterKind::Shift, "Shift"),
        parameter("running_mean", Start::Zeros, ParameterKind::RunningStatistic, "Running mean, for inference,"),
        parameter("running_variance", Start::Ones, ParameterKind::RunningStatistic, "Running variance, for inference,"),
    ]
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{self, check_on, message, output};

    fn value(input: &str) -> String {
        let (facts, _) = check_on("batch_norm", input).unwrap();
        assert!(facts.part.batch.is_some());
        testing::value(&facts)
    }

    #[test]
    fn facts() {
        assert_eq!(value("7"), "BatchNorm :: < 7 , 1 > :: new ()");
        assert_eq!(value("2,6"), "BatchNorm :: < 2 , 6 > :: new ()");
        assert_eq!(value("2,6,5"), "BatchNorm :: < 2 , 30 > :: new ()");
        assert_eq!(value("C,N,N"), "BatchNorm :: < { C } , { N * N } > :: new ()");
        let (facts, _) = check_on("batch_norm", "2,6,5").unwrap();
        assert_eq!(output(&facts), "same");
        assert_eq!(facts.parameters.len(), 4);
        assert_eq!(facts.parameters.iter().filter(|parameter| parameter.is_trained()).count(), 2);
    }

    #[test]
    fn mistakes() {
        assert!(message("batch_norm(3)").contains("takes no arguments, found `"));
    }
}
