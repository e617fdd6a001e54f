//! `relu`: the positive part.

use quote::quote;

use super::{Activation, Call, Facts, LayerRule};

pub struct Relu;

impl LayerRule for Relu {
    fn kind(&self) -> &'static str {
        "relu"
    }

    fn check(&self, _: &Call<'_>) -> Facts {
        Facts::activation(quote!(Relu), Activation::Rectifying)
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
            assert!(facts.activation.is_some());
        }
        assert!(check_on("relu()", "4").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("relu(1)").contains("help: write `relu`, it takes no arguments"));
        assert!(message("relu(slope = 1)").contains("`relu` has no argument `slope`"));
    }
}
