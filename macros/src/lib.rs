//! The `network!` macro of castnet.

use proc_macro::TokenStream;

/// Declares a network.
#[proc_macro]
pub fn network(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
