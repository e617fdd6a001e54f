//! `tanh`: the hyperbolic tangent.

use quote::quote;

use super::{Activation, Call, Facts, LayerRule};

pub struct Tanh;

impl LayerRule for Tanh {
    fn kind(&self) -> &'static str {
        "tanh"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Tanh), Activation::Other)
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
            assert!(facts.activation.is_some());
        }
        assert!(check_on("tanh()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("tanh(1)").contains("help: write `tanh`, it takes no arguments"));
        assert!(message("tanh(slope = 1)").contains("`tanh` has no argument `slope`"));
    }
}
