//! `layer(path::ToType)`: a layer of the user's own, by the runtime's trait `Layer`.
//!
//! Its sizes are constants of its type, which only the compiler knows. What comes out has the shape of what goes in,
//! unless `-> [..]` says otherwise; that the type agrees is left to the compiler.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Expr;

use super::call::text;
use super::{Action, ArgumentRule, Call, ChangedBy, Facts, LayerRule, Output, Parameter, Start, Value, View};
use crate::size::Size;

pub struct Custom;

const HELP: &str = "write the path of a type that implements `castnet::layers::Layer`, for instance `layer(my::Scale)`";

impl LayerRule for Custom {
    fn kind(&self) -> &'static str {
        "layer"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("type")] }
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let Some(path) = call.required("type", HELP, path) else {
            return Facts { output: Output::Unknown, ..Facts::in_place(quote!(), true) };
        };
        let output = stated(call);
        assert_sizes(call, &path, output.as_deref());
        let (root, scalar) = (call.root, call.scalar);
        let parameters = Size::named(&path, &quote!(<#path as #root::layers::Layer<#scalar>>::PARAMETERS));
        Facts {
            output: output.map_or(Output::Same, Output::New),
            action: Action::Move {
                value: Value::Own(quote!(<#path as ::core::default::Default>::default())),
                needs_output: true,
            },
            parameters: vec![Parameter {
                name: "parameters",
                rows: parameters,
                columns: None,
                start: Start::Own,
                changed_by: ChangedBy::Optimizer,
                meaning: format!("What `{}` learns", text_of(&path)),
            }],
            view: View::Everything,
            activation: None,
            multiply_adds: Size::ZERO,
        }
    }
}

fn text_of(path: &TokenStream) -> String {
    crate::wording::source(path)
}

/// Reads the path of a type.
fn path<'a>(call: &Call<'a>, value: &'a Expr) -> Option<TokenStream> {
    match value {
        Expr::Path(path) if path.attrs.is_empty() => Some(path.to_token_stream()),
        _ => {
            call.report(value, format!("expected a type, found `{}`\nhelp: {HELP}", text(value)));
            None
        }
    }
}

/// The sizes behind `->`. What is wrong with them is reported where all annotations are read.
fn stated(call: &Call<'_>) -> Option<Vec<Size>> {
    let sizes = call.layer.annotation.as_ref()?.sizes.as_ref()?;
    let sizes: Option<Vec<Size>> = sizes.iter().map(|size| super::read_size(size).ok()).collect();
    sizes.filter(|sizes| matches!(sizes.len(), 1 | 3))
}

fn assert_sizes(call: &Call<'_>, path: &TokenStream, output: Option<&[Size]>) {
    let Some(input) = call.input else { return };
    let (root, scalar, name) = (call.root, call.scalar, text_of(path));
    let constant = |constant: TokenStream| quote!(<#path as #root::layers::Layer<#scalar>>::#constant);
    let (takes, makes, values) = (constant(quote!(INPUT)), constant(quote!(OUTPUT)), input.values());
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
    use crate::layers::testing::{check_on, message, output};

    #[test]
    fn facts() {
        let (facts, assertions) = check_on("layer(my::Scale)", "2,3,3").unwrap();
        assert_eq!(output(&facts), "same");
        assert_eq!(assertions.len(), 2);
        assert_eq!(facts.parameters[0].len().to_string(), "my::Scale::PARAMETERS");
        let Action::Move { value: Value::Own(value), .. } = facts.action else { panic!("moves") };
        assert_eq!(value.to_string(), "< my :: Scale as :: core :: default :: Default > :: default ()");
        assert_eq!(output(&check_on("layer(Pool::<3>) -> [3]", "4").unwrap().0), "[3]");
    }

    #[test]
    fn mistakes() {
        assert!(message("layer").contains("`type` is missing"));
        assert!(message("layer(#[frozen] my::Scale)").contains("expected a type"));
        assert!(message("layer(3)").contains("expected a type, found `3`"));
    }
}
