//! Which shapes can depend on the network's const parameters.
//!
//! A flat shape can be a parameter: a matrix of 64 rows and `N` columns is a type. What is computed from a parameter
//! cannot, on stable Rust, be the size of a type; and of a sequence or an image all that a layer needs is computed.

use proc_macro2::TokenStream;

use crate::errors::Errors;
use crate::shape::list;
use crate::size::Size;

/// Reports a shape that depends on a parameter in a way that Rust has no type for.
pub fn check_expressible(sizes: &[Size], label: &str, blame: &TokenStream, errors: &Errors) -> Option<()> {
    let found = match sizes {
        [flat] => flat.computed_from().map(ToString::to_string),
        sizes => sizes.iter().find_map(parameter_in),
    };
    let Some(parameter) = found else { return Some(()) };
    let (shape, values) = (list(sizes), Size::product(sizes));
    let values = if sizes.len() > 1 { format!(" has {values} values, which") } else { String::new() };
    let message = format!(
        "`{label}`: {shape}{values} is computed from the parameter `{parameter}`, and stable Rust computes no size of a type from one\nhelp: write a number or a constant for `{parameter}` here; a parameter can be a flat input, or the units of `dense`"
    );
    errors.at(blame, message);
    None
}

/// The parameter that a size is or is computed from.
fn parameter_in(size: &Size) -> Option<String> {
    let computed = size.computed_from().map(ToString::to_string);
    computed.or_else(|| size.is_parameter().then(|| size.to_string()))
}
