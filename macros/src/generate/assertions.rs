//! What the compiler must check because sizes are known only to it.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::constants;
use super::expressions::{arguments, generics, in_place};
use crate::deferred::Assertion;
use crate::layers::{Action, Reads, Saved, Value};
use crate::plan::Plan;
use crate::size::Size;

/// Constants whose values are checked as soon as the network is declared; those that depend on its const parameters as
/// soon as it is used.
pub fn items(plan: &Plan) -> Vec<TokenStream> {
    let now = plan.assertions.iter().filter(|assertion| !is_generic(plan, assertion)).map(|assertion| {
        let assertion = assert(assertion);
        quote! {
            #[allow(clippy::all, clippy::pedantic)]
            const _: () = #assertion;
        }
    });
    let later: Vec<TokenStream> = countable(plan).chain(later(plan).map(assert)).collect();
    let names = names(plan);
    let (name, generics, arguments) = (&plan.names.network, generics(plan), arguments(plan));
    let checks = (!later.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            #[allow(dead_code, deprecated, non_upper_case_globals, clippy::all, clippy::pedantic)]
            impl #generics #name #arguments { #(#[doc(hidden)] const #names: () = #later;)* }
        }
    });
    now.chain(checks).collect()
}

/// Statements that have the compiler compare what the rules state of layers with what the runtime's types do.
pub fn agreements(plan: &Plan) -> TokenStream {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let agreements = plan.layers.iter().map(|layer| {
        let (part, value) = (&layer.part, in_place(plan, layer));
        match (&part.value, part.action) {
            (None | Some(Value::Own(_)), _) => TokenStream::new(),
            (_, Action::InPlace { .. }) => {
                let keeps = format_ident!("{}", format!("{:?}", part.keeps));
                quote!(#root::__private::assert_in_place::<#scalar, _>(&#value, #root::layers::Keeps::#keeps);)
            }
            _ if part.batch.is_some() => {
                let sizes = [layer.outputs(), part.batch.clone().unwrap_or(Size::ZERO)];
                quote!(#root::__private::assert_batch_layer::<#scalar, _>(&#value, [#(#sizes),*]);)
            }
            _ => {
                let Reads { input, output } = part.reads;
                let parameters: Vec<Size> = layer.fields.iter().map(|field| field.parameter.len()).collect();
                let Saved { per_sample, per_group } = &part.saved;
                let work = &layer.multiply_adds;
                let numbers = [&layer.inputs(), &layer.outputs(), &Size::sum(&parameters), per_sample, per_group, work];
                let reads = quote!(#root::layers::Reads { input: #input, output: #output });
                quote!(#root::__private::assert_layer::<#scalar, _>(&#value, #reads, [#(#numbers),*]);)
            }
        }
    });
    let agreements: TokenStream = agreements.collect();
    if agreements.is_empty() { agreements } else { quote!(const { #agreements }) }
}

/// Statements that have the compiler check what depends on const parameters.
pub fn uses(plan: &Plan) -> TokenStream {
    let names = names(plan);
    quote!(#(let () = Self::#names;)*)
}

/// That const parameters are no larger than sizes go.
fn countable(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.parameters.iter().map(|parameter| {
        let (root, text) = (&plan.root, format!("`{}`", parameter.unraw()));
        constants::located(&quote!(#parameter), quote!(#root::__private::check_countable), quote!(#parameter, #text))
    })
}

fn later(plan: &Plan) -> impl Iterator<Item = &Assertion> {
    plan.assertions.iter().filter(|assertion| is_generic(plan, assertion))
}

fn names(plan: &Plan) -> Vec<Ident> {
    (1..=plan.parameters.len() + later(plan).count()).map(|number| format_ident!("__check_{}", number)).collect()
}

fn is_generic(plan: &Plan, assertion: &Assertion) -> bool {
    let mut streams = vec![assertion.condition.clone()];
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                TokenTree::Ident(name) if plan.parameters.contains(&name) => return true,
                TokenTree::Group(group) => streams.push(group.stream()),
                _ => {}
            }
        }
    }
    false
}

/// It underlines from the first token of `panic!(..)` to the last: they get the spans of the user's first and last. Not
/// `assert!`, which in older editions calls what is named `panic` where it stands.
fn assert(assertion: &Assertion) -> TokenStream {
    let Assertion { condition, message, blame } = assertion;
    let mut spans = blame.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    let last = spans.last().unwrap_or(first);
    let message = Literal::string(message);
    let arguments = quote_spanned!(last=> ("{}", #message));
    let panic = quote_spanned!(first=> ::core::panic! #arguments);
    quote!(if !(#condition) { #panic })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_print_braces_as_they_are() {
        let assertion = Assertion { condition: quote!(N > 0), message: "`{ N }` is 0".into(), blame: quote!(N) };
        assert!(assert(&assertion).to_string().contains("(\"{}\" , \"`{ N }` is 0\")"));
    }
}
