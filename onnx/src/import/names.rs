//! Names for layers and blocks: those of the model as identifiers of Rust, where they say something.

use std::collections::{HashMap, HashSet};

use super::blocks::{Branch, Item, What};
use super::clashes::are_possible;
use super::net::{Id, Kind, Layer, Net};

/// Names that mean something else in Rust, or to a network.
const RESERVED: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "input",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "output",
    "override",
    "priv",
    "project",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trace",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "workspace",
    "yield",
];

/// Kinds of layers and blocks, which no input may be called.
const KINDS: &[&str] = &[
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "concat",
    "conv1d",
    "conv2d",
    "dense",
    "dropout",
    "embedding",
    "flatten",
    "gelu",
    "layer",
    "layer_norm",
    "leaky_relu",
    "max_pool1d",
    "max_pool2d",
    "prelu",
    "relu",
    "repeat",
    "residual",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "sum",
    "tanh",
];

/// The name of the layer kind or block, by which it is called if it has no name.
pub fn kind(net: &Net, item: &Item) -> String {
    match &item.what {
        What::Input(id) | What::Layer(id) => kind_of(&net.layers[*id]),
        What::Residual(_) | What::Project(..) => "residual".into(),
        What::Sum(_) => "sum".into(),
        What::Concat(_) => "concat".into(),
        What::Repeat(_) => "repeat".into(),
    }
}

fn kind_of(layer: &Layer) -> String {
    match &layer.kind {
        Kind::Input(input) => input.name.clone(),
        Kind::Dense { .. } => "dense".into(),
        Kind::Convolution(convolution) => format!("conv{}d", convolution.kernel.len()),
        Kind::BatchNorm { .. } => "batch_norm".into(),
        Kind::Plain(text) => text.split('(').next().unwrap_or_default().into(),
        Kind::Sum => "sum".into(),
        Kind::Concat => "concat".into(),
    }
}

/// What a name of the model is as an identifier, if anything of it can be one.
pub fn identifier(text: &str) -> Option<String> {
    let mut name = String::new();
    for letter in text.chars().take(60) {
        match letter {
            'A'..='Z' => name.push(letter.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' => name.push(letter),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let is_gradient = name.strip_prefix("gradient_").is_some_and(|rest| rest.len() == 1);
    let is_name =
        name.starts_with(|letter: char| letter.is_ascii_lowercase()) && !RESERVED.contains(&name) && !is_gradient;
    is_name.then(|| name.into())
}

/// Names for inputs or heads, all of them different.
pub fn parts<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .enumerate()
        .map(|(place, name)| {
            let own = identifier(name).filter(|name| !KINDS.contains(&name.as_str()) && !taken.contains(name));
            let mut name = own.unwrap_or_else(|| format!("{word}{}", place + 1));
            while !taken.insert(name.clone()) {
                name.push('_');
                name.push_str(&place.to_string());
            }
            name
        })
        .collect()
}

/// The type of a network: `LeNet5` of `LeNet5` or `le_net5`.
pub fn type_name(text: &str) -> String {
    let mut name = String::new();
    let mut is_start = true;
    for letter in text.chars().take(60) {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => {
                if name.is_empty() && letter.is_ascii_digit() {
                    name.push_str("Net");
                }
                name.push(if is_start { letter.to_ascii_uppercase() } else { letter });
                is_start = false;
            }
            _ => is_start = true,
        }
    }
    if name.is_empty() || name == "Self" { "Net".into() } else { name }
}

/// Gives layers and blocks names. `parts` are those of inputs and heads.
pub fn assign(net: &Net, items: &mut [Item], parts: &[String]) {
    let hints: HashMap<Id, Vec<String>> = items
        .iter()
        .flat_map(Item::layers)
        .filter(|&id| !net.layers[id].weights.is_empty())
        .filter_map(|id| Some((id, hint(&net.layers[id])?)))
        .collect();
    let naming = Naming { net, hints };
    let ids: Vec<Id> = items.iter().flat_map(Item::layers).collect();
    let all = naming.prefix(&ids);
    // What all share says nothing.
    let shared = if naming.hints.len() > 1 { all } else { vec![] };
    naming.braces(items, &shared, parts);
    if !are_possible(net, items) {
        forget(items);
    }
}

struct Naming<'a> {
    net: &'a Net,
    /// What the model calls a layer, as a path.
    hints: HashMap<Id, Vec<String>>,
}

