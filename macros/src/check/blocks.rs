//! Blocks: what is common to all, and the ones whose branches stand side by side.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::naming::assign;
use super::scope::{Flow, Scope, docs, label, last};
use super::shape_check::ShapeCheck;
use crate::checked::{CheckedBlock, CheckedHead, CheckedLayer, Producer};
use crate::layers::{Action, BLOCKS, Call, Facts, Output, Surroundings, braces};
use crate::shape::{Shape, ShapeOrigin, crossed};
use crate::size::Size;
use crate::syntax::{BlockAst, BranchAst, Item, LayerAst};
use crate::wording::{self, suggestion};

impl ShapeCheck<'_> {
    pub fn block(&mut self, block: &BlockAst, scope: &Scope, name: &Ident, flow: Flow) -> Flow {
        let kind = block.header.kind.to_string();
        let first = self.layers.len();
        let output = match kind.as_str() {
            "repeat" => self.repeat(block, scope, name, flow),
            _ => {
                let inner = self.enter(&block.header, scope, name);
                match kind.as_str() {
                    "residual" => self.residual(block, &inner, flow),
                    "concat" => self.concat(block, &inner, flow),
                    "sum" => self.sum(block, &inner, flow),
                    _ => self.unknown_block(block, &inner, flow),
                }
            }
        };
        let has_parameters = self.layers[first..].iter().any(|layer| !layer.facts.parameters.is_empty());
        self.check_attributes(&block.header, &label(&block.header, &scope.path_to(name)), has_parameters);
        output
    }

    /// The scope within a block.
    pub fn enter(&mut self, header: &LayerAst, scope: &Scope, name: &Ident) -> Scope {
        let path = scope.path_to(name);
        self.blocks.push(CheckedBlock {
            path: path.clone(),
            mark: String::new(),
            text: wording::source(&header.tokens),
            docs: docs(header),
        });
        let is_frozen = header.attributes.iter().any(|attribute| attribute.path().is_ident("frozen"));
        Scope { path, frozen: scope.frozen || is_frozen, is_way: false }
    }

    /// Reads the arguments of a block.
    pub fn arguments<T>(
        &mut self,
        block: &BlockAst,
        label: String,
        input: Option<&Shape>,
        read: impl FnOnce(&Call<'_>) -> T,
    ) -> Option<T> {
        let signature = BLOCKS.iter().find(|signature| block.header.kind == signature.kind)?;
        let (root, deferred) = (&self.network.root, self.deferred);
        let around =
            Surroundings { place: self.layers.len(), input, root, scalar: self.scalar, deferred, kinds: &self.kinds };
        Some(read(&Call::new(*signature, &block.header, label, around, self.errors)))
    }

    /// Goes on with an unknown shape; what is in the block can have mistakes of its own.
    fn unknown_block(&mut self, block: &BlockAst, inner: &Scope, flow: Flow) -> Flow {
        let kind = block.header.kind.to_string();
        let known: Vec<&str> = BLOCKS.iter().map(|block| block.kind).collect();
        let help = suggestion(&kind, &known);
        self.errors.at(&block.header.kind, format!("there is no block `{kind}`\n{help}"));
        // It may have been meant as one with branches.
        let is_branch = |item: &Item| matches!(item, Item::Branch(_));
        if block.items.iter().any(is_branch) {
            self.branches(block, inner, &flow);
            return Flow { shape: None, ..flow };
        }
        Flow { shape: None, ..self.items(&block.items, inner, flow) }
    }

    fn concat(&mut self, block: &BlockAst, inner: &Scope, input: Flow) -> Flow {
        let branches = self.branches(block, inner, &input);
        let label = label(&block.header, &inner.path);
        let shapes: Option<Vec<&Shape>> = branches.iter().map(|(_, flow)| flow.shape.as_ref()).collect();
        let output = shapes.and_then(|shapes| {
            let (first, others) = shapes.split_first()?;
            for (shape, (branch, _)) in others.iter().zip(&branches[1..]) {
                self.check_beside(&label, first, shape, blame(branch))?;
            }
            let together = Size::sum(shapes.iter().map(|shape| shape.channels()));
            Some(std::iter::once(together).chain(first.axes().iter().cloned()).collect())
        });
        if inner.path.len() == 1 {
            self.heads = heads(&branches).map(|heads| (self.layers.len(), heads));
        }
        let flows = branches.into_iter().map(|(_, flow)| flow).collect();
        self.join(block, inner, Action::Concat, flows, output, &input)
    }

    /// Whether the output of a branch can stand beside that of the first.
    fn check_beside(&mut self, label: &str, first: &Shape, shape: &Shape, blame: &TokenStream) -> Option<()> {
        let place = self.layers.len();
        if first.axes().len() != shape.axes().len() {
            // What has axes stands beside its like only.
            let noun = if first.axes().is_empty() { shape.noun() } else { first.noun() };
            let help = match (first.axes(), first.noun()) {
                ([], _) => String::from("put `, flatten` behind it"),
                (_, "image") => String::from("give it an image"),
                (_, noun) => format!("give it a {noun}"),
            };
            let message = format!(
                "`{label}`: this branch makes {shape}, and the first one {first}: only {noun}s stand beside {noun}s\n{}\nhelp: {help}",
                first.comes_from(&first.to_string(), place)
            );
            self.errors.at(blame, message);
            return None;
        }
        let pairs = || first.axes().iter().zip(shape.axes());
        if pairs().any(|(first, size)| first.equals(size) == Some(false)) {
            let (own, others) = (crossed(shape.axes()), crossed(first.axes()));
            let (what, of, agree) = match shape.axes() {
                [_] => ("a sequence", "length ", "lengths must agree"),
                _ => ("an image", "", "height and width must agree"),
            };
            let message = format!(
                "`{label}`: this branch makes {what} of {of}{own}, and the first one of {of}{others}: channels are put together, {agree}\n{}\nhelp: make both {others}, by `padding = same` and equal strides",
                first.comes_from(&format!("{of}{others}"), place)
            );
            self.errors.at(blame, message);
            return None;
        }
        self.assert_equal(pairs(), blame, &format!("`{label}`: the branches make {first} and {shape}"));
        Some(())
    }

    fn sum(&mut self, block: &BlockAst, inner: &Scope, input: Flow) -> Flow {
        let branches = self.branches(block, inner, &input);
        let label = label(&block.header, &inner.path);
        let shapes: Option<Vec<&Shape>> = branches.iter().map(|(_, flow)| flow.shape.as_ref()).collect();
        let output = shapes.and_then(|shapes| {
            let (first, others) = shapes.split_first()?;
            for (shape, (branch, _)) in others.iter().zip(&branches[1..]) {
                if !agree(first, shape) {
                    let message = format!(
                        "`{label}`: this branch makes {shape}, and the first one {first}: what is added must agree\n{}\nhelp: end this branch with a layer that makes {first}",
                        first.comes_from(&first.to_string(), self.layers.len())
                    );
                    self.errors.at(blame(branch), message);
                    return None;
                }
                let pairs = first.sizes().iter().zip(shape.sizes());
                self.assert_equal(pairs, blame(branch), &format!("`{label}`: the branches make {first} and {shape}"));
            }
            Some(first.sizes().to_vec())
        });
        let flows = branches.into_iter().map(|(_, flow)| flow).collect();
        self.join(block, inner, Action::Add, flows, output, &input)
    }

    /// Each branch gets what comes into the block.
    fn branches<'b>(&mut self, block: &'b BlockAst, inner: &Scope, input: &Flow) -> Vec<(&'b BranchAst, Flow)> {
        let names = assign(&self.network.name, false, &block.items, self.errors);
        let kind = &block.header.kind;
        self.arguments(block, label(&block.header, &inner.path), None, |_| ());
        let mut branches = Vec::new();
        for (item, name) in block.items.iter().zip(names) {
            if !self.has_room() {
                break;
            }
            let Item::Branch(branch) = item else {
                let tokens = last(std::slice::from_ref(item)).cloned().unwrap_or_default();
                let text = wording::source(&tokens);
                let message = format!(
                    "`{kind}` holds branches, found the layer `{text}`\nhelp: put the layers of each branch in braces: `{{ {text} }}`"
                );
                self.errors.at(if tokens.is_empty() { kind.to_token_stream() } else { tokens }, message);
                continue;
            };
            self.check_branch(branch, &name);
            let path = inner.path_to(&name);
            let text = format!("a branch of {kind}");
            self.blocks.push(CheckedBlock { path: path.clone(), mark: String::new(), text, docs: Vec::new() });
            let scope = Scope { path, frozen: inner.frozen, is_way: true };
            branches.push((branch, self.items(&branch.items, &scope, input.clone())));
        }
        self.check_continued(block, &branches, input);
        let has_others = branches.len() < block.items.len();
        if branches.len() < 2 && !has_others && braces(&kind.to_string()).is_some() {
            let found = wording::counted(branches.len(), "branch");
            let message = format!(
                "`{kind}` has at least 2 branches, found {found}\nhelp: write `{kind} {{ {{ .. }}, {{ .. }} }}`; a branch without layers passes on what comes in"
            );
            self.errors.at(&block.header.tokens, message);
        }
        branches
    }

    fn check_branch(&self, branch: &BranchAst, name: &Ident) {
        for attribute in &branch.attributes {
            let message = format!("`{name}`: a branch takes no attributes\nhelp: remove it");
            self.errors.at(attribute, message);
        }
    }

    /// The end of a block: where its branches meet.
    pub fn join(
        &mut self,
        block: &BlockAst,
        inner: &Scope,
        action: Action,
        branches: Vec<Flow>,
        output: Option<Vec<Size>>,
        input: &Flow,
    ) -> Flow {
        let (place, header) = (self.layers.len(), &block.header);
        let label = label(header, &inner.path);
        let tokens = branches.iter().filter_map(|flow| flow.shape.as_ref()).find(|shape| shape.limit().is_some());
        if let Some(tokens) = tokens {
            let origin = tokens.comes_from(&tokens.to_string(), place);
            let message = format!("`{label}`: tokens are no numbers to be joined, found {tokens}\n{origin}");
            self.errors.at(&header.tokens, format!("{message}\nhelp: put `embedding(16)` behind them"));
        }
        let output = output.filter(|_| tokens.is_none());
        let facts = Facts::join(action, output.map_or(Output::Unknown, Output::New));
        let facts = match self.expressible(facts.clone(), &label, &header.tokens) {
            Facts { output: Output::Unknown, .. } => Facts { output: Output::Unknown, ..facts },
            facts => facts,
        };
        self.check_countable(header, &label, &facts);
        let computed = match &facts.output {
            Output::New(sizes) => Some(Shape::new(sizes.clone(), ShapeOrigin::layer(place, &label))),
            _ => None,
        };
        let computed = computed.filter(|shape| shape.values().is_countable());
        let output = self.annotated(place, header, &label, input.shape.as_ref(), computed);
        let mut producers: Vec<Producer> = branches.iter().map(|flow| flow.producer).collect();
        if producers.is_empty() {
            producers.push(input.producer);
        }
        self.layers.push(CheckedLayer {
            path: inner.path.clone(),
            mark: String::new(),
            kind: header.kind.to_string(),
            text: wording::source(&header.tokens),
            docs: Vec::new(),
            frozen: false,
            facts,
            producers,
            output: output.clone().unwrap_or_else(Shape::unknown),
        });
        Flow { producer: Producer::Layer(place), shape: output }
    }

    /// Has the compiler check that sizes are equal where only it can know.
    pub fn assert_equal<'s>(
        &mut self,
        pairs: impl Iterator<Item = (&'s Size, &'s Size)>,
        blame: &TokenStream,
        message: &str,
    ) {
        for (left, right) in pairs.filter(|(left, right)| left.equals(right).is_none()) {
            // Zero stands for a size that has a message of its own.
            let condition = quote!(#left == 0 || #right == 0 || #left == #right);
            self.deferred.assert(
                condition,
                blame,
                format!("{message}: `{left}` and `{right}` differ, make them equal"),
            );
        }
    }
}

/// The branches by name, if all have one.
fn heads(branches: &[(&BranchAst, Flow)]) -> Option<Vec<CheckedHead>> {
    let head = |(branch, flow): &(&BranchAst, Flow)| {
        Some(CheckedHead { name: branch.name.clone()?, producer: flow.producer, shape: flow.shape.clone()? })
    };
    branches.iter().map(head).collect()
}

/// Whether two shapes are the same, as far as the macro can know.
pub fn agree(left: &Shape, right: &Shape) -> bool {
    let (left, right) = (left.sizes(), right.sizes());
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.equals(right) != Some(false))
}

/// What to underline where a branch's output is wrong: its last layer, or all of it if it has none.
fn blame(branch: &BranchAst) -> &TokenStream {
    last(&branch.items).unwrap_or(&branch.tokens)
}
