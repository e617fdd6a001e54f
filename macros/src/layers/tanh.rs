//! `tanh`: the hyperbolic tangent.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, WeightHint};
use super::rule::LayerRule;

pub struct Tanh;

impl LayerRule for Tanh {
    fn kind(&self) -> &'static str {
        "tanh"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Tanh), WeightHint::Other)
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message, output};

    #[test]
    fn facts() {
        for input in ["4", "2,3,3"] {
            let (facts, _) = check_on("tanh", input).unwrap();
            assert_eq!(output(&facts), "same");
            assert!(facts.hint.is_some());
        }
        assert!(check_on("tanh()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("tanh(1)").contains("takes no arguments, found `"));
        assert!(message("tanh(slope = 1)").contains("`tanh` has no argument `slope`"));
    }
}
