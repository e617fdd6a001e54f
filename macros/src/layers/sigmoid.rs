//! `sigmoid`: `1 / (1 + exp(-x))`.

use quote::quote;

use super::{Activation, Call, Facts, LayerRule};

pub struct Sigmoid;

impl LayerRule for Sigmoid {
    fn kind(&self) -> &'static str {
        "sigmoid"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Sigmoid), Activation::Other)
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
            assert!(facts.activation.is_some());
        }
        assert!(check_on("sigmoid()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("sigmoid(1)").contains("help: write `sigmoid`, it takes no arguments"));
        assert!(message("sigmoid(slope = 1)").contains("`sigmoid` has no argument `slope`"));
    }
}
