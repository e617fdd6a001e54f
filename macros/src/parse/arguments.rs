//! What stands in a layer's parentheses.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Expr, Ident, Token};

use crate::errors::Errors;
use crate::syntax::Argument;
use crate::wording;

/// Reads all arguments. After an error the rest of that argument is skipped.
pub fn parse_arguments(kind: &Ident, tokens: TokenStream, errors: &Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            arguments.push(argument(kind, input, errors));
            let surplus = skip_to_comma(input)?;
            if !surplus.is_empty() {
                let text = wording::source(&surplus);
                let help = arguments.last().and_then(|argument| with_colon(argument, &text)).unwrap_or_default();
                errors.at(surplus, format!("`{kind}`: a comma is expected before `{text}`{help}"));
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    arguments
}

/// What to write instead of `units: 10`.
fn with_colon(argument: &Argument, surplus: &str) -> Option<String> {
    let value = surplus.strip_prefix(": ")?;
    let name = wording::source(&argument.tokens);
    argument.name.is_none().then(|| format!("\nhelp: write `{name} = {value}`"))
}

fn argument(kind: &Ident, input: ParseStream<'_>, errors: &Errors) -> Argument {
    let begin = input.fork();
    let is_named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    let name = if is_named { named(input).ok() } else { None };
    let value = match input.parse::<Expr>() {
        Ok(value) => Some(value),
        Err(error) => {
            report_missing_value(kind, name.as_ref(), input, error, errors);
            // Its cause is reported: whatever is left of it would only be a second message.
            let _ = skip_to_comma(input);
            None
        }
    };
    let tokens = match (&name, &value) {
        (Some(name), value) => quote!(#name = #value),
        (None, Some(value)) => value.to_token_stream(),
        (None, None) => skip_to_comma(&begin).unwrap_or_default(),
    };
    Argument { name, value, tokens, number: 0 }
}

fn named(input: ParseStream<'_>) -> syn::Result<Ident> {
    let name = input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    Ok(name)
}

fn report_missing_value(
    kind: &Ident,
    name: Option<&Ident>,
    input: ParseStream<'_>,
    error: syn::Error,
    errors: &Errors,
) {
    let at_end = input.is_empty() || input.peek(Token![,]);
    match name {
        Some(name) if at_end => errors.at(name, format!("`{kind}`: `{name}` has no value\nhelp: write `{name} = ..`")),
        None if input.peek(Token![,]) => {
            let comma = input.fork().parse::<TokenTree>().ok();
            errors.at(comma, format!("`{kind}`: an argument is missing before this comma\nhelp: remove the comma"));
        }
        _ => errors.push(syn::Error::new(error.span(), format!("`{kind}`: {error}"))),
    }
}

/// The tokens up to the next comma outside of brackets.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        skipped.extend([TokenTree::parse(input)?]);
    }
    Ok(skipped)
}
