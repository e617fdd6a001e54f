//! `leaky_relu(slope = 0.01)`: the positive part, and a fraction of the negative one.

use quote::quote;

use super::call::Call;
use super::call::{Range, Real};
use super::facts::{Facts, WeightHint};
use super::rule::LayerRule;
use super::signature::ArgumentRule;

pub struct LeakyRelu;

/// A negative slope would make two inputs have one output, and the gradient is computed from the output.
const SLOPE: Range =
    Range { least: 0.0, limit: None, words: "a slope of at least 0", help: "write for instance `slope = 0.01`" };

impl LayerRule for LeakyRelu {
    fn kind(&self) -> &'static str {
        "leaky_relu"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("slope")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let slope = call.optional("slope", Real::Literal(0.01), |call, value| call.real(value, &SLOPE));
        let slope = slope.unwrap_or(Real::Literal(0.01));
        Facts::activation(quote!(LeakyRelu { slope: #slope }), WeightHint::Rectifying)
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::facts::Action;
    use crate::layers::testing::{self, check_flat, check_on, message};

    fn value(text: &str) -> String {
        let facts = check_flat(text, "4").unwrap();
        assert!(matches!(facts.action, Action::InPlace { needs_output: true, at_inference: true, .. }));
        testing::value(&facts)
    }

    #[test]
    fn facts() {
        assert_eq!(value("leaky_relu"), "LeakyRelu { slope : 0.01f64 }");
        assert_eq!(value("leaky_relu(slope = 0.2)"), "LeakyRelu { slope : 0.2f64 }");
        assert_eq!(value("leaky_relu(0)"), "LeakyRelu { slope : 0f64 }");
        assert_eq!(value("leaky_relu(SLOPE)"), "LeakyRelu { slope : __N_1 }");
        assert_eq!(check_on("leaky_relu(SLOPE)", "4").unwrap().1.len(), 1);
    }

    #[test]
    fn mistakes() {
        assert!(message("leaky_relu(-0.1)").contains("expected a slope of at least 0, found -0.1"));
        assert!(message("leaky_relu(\"x\")").contains("expected a number, found `\"x\"`"));
        assert!(message("leaky_relu(alpha = 0.1)").contains("help: did you mean `slope`?"));
    }
}
