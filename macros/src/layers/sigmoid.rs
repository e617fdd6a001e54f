//! `sigmoid`: `1 / (1 + exp(-x))`.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, WeightHint};
use super::rule::LayerRule;

pub struct Sigmoid;

impl LayerRule for Sigmoid {
    fn kind(&self) -> &'static str {
        "sigmoid"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Sigmoid), WeightHint::Other)
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message, output};

    #[test]
    fn facts() {
        for input in ["4", "2,3,3"] {
            let (facts, _) = check_on("sigmoid", input).unwrap();
            assert_eq!(output(&facts), "same");
            assert!(facts.hint.is_some());
        }
        assert!(check_on("sigmoid()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("sigmoid(1)").contains("takes no arguments, found `"));
        assert!(message("sigmoid(slope = 1)").contains("`sigmoid` has no argument `slope`"));
    }
}
