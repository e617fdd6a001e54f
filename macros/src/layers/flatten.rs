//! `flatten`: takes a sequence or an image for a row of features. The values stay where they are.

use super::call::Call;
use super::facts::{Action, Facts, Output};
use super::rule::LayerRule;

pub struct Flatten;

impl LayerRule for Flatten {
    fn kind(&self) -> &'static str {
        "flatten"
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let output = call.input.map_or(Output::Unknown, |input| match input.flat() {
            Some(_) => Output::Same,
            None => Output::New(vec![input.values()]),
        });
        Facts::join(Action::Nothing, output)
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message, output};

    #[test]
    fn facts() {
        assert_eq!(output(&check_on("flatten", "16,4,4").unwrap().0), "[256]");
        assert_eq!(output(&check_on("flatten", "16,4").unwrap().0), "[64]");
        assert_eq!(output(&check_on("flatten", "2,N,N + 1").unwrap().0), "[2 * N * (N + 1)]");
        assert_eq!(output(&check_on("flatten", "7").unwrap().0), "same");
    }

    #[test]
    fn mistakes() {
        assert!(message("flatten(2)").contains("takes no arguments, found `2`"));
    }
}
