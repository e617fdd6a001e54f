//! Properties of generated code that a snapshot would not point out.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenTree};

use super::*;
use crate::check::check;
use crate::errors::Errors;
use crate::fallback::fallback;
use crate::layers::Parameter;
use crate::parse::parse;
use crate::plan::{Field, plan};
use crate::random::{Choice, Random, declaration};

fn planned(text: &str) -> Plan {
    let errors = Errors::new();
    let network = parse(format!("::castnet; {text}").parse().unwrap(), &errors).unwrap();
    let plan = plan(check(network, &errors));
    assert_eq!(errors.messages(), Vec::<String>::new());
    plan
}

fn parsed(items: TokenStream) -> Vec<syn::Item> {
    syn::parse2::<syn::File>(items).unwrap().items
}

const NETWORK: &str = "#[cfg(feature = \"net\")] #[derive(Default, Debug)] pub struct N<f64> {
    input: [1, K, 8], a: conv2d(2, kernel = K), batch_norm, tanh, max_pool2d([1, 7]), flatten, dense(3) -> [OUT] }";

#[test]
fn one_stage_is_a_straight_line() {
    let body = |text| {
        let plan = planned(text);
        forward::body(&plan).to_string() + &backward::body(&plan).to_string()
    };
    assert!(!body("struct N { input: [4], dense(3), relu, dense(2) }").contains("match"));
    assert!(body("struct N { input: [4], dense(3), batch_norm, relu }").contains("match __stage"));
}

