//! The `network!` macro of castnet, which re-exports it: depend on `castnet`, not on this crate.
//!
//! A declaration goes through five stages, each with a type of its own: `parse`, `check`, `plan`, and `generate` or,
//! beside errors, `fallback`.

// `fuzz/` compiles this file as a program that calls `expand`.
#![cfg_attr(fuzzing, no_main)]

mod check;
mod checked;
mod deferred;
#[cfg(not(fuzzing))]
mod differentiate;
mod errors;
mod fallback;
mod generate;
mod layers;
mod names;
mod parse;
mod plan;
mod shape;
mod size;
mod syntax;
#[cfg(not(fuzzing))]
mod weights;
mod wording;

use errors::Errors;
use proc_macro2::TokenStream;

/// What `castnet::network!` expands to: the path of the crate `castnet`, `;`, and the declaration.
#[cfg(not(fuzzing))]
#[proc_macro]
pub fn network(declaration: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(declaration.into()).into()
}

/// What `castnet::weights!` expands to: the path of the crate `castnet`, `;`, a type and the path of a file.
#[cfg(not(fuzzing))]
#[proc_macro]
pub fn weights(arguments: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse::<weights::Weights>(arguments) {
        Ok(weights) => weights::expand(&weights, &weights::folder_of(weights.span())).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// What `castnet::differentiable` is.
#[cfg(not(fuzzing))]
#[proc_macro_attribute]
pub fn differentiable(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    differentiate::expand(&arguments.into(), item.into()).into()
}

/// The names of every kind of layer and block, as an array: tests of lists that should hold them all compare with it.
#[cfg(not(fuzzing))]
#[doc(hidden)]
#[proc_macro]
pub fn kinds(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let kinds = layers::kinds().into_iter().chain(layers::BLOCKS.iter().map(|block| block.kind));
    quote::quote!([#(#kinds),*]).into()
}

// Text that is tokens leads to items, whatever it says.
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(declaration) = format!("::castnet; struct Net {{ input: [4], {text} }}").parse() {
        assert!(syn::parse2::<syn::File>(expand(declaration)).is_ok());
    }
});

fn expand(declaration: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let Some(network) = parse::parse(declaration, &errors) else {
        return errors.finish().err().unwrap_or_default();
    };
    let plan = plan::plan(check::check(network, &errors));
    match errors.finish() {
        Ok(()) => generate::generate(&plan),
        Err(messages) => messages.into_iter().chain(fallback::fallback(&plan)).collect(),
    }
}

#[cfg(test)]
mod navigation;
#[cfg(test)]
mod random;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod tests;
