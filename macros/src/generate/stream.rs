//! `impl Stream`: a network of a sequence, column by column. Each layer has a column of its own, which is small.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::expressions::{arguments, context, generics, in_place, parameters_of, value};
use super::network::implementation;
use crate::checked::Producer;
use crate::layers::{Action, AtInference, CausalWindow, InStream};
use crate::plan::{Plan, PlannedLayer};
use crate::size::Size;

/// The implementation for a network of a sequence; where a layer stands in the way, one with a bound that says so. Others have
/// none.
pub fn implement(plan: &Plan) -> Option<TokenStream> {
    let ([channels, length], [sounds, _]) = (&plan.input[..], ends(plan)) else { return None };
    let obstacle = plan.layers.iter().find(|layer| !runs_by_frames(layer, length));
    let (scalar, simd, root) = (&plan.scalar, &plan.names.simd, &plan.root);
    let (state, body) = match obstacle {
        None => (Size::sum(&states(plan)), body(plan)),
        Some(_) => (Size::ZERO, quote!(loop {})),
    };
    let items = quote! {
        type State = #root::__private::StreamState<[#scalar; #state]>;
        type Frame = [#scalar; #channels];
        type Sound = [#scalar; #sounds];
        const STATE: ::core::primitive::usize = #state;

        #[inline(always)]
        fn advance_column<#simd: #root::__private::Simd>(
            &self,
            __simd: #simd,
            __state: &mut Self::State,
            __frame: &Self::Frame,
            __sound: &mut Self::Sound,
        ) {
            #body
        }
    };
    Some(match obstacle {
        None => implementation(plan, quote!(Stream), items),
        Some(layer) => refused(plan, &layer.name, items),
    })
}

/// Channels and length of what comes out; of what is no sequence something that does for a bound that never holds.
fn ends(plan: &Plan) -> [Size; 2] {
    match &plan.output[..] {
        [channels, length] => [channels.clone(), length.clone()],
        _ => [Size::ONE, Size::ONE],
    }
}

/// A bound that does not hold, on a type with the name of the layer. `for<'a>` leaves it to who uses the trait.
fn refused(plan: &Plan, layer: &Ident, items: TokenStream) -> TokenStream {
    let (root, name, generics, arguments) = (&plan.root, &plan.names.network, generics(plan), arguments(plan));
    // The compiler underlines where the type is declared, which is the layer then.
    let declared = quote_spanned!(layer.span()=> pub enum #layer {});
    quote! {
        #[allow(deprecated, unused_variables, non_camel_case_types, non_upper_case_globals, clippy::all, clippy::pedantic)]
        const _: () = {
            #[doc(hidden)]
            #declared
            #[automatically_derived]
            impl #generics #root::Stream for #name #arguments
            where
                for<'__frame> #layer: #root::__private::RunsByFrames<Self>,
            {
                #items
            }
        };
    }
}

fn runs_by_frames(layer: &PlannedLayer, length: &Size) -> bool {
    let keeps_length = matches!(&layer.output[..], [_, columns] if columns.equals(length) == Some(true));
    let is_join = matches!(layer.part.action, Action::Add | Action::Concat);
    keeps_length && (is_join || !matches!(layer.part.in_stream, InStream::Never))
}

/// Numbers that each layer keeps.
fn states(plan: &Plan) -> Vec<Size> {
    plan.layers.iter().map(PlannedLayer::stream_state).collect()
}

/// The column that a layer leaves.
fn column(layer: usize) -> Ident {
    format_ident!("__column_{layer}")
}

fn channels_of(plan: &Plan, producer: Producer) -> Size {
    match producer {
        Producer::Input => plan.input[0].clone(),
        Producer::Layer(layer) => plan.layers[layer].output[0].clone(),
    }
}

/// A reference to the column that a layer reads.
fn source(plan: &Plan, producer: Producer) -> TokenStream {
    match producer {
        Producer::Input => quote!(__frame),
        Producer::Layer(layer) if plan.layers[layer].does_nothing_at_inference() => {
            source(plan, plan.layers[layer].producers[0])
        }
        Producer::Layer(layer) => {
            let column = column(layer);
            quote!(&#column)
        }
    }
}

fn body(plan: &Plan) -> TokenStream {
    let (root, states) = (&plan.root, states(plan));
    let working = plan.layers.iter().enumerate().filter(|(_, layer)| !layer.does_nothing_at_inference());
    let steps = working.map(|(place, layer)| step(plan, place, layer, &Size::sum(&states[..place])));
    let last = plan.layers.len().checked_sub(1).map_or(Producer::Input, Producer::Layer);
    let last = source(plan, last);
    quote! {
        let __pass = &#root::Pass::inference(1);
        #(#steps)*
        __state.frames = __state.frames.wrapping_add(1);
        *__sound = *#last;
    }
}

fn step(plan: &Plan, place: usize, layer: &PlannedLayer, before: &Size) -> TokenStream {
    let (root, simd, scalar, to, at) =
        (&plan.root, &plan.names.simd, &plan.scalar, column(place), context(plan, place));
    let (channels, from) = (&layer.output[0], source(plan, layer.producers[0]));
    let parameters = parameters_of(plan, layer);
    let zero = plan.zero();
    let empty = quote!(let mut #to: [#scalar; #channels] = [#zero; #channels];);
    match (layer.part.action, &layer.part.in_stream) {
        (Action::Add, _) => {
            let others = layer.producers[1..].iter().map(|&producer| source(plan, producer));
            quote!(let mut #to = *#from; #(#root::layers::add(__simd, #others, &mut #to);)*)
        }
        (Action::Concat, _) => {
            let branches: Vec<Size> = layer.producers.iter().map(|&producer| channels_of(plan, producer)).collect();
            let parts = layer.producers.iter().enumerate().map(|(branch, &producer)| {
                let from = source(plan, producer);
                let begin = Size::sum(&branches[..branch]);
                let end = begin.plus(&branches[branch]);
                quote!(<[_]>::copy_from_slice(&mut #to[#begin..#end], #from);)
            });
            quote!(#empty #(#parts)*)
        }
        (_, InStream::Causal(window)) => {
            let CausalWindow { channels, filters, kernel, dilation, bias } = &**window;
            let [channels, filters, kernel, dilation] =
                [channels, filters, kernel, dilation].map(|size| size.as_argument());
            let end = before.plus(&window.state());
            quote! {
                #empty
                #root::layers::CausalConvolution::<#channels, #filters, #kernel, #dilation, #bias>::new().advance(
                    #at, #parameters, __state.frames, &mut __state.memory[#before..#end], #from, &mut #to,
                );
            }
        }
        (Action::InPlace { .. }, _) => {
            let value = in_place(plan, layer);
            quote! {
                let mut #to = *#from;
                #root::layers::InPlace::forward::<#simd, 1>(#value, #at, &mut #to, &mut []);
            }
        }
        (_, InStream::ByColumn(own)) => {
            let value = own.as_ref().map_or_else(|| value(plan, layer), |value| quote!(#root::layers::#value));
            if layer.part.at_inference == AtInference::InPlace {
                return quote! {
                    let mut #to = *#from;
                    #root::layers::InferInPlace::infer::<#simd, _, 1>(
                        #value, #at, #parameters, &mut #to, #root::layers::Identity,
                    );
                };
            }
            let saved = quote!(<#root::layers::SavedNumbers<'_, _> as ::core::default::Default>::default());
            quote! {
                #empty
                #root::layers::Layer::forward::<#simd, 1>(#value, #at, #root::layers::Forward {
                    parameters: #parameters, input: #from, output: &mut #to, saved: #saved,
                });
            }
        }
        (_, InStream::Never) => TokenStream::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::errors::Errors;
    use crate::parse::parse;

    fn stream(layers: &str) -> Option<String> {
        let errors = Errors::new();
        let network = parse(format!("::castnet; struct N {{ {layers} }}").parse().unwrap(), &errors).unwrap();
        let plan = crate::plan::plan(check(network, &errors));
        assert_eq!(errors.messages(), Vec::<String>::new(), "{layers}");
        implement(&plan).map(|items| items.to_string())
    }

    #[test]
    fn the_first_layer_that_stands_in_the_way_is_named() {
        for (layers, obstacle) in [
            ("conv1d(2, kernel = 3, padding = causal), flatten, dense(2)", "flatten1"),
            ("conv1d(2, kernel = 3, padding = same)", "conv1d1"),
            ("conv1d(2, kernel = 3, padding = [1, 1])", "conv1d1"),
            ("conv1d(2, kernel = 4, stride = 4)", "conv1d1"),
            ("relu, max_pool1d(2)", "max_pool1d1"),
            ("tail: avg_pool1d(1)", "tail"),
            ("layer_norm", "layer_norm1"),
            ("residual { layer_norm }", "residual1_layer_norm1"),
        ] {
            let items = stream(&format!("input: [2, 8], {layers}")).unwrap();
            assert!(items.contains(&format!("pub enum {obstacle} {{ }}")), "{layers}: {items}");
        }
    }

    #[test]
    fn sequences_alone_are_streams() {
        assert!(stream("input: [4], dense(2)").is_none());
        assert!(stream("input: [1, 4, 4], conv2d(2, kernel = 3, padding = same)").is_none());
        for layers in [
            "conv1d(3, kernel = 3, dilation = 2, padding = causal), tanh, batch_norm, prelu, dropout(0.5)",
            "conv1d(3, kernel = 3, dilation = 2, padding = [4, 0])",
            "concat { { conv1d(1, kernel = 1) }, {} }, residual { gelu }, sum { {}, { silu } }",
            "dropout(0.5)",
        ] {
            let items = stream(&format!("input: [2, 8], {layers}")).unwrap();
            assert!(!items.contains("RunsByFrames"), "{layers}: {items}");
        }
    }
}
