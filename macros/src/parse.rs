//! Tokens to [`NetworkAst`]: goes on at the next comma after an error.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Expr, Ident, Token, Visibility, token};

use crate::errors::Errors;
use crate::syntax::{Argument, InputAst, Item, LayerAst, NetworkAst, ShapeAst};
use crate::wording;

/// Brackets within brackets: the parser calls itself for each.
const DEEPEST: usize = 32;
/// Tokens of one layer: an expression of more could exhaust the compiler's stack.
const LONGEST: usize = 2_000;

/// Parses `$crate; pub struct Name { .. }`. `None` if not even the name could be found.
pub fn parse(declaration: TokenStream, errors: &Errors) -> Option<NetworkAst> {
    let (root, declaration) = split_root(declaration);
    let header = match (|input: ParseStream<'_>| Header::parse(input, errors)).parse2(declaration) {
        Ok(header) => header,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut items = Vec::new();
    for piece in split_at_commas(header.body, errors) {
        parse_piece(piece, &mut items, errors);
    }
    let Header { attributes, visibility, name, scalar, .. } = header;
    Some(NetworkAst { root, attributes, visibility, name, scalar, items })
}

/// The path that the wrapper `castnet::network!` puts before the declaration, and the declaration.
fn split_root(declaration: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = declaration.into_iter();
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let root = tokens.by_ref().take_while(|token| !is_end(token)).collect();
    (root, tokens.collect())
}

/// Everything but the layers.
struct Header {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    scalar: Option<TokenStream>,
    body: TokenStream,
}

const EXAMPLE: &str = "help: write `pub struct Name { input: [784], dense(10) }`";

impl Header {
    fn parse(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        if !input.peek(Token![struct]) {
            return Err(unexpected(input, "a network is declared as a struct", EXAMPLE));
        }
        input.parse::<Token![struct]>()?;
        if !input.peek(Ident) {
            return Err(unexpected(input, "the network's name is missing behind `struct`", EXAMPLE));
        }
        let name = input.parse()?;
        let scalar = if input.peek(Token![<]) { Some(scalar(input)?) } else { None };
        if !input.peek(token::Brace) {
            return Err(unexpected(input, &format!("the layers of `{name}` stand in braces"), EXAMPLE));
        }
        let body = input.parse::<Group>()?.stream();
        if !input.is_empty() {
            let rest: TokenStream = input.parse()?;
            let message = "one `network!` declares one network, and this stands behind it\nhelp: give it a `network!` of its own, or remove it";
            errors.at(rest, message);
        }
        Ok(Self { attributes, visibility, name, scalar, body })
    }
}

/// What stands between `<` and `>`.
fn scalar(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    input.parse::<Token![<]>()?;
    let mut scalar = TokenStream::new();
    while !input.peek(Token![>]) {
        scalar.extend([input.parse::<TokenTree>()?]);
    }
    input.parse::<Token![>]>()?;
    Ok(scalar)
}

/// An error at the next token, or at the end of the tokens.
fn unexpected(input: ParseStream<'_>, problem: &str, help: &str) -> syn::Error {
    match input.fork().parse::<TokenTree>() {
        Ok(found) => {
            let text = shortened(&found);
            syn::Error::new_spanned(found, format!("{problem}, found `{text}`\n{help}"))
        }
        Err(_) => input.error(format!("{problem}\n{help}")),
    }
}

/// A token as text; of a group only its delimiters.
fn shortened(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => String::from("(..)"),
            Delimiter::Bracket => String::from("[..]"),
            Delimiter::Brace => String::from("{ .. }"),
            Delimiter::None => wording::source(&group.stream()),
        },
        other => other.to_string(),
    }
}

