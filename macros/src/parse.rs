//! Tokens to [`NetworkAst`]: goes on at the next comma after an error.

mod arguments;
mod habits;
mod pieces;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, Ident, Token, Visibility, token};

use crate::errors::Errors;
use crate::syntax::{BlockAst, BranchAst, InputAst, InputsAst, Item, LayerAst, LimitAst, NetworkAst, ShapeAst};
use crate::wording;
use arguments::parse_arguments;
use pieces::{check_depth, pieces};

/// Parses `$crate; pub struct Name { .. }`. `None` if not even the name could be found.
pub fn parse(declaration: TokenStream, errors: &Errors) -> Option<NetworkAst> {
    let (root, declaration) = split_root(declaration);
    check_depth(&declaration, errors)?;
    let header = match (|input: ParseStream<'_>| Header::parse(input, errors)).parse2(declaration) {
        Ok(header) => header,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut items = parse_items(header.body, errors);
    let mut places = Vec::new();
    numbers(&mut items, &mut places);
    places.into_iter().zip(1..).for_each(|(place, number)| *place = number);
    let Header { attributes, visibility, keyword, name, generics, .. } = header;
    Some(NetworkAst { root, attributes, visibility, keyword, name, generics, items })
}

/// The numbers of arguments and shapes: a repeated layer is read again for each copy, and its constants are the same ones.
fn numbers<'a>(items: &'a mut [Item], found: &mut Vec<&'a mut usize>) {
    for item in items {
        match item {
            Item::Input(input) => numbers_of_input(input, found),
            Item::Inputs(inputs) => inputs.parts.iter_mut().for_each(|part| numbers_of_input(part, found)),
            Item::Layer(layer) => numbers_of_layer(layer, found),
            Item::Block(block) => {
                numbers_of_layer(&mut block.header, found);
                numbers(&mut block.items, found);
            }
            Item::Branch(branch) => numbers(&mut branch.items, found),
        }
    }
}

fn numbers_of_input<'a>(input: &'a mut InputAst, found: &mut Vec<&'a mut usize>) {
    found.push(&mut input.shape.number);
    found.extend(input.limit.iter_mut().map(|limit| &mut limit.number));
}

fn numbers_of_layer<'a>(layer: &'a mut LayerAst, found: &mut Vec<&'a mut usize>) {
    found.extend(layer.arguments.iter_mut().map(|argument| &mut argument.number));
    found.extend(layer.annotation.iter_mut().map(|annotation| &mut annotation.number));
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
    keyword: Token![struct],
    name: Ident,
    generics: Option<TokenStream>,
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
        let keyword = input.parse()?;
        if !input.peek(Ident) {
            return Err(unexpected(input, "the network's name is missing behind `struct`", EXAMPLE));
        }
        let name = input.parse()?;
        let generics = if input.peek(Token![<]) { Some(generics(input)?) } else { None };
        if !input.peek(token::Brace) {
            return Err(unexpected(input, &format!("the layers of `{name}` stand in braces"), EXAMPLE));
        }
        let body = input.parse::<Group>()?.stream();
        if !input.is_empty() {
            let rest: TokenStream = input.parse()?;
            let message = "one `network!` declares one network, and this stands behind it\nhelp: give it a `network!` of its own, or remove it";
            errors.at(rest, message);
        }
        Ok(Self { attributes, visibility, keyword, name, generics, body })
    }
}

