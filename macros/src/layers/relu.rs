//! `relu`: the positive part.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, WeightHint};
use super::rule::LayerRule;

pub struct Relu;

impl LayerRule for Relu {
    fn kind(&self) -> &'static str {
        "relu"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Relu), WeightHint::Rectifying)
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message, output};

    #[test]
    fn facts() {
        for input in ["4", "2,3,3"] {
            let (facts, _) = check_on("relu", input).unwrap();
            assert_eq!(output(&facts), "same");
            assert!(facts.hint.is_some());
        }
        assert!(check_on("relu()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("relu(1)").contains("takes no arguments, found `1`"));
        assert!(message("relu(slope = 1)").contains("`relu` has no argument `slope`"));
    }
}
