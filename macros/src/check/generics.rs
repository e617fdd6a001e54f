//! What stands in `<..>` behind the name: the scalar, and sizes that are left to whoever names the type.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{ConstParam, parse2};

use crate::errors::Errors;
use crate::syntax::NetworkAst;
use crate::wording;

pub struct Generics {
    /// `f32`, `f64`, or castnet's `Dual`.
    pub scalar: Ident,
    /// The names of the const parameters.
    pub parameters: Vec<Ident>,
}

/// What a network can compute in.
const SCALARS: [&str; 3] = ["f32", "f64", "Dual"];

pub fn check_generics(network: &NetworkAst, errors: &Errors) -> Generics {
    let mut generics = Generics { scalar: Ident::new("f32", Span::call_site()), parameters: Vec::new() };
    let Some(arguments) = &network.generics else { return generics };
    let (name, pieces) = (&network.name, pieces(arguments));
    if pieces.is_empty() {
        report_scalar(name, name, "", errors);
    }
    for (place, piece) in pieces.into_iter().enumerate() {
        let text = wording::source(&piece);
        if text == "const" || text.starts_with("const ") {
            generics.parameters.extend(parameter(name, piece, &generics.parameters, errors));
        } else if !SCALARS.contains(&text.as_str()) {
            report_unknown(name, &piece, &text, errors);
        } else if place > 0 {
            let message = format!("`{name}`: the scalar stands first\nhelp: write `struct {name}<{text}, ..>`, once");
            errors.at(piece, message);
        } else {
            generics.scalar = Ident::new(&text, Span::call_site());
        }
    }
    generics
}

/// What stands between commas.
fn pieces(arguments: &TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = arguments.clone().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let pieces = tokens.split(is_comma).map(|piece| piece.iter().cloned().collect::<TokenStream>());
    pieces.filter(|piece| !piece.is_empty()).collect()
}

fn report_scalar(network: &Ident, blame: impl ToTokens, found: &str, errors: &Errors) {
    let message = format!(
        "`{network}`: a network computes in `f32` or `f64`, found `<{found}>`\nhelp: write `struct {network}<f64>`, or `struct {network}` for `f32`"
    );
    errors.at(blame, message);
}

/// Something that is no scalar, and was perhaps meant as a size: `N`, `N: usize`.
fn report_unknown(network: &Ident, piece: &TokenStream, found: &str, errors: &Errors) {
    let mut tokens = piece.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), None) if name.to_string().chars().all(|letter| !letter.is_lowercase()) => {
            let message = format!("`{network}`: `{name}` is no scalar: a network computes in `f32` or `f64`");
            errors.at(piece, format!("{message}\nhelp: write `const {name}: usize` if it is a size"));
        }
        (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(_))) => {
            let message = format!("`{network}`: expected a scalar or a size, found `{found}`");
            errors.at(piece, format!("{message}\nhelp: write `const {name}: usize`"));
        }
        _ => report_scalar(network, piece, found, errors),
    }
}

/// Reads `const N: usize`.
fn parameter(network: &Ident, piece: TokenStream, others: &[Ident], errors: &Errors) -> Option<Ident> {
    let text = wording::source(&piece);
    let Ok(parameter) = parse2::<ConstParam>(piece.clone()) else {
        let help = "help: write for instance `const INPUTS: usize`";
        errors.at(piece, format!("`{network}`: expected a parameter, found `{text}`\n{help}"));
        return None;
    };
    let ConstParam { ident, ty, default, .. } = parameter;
    let found = wording::source(&ty.to_token_stream());
    if found != "usize" {
        let message = format!("`{network}`: `{ident}` is a size, of type `usize`, found `{found}`");
        errors.at(ty, format!("{message}\nhelp: write `const {ident}: usize`"));
    } else if let Some((sign, default)) = default {
        let message = format!("`{network}`: a parameter has no default\nhelp: write `const {ident}: usize`");
        errors.at(quote!(#sign #default), message);
    } else if others.contains(&ident) {
        errors.at(&ident, format!("`{network}`: two parameters have the name `{ident}`\nhelp: rename one of them"));
        return None;
    }
    Some(ident)
}
