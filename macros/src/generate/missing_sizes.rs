//! What tells that a network with const parameters is made without its sizes.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::plan::Plan;
use crate::size::LARGEST;

/// Constants of a network that depend on its sizes.
const CONSTANTS: [&str; 4] = ["INPUT_LEN", "OUTPUT_LEN", "PARAMETER_COUNT", "TRAINABLE_COUNT"];

/// An `init` of sizes that no network has, which is what `Policy::init` finds first, and which cannot be called. Without it the
/// compiler would say for each parameter and each trait of the network that it cannot infer it.
///
/// What it returns is inferred, so that the error is the only one.
pub fn missing_sizes(plan: &Plan) -> Option<TokenStream> {
    let (parameters, visibility, name) = (&plan.parameters, &plan.visibility, &plan.names.network);
    if parameters.is_empty() {
        return None;
    }
    let sizes = parameters.iter().map(|_| Literal::u64_unsuffixed(LARGEST));
    let name_text = name.unraw();
    let missing = format!("the sizes of `{name_text}` are missing");
    let sizes_by_name = parameters.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ");
    let label =
        format!("write `{name_text}::<{sizes_by_name}>::init(..)`, with a number or constant in place of each name");
    // The compiler shows where the bound stands: at the user's name, and not as something that a macro says.
    let span = name.span();
    let (function, bound) = (Ident::new("init", span), quote_spanned!(span=> (): __given::Sizes<__Network>));
    let constants = CONSTANTS.iter().map(|constant| {
        let text = format!("{missing}: write `{name_text}::<{sizes_by_name}>::{constant}`");
        let (constant, panic) = (Ident::new(constant, Span::call_site()), quote_spanned!(span=> ::core::panic!(#text)));
        quote!(#[doc(hidden)] #visibility const #constant: ::core::primitive::usize = #panic;)
    });
    Some(quote! {
        #[allow(dead_code, deprecated, missing_docs, private_bounds, unreachable_pub, clippy::all, clippy::pedantic)]
        const _: () = {
            // A module of its own, for what is called `diagnostic` around the network may be the user's.
            mod __given {
                #[diagnostic::on_unimplemented(message = #missing, label = #label)]
                pub trait Sizes<Network> {}
                #[diagnostic::do_not_recommend]
                impl Sizes<()> for ::core::primitive::u8 {}
            }
            impl #name<#(#sizes),*> {
                #(#constants)*
                #[doc(hidden)]
                #visibility fn #function<__Random: ?::core::marker::Sized, __Network>(_: &mut __Random) -> __Network
                where
                    #bound
                {
                    ::core::unreachable!()
                }
            }
        };
    })
}