impl Naming<'_> {
    /// What the paths of layers have in common at their beginning, if all have one.
    fn prefix(&self, layers: &[Id]) -> Vec<String> {
        let with_weights = layers.iter().filter(|&&id| !self.net.layers[id].weights.is_empty());
        let mut common: Option<Vec<String>> = None;
        for id in with_weights {
            let Some(path) = self.hints.get(id) else { return vec![] };
            let path = &path[..path.len() - 1];
            common = Some(match common {
                None => path.to_vec(),
                Some(common) => {
                    common.into_iter().zip(path).take_while(|(one, other)| one == *other).map(|(one, _)| one).collect()
                }
            });
        }
        common.unwrap_or_default()
    }

    /// Names for what stands between two braces, of which all names begin with `before`.
    fn braces(&self, items: &mut [Item], before: &[String], reserved: &[String]) {
        let mut ordinals = HashMap::<String, usize>::new();
        let defaults: Vec<String> = items
            .iter()
            .map(|item| {
                let kind = kind(self.net, item);
                let ordinal = ordinals.entry(kind.clone()).or_default();
                *ordinal += 1;
                format!("{kind}{ordinal}")
            })
            .collect();
        let mut taken: HashSet<String> = defaults.into_iter().chain(reserved.iter().cloned()).collect();
        for item in items {
            let layers = item.layers();
            let path = match &item.what {
                What::Layer(id) => self.hints.get(id).cloned().unwrap_or_default(),
                _ => self.prefix(&layers),
            };
            let rest = path.strip_prefix(before).unwrap_or_default();
            let name = identifier(&joined(rest)).filter(|name| name.len() <= 32 && !taken.contains(name));
            let inner = if path.starts_with(before) { path } else { before.to_vec() };
            if let Some(name) = name {
                taken.insert(name.clone());
                item.name = Some(name);
            }
            self.inside(item, &inner);
        }
    }

    fn inside(&self, item: &mut Item, before: &[String]) {
        match &mut item.what {
            What::Input(_) | What::Layer(_) => {}
            What::Residual(items) | What::Project(items, _) => self.braces(items, before, &[]),
            What::Sum(branches) | What::Concat(branches) => {
                for branch in branches {
                    let layers: Vec<Id> = branch.items.iter().flat_map(Item::layers).collect();
                    let own = self.prefix(&layers);
                    let before = if own.starts_with(before) { own } else { before.to_vec() };
                    self.braces(&mut branch.items, &before, &[]);
                }
            }
            What::Repeat(copies) => {
                let Some((first, others)) = copies.split_first_mut() else { return };
                let layers: Vec<Id> = first.iter().flat_map(Item::layers).collect();
                let own = self.prefix(&layers);
                let before = if own.starts_with(before) { own } else { before.to_vec() };
                self.braces(first, &before, &[]);
                others.iter_mut().for_each(|copy| copy_names(first, copy));
            }
        }
    }
}

/// Copies of a block are declared once: with the names of the first.
fn copy_names(from: &[Item], to: &mut [Item]) {
    let branches = |from: &[Branch], to: &mut [Branch]| {
        from.iter().zip(to).for_each(|(from, to)| copy_names(&from.items, &mut to.items));
    };
    for (from, to) in from.iter().zip(to) {
        to.name.clone_from(&from.name);
        match (&from.what, &mut to.what) {
            (What::Residual(from), What::Residual(to)) | (What::Project(from, _), What::Project(to, _)) => {
                copy_names(from, to)
            }
            (What::Sum(from), What::Sum(to)) | (What::Concat(from), What::Concat(to)) => branches(from, to),
            (What::Repeat(from), What::Repeat(to)) => from.iter().zip(to).for_each(|(from, to)| copy_names(from, to)),
            _ => {}
        }
    }
}

/// `features.0` is `features0`, `conv1.0` is `conv1_0`.
fn joined(path: &[String]) -> String {
    let mut name = String::new();
    for part in path {
        let is_number = part.starts_with(|letter: char| letter.is_ascii_digit());
        if !(name.is_empty() || is_number && !name.ends_with(|letter: char| letter.is_ascii_digit())) {
            name.push('_');
        }
        name.push_str(part);
    }
    name
}

