//! What the tests of the rules share: one layer, checked on its own.

use quote::{format_ident, quote};

use super::call::{Call, Surroundings};
use super::facts::{Facts, Value};
use super::{kinds, rule};
use crate::deferred::{Assertion, Deferred};
use crate::errors::Errors;
use crate::parse::parse;
use crate::shape::{Shape, ShapeOrigin};
use crate::size::Size;
use crate::syntax::{Item, LayerAst};
use crate::wording;

fn layer(text: &str) -> LayerAst {
    let errors = Errors::new();
    let declaration = format!("::castnet; struct N {{ {text} }}");
    let network = parse(declaration.parse().unwrap(), &errors).unwrap();
    assert_eq!(errors.messages(), Vec::<String>::new());
    match network.items.into_iter().next() {
        Some(Item::Layer(layer)) => layer,
        _ => panic!("a layer"),
    }
}

/// Checks a layer behind an input of `sizes`, separated by commas.
pub fn check_on(text: &str, sizes: &str) -> Result<(Facts, Vec<Assertion>), Vec<String>> {
    check_behind(text, sizes, None)
}

/// Checks a layer behind `length` tokens below a limit.
pub fn check_tokens(text: &str, length: &str, limit: &str) -> Result<(Facts, Vec<Assertion>), Vec<String>> {
    check_behind(text, length, Some(limit))
}

/// The one message about a layer behind three of seven tokens.
pub fn message_of_tokens(text: &str) -> String {
    match check_tokens(text, "3", "7") {
        Ok(_) => panic!("`{text}` has no error"),
        Err(messages) => messages.join("; "),
    }
}

fn check_behind(text: &str, sizes: &str, limit: Option<&str>) -> Result<(Facts, Vec<Assertion>), Vec<String>> {
    let layer = layer(text);
    let read = |size| Size::read(&syn::parse_str(size).unwrap()).unwrap();
    let input = Shape::new(sizes.split(',').map(read).collect(), ShapeOrigin::input()).below(limit.map(read));
    let errors = Errors::new();
    let rule = rule(&layer.kind.to_string()).unwrap();
    let label = layer.name.as_ref().map_or_else(|| wording::source(&layer.tokens), ToString::to_string);
    let root = quote!(::castnet);
    let deferred = Deferred::new(&format_ident!("N"), &[]);
    let around = Surroundings {
        place: 0,
        input: Some(&input),
        root: &root,
        scalar: &format_ident!("f32"),
        deferred: &deferred,
        kinds: &kinds(),
    };
    let facts = rule.check(&Call::new(rule.signature(), &layer, label, around, &errors));
    let messages = errors.messages();
    if messages.is_empty() { Ok((facts, deferred.into_parts().1)) } else { Err(messages) }
}

/// The facts of a layer behind a flat input.
pub fn check_flat(text: &str, features: &str) -> Result<Facts, Vec<String>> {
    check_on(text, features).map(|(facts, _)| facts)
}

/// The one message about a layer behind four features.
pub fn message(text: &str) -> String {
    message_on(text, "4")
}

/// The one message about a layer behind an input of `sizes`.
pub fn message_on(text: &str, sizes: &str) -> String {
    match check_on(text, sizes) {
        Ok(_) => panic!("`{text}` has no error"),
        Err(messages) => {
            assert_eq!(messages.len(), 1, "{messages:#?}");
            messages[0].clone()
        }
    }
}

/// The output's sizes; of an unchanged shape `same`.
pub fn output(facts: &Facts) -> String {
    match &facts.output {
        super::Output::Same => String::from("same"),
        super::Output::New(sizes) => crate::shape::list(sizes),
        super::Output::Unknown => String::from("unknown"),
    }
}

/// The layer's value as it is generated; nothing of constants that have a type.
pub fn value(facts: &Facts) -> String {
    match &facts.part.value {
        Some(Value::Plain(value) | Value::Own(value)) => value.to_string(),
        Some(Value::Shaped(_)) | None => String::new(),
    }
}
