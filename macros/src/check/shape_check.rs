//! One shape on its way through the layers.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::expressible::check_expressible;
use super::input::check_shape;
use super::inputs::Inputs;
use super::naming::assign;
use super::scope::{Flow, Scope, docs, label};
use crate::checked::{CheckedBlock, CheckedHead, CheckedLayer, Producer};
use crate::deferred::Deferred;
use crate::errors::Errors;
use crate::layers::{self, Action, Call, Facts, Output, Parameter, Surroundings};
use crate::shape::{Shape, ShapeOrigin, list};
use crate::size::{LARGEST, Size};
use crate::syntax::{InputAst, InputsAst, Item, LayerAst, NetworkAst, ShapeAst};
use crate::wording::{self, meant, suggestion};

/// Layers and blocks of a network, each copy of a repeated one counted.
const MOST: usize = 2_000;

/// Goes through the layers with one shape, and leaves a checked layer for each.
pub struct ShapeCheck<'a> {
    pub network: &'a NetworkAst,
    pub errors: &'a Errors,
    pub deferred: &'a Deferred,
    /// `f32` or `f64`.
    pub scalar: &'a Ident,
    pub layers: Vec<CheckedLayer>,
    pub blocks: Vec<CheckedBlock>,
    /// Where the inputs come from, if there are several.
    pub inputs: Vec<(Ident, Flow)>,
    /// What comes into blocks that begin anew, and what to underline of them.
    pub left: Vec<(Producer, TokenStream)>,
    /// The branches of the last `concat` of the network, if all have names, and its place among the layers.
    pub heads: Option<(usize, Vec<CheckedHead>)>,
    /// The kinds of layers.
    pub kinds: Vec<&'static str>,
    /// How many layers and blocks there were.
    count: usize,
}

impl<'a> ShapeCheck<'a> {
    pub fn new(network: &'a NetworkAst, scalar: &'a Ident, deferred: &'a Deferred, errors: &'a Errors) -> Self {
        let (layers, blocks) = (Vec::new(), Vec::new());
        let (inputs, left, kinds) = (Vec::new(), Vec::new(), layers::kinds());
        Self { network, errors, deferred, scalar, layers, blocks, inputs, left, heads: None, kinds, count: 0 }
    }

    pub fn run(mut self, inputs: &Inputs) -> (Vec<CheckedLayer>, Vec<CheckedBlock>, Vec<CheckedHead>) {
        let scope = Scope { path: Vec::new(), frozen: false, is_way: true };
        let begin = self.begin(inputs);
        let output = self.items(&self.network.items, &scope, begin);
        self.check_all_read(&output);
        let heads = self.heads.filter(|(place, _)| place + 1 == self.layers.len()).map(|(_, heads)| heads);
        (self.layers, self.blocks, heads.unwrap_or_default())
    }

    /// The layers and blocks between two braces.
    pub fn items(&mut self, items: &[Item], scope: &Scope, mut flow: Flow) -> Flow {
        let names = assign(&self.network.name, scope.path.is_empty(), items, self.errors);
        let mut is_first = true;
        for (item, names) in items.iter().zip(names) {
            if !self.has_room() {
                break;
            }
            flow = match (self.named_input(item), item) {
                (Some(input), Item::Layer(layer)) => {
                    let input = input.clone();
                    self.go_on_with(layer, scope, is_first, input)
                }
                _ => self.item(item, scope, names, flow),
            };
            is_first &= matches!(item, Item::Input(_) | Item::Inputs(_));
        }
        flow
    }

    fn item(&mut self, item: &Item, scope: &Scope, name: Ident, flow: Flow) -> Flow {
        match item {
            Item::Layer(layer) => self.layer(layer, scope, &name, flow),
            Item::Block(block) => self.block(block, scope, &name, flow),
            Item::Branch(branch) => {
                let help = "help: remove the braces, or write for instance `residual { .. }`";
                self.errors.at(&branch.tokens, format!("these braces belong to no block\n{help}"));
                self.items(&branch.items, scope, flow)
            }
            Item::Input(InputAst { shape: ShapeAst { tokens, .. }, .. }) | Item::Inputs(InputsAst { tokens, .. }) => {
                // At the top, `check_inputs` has seen to it.
                if !scope.path.is_empty() {
                    let message = "only the network has an input; that of a block is what the layer before it makes\nhelp: remove this";
                    self.errors.at(tokens, message);
                }
                flow
            }
        }
    }

