//! From layers that read each other to blocks: sequences, and branches that part and meet again.

use std::collections::HashSet;

use super::net::{Convolution, Id, Kind, Net};
use super::refusal::{Refusal, Refused};

/// What stands in the place of several inputs, before all of them.
const SOURCE: Id = usize::MAX;
/// castnet's.
const DEEPEST: usize = 32;
/// A declaration that nobody would read.
const LONGEST: usize = 20_000;

/// What stands between two braces.
#[derive(Clone)]
pub struct Item {
    pub what: What,
    /// Its name in the declaration, if it has one.
    pub name: Option<String>,
}

#[derive(Clone)]
pub enum What {
    /// The name of an input, from which a branch goes on.
    Input(Id),
    Layer(Id),
    Residual(Vec<Item>),
    /// The layers, and the layer that brings what comes in to their shape.
    Project(Vec<Item>, Id),
    Sum(Vec<Branch>),
    Concat(Vec<Branch>),
    /// Copies that are declared alike.
    Repeat(Vec<Vec<Item>>),
}

#[derive(Clone)]
pub struct Branch {
    pub name: Option<String>,
    pub items: Vec<Item>,
}

impl Item {
    fn of(what: What) -> Self {
        Self { what, name: None }
    }

    /// The layers in it, those of blocks too.
    pub fn layers(&self) -> Vec<Id> {
        let of = |items: &Vec<Self>| items.iter().flat_map(Self::layers).collect::<Vec<Id>>();
        match &self.what {
            What::Input(_) => vec![],
            What::Layer(id) => vec![*id],
            What::Residual(items) => of(items),
            What::Project(items, id) => of(items).into_iter().chain([*id]).collect(),
            What::Sum(branches) | What::Concat(branches) => {
                branches.iter().flat_map(|branch| of(&branch.items)).collect()
            }
            What::Repeat(copies) => copies.iter().flat_map(of).collect(),
        }
    }

    pub fn is_block(&self) -> bool {
        !matches!(self.what, What::Layer(_) | What::Input(_))
    }
}

/// A network as a tree of blocks.
pub struct Tree {
    /// Those that are read, in the order of the model.
    pub inputs: Vec<Id>,
    pub items: Vec<Item>,
}

/// The blocks of a network that ends in one of its values, the heads of which have names if it has several.
pub fn tree(net: &Net, output: Id, heads: Option<&[String]>) -> Result<Tree, Refused> {
    let live = live(net, output);
    let inputs: Vec<Id> =
        (0..net.layers.len()).filter(|&id| live[id] && matches!(net.layers[id].kind, Kind::Input(_))).collect();
    let mut builder = Builder { net, dominators: Vec::new(), depths: Vec::new(), written: HashSet::new(), count: 0 };
    builder.dominate(&live, &inputs);
    let source = if let [input] = inputs[..] { input } else { SOURCE };
    let mut items = builder.sequence(source, output, 0)?;
    if let (Some(heads), Some(Item { what: What::Concat(branches), .. })) = (heads, items.last_mut()) {
        branches.iter_mut().zip(heads).for_each(|(branch, head)| branch.name = Some(head.clone()));
    }
    // The network begins with its first input without a word.
    if matches!(items.first(), Some(Item { what: What::Input(first), .. }) if Some(first) == inputs.first()) {
        items.remove(0);
    }
    Ok(Tree { inputs, items })
}

/// Which layers the output needs.
fn live(net: &Net, output: Id) -> Vec<bool> {
    let mut live = vec![false; net.layers.len()];
    let mut open = vec![output];
    while let Some(id) = open.pop() {
        if !std::mem::replace(&mut live[id], true) {
            open.extend(&net.layers[id].reads);
        }
    }
    live
}

struct Builder<'a> {
    net: &'a Net,
    /// The nearest value through which all ways to a value lead.
    dominators: Vec<Id>,
    depths: Vec<usize>,
    written: HashSet<Id>,
    count: usize,
}