#[test]
fn every_item_stands_under_the_conditions_of_the_struct() {
    for item in parsed(generate(&planned(NETWORK))) {
        let attributes = match &item {
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Macro(item) => &item.attrs,
            other => panic!("unexpected item {}", quote!(#other)),
        };
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).count();
        assert_eq!(conditions, 1, "{}", quote!(#item));
    }
}

#[test]
fn derives_are_not_repeated_and_reach_the_layers() {
    let items = parsed(generate(&planned(NETWORK)));
    let derives = |name: &str| {
        let structs =
            items.iter().filter_map(|item| if let syn::Item::Struct(item) = item { Some(item) } else { None });
        let found = structs.filter(|item| item.ident == name).flat_map(|item| &item.attrs);
        found
            .filter(|attribute| attribute.path().is_ident("derive"))
            .map(|attribute| quote!(#attribute).to_string())
            .collect::<String>()
    };
    for name in ["N", "NA", "NBatchNorm1", "NDense1"] {
        let derives = derives(name);
        assert_eq!(derives.matches("Debug").count(), 1, "{derives}");
        assert_eq!(derives.matches("Default").count(), 1, "{derives}");
        assert_eq!(derives.matches("Clone").count(), 1, "{derives}");
    }
}

#[test]
fn everything_that_is_public_has_docs() {
    for item in parsed(generate(&planned(NETWORK))) {
        let syn::Item::Struct(item) = item else { continue };
        let has_docs = |attributes: &[Attribute]| attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
        assert!(has_docs(&item.attrs), "{}", item.ident);
        for field in item.fields.iter().filter(|field| matches!(field.vis, syn::Visibility::Public(_))) {
            assert!(has_docs(&field.attrs), "{} {}", item.ident, quote!(#field));
        }
    }
}

#[test]
fn the_fallback_has_the_same_items_and_never_runs() {
    let plan = planned(NETWORK);
    let names = |items: TokenStream| {
        let name = |item: &syn::Item| match item {
            syn::Item::Struct(item) => Some(item.ident.to_string()),
            syn::Item::Impl(item) => item.trait_.as_ref().map(|(path, _)| quote!(#path).to_string()),
            _ => None,
        };
        parsed(items).iter().filter_map(name).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(fallback(&plan)), names(generate(&plan)));
    let items = fallback(&plan).to_string();
    assert_eq!(items.matches("unreachable !").count(), 5);
    assert!(!items.contains("assert !"));
}

/// What the calls of an expansion borrow: for each statement the fields, and whether to write.
fn borrows(code: TokenStream, statements: &mut Vec<Vec<(String, bool)>>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == ';' => statements.push(Vec::new()),
            TokenTree::Group(block) if block.delimiter() == Delimiter::Brace => {
                statements.push(Vec::new());
                borrows(block.stream(), statements);
                statements.push(Vec::new());
            }
            TokenTree::Group(group) => {
                let mut within = vec![Vec::new()];
                borrows(group.stream(), &mut within);
                statements.last_mut().unwrap().extend(within.into_iter().flatten());
            }
            // `values(&__trace.field)`, `values_mut(&mut __trace.field)`
            TokenTree::Ident(function) if *function == "values" || *function == "values_mut" => {
                let argument = tokens[place + 1].to_string();
                let field = argument.trim_matches(['(', ')', '&', ' ']).trim_start_matches("mut ");
                statements.last_mut().unwrap().push((field.to_owned(), *function == "values_mut"));
            }
            _ => {}
        }
    }
}

/// The compiler would say so too, after minutes: this is what a hundred thousand declarations can be tried with.
#[test]
fn no_call_borrows_a_field_twice_to_write() {
    let mut random = Random::new(4);
    let cases = std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500);
    for _ in 0..cases {
        proc_macro2::extra::invalidate_current_thread_spans();
        let text = declaration(&mut random, "N", Choice { own: true, parameters: true, slices: true, most: 24 });
        let plan = planned(&text);
        for body in [forward::body(&plan), backward::body(&plan), inference::body(&plan)] {
            let mut statements = vec![Vec::new()];
            borrows(body, &mut statements);
            for borrowed in statements {
                let written = |field: &str| borrowed.iter().filter(|(other, writes)| other == field && *writes).count();
                let times = |field: &str| borrowed.iter().filter(|(other, _)| other == field).count();
                let twice = borrowed.iter().find(|(field, _)| written(field) > 0 && times(field) > 1);
                assert_eq!(twice, None, "{text}");
            }
        }
    }
}

/// Of a layer's parameters the first may start by the last, as in an orthogonal matrix that is in two fields.
#[test]
fn a_layer_that_starts_by_itself_starts_once() {
    let mut plan = planned("struct N { input: [4], dense(4), gate: layer(Gate), dense(2) }");
    let layer = plan.layers.iter_mut().find(|layer| layer.kind == "layer").unwrap();
    let parameter = layer.fields[0].parameter.clone();
    layer.fields.push(Field { parameter: Parameter { name: "second", ..parameter }, initializer: None });
    let body = parameters::initialize(&plan).to_string();
    assert_eq!(body.matches(":: initialize (").count(), 1, "{body}");
    assert!(body.contains("(& mut self . gate)") && !body.contains("self . gate ."), "{body}");
}

/// What the user says about lints is said of all that is generated; a trait of serde's leaves out what fills the cache line.
#[test]
fn attributes_follow_into_the_expansion() {
    let items = parsed(generate(&planned("#[allow(non_snake_case)] struct N { input: [4], W1: dense(3) }")));
    for item in items.iter().filter(|item| !matches!(item, syn::Item::Macro(_))) {
        let text = quote!(#item).to_string();
        assert!(text.starts_with("# [allow (non_snake_case)]"), "{text}");
    }
    let text = |declaration: &str| generate(&planned(declaration)).to_string();
    let layers = "{ input: [4], dense(3) }";
    let plain = text(&format!("struct N {layers}"));
    assert!(plain.contains("__serde ! { N [] }") && !plain.contains("serde (skip)"), "{plain}");
    assert!(text(&format!("#[derive(serde::Serialize)] struct N {layers}")).contains("# [serde (skip)] __filling"));
    let conditional = text(&format!("#[cfg_attr(feature = \"io\", derive(serde::Serialize))] struct N {layers}"));
    assert!(conditional.contains("# [cfg_attr (feature = \"io\" , serde (skip))] __filling"), "{conditional}");
    assert!(!conditional.contains("__serde"), "the user's are meant: {conditional}");
    assert!(!text(&format!("#[derive(Pod, Zeroable)] struct N {layers}")).contains("__filled_numbers"));
}
