//! `max_pool2d(kernel, stride = kernel, rounding = floor)`: the largest value of each window.

use super::call::Call;
use super::facts::{Facts, Fuses, Part, Reads};
use super::pooling;
use super::rule::LayerRule;
use super::signature::ArgumentRule;

pub struct MaxPool2d;

impl LayerRule for MaxPool2d {
    fn kind(&self) -> &'static str {
        "max_pool2d"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        pooling::ARGUMENTS
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let fuses = Fuses { forward: false, backward: true };
        pooling::check(call, "MaxPool2d", |value| Part { reads: Reads::BOTH, fuses, ..Part::moves(value) })
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::facts::Reads;
    use crate::layers::testing::{check_on, message_on, output};

    #[test]
    fn facts() {
        let (facts, _) = check_on("max_pool2d(2)", "6,24,12").unwrap();
        assert_eq!(output(&facts), "[6, 12, 6]");
        assert!(facts.parameters.is_empty());
        assert_eq!(facts.part.reads, Reads::BOTH);
        assert_eq!(output(&check_on("max_pool2d([3, 1], stride = 1)", "6,24,12").unwrap().0), "[6, 22, 12]");
        assert_eq!(output(&check_on("max_pool2d(2, rounding = floor)", "1,5,5").unwrap().0), "[1, 2, 2]");
    }

    #[test]
    fn mistakes() {
        assert!(message_on("max_pool2d", "1,4,4").contains("help: write for instance `max_pool2d(2)`"));
        assert!(message_on("max_pool2d(2, 2)", "1,4,4").contains("help: was `stride = 2` meant?"));
        assert!(message_on("max_pool2d(3)", "1,4,4").contains("does not tile a 4x4 input: (4 - 3) / 3 + 1 = 1.33"));
    }
}