impl Builder<'_> {
    fn dominate(&mut self, live: &[bool], inputs: &[Id]) {
        for (id, layer) in self.net.layers.iter().enumerate() {
            let dominator = match layer.reads.split_first() {
                _ if !live[id] => SOURCE,
                None if inputs.len() == 1 => id,
                None => SOURCE,
                Some((&first, others)) => others.iter().fold(first, |common, &read| self.common(common, read)),
            };
            self.dominators.push(dominator);
            let depth = match dominator {
                SOURCE => 1,
                dominator if dominator == id => 0,
                dominator => self.depths[dominator] + 1,
            };
            self.depths.push(depth);
        }
    }

    /// The nearest value through which all ways to two values lead.
    fn common(&self, mut one: Id, mut other: Id) -> Id {
        while one != other {
            let depth = |id: Id| if id == SOURCE { 0 } else { self.depths[id] };
            if one == SOURCE || other == SOURCE {
                return SOURCE;
            }
            if depth(one) >= depth(other) {
                one = self.dominators[one];
            } else {
                other = self.dominators[other];
            }
        }
        one
    }

    /// What leads from one value to another.
    fn sequence(&mut self, from: Id, to: Id, depth: usize) -> Result<Vec<Item>, Refused> {
        let (mut items, mut at) = (Vec::new(), to);
        if depth > DEEPEST {
            return Err(self.refused(to, "blocks stand in one another more than 32 deep", "use a simpler model"));
        }
        while at != from && at != SOURCE {
            let layer = &self.net.layers[at];
            self.count += 1;
            if self.count > LONGEST {
                return Err(self.refused(
                    at,
                    "the declaration would have more than 20,000 layers",
                    "use a smaller model",
                ));
            }
            match layer.kind {
                Kind::Input(_) => {
                    items.push(Item::of(What::Input(at)));
                    break;
                }
                Kind::Sum | Kind::Concat => {
                    let (before, item) = self.block(at, depth)?;
                    items.push(item);
                    at = before;
                }
                _ => {
                    if !self.written.insert(at) && !layer.weights.is_empty() {
                        return Err(self.refused(
                            at,
                            "what it makes is read by parts of the model that do not meet in one sum or concatenation",
                            "castnet has branches that part at one value and meet at one: `sum`, `concat`, `residual`",
                        ));
                    }
                    items.push(Item::of(What::Layer(at)));
                    at = layer.reads.first().copied().unwrap_or(SOURCE);
                }
            }
        }
        items.reverse();
        Ok(items)
    }

    fn refused(&self, id: Id, reason: &str, help: &str) -> Refused {
        let layer = &self.net.layers[id];
        let refusal = Refusal {
            node: layer.names.last().or(layer.names.first()).cloned().unwrap_or_else(|| "model".into()),
            operator: "graph".into(),
            shape: self.net.shape(id).map(<[usize]>::to_vec),
            reason: reason.into(),
            help: help.into(),
        };
        Refused { refusals: vec![refusal] }
    }

    /// The block that ends in `join`, and the value that comes into it.
    fn block(&mut self, join: Id, depth: usize) -> Result<(Id, Item), Refused> {
        let layer = &self.net.layers[join];
        let reads = layer.reads.clone();
        let begin = self.begin(&reads);
        let mut branches = Vec::new();
        for &read in &reads {
            // Branches that begin with other inputs name them.
            let from = if begin != SOURCE && self.common(begin, read) == begin { begin } else { SOURCE };
            let items = self.sequence(from, read, depth + 1)?;
            let is_sum = matches!(layer.kind, Kind::Sum);
            match items.as_slice() {
                [Item { what: What::Sum(inner), .. }] if is_sum => branches.extend(inner.clone()),
                [Item { what: What::Concat(inner), .. }] if !is_sum => branches.extend(inner.clone()),
                [Item { what: What::Residual(inner), .. }] if is_sum => {
                    branches.extend([vec![], inner.clone()].map(|items| Branch { name: None, items }));
                }
                _ => branches.push(Branch { name: None, items }),
            }
        }
        let what = match layer.kind {
            Kind::Sum => self.residual(branches, begin),
            _ => What::Concat(branches),
        };
        Ok((begin, Item::of(what)))
    }

    /// The value that comes into a block of these branches. Of several inputs, it is of the first that a branch begins with.
    fn begin(&self, reads: &[Id]) -> Id {
        let common = |reads: &[Id]| match reads.split_first() {
            Some((&first, others)) => others.iter().fold(first, |common, &read| self.common(common, read)),
            None => SOURCE,
        };
        let all = common(reads);
        if all != SOURCE {
            return all;
        }
        let top = |mut id: Id| {
            while self.dominators[id] != SOURCE && self.dominators[id] != id {
                id = self.dominators[id];
            }
            id
        };
        let Some(main) = reads.iter().map(|&read| top(read)).min() else { return SOURCE };
        let main: Vec<Id> = reads.iter().copied().filter(|&read| top(read) == main).collect();
        common(&main)
    }

    fn residual(&self, mut branches: Vec<Branch>, begin: Id) -> What {
        let [one, other] = branches.as_mut_slice() else { return What::Sum(branches) };
        // Only a branch can go on with an input.
        let begins = |branch: &Branch| matches!(branch.items.first(), Some(Item { what: What::Input(_), .. }));
        if begins(one) || begins(other) {
            return What::Sum(branches);
        }
        if one.items.is_empty() != other.items.is_empty() {
            return What::Residual(std::mem::take(if one.items.is_empty() {
                &mut other.items
            } else {
                &mut one.items
            }));
        }
        for (way, layers) in [(&*other, &*one), (&*one, &*other)] {
            if let ([Item { what: What::Layer(id), .. }], [_, _, ..]) = (way.items.as_slice(), layers.items.as_slice())
                && self.is_projection(*id, begin)
            {
                return What::Project(layers.items.clone(), *id);
            }
        }
        What::Sum(branches)
    }

    /// Whether a layer is what `residual(project)` puts in the way of what comes in.
    fn is_projection(&self, id: Id, begin: Id) -> bool {
        let layer = &self.net.layers[id];
        let has_bias = layer.weights.iter().any(|weight| weight.field == "bias");
        let (Some(to), false, true) = (self.net.shape(id), has_bias, begin != SOURCE && layer.reads == [begin]) else {
            return false;
        };
        match &layer.kind {
            Kind::Dense { .. } => true,
            Kind::Convolution(Convolution { kernel, stride, padding, input, .. }) => {
                let is_one = kernel.iter().all(|&size| size == 1) && padding.iter().all(|padding| *padding == [0; 2]);
                let strides =
                    input.iter().zip(&to[1..]).map(|(from, to)| if from == to { 1 } else { from.div_ceil(*to) });
                is_one && stride.iter().copied().eq(strides)
            }
            _ => false,
        }
    }
}