/// What the model calls a layer, as a path: by its weight, or else by its node. Numbers that exporters make up say nothing.
fn hint(layer: &Layer) -> Option<Vec<String>> {
    const FIELDS: &[&str] =
        &["weight", "bias", "kernel", "gamma", "beta", "alpha", "weights", "embeddings", "running_mean"];
    let of_weight = layer.names.iter().find_map(|name| {
        let (path, field) = name.rsplit_once(['.', '/'])?;
        FIELDS.contains(&field).then(|| path.split(['.', '/']).map(String::from).collect::<Vec<_>>())
    });
    let of_node = || {
        let name = layer.names.last()?;
        let (path, _) = name.rsplit_once('/')?;
        let mut parts: Vec<&str> =
            path.split('/').filter(|part| !part.is_empty() && *part != "StatefulPartitionedCall").collect();
        // PyTorch writes `/layer1/layer1.0/conv1`.
        for place in (1..parts.len()).rev() {
            if parts[place].strip_prefix(parts[place - 1]).is_some_and(|rest| rest.starts_with('.')) {
                parts.remove(place - 1);
            }
        }
        Some(parts.iter().flat_map(|part| part.split('.')).map(String::from).collect())
    };
    let path = of_weight.or_else(of_node)?;
    let is_made_up = |part: &String| part.contains("::") || part.is_empty();
    (!path.is_empty() && !path.iter().any(is_made_up)).then_some(path)
}

/// The names between two braces: own ones, or the kind with its place among its like.
pub fn default_names(net: &Net, items: &[Item]) -> Vec<String> {
    let mut ordinals = HashMap::<String, usize>::new();
    items
        .iter()
        .map(|item| {
            let kind = kind(net, item);
            let ordinal = ordinals.entry(kind.clone()).or_default();
            *ordinal += 1;
            item.name.clone().unwrap_or_else(|| format!("{kind}{ordinal}"))
        })
        .collect()
}

/// The name of a copy of a repeated block.
pub fn copy(name: &str, place: usize) -> String {
    let between = if name.ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
    format!("{name}{between}{}", place + 1)
}

/// Takes all names away: those of kinds and places do not meet.
fn forget(items: &mut [Item]) {
    for item in items {
        item.name = None;
        match &mut item.what {
            What::Input(_) | What::Layer(_) => {}
            What::Residual(items) | What::Project(items, _) => forget(items),
            What::Sum(branches) | What::Concat(branches) => {
                branches.iter_mut().for_each(|branch| forget(&mut branch.items))
            }
            What::Repeat(copies) => copies.iter_mut().for_each(|copy| forget(copy)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_are_identifiers() {
        let name = |text: &str| identifier(text);
        assert_eq!(name("conv1").as_deref(), Some("conv1"));
        assert_eq!(name("Dense 2/x").as_deref(), Some("dense_2_x"));
        assert_eq!(name("input.1"), Some("input_1".into()));
        assert_eq!(name("input"), None);
        assert_eq!(name("type"), None);
        assert_eq!(name("42"), None);
        assert_eq!(name("gradient_a"), None);
        assert_eq!(name("größe").as_deref(), Some("gr_e"));
        assert_eq!(type_name("le_net-5"), "LeNet5");
        assert_eq!(type_name("5"), "Net5");
        assert_eq!(type_name("ß"), "Net");
        assert_eq!(parts(["x", "relu", "x"].into_iter(), "input"), ["x", "input2", "input3"]);
    }

    #[test]
    fn paths_are_read_from_weights_or_nodes() {
        let hint = |names: &[&str]| {
            let names = names.iter().map(|name| String::from(*name)).collect();
            let shape = super::super::net::LayerShape::AsRead;
            hint(&Layer { kind: Kind::Sum, reads: vec![], shape, weights: vec![], names }).map(|path| joined(&path))
        };
        assert_eq!(hint(&["layer1.0.conv1.weight", "node_3"]).as_deref(), Some("layer1_0_conv1"));
        assert_eq!(
            hint(&["onnx::Conv_88", "onnx::Conv_89", "/layer2/layer2.0/down/down.0/Conv"]).as_deref(),
            Some("layer2_0_down0")
        );
        assert_eq!(hint(&["onnx::Conv_88", "/Conv"]), None);
        assert_eq!(hint(&["val_7", "node_conv2d"]), None);
        assert_eq!(hint(&["features.0.weight"]).as_deref(), Some("features0"));
    }
}
