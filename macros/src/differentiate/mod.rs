//! `#[differentiable]`: the gradient of a function as a function beside it.
//!
//! `signature` reads what goes in and comes out, `read` follows the body and writes down each operation (`tape`), with
//! loops unrolled and every variable set once; `backward` goes through them in reverse, by the rules of `functions`.

mod backward;
mod choice;
mod expression;
mod forward;
mod functions;
mod names;
mod places;
mod read;
mod signature;
mod tape;
#[cfg(test)]
mod tests;
mod value;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, ItemFn};

use forward::Writer;
use read::Reader;
use signature::Signature;
use tape::{Block, Operand};
use value::{Shape, Value};

/// The function as it is, and its gradient or Jacobian beside it; or what is wrong with it.
pub fn expand(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = syn::Error::new(error.span(), format!("`#[differentiable]` stands before a function: {error}"));
            let error = error.into_compile_error();
            return quote!(#error #item);
        }
    };
    let beside = derivative(arguments, &function).unwrap_or_else(syn::Error::into_compile_error);
    quote!(#function #beside)
}

fn derivative(arguments: &TokenStream, function: &ItemFn) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(syn::Error::new_spanned(arguments, "`#[differentiable]` has no arguments"));
    }
    let signature = Signature::read(&function.sig)?;
    let mut reader = Reader::new(&signature, function);
    let inputs = reader.scope.clone();
    let outputs = reader.function(&function.block, &signature.output, &function.sig.ident)?;
    let (mut variables, block) = reader.finish();
    let writer = Writer::new(&mut variables, signature.float.clone(), inputs);
    Ok(match signature.output {
        Shape::Number => gradient(function, &signature, writer, &block, &outputs[0]),
        Shape::Many(_) => jacobian(function, &signature, writer, &block, &outputs),
    })
}

/// `f_gradient` beside a function that returns a number.
fn gradient(
    function: &ItemFn,
    signature: &Signature,
    mut writer: Writer<'_>,
    block: &Block,
    output: &Operand,
) -> TokenStream {
    let backward = writer.sweep(block, output);
    let gradients: Vec<_> = writer.inputs.iter().map(|(_, input)| writer.gradient_of(input)).collect();
    let gradients = backward::tuple(&gradients);
    let forward = writer.forward(block);
    let doc = format!("The gradient of [`{}`]: its derivative in each argument, in their order.", function.sig.ident);
    let body = quote!(#forward #backward #gradients);
    beside(function, "gradient", &doc, &signature.gradient_type(), &body)
}

/// `f_jacobian` beside a function that returns an array.
fn jacobian(
    function: &ItemFn,
    signature: &Signature,
    mut writer: Writer<'_>,
    block: &Block,
    outputs: &[Operand],
) -> TokenStream {
    let mut rows = Vec::new();
    for output in outputs {
        let backward = writer.sweep(block, output);
        let inputs: Vec<_> = writer.inputs.iter().flat_map(|(_, input)| input.numbers()).cloned().collect();
        let row = inputs.into_iter().map(|number| writer.gradient_of(&Value::Number(number)));
        rows.push(quote!({ #backward [#(#row),*] }));
    }
    let forward = writer.forward(block);
    let doc = format!(
        "The Jacobian of [`{}`]: a row for each number that it returns, a column for each number of its arguments.",
        function.sig.ident
    );
    let (float, rows_count, columns) = (&signature.float, outputs.len(), signature.numbers());
    beside(function, "jacobian", &doc, &quote!([[#float; #columns]; #rows_count]), &quote!(#forward [#(#rows),*]))
}

/// A function of the same arguments.
fn beside(function: &ItemFn, suffix: &str, doc: &str, result: &TokenStream, body: &TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let attributes = function.attrs.iter().filter(|attribute| goes_along(attribute));
    let (visibility, constness, inputs) = (&function.vis, &function.sig.constness, &function.sig.inputs);
    let name = format_ident!("{}_{}", name.unraw(), suffix, span = name.span());
    quote! {
        #[doc = #doc]
        #(#attributes)*
        #[must_use]
        #[allow(clippy::all, clippy::pedantic, clippy::nursery, unused, non_snake_case)]
        #visibility #constness fn #name(#inputs) -> #result { #body }
    }
}

/// Whether an attribute of the function is one of what stands beside it too.
fn goes_along(attribute: &Attribute) -> bool {
    ["cfg", "inline", "deprecated"].iter().any(|name| attribute.path().is_ident(name))
}

/// A message at some tokens.
fn error(tokens: impl quote::ToTokens, message: impl std::fmt::Display) -> syn::Error {
    syn::Error::new_spanned(tokens.into_token_stream(), message)
}
