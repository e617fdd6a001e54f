//! `layer(path::ToType)`: a layer of the user's own, by the runtime's trait `Layer`.
//!
//! Its sizes are constants of its type, which only the compiler knows. What comes out has the shape of what goes in,
//! unless `-> [..]` says otherwise; that the type agrees is left to the compiler.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::Expr;

use super::call::{Call, read_size, text};
use super::facts::{Action, Facts, Output, Parameter, ParameterKind, Part, Reads, Saved, Start, Value, View};
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::deferred::{ConstantKind, sizes_of};
use crate::shape::is_shape;
use crate::size::Size;

pub struct Own;

const HELP: &str = "write the path of a type that implements `castnet::layers::Layer`, for instance `layer(my::Scale)`";

impl LayerRule for Own {
    fn kind(&self) -> &'static str {
        "layer"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("type")] }
    }

    fn takes_tokens(&self) -> bool {
        true
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let Some(own) = call.required("type", HELP, OwnType::read) else {
            return Facts { output: Output::Unknown, ..Facts::keeps_shape(Part::without_value(Action::Nothing)) };
        };
        let output = stated(call);
        assert_sizes(call, &own, output.as_deref());
        let OwnType { name, text } = &own;
        let parameters = Size::of_type(own.size(2), format!("{text}::PARAMETERS"));
        // What of the activations it reads is a constant of its type too: until that is known, all of them may be.
        let saved = Saved {
            per_sample: Size::of_type(own.size(3), format!("{text}::SAVED.per_sample")),
            per_group: Size::of_type(own.size(4), format!("{text}::SAVED.per_group")),
        };
        Facts {
            output: output.map_or(Output::Same, Output::New),
            part: Part { reads: Reads::BOTH, saved, ..Part::moves(Value::Own(quote!(#name()))) },
            parameters: vec![Parameter {
                name: "parameters",
                shape: vec![parameters.clone()],
                rows: parameters,
                columns: None,
                start: Start::Own,
                kind: ParameterKind::Weight,
                meaning: format!("What `{text}` learns"),
            }],
            view: View::Everything,
            multiply_adds: Size::of_type(own.size(5), format!("{text}::MULTIPLY_ADDS")),
        }
    }
}

/// The type that the user names.
struct OwnType {
    /// The function of the expansion that makes a value of it.
    name: Ident,
    /// As the user typed it.
    text: String,
}

impl OwnType {
    fn read<'a>(call: &Call<'a>, value: &'a Expr) -> Option<Self> {
        match value {
            Expr::Path(path) if path.attrs.is_empty() => {}
            _ => {
                call.report(value, format!("expected a type, found `{}`\nhelp: {HELP}", text(value)));
                return None;
            }
        }
        if let Some(parameter) = call.deferred.parameter_in(value) {
            let message = format!(
                "the sizes of `{}` would be computed from the parameter `{parameter}`, and stable Rust computes no size of a type from one\nhelp: write a number or a constant for `{parameter}` here",
                text(value)
            );
            call.report(value, message);
            return None;
        }
        Some(Self { name: call.deferred.constant(ConstantKind::Type, value), text: text(value) })
    }

    /// The number of inputs (0), outputs (1), parameters (2), saved numbers per sample (3) or lane group (4), or
    /// multiply-adds (5).
    fn size(&self, place: usize) -> TokenStream {
        let (sizes, place) = (sizes_of(&self.name), Literal::usize_unsuffixed(place));
        quote!(#sizes[#place])
    }
}

/// The sizes behind `->`. What is wrong with them is reported where all annotations are read.
fn stated(call: &Call<'_>) -> Option<Vec<Size>> {
    let annotation = call.layer.annotation.as_ref()?;
    let sizes = annotation.sizes.as_ref()?;
    let read = |size| read_size(size, call.deferred).ok();
    let sizes: Option<Vec<Size>> = call.deferred.reading(annotation.number, || sizes.iter().map(read).collect());
    sizes.filter(|sizes| is_shape(sizes))
}

fn assert_sizes(call: &Call<'_>, own: &OwnType, output: Option<&[Size]>) {
    let Some(input) = call.input else { return };
    let (name, values) = (&own.text, input.values());
    let (takes, makes) = (own.size(0), own.size(1));
    let origin = input.comes_from(&input.to_string(), call.place);
    // Zero stands for a size that has a message of its own.
    call.assert(
        quote!(#values == 0 || #takes == #values),
        &call.layer.tokens,
        format!("`{name}` takes another number of values than the {input} that comes in; {origin}"),
    );
    let (expected, message) = match output {
        Some(sizes) => (
            Size::product(sizes),
            format!(
                "`{name}` makes another number of values than {}: correct what stands behind `->`",
                crate::shape::list(sizes)
            ),
        ),
        None => (
            values.clone(),
            format!("`{name}` makes another number of values than it takes: state the shape, `layer({name}) -> [..]`"),
        ),
    };
    call.assert(quote!(#values == 0 || #expected == 0 || #makes == #expected), &call.layer.tokens, message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_on, message, output, value};

    #[test]
    fn facts() {
        let (facts, assertions) = check_on("layer(my::Scale)", "2,3,3").unwrap();
        assert_eq!(output(&facts), "same");
        assert_eq!(assertions.len(), 2);
        assert_eq!(facts.parameters[0].len().to_string(), "my::Scale::PARAMETERS");
        assert!(matches!(facts.part.value, Some(Value::Own(_))));
        assert_eq!(value(&facts), "__N_1 ()");
        assert_eq!(output(&check_on("layer(Pool::<3>) -> [3]", "4").unwrap().0), "[3]");
    }

    #[test]
    fn mistakes() {
        assert!(message("layer").contains("`type` is missing"));
        assert!(message("layer(#[frozen] my::Scale)").contains("expected a type"));
        assert!(message("layer(3)").contains("expected a type, found `3`"));
    }
}