/// The pieces between commas, none of them empty. A semicolon is reported and taken for a comma.
fn split_at_commas(body: TokenStream, errors: &Errors) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    for token in body {
        let separator = match &token {
            TokenTree::Punct(punct) => matches!(punct.as_char(), ',' | ';').then(|| punct.as_char()),
            _ => None,
        };
        let Some(separator) = separator else {
            if let Some(piece) = pieces.last_mut() {
                piece.extend([token]);
            }
            continue;
        };
        if separator == ';' {
            errors.at(&token, "layers are separated by commas, found `;`\nhelp: write `,`");
        } else if pieces.last().is_some_and(TokenStream::is_empty) {
            errors.at(&token, "a layer is missing before this comma\nhelp: remove the comma");
        }
        pieces.push(TokenStream::new());
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Parses what stands between two commas: one item, or several if commas are missing.
fn parse_piece(piece: TokenStream, items: &mut Vec<Item>, errors: &Errors) {
    if !is_digestible(&piece) {
        let message = format!(
            "this layer is too long or too deep: at most {LONGEST} tokens and {DEEPEST} brackets within brackets are read\nhelp: give its sizes names by `const`"
        );
        errors.at(piece, message);
        return;
    }
    let parser = |input: ParseStream<'_>| {
        items.push(item(input, errors)?);
        while !input.is_empty() {
            if !input.peek(Ident::peek_any) && !input.peek(Token![#]) {
                let rest: TokenStream = input.parse()?;
                let text = wording::source(&rest);
                errors.at(rest, format!("expected a comma or the end of the layer, found `{text}`"));
                break;
            }
            let next: TokenTree = input.fork().parse()?;
            errors.at(&next, format!("a comma is missing before `{next}`\nhelp: write `, {next}`"));
            items.push(item(input, errors)?);
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(piece) {
        errors.push(error);
    }
}

/// Whether parsing the tokens is safe for the stack.
fn is_digestible(piece: &TokenStream) -> bool {
    let mut tokens = 0;
    let mut layer = vec![(0, piece.clone())];
    while let Some((depth, stream)) = layer.pop() {
        for token in stream {
            tokens += 1;
            if depth > DEEPEST || tokens > LONGEST {
                return false;
            }
            if let TokenTree::Group(group) = token {
                layer.push((depth + 1, group.stream()));
            }
        }
    }
    true
}

fn item(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Item> {
    let attributes = input.call(Attribute::parse_outer)?;
    let has_name = input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    let name = if has_name {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        Some(name)
    } else {
        None
    };
    if input.peek(token::Bracket) {
        let shape = shape(input, errors)?;
        return Ok(Item::Input(InputAst { attributes, name, shape }));
    }
    if !input.peek(Ident::peek_any) {
        let help = "help: a layer is `relu`, `dense(10)` or `name: dense(10)`";
        return Err(unexpected(input, "expected a layer", help));
    }
    layer(attributes, name, input, errors).map(Item::Layer)
}

fn layer(
    attributes: Vec<Attribute>,
    name: Option<Ident>,
    input: ParseStream<'_>,
    errors: &Errors,
) -> syn::Result<LayerAst> {
    let kind = input.call(Ident::parse_any)?;
    let mut tokens = kind.to_token_stream();
    let mut arguments = Vec::new();
    if input.peek(token::Paren) {
        let group: Group = input.parse()?;
        arguments = parse_arguments(&kind, group.stream(), errors);
        tokens.extend([TokenTree::Group(group)]);
    } else if input.peek(token::Brace) || input.peek(token::Bracket) {
        let help = format!("help: write `{kind}(..)`");
        return Err(unexpected(input, &format!("the arguments of `{kind}` stand in parentheses"), &help));
    }
    let annotation = if input.peek(Token![->]) { annotation(input, errors)? } else { None };
    Ok(LayerAst { attributes, name, kind, tokens, arguments, annotation })
}

fn annotation(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Option<ShapeAst>> {
    input.parse::<Token![->]>()?;
    if input.peek(token::Bracket) {
        return shape(input, errors).map(Some);
    }
    let help = "help: write `-> [features]` or `-> [channels, height, width]`";
    Err(unexpected(input, "a shape is expected behind `->`", help))
}

/// `[1, 28, 28]`
fn shape(input: ParseStream<'_>, errors: &Errors) -> syn::Result<ShapeAst> {
    let group: Group = input.parse()?;
    let parser = syn::punctuated::Punctuated::<Expr, Token![,]>::parse_terminated;
    let sizes = match parser.parse2(group.stream()) {
        Ok(sizes) => Some(sizes.into_iter().collect()),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    Ok(ShapeAst { sizes, tokens: TokenTree::Group(group).into() })
}

/// What stands in a layer's parentheses. After an error the rest of that argument is skipped.
fn parse_arguments(kind: &Ident, tokens: TokenStream, errors: &Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            arguments.push(argument(kind, input, errors));
            let surplus = skip_to_comma(input)?;
            if !surplus.is_empty() {
                let text = wording::source(&surplus);
                errors.at(surplus, format!("`{kind}`: a comma is expected before `{text}`"));
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
    Argument { name, value, tokens }
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

#[cfg(test)]
mod tests;
