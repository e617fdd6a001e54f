//! `repeat(n) { .. }`: the same layers `n` times, each time with parameters of their own.

use proc_macro2::Ident;

use super::scope::{Flow, Scope, label};
use super::shape_check::ShapeCheck;
use crate::layers::text;
use crate::names;
use crate::syntax::BlockAst;

/// More copies than this of one block are no network.
const MOST: u64 = 1_000;

impl ShapeCheck<'_> {
    /// The first copy reports the mistakes in the block; a later one only what the copies before it led to.
    pub fn repeat(&mut self, block: &BlockAst, scope: &Scope, name: &Ident, mut flow: Flow) -> Flow {
        let times = self.times(block, scope, name);
        self.check_not_empty(block);
        let (before, asserted) = (self.errors.count(), self.deferred.count());
        for copy in names::copies(name, times) {
            if !self.has_room() {
                break;
            }
            let reported = self.errors.count();
            let inner = self.enter(&block.header, scope, &copy);
            flow = self.items(&block.items, &inner, flow);
            if reported > before {
                self.errors.truncate(reported);
            }
        }
        self.deferred.forget_repeated(asserted);
        let (place, header) = (self.layers.len(), &block.header);
        let label = label(header, &scope.path_to(name));
        let shape = self.annotated(place, header, &label, None, flow.shape.clone());
        Flow { shape, ..flow }
    }

    /// The macro writes the copies: it has to know how many.
    fn times(&mut self, block: &BlockAst, scope: &Scope, name: &Ident) -> u64 {
        let label = label(&block.header, &scope.path_to(name));
        let times = self.arguments(block, label, None, |call| {
            call.required("times", "write for instance `repeat(3) { .. }`", |call, value| {
                let size = call.size(value)?;
                let help = "help: write a number, for instance `repeat(3)`";
                match size.number() {
                    Some(number @ 1..=MOST) => return Some(number),
                    Some(number) => call.report(value, format!("expected 1 to {MOST} copies, found {number}\n{help}")),
                    None => call.report(
                        value,
                        format!(
                            "the number of copies is needed before constants have values, found `{}`\n{help}",
                            text(value)
                        ),
                    ),
                }
                None
            })
        });
        times.flatten().unwrap_or(1)
    }

    /// A block of nothing is most likely unfinished.
    pub fn check_not_empty(&self, block: &BlockAst) {
        if block.items.is_empty() {
            let kind = &block.header.kind;
            let message = format!("`{kind}` has no layers\nhelp: write them between its braces: `{kind} {{ relu }}`");
            // A layer that could not be parsed is no reason to call the block empty.
            if self.errors.count() == 0 {
                self.errors.at(&block.header.tokens, message);
            }
        }
    }
}
