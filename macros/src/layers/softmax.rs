//! `softmax`: the exponentials of the features, divided by their sum.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, Keeps, Part, View};
use super::rule::LayerRule;

pub struct Softmax;

impl LayerRule for Softmax {
    fn kind(&self) -> &'static str {
        "softmax"
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        if let Some(input) = call.input
            && input.flat().is_none()
        {
            let origin = input.comes_from(&input.to_string(), call.place);
            call.report_layer(format!(
                "`softmax` expects flat features, found the {noun} {input}\n{origin}\nhelp: flatten it first: `flatten, softmax`",
                noun = input.noun()
            ));
        }
        let part = Part::in_place(quote!(Softmax), Keeps::Output);
        Facts { view: View::Everything, ..Facts::keeps_shape(part) }
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_flat, message_on, output};

    #[test]
    fn facts() {
        assert_eq!(output(&check_flat("softmax", "10").unwrap()), "same");
    }

    #[test]
    fn mistakes() {
        assert!(message_on("softmax", "3,2").contains("expects flat features, found the sequence [3, 2]"));
        assert!(message_on("softmax", "1,2,2").contains("help: flatten it first: `flatten, softmax`"));
    }
}
