//! What people write who are used to something else: each is one message, and the rest is read as it was meant.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Token, Visibility};

use super::unexpected;
use crate::errors::Errors;
use crate::layers;
use crate::layers::braces;
use crate::syntax::ShapeAst;
use crate::wording;

/// `pub conv1: conv2d(..)`, `let x = dense(10)`: whether a name before `=` has been reported.
pub fn before_name(input: ParseStream<'_>, errors: &Errors) -> syn::Result<bool> {
    if input.peek(Token![pub]) {
        let visibility: Visibility = input.parse()?;
        let text = wording::source(&visibility.to_token_stream());
        errors.at(visibility, format!("a layer is as visible as its network\nhelp: remove `{text}`"));
    }
    if !input.peek(Token![let]) {
        return Ok(false);
    }
    let word: Token![let] = input.parse()?;
    input.parse::<Option<Token![mut]>>()?;
    let rest = wording::source(&input.fork().parse()?).replacen(" =", ":", 1);
    errors.at(word, format!("a layer is no statement\nhelp: write `{rest}`"));
    Ok(true)
}

/// `fc = dense(10)`: reads the name.
pub fn name_with_equals_sign(input: ParseStream<'_>, is_reported: bool, errors: &Errors) -> syn::Result<Option<Ident>> {
    let is_one =
        input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    if !is_one {
        return Ok(None);
    }
    let name = input.call(Ident::parse_any)?;
    let sign: Token![=] = input.parse()?;
    if !is_reported {
        let rest = wording::source(&input.fork().parse()?);
        errors.at(sign, format!("`:` stands behind a name, found `=`\nhelp: write `{name}: {rest}`"));
    }
    Ok(Some(name))
}

/// `input: 784`
pub fn shape_without_brackets(input: ParseStream<'_>, errors: &Errors) -> syn::Result<ShapeAst> {
    let size: Expr = input.parse()?;
    let (tokens, text) = (size.to_token_stream(), wording::source(&size.to_token_stream()));
    errors.at(&tokens, format!("a shape stands in brackets, found `{text}`\nhelp: write `input: [{text}]`"));
    Ok(ShapeAst { sizes: Some(vec![size]), tokens, number: 0 })
}

/// `nn::dense(10)`, `dense::<10>()`, `dense!(10)`, `dense 10`, `dense[10]`, `concat [..]`.
pub fn behind_kind(kind: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let text = kind.to_string();
    let is_block = braces(&text);
    let is_layer = layers::rule(&text).is_some();
    if let Some(braces) = is_block
        && input.peek(syn::token::Bracket)
    {
        let help = format!("help: write `{kind} {braces}`");
        return Err(unexpected(input, &format!("the layers of `{kind}` stand in braces"), &help));
    }
    let in_brackets = input.peek(syn::token::Bracket) || input.peek(syn::token::Brace) && is_layer;
    let is_bare = is_layer && (input.peek(syn::Lit) || input.peek(Token![!]) || input.peek(Token![::]));
    if in_brackets || is_bare {
        let help = match arguments(input.fork().parse()?) {
            Some(arguments) => format!("help: write `{kind}({arguments})`"),
            None => format!("help: write `{kind}(..)`"),
        };
        return Err(unexpected(input, &format!("the arguments of `{kind}` stand in parentheses"), &help));
    }
    if input.peek(Token![::]) {
        let path: TokenStream = input.parse()?;
        let words = path.clone().into_iter().take_while(|token| !matches!(token, TokenTree::Group(_)));
        let path_text = wording::source(&std::iter::once(TokenTree::Ident(kind.clone())).chain(words).collect());
        let message = format!(
            "a layer is one word, found the path `{path_text}`\nhelp: for a type of your own write `layer({path_text})`"
        );
        return Err(syn::Error::new_spanned(
            std::iter::once(kind.to_token_stream()).chain([path]).collect::<TokenStream>(),
            message,
        ));
    }
    Ok(())
}

/// What was meant as arguments: what stands in brackets, or a literal.
fn arguments(tokens: TokenStream) -> Option<String> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if !group.stream().is_empty() => Some(wording::source(&group.stream())),
        TokenTree::Literal(literal) => Some(literal.to_string()),
        _ => None,
    })
}

/// What to write instead of `: relu`, `=> relu`, `.relu()` or `: [10]` behind a layer.
pub fn behind_layer(rest: &TokenStream) -> Option<String> {
    let mut tokens = rest.clone().into_iter().skip_while(|token| matches!(token, TokenTree::Punct(_))).peekable();
    match tokens.peek()? {
        TokenTree::Ident(_) => Some(format!("help: write `, {}`", wording::source(&tokens.collect()))),
        TokenTree::Group(group) if is_list(group) => {
            Some(format!("help: write `-> {}`", wording::source(&tokens.collect())))
        }
        _ => None,
    }
}

fn is_list(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
}
