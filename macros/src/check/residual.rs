//! `residual { .. }`: what its layers make is added to what comes in. `residual(project) { .. }` brings what comes in to
//! their shape first, by a matrix or a convolution with a kernel of one, without bias: the `W_s` of He et al., *Deep Residual Learning*,
//! 2015, equation 2.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use super::blocks::agree;
use super::scope::{Flow, Scope, label};
use super::shape_check::ShapeCheck;
use crate::layers::{Action, text};
use crate::shape::Shape;
use crate::size::{Binding, Size};
use crate::syntax::{Argument, BlockAst, LayerAst};
use crate::wording::suggestion;

impl ShapeCheck<'_> {
    pub fn residual(&mut self, block: &BlockAst, inner: &Scope, input: Flow) -> Flow {
        let label = label(&block.header, &inner.path);
        let projects = self
            .arguments(block, label.clone(), input.shape.as_ref(), |call| {
                call.optional("shortcut", false, |call, value| {
                    let found = text(value);
                    if found == "project" {
                        return Some(true);
                    }
                    let help = suggestion(&found, &["project"]);
                    call.report(value, format!("expected `project` or nothing, found `{found}`\n{help}"));
                    None
                })
            })
            .flatten();
        self.check_not_empty(block);
        let body = self.items(&block.items, inner, input.clone());
        let shortcut = match (projects, &input.shape, &body.shape) {
            (Some(true), Some(from), Some(to)) => self.project(block, inner, &label, [from, to], &input),
            (Some(false), Some(from), Some(to)) => {
                self.check_agreement(block, &label, from, to);
                input.clone()
            }
            _ => input.clone(),
        };
        let output = body.shape.as_ref().map(|shape| shape.sizes().to_vec());
        self.join(block, inner, Action::Add, vec![body, shortcut], output, &input)
    }

    fn check_agreement(&mut self, block: &BlockAst, label: &str, from: &Shape, to: &Shape) {
        let blame = &block.header.tokens;
        if agree(from, to) {
            let message = format!("`{label}`: the layers make {to} of the {from} that comes in");
            self.assert_equal(from.sizes().iter().zip(to.sizes()), blame, &message);
            return;
        }
        let has_stride = |from: &Size, to: &Size| match (from.number(), to.number()) {
            (Some(from), Some(to)) => stride(from, to).is_some(),
            _ => true,
        };
        let help = match axes(from, to) {
            Ok(axes) if axes.iter().all(|[from, to]| has_stride(from, to)) => {
                String::from("write `residual(project)`, which brings what comes in to that shape")
            }
            _ => format!("end the block with a layer that makes {from}"),
        };
        let message = format!(
            "`{label}`: the layers make {to}, and {from} comes in: what a residual adds must agree\n{}\nhelp: {help}",
            to.comes_from(&to.to_string(), self.layers.len())
        );
        self.errors.at(blame, message);
    }

    /// Adds the layer that projects, as if the user had written it.
    fn project(&mut self, block: &BlockAst, inner: &Scope, label: &str, [from, to]: [&Shape; 2], input: &Flow) -> Flow {
        let strides = match self.strides(from, to, label, &block.header.tokens) {
            Ok(strides) => strides,
            Err(problem) => {
                let origin = to.comes_from(&to.to_string(), self.layers.len());
                let message = format!(
                    "`{label}`: no projection brings the {from} that comes in to the {to} of the layers: {problem}\n{origin}\nhelp: write `sum {{ {{ .. }}, {{ .. }} }}`, with layers of your own in the second branch"
                );
                self.errors.at(&block.header.tokens, message);
                return input.clone();
            }
        };
        let layer = projection(block, to, strides);
        let name = Ident::new("project", block.header.kind.span());
        self.layer(&layer, inner, &name, input.clone())
    }

    /// The strides of a convolution with a kernel of one from one shape to another; none between flat shapes.
    fn strides(&self, from: &Shape, to: &Shape, label: &str, blame: &TokenStream) -> Result<Vec<Size>, String> {
        let stride = |[from, to]: [&Size; 2]| match (from.number(), to.number()) {
            _ if from.equals(to) == Some(true) => Ok(Size::ONE),
            (Some(from), Some(to)) => stride(from, to).ok_or_else(|| String::from("no stride leads there")),
            _ => {
                let root = &self.network.root;
                let message = format!("`{label}`: no stride of a projection leads from {from} positions to {to}");
                self.deferred.assert(quote!(#root::__private::can_project(#from, #to)), blame, message);
                let text = format!("{} / {}", from.bound_text(Binding::Product), to.bound_text(Binding::Atom));
                Ok(Size::call(quote!(#root::__private::projection_stride), &[from, to], text))
            }
        };
        axes(from, to)?.into_iter().map(stride).collect()
    }
}

/// The axes of two shapes in pairs; nothing of two flat shapes.
fn axes<'a>(from: &'a Shape, to: &'a Shape) -> Result<Vec<[&'a Size; 2]>, String> {
    let is_flat = |shape: &Shape| shape.axes().is_empty();
    match (from.axes().len() == to.axes().len(), [from, to]) {
        (true, _) => Ok(from.axes().iter().zip(to.axes()).map(|(from, to)| [from, to]).collect()),
        (false, [from, to]) => {
            // The one with more axes first.
            let [more, fewer] = if from.axes().len() > to.axes().len() { [from, to] } else { [to, from] };
            let article = if is_flat(fewer) { "" } else { "a " };
            let other = if more.noun() == "image" { "an image" } else { "a sequence" };
            Err(format!("one is {other} and the other {article}{}", fewer.noun()))
        }
    }
}

/// The stride by which a kernel of one takes `from` positions to `to`.
fn stride(from: u64, to: u64) -> Option<Size> {
    let stride = from.div_ceil(to.max(1)).max(1);
    ((from.max(1) - 1) / stride + 1 == to).then_some(Size::Number(stride))
}

fn projection(block: &BlockAst, to: &Shape, strides: Vec<Size>) -> LayerAst {
    let span = block.header.kind.span();
    let out = to.channels();
    let argument = |name: Option<&str>, value: TokenStream| {
        let name = name.map(|name| Ident::new(name, span));
        let prefix = name.as_ref().map(|name| quote_spanned!(span=> #name =));
        let tokens = prefix.into_iter().chain([value.clone()]).collect();
        // What stands for a size of the user's is the same wherever it is written.
        Argument { name, value: syn::parse2::<Expr>(value).ok(), tokens, number: 0 }
    };
    // For people, a size is what the user wrote.
    let tokens = out.to_string().parse().unwrap_or_else(|_| out.to_token_stream());
    let mut arguments = vec![Argument { tokens, ..argument(None, out.to_token_stream()) }];
    let kind = ["dense", "conv1d", "conv2d"][strides.len()];
    if !strides.is_empty() {
        let stride = match strides.as_slice() {
            [stride] => stride.to_token_stream(),
            strides => quote_spanned!(span=> [#(#strides),*]),
        };
        arguments.push(argument(Some("kernel"), quote_spanned!(span=> 1)));
        arguments.push(argument(Some("stride"), stride));
        arguments.push(argument(Some("rounding"), quote_spanned!(span=> floor)));
    }
    arguments.push(argument(Some("bias"), quote_spanned!(span=> false)));
    let kind = Ident::new(kind, span);
    let list = arguments.iter().map(|argument| &argument.tokens);
    let tokens = quote_spanned!(span=> #kind(#(#list),*));
    // Named, so that messages call it so.
    let name = Some(Ident::new("project", span));
    LayerAst { attributes: Vec::new(), name, kind, tokens, arguments, annotation: None }
}
