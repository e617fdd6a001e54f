//! The public items of a network with errors.
//!
//! Without them every use of the network elsewhere in the file would be an error too, and the user would have to find
//! their own among them. They have the names and types that the network would have, as far as those are known, and
//! never run.

use proc_macro2::TokenStream;
use quote::quote;

use crate::generate::{Bodies, items};
use crate::plan::Plan;

pub fn fallback(plan: &Plan) -> TokenStream {
    let body = || quote!(::core::unreachable!("this network does not compile"));
    let bodies = Bodies {
        initialize: body(),
        forward: body(),
        backward: body(),
        infer: body(),
        infer_samples: None,
        update: body(),
    };
    items(plan, &bodies).into_iter().collect()
}
