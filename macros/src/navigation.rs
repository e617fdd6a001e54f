//! Editors follow the spans of the expansion: names, sizes and docs lead to the user's own tokens.

use std::collections::BTreeMap;

use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};

use super::expand;

const DECLARATION: &str = "::castnet; pub struct Net<f64> {
    input: [1, 8, 8],
    /// Finds edges.
    conv1: conv2d(2, kernel = 3), batch_norm, relu,
    block: residual {
        inner: conv2d(2, kernel = HEIGHT, padding = same),
    },
    flatten,
    own: layer(my::Rescale),
    r#type: dense(UNITS),
}";

/// Line and column of a text in the declaration.
fn place(text: &str) -> LineColumn {
    let before = &DECLARATION[..DECLARATION.find(text).unwrap()];
    let column = before.chars().rev().take_while(|&letter| letter != '\n').count();
    LineColumn { line: 1 + before.matches('\n').count(), column }
}

/// Where each name in the expansion comes from.
fn places(tokens: TokenStream, places: &mut BTreeMap<String, Vec<LineColumn>>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => places.entry(name.to_string()).or_default().push(name.span().start()),
            TokenTree::Group(group) => self::places(group.stream(), places),
            _ => {}
        }
    }
}

fn expansion() -> BTreeMap<String, Vec<LineColumn>> {
    let mut found = BTreeMap::new();
    places(expand(DECLARATION.parse().unwrap()), &mut found);
    found
}

#[test]
fn names_lead_to_the_declaration() {
    let found = expansion();
    for (name, text) in [
        ("Net", "Net<"),
        ("conv1", "conv1"),
        ("block", "block"),
        ("inner", "inner"),
        ("own", "own:"),
        ("r#type", "r#type"),
        ("HEIGHT", "HEIGHT"),
        ("UNITS", "UNITS"),
        ("Rescale", "Rescale)"),
    ] {
        let places = &found[name];
        assert!(places.iter().all(|&found| found == place(text)), "{name}: {places:?}");
    }
}

/// The fields of the structs, as `(struct, field)`.
fn fields() -> BTreeMap<(String, String), syn::Field> {
    let items = syn::parse2::<syn::File>(expand(DECLARATION.parse().unwrap())).unwrap().items;
    let mut fields = BTreeMap::new();
    for item in items {
        let syn::Item::Struct(item) = item else { continue };
        for field in item.fields {
            let name = field.ident.as_ref().map(Ident::to_string).unwrap_or_default();
            fields.insert((item.ident.to_string(), name), field);
        }
    }
    fields
}

#[test]
fn fields_have_the_spans_of_their_layers() {
    let fields = fields();
    for (owner, name, text) in [
        ("Net", "conv1", "conv1"),
        ("Net", "block", "block"),
        ("NetBlock", "inner", "inner"),
        ("Net", "own", "own:"),
        ("Net", "r#type", "r#type"),
    ] {
        let field = &fields[&(owner.to_owned(), name.to_owned())];
        let span = field.ident.as_ref().unwrap().span();
        assert_eq!(span.start(), place(text), "{owner}.{name}");
    }
}

/// The docs of a field as text.
fn docs(field: &syn::Field) -> String {
    let texts = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
        Some(text.value())
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_field_says_what_it_is() {
    let fields = fields();
    let docs = |owner: &str, name: &str| docs(&fields[&(owner.to_owned(), name.to_owned())]);
    assert_eq!(docs("Net", "conv1"), " Finds edges.");
    assert_eq!(docs("Net", "block"), " `block`: `residual`.");
    assert!(docs("NetBlock", "inner").contains("`block.inner`: `conv2d(2, kernel = HEIGHT, padding = same)`"));
    assert!(docs("NetConv1", "weight").starts_with(" Weights: a row for each of 2 filters"));
    for ((owner, name), field) in &fields {
        let is_internal = owner.ends_with("Workspace") || owner.ends_with("Trace");
        assert!(is_internal || !self::docs(field).is_empty(), "{owner}.{name}");
    }
}
