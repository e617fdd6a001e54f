//! The activations, value by value: a table, because all that differs is in a row.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::call::{Call, Range, Real};
use super::facts::{Facts, Keeps};
use super::rule::LayerRule;
use super::signature::ArgumentRule;

/// A kind that is an activation.
pub struct Activation {
    kind: &'static str,
    /// The type in the runtime.
    runtime: &'static str,
    keeps: Keeps,
    /// A field of that type, and what may be given for it.
    number: Option<Number>,
}

/// A number that an activation depends on.
struct Number {
    name: &'static str,
    default: f64,
    range: Range,
    arguments: &'static [ArgumentRule],
}

/// A negative slope would make two inputs have one output, and the gradient is computed from the output.
const SLOPE: Number = Number {
    name: "slope",
    default: 0.01,
    range: Range { least: 0.0, limit: None, words: "a slope of at least 0", help: "write for instance `slope = 0.01`" },
    arguments: &[ArgumentRule::positional("slope")],
};

const fn row(kind: &'static str, runtime: &'static str, keeps: Keeps, number: Option<Number>) -> Activation {
    Activation { kind, runtime, keeps, number }
}

use Keeps::{Beside, Output};

pub static RELU: Activation = row("relu", "Relu", Output, None);
pub static LEAKY_RELU: Activation = row("leaky_relu", "LeakyRelu", Output, Some(SLOPE));
pub static SIGMOID: Activation = row("sigmoid", "Sigmoid", Output, None);
pub static TANH: Activation = row("tanh", "Tanh", Output, None);
pub static GELU: Activation = row("gelu", "Gelu", Beside, None);
pub static SILU: Activation = row("silu", "Silu", Beside, None);

impl LayerRule for Activation {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        self.number.as_ref().map_or(&[], |number| number.arguments)
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        Facts::activation(self.value(call), self.keeps)
    }
}

impl Activation {
    fn value(&self, call: &Call<'_>) -> TokenStream {
        let runtime = format_ident!("{}", self.runtime);
        let Some(Number { name, default, range, .. }) = &self.number else { return quote!(#runtime) };
        let default = Real::Literal(*default);
        let number = call.optional(name, default.clone(), |call, value| call.real(value, range)).unwrap_or(default);
        let name = format_ident!("{name}");
        quote!(#runtime { #name: #number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_flat, check_on, message, output, value};

    #[test]
    fn facts() {
        for (activation, expected) in [
            (&RELU, "Relu"),
            (&LEAKY_RELU, "LeakyRelu { slope : 0.01f64 }"),
            (&SIGMOID, "Sigmoid"),
            (&TANH, "Tanh"),
            (&GELU, "Gelu"),
            (&SILU, "Silu"),
        ] {
            for input in ["4", "2,3,3"] {
                let (facts, _) = check_on(activation.kind, input).unwrap();
                assert_eq!((output(&facts).as_str(), value(&facts).as_str()), ("same", expected));
                assert!(facts.part.is_activation());
            }
            assert!(check_flat(&format!("{}()", activation.kind), "4").is_ok());
            let mistake = message(&format!("{}(slope_ = 1)", activation.kind));
            assert!(mistake.contains(&format!("`{}` has no argument `slope_`", activation.kind)), "{mistake}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(value(&check_flat("leaky_relu(slope = 0.2)", "4").unwrap()), "LeakyRelu { slope : 0.2f64 }");
        assert_eq!(value(&check_flat("leaky_relu(0)", "4").unwrap()), "LeakyRelu { slope : 0f64 }");
        assert_eq!(value(&check_flat("leaky_relu(SLOPE)", "4").unwrap()), "LeakyRelu { slope : __N_1 }");
        assert_eq!(check_on("leaky_relu(SLOPE)", "4").unwrap().1.len(), 1);
    }

    #[test]
    fn mistakes() {
        assert!(message("relu(1)").contains("takes no arguments, found `1`"));
        assert!(message("leaky_relu(-0.1)").contains("expected a slope of at least 0, found -0.1"));
        assert!(message("leaky_relu(\"x\")").contains("expected a number, found `\"x\"`"));
        assert!(message("leaky_relu(alpha = 0.1)").contains("help: did you mean `slope`?"));
    }
}
