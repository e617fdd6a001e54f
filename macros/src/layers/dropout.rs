//! `dropout(probability)`: in training, zeroes values at random and scales the others up.

use quote::quote;

use super::call::Call;
use super::call::{Range, Real};
use super::facts::{AtInference, Facts, InStream, Keeps, Part};
use super::rule::LayerRule;
use super::signature::ArgumentRule;

pub struct Dropout;

/// At 1 nothing would be left to scale.
const PROBABILITY: Range = Range {
    least: 0.0,
    limit: Some(1.0),
    words: "a probability of at least 0 and less than 1",
    help: "write for instance `dropout(0.5)`: it is the share that is dropped",
};

impl LayerRule for Dropout {
    fn kind(&self) -> &'static str {
        "dropout"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("probability")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let probability = call
            .required("probability", "write for instance `dropout(0.5)`", |call, value| call.real(value, &PROBABILITY));
        let probability = probability.unwrap_or(Real::Literal(0.0));
        let part = Part::in_place(quote!(Dropout { probability: #probability }), Keeps::Nothing);
        Facts::keeps_shape(Part { at_inference: AtInference::Nothing, in_stream: InStream::ByColumn(None), ..part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_flat, check_on, message, value};

    #[test]
    fn facts() {
        let facts = check_flat("dropout(0.5)", "4").unwrap();
        assert_eq!((facts.part.keeps, facts.part.at_inference), (Keeps::Nothing, AtInference::Nothing));
        assert_eq!(value(&facts), "Dropout { probability : 0.5f64 }");
        assert!(check_flat("dropout(0)", "4").is_ok());
        assert_eq!(check_on("dropout(P)", "1,2,3").unwrap().1.len(), 1);
    }

    #[test]
    fn mistakes() {
        assert!(message("dropout").contains("`probability` is missing"));
        assert!(message("dropout(1.0)").contains("expected a probability of at least 0 and less than 1, found 1.0"));
        assert!(message("dropout(-0.5)").contains("found -0.5"));
        assert!(message("dropout(true)").contains("expected a number, found `true`"));
        assert!(message("dropout(0.1, 0.2)").contains("help: remove it"));
    }
}