    /// Counts one more layer or block; reports the first one that is too many.
    pub fn has_room(&mut self) -> bool {
        self.count += 1;
        if self.count == MOST + 1 {
            let name = &self.network.name;
            let message = format!(
                "`{name}` has more than {MOST} layers and blocks, each copy of a repeated one counted\nhelp: repeat less often"
            );
            self.errors.at(name, message);
        }
        self.count <= MOST
    }

    pub fn layer(&mut self, layer: &LayerAst, scope: &Scope, name: &Ident, flow: Flow) -> Flow {
        let (place, path) = (self.layers.len(), scope.path_to(name));
        let label = label(layer, &path);
        let input = flow.shape.as_ref();
        let facts = self.facts(place, layer, &label, input);
        let facts = self.expressible(facts, &label, &layer.tokens);
        self.check_countable(layer, &label, &facts);
        let computed = match &facts.output {
            Output::Same => input.cloned(),
            Output::New(sizes) => {
                let limit = input.and_then(Shape::limit).filter(|_| facts.part.action == Action::Slice);
                Some(Shape::new(sizes.clone(), ShapeOrigin::layer(place, &label)).below(limit.cloned()))
            }
            Output::Unknown => None,
        };
        let computed = computed.filter(|shape| shape.values().is_countable());
        let output = self.annotated(place, layer, &label, input, computed);
        let has_parameters = !facts.parameters.is_empty();
        let frozen = self.check_attributes(layer, &label, has_parameters) || scope.frozen && has_parameters;
        self.layers.push(CheckedLayer {
            path,
            mark: String::new(),
            kind: layer.kind.to_string(),
            text: wording::source(&layer.tokens),
            docs: docs(layer),
            frozen,
            facts,
            producers: vec![flow.producer],
            output: output.clone().unwrap_or_else(Shape::unknown),
        });
        Flow { producer: Producer::Layer(place), shape: output }
    }

    fn facts(&mut self, place: usize, layer: &LayerAst, label: &str, input: Option<&Shape>) -> Facts {
        let kind = layer.kind.to_string();
        let Some(rule) = layers::rule(&kind) else {
            self.report_unknown(layer, &kind);
            return Facts::unknown();
        };
        let (root, deferred) = (&self.network.root, self.deferred);
        let tokens = input.filter(|input| input.limit().is_some() && !rule.takes_tokens());
        if let Some(tokens) = tokens {
            let origin = tokens.comes_from(&tokens.to_string(), place);
            let text = wording::source(&layer.tokens);
            let message = format!("`{label}`: `{kind}` computes with numbers, found the tokens {tokens}\n{origin}");
            self.errors
                .at(&layer.tokens, format!("{message}\nhelp: put `embedding(16)` before it: `embedding(16), {text}`"));
        }
        let input = input.filter(|_| tokens.is_none());
        let around = Surroundings { place, input, root, scalar: self.scalar, deferred, kinds: &self.kinds };
        let call = Call::new(rule.signature(), layer, label.to_owned(), around, self.errors);
        rule.check(&call)
    }

    fn report_unknown(&self, layer: &LayerAst, kind: &str) {
        let named = layer.name.as_ref().map_or(String::new(), |name| format!("`{name}`: "));
        if let Some(braces) = layers::braces(kind) {
            let text = wording::source(&layer.tokens);
            let message = format!("{named}the layers of `{kind}` are missing\nhelp: write `{text} {braces}`");
            self.errors.at(&layer.tokens, message);
            return;
        }
        let inputs: Vec<String> = self.inputs.iter().map(|(name, _)| name.to_string()).collect();
        let blocks = layers::BLOCKS.iter().map(|block| block.kind);
        let known: Vec<&str> =
            self.kinds.iter().copied().chain(blocks).chain(inputs.iter().map(String::as_str)).collect();
        let help = meant(kind, &known).unwrap_or_else(|| format!("help: there are\n{}", layers::families().join("\n")));
        self.errors.at(&layer.kind, format!("{named}there is no layer `{kind}`\n{help}"));
    }

