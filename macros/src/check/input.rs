//! The shapes that the user writes down: the input's, and those behind `->`.

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::Expr;

use super::expressible::check_expressible;
use crate::deferred::Deferred;
use crate::errors::Errors;
use crate::layers;
use crate::shape::{Shape, ShapeOrigin, is_shape, list};
use crate::size::{LARGEST, Size};
use crate::syntax::{InputAst, NetworkAst, ShapeAst};
use crate::wording::{self, meant};

const INPUT_HELP: &str = "help: write `input: [features]`, `input: [channels, length]` for sequences, or `input: [channels, height, width]` for images";

/// There is one input, and it comes first.
pub fn check_input(
    network: &NetworkAst,
    inputs: &[(usize, &InputAst)],
    scalar: &Ident,
    deferred: &Deferred,
    errors: &Errors,
) -> Option<Shape> {
    let Some(((place, first), others)) = inputs.split_first() else {
        errors.at(&network.name, format!("`{}` has no input\n{INPUT_HELP} first", network.name));
        return None;
    };
    check_input_name(first, errors);
    if *place > 0 {
        errors.at(&first.shape.tokens, "`input` stands behind a layer\nhelp: move it to the beginning");
    }
    for (_, other) in others {
        check_second(other, errors);
    }
    if let Some(attribute) = first.attributes.iter().find(|attribute| !attribute.path().is_ident("doc")) {
        errors.at(attribute, "`input` takes no attributes\nhelp: remove it");
    }
    let shape = check_numbers_or_tokens(first, "input", ShapeOrigin::input(), scalar, deferred, errors)?;
    check_expressible(shape.sizes(), "input", &first.shape.tokens, errors)?;
    Some(shape)
}

/// The shape of an input, with the limit of tokens.
pub fn check_numbers_or_tokens(
    input: &InputAst,
    label: &str,
    origin: ShapeOrigin,
    scalar: &Ident,
    deferred: &Deferred,
    errors: &Errors,
) -> Option<Shape> {
    let sizes = check_shape(&input.shape, label, deferred, errors);
    let Some(limit) = &input.limit else { return Some(Shape::new(sizes?, origin)) };
    let value = limit.value.as_ref()?;
    let found = deferred.reading(limit.number, || check_limit(value, label, scalar, deferred, errors));
    let sizes = sizes?;
    if sizes.len() > 1 {
        let length = Size::product(&sizes);
        let message = format!("`{label}`: tokens stand one behind the other, found {}", list(&sizes));
        let text = wording::source(&value.to_token_stream());
        errors.at(&input.shape.tokens, format!("{message}\nhelp: write `tokens[{length}] < {text}`"));
        return None;
    }
    Some(Shape::new(sizes, origin).below(Some(found?)))
}

/// How many tokens there are: as many as the network's scalar can count one by one.
fn check_limit(value: &Expr, label: &str, scalar: &Ident, deferred: &Deferred, errors: &Errors) -> Option<Size> {
    /// From here on `f32` leaves whole numbers out.
    const MOST_IN_F32: u64 = 1 << 24;
    let limit = check_size(value, label, deferred, errors)?;
    let message = format!("`{label}`: `f32` holds whole numbers up to {MOST_IN_F32} only");
    let is_single = scalar == "f32";
    match limit.number() {
        Some(number) if is_single && number > MOST_IN_F32 => {
            errors.at(value, format!("{message}, found {number} tokens\nhelp: declare the network with `<f64>`"));
            return None;
        }
        None if is_single => {
            let most = Size::Number(MOST_IN_F32);
            deferred.assert(quote!(#limit <= #most), value, format!("{message}: declare the network with `<f64>`"));
        }
        _ => {}
    }
    if let Some(parameter) =
        limit.computed_from().map(ToString::to_string).or_else(|| limit.is_parameter().then(|| limit.to_string()))
    {
        let help = "help: write a number or a constant";
        errors.at(value, format!("`{label}`: how many tokens there are is `{parameter}`, a parameter\n{help}"));
        return None;
    }
    Some(limit)
}

/// A shape behind the input's is one too many, or was meant as that of the output.
pub fn check_second(input: &InputAst, errors: &Errors) {
    let tokens = &input.shape.tokens;
    match &input.name {
        Some(name) if name != "input" => {
            let shape = wording::source(tokens);
            let message = format!("a shape is given to the `input` only, found one for `{name}`");
            errors.at(name, format!("{message}\nhelp: write it behind the layer that makes it: `-> {shape}`"));
        }
        _ => errors.at(tokens, "a network has one input, and this is a second one\nhelp: remove it"),
    }
}

fn check_input_name(input: &InputAst, errors: &Errors) {
    match &input.name {
        Some(name) if name == "input" => {}
        Some(name) => {
            let text = name.to_string();
            let help = meant(&text, &["input"])
                .unwrap_or_else(|| format!("help: write `input: {}`", wording::source(&input.shape.tokens)));
            errors.at(name, format!("a shape is given to the `input` only, found one for `{text}`\n{help}"));
        }
        None => {
            let shape = wording::source(&input.shape.tokens);
            errors.at(&input.shape.tokens, format!("a shape needs its name\nhelp: write `input: {shape}`"));
        }
    }
}

/// Reads `[features]`, `[channels, length]` or `[channels, height, width]`: of one to three sizes, without zeros, countable.
pub fn check_shape(shape: &ShapeAst, label: &str, deferred: &Deferred, errors: &Errors) -> Option<Vec<Size>> {
    let expressions = shape.sizes.as_ref()?;
    let read = |size| check_size(size, label, deferred, errors);
    let sizes: Vec<Option<Size>> = deferred.reading(shape.number, || expressions.iter().map(read).collect());
    let sizes: Vec<Size> = sizes.into_iter().collect::<Option<_>>()?;
    if !is_shape(&sizes) {
        let found = wording::counted(sizes.len(), "size");
        let help = match sizes.as_slice() {
            [_, channels, height, width] => {
                format!(
                    "help: how many samples there are is no part of a shape: write `[{channels}, {height}, {width}]`"
                )
            }
            _ => String::from("help: write `[features]`, `[channels, length]` or `[channels, height, width]`"),
        };
        errors.at(&shape.tokens, format!("`{label}`: a shape has 1 to 3 sizes, found {found}\n{help}"));
        return None;
    }
    if !Size::product(&sizes).is_countable() {
        errors.at(
            &shape.tokens,
            format!("`{label}`: {} is more than {LARGEST} values\nhelp: write smaller sizes", list(&sizes)),
        );
        return None;
    }
    deferred.assert_countable(
        &Size::product(&sizes),
        &shape.tokens,
        format!("`{label}`: {} is more than {LARGEST} values: write smaller sizes", list(&sizes)),
    );
    Some(sizes)
}

fn check_size(value: &Expr, label: &str, deferred: &Deferred, errors: &Errors) -> Option<Size> {
    match layers::read_size(value, deferred) {
        Ok(size) if size.number() == Some(0) => {
            errors.at(value, format!("`{label}`: 0 is too small\nhelp: write `1` or more"));
            None
        }
        Ok(size) => {
            if size.number().is_none() {
                let message = format!("`{label}`: `{size}` is 0: write at least 1");
                deferred.assert(quote!(#size > 0), value, message);
            }
            Some(size)
        }
        Err(message) => {
            errors.at(value, format!("`{label}`: {message}"));
            None
        }
    }
}