/// What stands between `<` and `>`.
fn generics(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    input.parse::<Token![<]>()?;
    let mut generics = TokenStream::new();
    while !input.peek(Token![>]) {
        generics.extend([input.parse::<TokenTree>()?]);
    }
    input.parse::<Token![>]>()?;
    Ok(generics)
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

/// What stands in the braces of a network, block or branch.
fn parse_items(body: TokenStream, errors: &Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for piece in pieces(body, errors) {
        parse_piece(piece, &mut items, errors);
    }
    items
}

/// Parses what stands between two commas: one item, or several if commas are missing.
fn parse_piece(piece: TokenStream, items: &mut Vec<Item>, errors: &Errors) {
    let parser = |input: ParseStream<'_>| {
        items.push(item(input, errors)?);
        while !input.is_empty() {
            if !input.peek(Ident::peek_any) && !input.peek(Token![#]) {
                let rest: TokenStream = input.parse()?;
                let text = wording::source(&rest);
                let help = habits::behind_layer(&rest).map_or_else(String::new, |help| format!("\n{help}"));
                errors.at(rest, format!("expected a comma or the end of the layer, found `{text}`{help}"));
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

fn item(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Item> {
    let attributes = input.call(Attribute::parse_outer)?;
    let is_reported = habits::before_name(input, errors)?;
    let has_name = input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    let name = if has_name {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        Some(name)
    } else {
        habits::name_with_equals_sign(input, is_reported, errors)?
    };
    if name.as_ref().is_some_and(|name| name == "input") && input.peek(syn::Lit) {
        let shape = habits::shape_without_brackets(input, errors)?;
        return Ok(Item::Input(InputAst { attributes, name, shape, limit: None }));
    }
    if input.peek(token::Bracket) {
        let shape = shape(input, errors)?;
        // Who goes on with an embedding is not to be told once more.
        let limit = if input.peek(Token![<]) { Some(limit_of_numbers(&shape, input, errors)?) } else { None };
        return Ok(Item::Input(InputAst { attributes, name, shape, limit }));
    }
    if name.is_some() && input.peek(Ident) && input.peek2(token::Bracket) && input.fork().parse::<Ident>()? == "tokens"
    {
        let (shape, limit) = tokens(input, errors)?;
        return Ok(Item::Input(InputAst { attributes, name, shape, limit: Some(limit) }));
    }
    if let Some(name) = name.clone().filter(|name| name == "input" && input.peek(token::Brace)) {
        return inputs(attributes, name, input, errors).map(Item::Inputs);
    }
    if input.peek(token::Brace) {
        return branch(attributes, name, input, errors).map(Item::Branch);
    }
    if !input.peek(Ident::peek_any) {
        let help = "help: a layer is `relu`, `dense(10)` or `name: dense(10)`";
        return Err(unexpected(input, "expected a layer", help));
    }
    layer_or_block(attributes, name, input, errors)
}

/// `[32] < 1000`
fn limit_of_numbers(shape: &ShapeAst, input: ParseStream<'_>, errors: &Errors) -> syn::Result<LimitAst> {
    let sign: Token![<] = input.parse()?;
    let value: Expr = input.parse()?;
    let (length, limit) = (wording::source(&shape.tokens), wording::source(&value.to_token_stream()));
    let help = format!("help: for whole numbers below {limit} write `tokens{length} < {limit}`");
    errors.at(sign, format!("numbers have no limit\n{help}"));
    Ok(LimitAst { value: Some(value), tokens: shape.tokens.clone(), number: 0 })
}

/// `tokens[32] < 1000`
fn tokens(input: ParseStream<'_>, errors: &Errors) -> syn::Result<(ShapeAst, LimitAst)> {
    let word: Ident = input.parse()?;
    let shape = shape(input, errors)?;
    let (mut all, length) = (word.to_token_stream(), shape.tokens.clone());
    all.extend(length);
    let mut limit = LimitAst { value: None, tokens: all, number: 0 };
    let sign: Option<Token![<]> = input.parse()?;
    let Some(sign) = sign else {
        let text = wording::source(&limit.tokens);
        let help = format!("help: write for instance `{text} < 1000`, if they are whole numbers below 1000");
        errors.at(&limit.tokens, format!("how many tokens there are is missing\n{help}"));
        return Ok((shape, limit));
    };
    let value: Expr = input.parse()?;
    limit.tokens.extend(sign.to_token_stream());
    limit.tokens.extend(value.to_token_stream());
    limit.value = Some(value);
    Ok((shape, limit))
}

/// `{ image: [1, 28, 28], speed: [3] }`
fn inputs(attributes: Vec<Attribute>, name: Ident, input: ParseStream<'_>, errors: &Errors) -> syn::Result<InputsAst> {
    let body: Group = input.parse()?;
    let mut parts = Vec::new();
    for item in parse_items(body.stream(), errors) {
        match item {
            Item::Input(part) => parts.push(part),
            other => {
                let help = "help: write the shape of each: `input: { image: [1, 28, 28], speed: [3] }`";
                let (name, tokens) = (name_of(&other), tokens_of(other));
                errors.at(&tokens, format!("the braces of `input` hold inputs with their shapes\n{help}"));
                // Who names it is not to be told that there is none.
                let shape = ShapeAst { sizes: None, tokens, number: 0 };
                parts.extend(name.map(|name| InputAst {
                    attributes: Vec::new(),
                    name: Some(name),
                    shape,
                    limit: None,
                }));
            }
        }
    }
    Ok(InputsAst { attributes, parts, tokens: name.to_token_stream(), name })
}

/// What the user calls an item.
fn name_of(item: &Item) -> Option<Ident> {
    match item {
        Item::Input(input) => input.name.clone(),
        Item::Inputs(inputs) => Some(inputs.name.clone()),
        Item::Layer(layer) => layer.name.clone(),
        Item::Block(block) => block.header.name.clone(),
        Item::Branch(branch) => branch.name.clone(),
    }
}

/// What to underline of an item.
fn tokens_of(item: Item) -> TokenStream {
    match item {
        Item::Input(input) => input.shape.tokens,
        Item::Inputs(inputs) => inputs.tokens,
        Item::Layer(layer) => layer.tokens,
        Item::Block(block) => block.header.tokens,
        Item::Branch(branch) => branch.tokens,
    }
}

fn branch(
    attributes: Vec<Attribute>,
    name: Option<Ident>,
    input: ParseStream<'_>,
    errors: &Errors,
) -> syn::Result<BranchAst> {
    let body: Group = input.parse()?;
    let mut tokens = name.to_token_stream();
    let items = parse_items(body.stream(), errors);
    tokens.extend([TokenTree::Group(body)]);
    Ok(BranchAst { attributes, name, items, tokens })
}

/// `dense(10)`, `residual(project) { .. }`
fn layer_or_block(
    attributes: Vec<Attribute>,
    name: Option<Ident>,
    input: ParseStream<'_>,
    errors: &Errors,
) -> syn::Result<Item> {
    let kind = input.call(Ident::parse_any)?;
    let mut tokens = kind.to_token_stream();
    let mut arguments = Vec::new();
    if input.peek(token::Paren) {
        let group: Group = input.parse()?;
        arguments = parse_arguments(&kind, group.stream(), errors);
        tokens.extend([TokenTree::Group(group)]);
    }
    habits::behind_kind(&kind, input)?;
    let body = if input.peek(token::Brace) { Some(input.parse::<Group>()?) } else { None };
    let items = body.map(|body| parse_items(body.stream(), errors));
    let annotation = if input.peek(Token![->]) { annotation(input, errors)? } else { None };
    let header = LayerAst { attributes, name, kind, tokens, arguments, annotation };
    Ok(match items {
        Some(items) => Item::Block(BlockAst { header, items }),
        None => Item::Layer(header),
    })
}

fn annotation(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Option<ShapeAst>> {
    input.parse::<Token![->]>()?;
    if input.peek(token::Bracket) {
        return shape(input, errors).map(Some);
    }
    let help = "help: write `-> [features]`, `-> [channels, length]` or `-> [channels, height, width]`";
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
    Ok(ShapeAst { sizes, tokens: TokenTree::Group(group).into(), number: 0 })
}

#[cfg(test)]
mod tests;