/// Puts what follows itself, declared alike, into `repeat`. `text` is how an item is declared.
pub fn repeated(items: Vec<Item>, text: &impl Fn(&Item) -> String, has_weights: &impl Fn(Id) -> bool) -> Vec<Item> {
    let inner = |items: Vec<Item>| repeated(items, text, has_weights);
    let items: Vec<Item> = items
        .into_iter()
        .map(|Item { what, name }| {
            let branches = |branches: Vec<Branch>| {
                branches.into_iter().map(|branch| Branch { items: inner(branch.items), ..branch }).collect::<Vec<_>>()
            };
            let what = match what {
                What::Residual(items) => What::Residual(inner(items)),
                What::Project(items, id) => What::Project(inner(items), id),
                What::Sum(all) => What::Sum(branches(all)),
                What::Concat(all) => What::Concat(branches(all)),
                other => other,
            };
            Item { what, name }
        })
        .collect();
    let texts: Vec<String> = items.iter().map(text).collect();
    let mut folded = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let run = run(&items[at..], &texts[at..], has_weights);
        match run {
            Some((period, times)) => {
                let copies = items[at..at + period * times].chunks(period).map(<[Item]>::to_vec).collect();
                folded.push(Item::of(What::Repeat(copies)));
                at += period * times;
            }
            None => {
                folded.push(items[at].clone());
                at += 1;
            }
        }
    }
    folded
}

/// How many items at the beginning are there several times, and how often: blocks twice, layers three times.
fn run(items: &[Item], texts: &[String], has_weights: &impl Fn(Id) -> bool) -> Option<(usize, usize)> {
    /// Longer runs are nobody's.
    const LONGEST: usize = 64;
    let mut best: Option<(usize, usize)> = None;
    for period in 1..=(items.len() / 2).min(LONGEST) {
        let copies = texts.chunks_exact(period);
        let times = copies.take_while(|copy| *copy == &texts[..period]).count();
        let group = &items[..period];
        let least = if group.iter().any(Item::is_block) { 2 } else { 3 };
        let is_worth_it = group.iter().flat_map(Item::layers).any(has_weights)
            && (group[0].is_block() || group[0].layers().into_iter().all(has_weights))
            && group.iter().all(|item| !matches!(item.what, What::Input(_)));
        if times >= least && is_worth_it && best.is_none_or(|(period, best)| period * best < times * group.len()) {
            best = Some((period, times.min(1000)));
        }
    }
    best
}