    /// The facts of a layer, or what can stand in for them if no type could have its output.
    pub fn expressible(&self, facts: Facts, label: &str, blame: &TokenStream) -> Facts {
        let Output::New(sizes) = &facts.output else { return facts };
        if check_expressible(sizes, label, blame, self.errors).is_some() {
            return facts;
        }
        let parameters = facts.parameters.into_iter();
        let parameters = parameters.map(|parameter| Parameter {
            rows: Size::ONE,
            columns: parameter.columns.map(|_| Size::ONE),
            shape: vec![Size::ONE],
            ..parameter
        });
        Facts { parameters: parameters.collect(), ..Facts::unknown() }
    }

    pub fn check_countable(&self, layer: &LayerAst, label: &str, facts: &Facts) {
        let weights = facts.parameters.iter().map(Parameter::len).find(|len| !len.is_countable());
        let values = match &facts.output {
            Output::New(sizes) => Some(Size::product(sizes)).filter(|values| !values.is_countable()),
            _ => None,
        };
        if let Output::New(sizes) = &facts.output {
            let message = format!("`{label}`: it would have more than {LARGEST} outputs: make it or its input smaller");
            self.deferred.assert_countable(&Size::product(sizes), &layer.tokens, message);
        }
        let found = match (weights, values) {
            (Some(weights), _) => format!("{weights} weights"),
            (None, Some(values)) => format!("{values} outputs"),
            (None, None) => return,
        };
        let message =
            format!("`{label}`: it would have {found}, more than {LARGEST}\nhelp: make it or its input smaller");
        self.errors.at(&layer.tokens, message);
    }

    /// The shape that goes on: where the user stated one, that one.
    pub fn annotated(
        &mut self,
        place: usize,
        layer: &LayerAst,
        label: &str,
        input: Option<&Shape>,
        computed: Option<Shape>,
    ) -> Option<Shape> {
        let Some(annotation) = &layer.annotation else { return computed };
        let Some(stated) = check_shape(annotation, label, self.deferred, self.errors) else { return computed };
        let Some(shape) = &computed else { return Some(Shape::new(stated, ShapeOrigin::layer(place, label))) };
        let ranks_agree = stated.len() == shape.sizes().len();
        let pairs = || stated.iter().zip(shape.sizes());
        if !ranks_agree || pairs().any(|(stated, size)| stated.equals(size) == Some(false)) {
            let made = input.map_or_else(String::new, |input| format!(" of the {input} that comes in"));
            let (stated_text, text) = (list(&stated), wording::source(&layer.tokens));
            let named = if label == text { String::new() } else { format!("`{label}`: ") };
            self.errors.at(
                &annotation.tokens,
                format!("{named}`{text}` makes {shape}{made}, not {stated_text}\nhelp: write `-> {shape}`, or change the layer"),
            );
            return Some(Shape::new(stated, ShapeOrigin::layer(place, label)));
        }
        let sizes = stated.clone();
        for (stated, size) in pairs().filter(|(stated, size)| stated.equals(size).is_none()) {
            // Zero is what the runtime's `window_positions` returns for sizes that have a message of their own.
            let condition = quote!(#size == 0 || #size == #stated);
            let message = format!("`{label}`: the output is not {}: `{stated}` differs", list(&sizes));
            self.deferred.assert(condition, &annotation.tokens, message);
        }
        computed
    }

    /// Docs and `#[frozen]`.
    pub fn check_attributes(&self, layer: &LayerAst, label: &str, has_parameters: bool) -> bool {
        let mut frozen = false;
        for attribute in layer.attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
            let path = wording::source(&attribute.path().to_token_stream());
            if path != "frozen" {
                let help = suggestion(&path, &["frozen"]);
                self.errors.at(attribute, format!("`{label}`: a layer has no attribute `{path}`\n{help}"));
            } else if attribute.meta.require_path_only().is_err() {
                self.errors.at(attribute, format!("`{label}`: `frozen` takes no arguments\nhelp: write `#[frozen]`"));
            } else if !has_parameters {
                self.errors.at(
                    attribute,
                    format!("`{label}`: it has no parameters that could be frozen\nhelp: remove `#[frozen]`"),
                );
            } else {
                frozen = true;
            }
        }
        frozen
    }
}
