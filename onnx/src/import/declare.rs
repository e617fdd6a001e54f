//! The declaration as a person would write it, and the weights under the names that follow from it.

use std::fmt::Write as _;

use castnet_safetensors::{Dtype, HeaderWriter};

use super::blocks::{Branch, Item, Tree, What};
use super::lower::each_axis;
use super::names;
use super::net::{Convolution, Id, Kind, Layer, Net, Weight};

/// Lines are not longer than this if they can be shorter.
const WIDTH: usize = 110;

/// How a layer is declared, without its name.
pub fn layer(layer: &Layer) -> String {
    let bias = if layer.weights.iter().any(|weight| weight.field == "bias") { "" } else { ", bias = false" };
    match &layer.kind {
        Kind::Input(input) => input.name.clone(),
        Kind::Dense { units } => format!("dense({units}{bias})"),
        Kind::Convolution(convolution) => {
            format!("conv{}d({}{bias})", convolution.kernel.len(), arguments(convolution))
        }
        Kind::BatchNorm { .. } => "batch_norm".into(),
        Kind::Plain(text) => text.clone(),
        Kind::Sum => "sum".into(),
        Kind::Concat => "concat".into(),
    }
}

fn arguments(convolution: &Convolution) -> String {
    let Convolution { filters, kernel, stride, dilation, padding, input } = convolution;
    let mut text = format!("{filters}, kernel = {}", each_axis(kernel));
    let is_one = |sizes: &[usize]| sizes.iter().all(|&size| size == 1);
    if !is_one(stride) {
        let _ = write!(text, ", stride = {}", each_axis(stride));
    }
    if !is_one(dilation) {
        let _ = write!(text, ", dilation = {}", each_axis(dilation));
    }
    let extent = |axis: usize| (kernel[axis] - 1) * dilation[axis];
    if padding.iter().any(|padding| *padding != [0; 2]) {
        let is_same = (0..kernel.len()).all(|axis| padding[axis] == [extent(axis) / 2, extent(axis).div_ceil(2)]);
        let is_causal = kernel.len() == 1 && padding[0] == [extent(0), 0];
        let word = match (is_one(stride), is_same, is_causal) {
            (true, true, _) => "same".into(),
            (true, _, true) => "causal".into(),
            _ => margins(padding),
        };
        let _ = write!(text, ", padding = {word}");
    }
    let leaves_rest = (0..kernel.len()).any(|axis| {
        let padded = input[axis] + padding[axis][0] + padding[axis][1];
        (padded - extent(axis) - 1) % stride[axis] != 0
    });
    if leaves_rest {
        text += ", rounding = floor";
    }
    text
}

/// `1`, `[1, 2]` for height and width, or `[[1, 1], [0, 1]]` for their sides.
fn margins(padding: &[[usize; 2]]) -> String {
    if padding.iter().all(|[before, after]| before == after) {
        let sizes: Vec<usize> = padding.iter().map(|[before, _]| *before).collect();
        return each_axis(&sizes);
    }
    match padding {
        [sides] => format!("{sides:?}"),
        padding => format!("{padding:?}"),
    }
}

/// How an item is declared, without names and in one line.
pub fn signature(net: &Net, item: &Item) -> String {
    let all = |items: &[Item]| items.iter().map(|item| signature(net, item)).collect::<Vec<_>>().join(", ");
    let branches = |branches: &[Branch]| {
        branches.iter().map(|branch| format!("{{ {} }}", all(&branch.items))).collect::<Vec<_>>().join(", ")
    };
    match &item.what {
        What::Input(id) | What::Layer(id) => {
            let frozen = if is_frozen(&net.layers[*id]) { "#[frozen] " } else { "" };
            format!("{frozen}{}", layer(&net.layers[*id]))
        }
        What::Residual(items) => format!("residual {{ {} }}", all(items)),
        What::Project(items, _) => format!("residual(project) {{ {} }}", all(items)),
        What::Sum(all) => format!("sum {{ {} }}", branches(all)),
        What::Concat(all) => format!("concat {{ {} }}", branches(all)),
        What::Repeat(copies) => {
            format!("repeat({}) {{ {} }}", copies.len(), copies.first().map_or(String::new(), |copy| all(copy)))
        }
    }
}

fn is_frozen(layer: &Layer) -> bool {
    matches!(layer.kind, Kind::BatchNorm { frozen: true })
}

/// The declaration.
pub fn declaration(net: &Net, tree: &Tree, name: &str, scalar: &str, docs: &[String]) -> String {
    let mut text = String::from("castnet::network! {\n");
    for line in docs {
        let _ = writeln!(text, "    ///{}{line}", if line.is_empty() { "" } else { " " });
    }
    let _ = writeln!(text, "    pub struct {name}{scalar} {{");
    let shape = |id: Id| {
        let (layer, shape) = (&net.layers[id], net.shape(id).unwrap_or_default());
        match &layer.kind {
            Kind::Input(input) => match input.limit {
                Some(limit) => format!("tokens[{}] < {limit}", shape.iter().product::<usize>()),
                None => format!("{shape:?}"),
            },
            _ => format!("{shape:?}"),
        }
    };
    match tree.inputs.as_slice() {
        [input] => drop(writeln!(text, "        input: {},", shape(*input))),
        inputs => {
            let parts: Vec<String> =
                inputs.iter().map(|&input| format!("{}: {}", layer(&net.layers[input]), shape(input))).collect();
            let _ = writeln!(text, "        input: {{ {} }},", parts.join(", "));
        }
    }
    Writer { net, text: &mut text }.items(&tree.items, 2);
    text += "    }\n}\n";
    text
}

struct Writer<'a> {
    net: &'a Net,
    text: &'a mut String,
}

impl Writer<'_> {
    /// Items, each layer with weights on a line of its own with those that follow it.
    fn items(&mut self, items: &[Item], depth: usize) {
        let indent = "    ".repeat(depth);
        let mut line = String::new();
        let mut before: Option<&Item> = None;
        for item in items {
            let piece = self.one_line(item);
            let starts = before.is_none_or(|before| self.starts_line(before, item));
            let fits = piece.as_ref().is_some_and(|piece| indent.len() + line.len() + 1 + piece.len() <= WIDTH);
            if !line.is_empty() && (starts || !fits) {
                let _ = writeln!(self.text, "{indent}{line}");
                line.clear();
            }
            match piece {
                Some(piece) => {
                    if !line.is_empty() {
                        line.push(' ');
                    }
                    line += &piece;
                }
                None => {
                    let _ = writeln!(self.text, "{indent}{}{} {{", name_of(item), self.header(item));
                    self.inside(item, depth + 1);
                    line.push_str("},");
                }
            }
            before = Some(item);
        }
        if !line.is_empty() {
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    /// Whether a line begins with this item: a block, or a layer that does not merely finish what the one before makes.
    fn starts_line(&self, before: &Item, item: &Item) -> bool {
        match &item.what {
            What::Layer(id) => {
                let layer = &self.net.layers[*id];
                let follows = matches!(layer.kind, Kind::BatchNorm { .. } | Kind::Plain(_))
                    && !matches!(&layer.kind, Kind::Plain(text) if text == "flatten" || text.starts_with("layer_norm") || text.starts_with("embedding"));
                !(follows || matches!(before.what, What::Input(_)))
            }
            _ => true,
        }
    }

    fn header(&self, item: &Item) -> String {
        match &item.what {
            What::Project(..) => "residual(project)".into(),
            What::Repeat(copies) => format!("repeat({})", copies.len()),
            _ => names::kind(self.net, item),
        }
    }

    fn inside(&mut self, item: &Item, depth: usize) {
        match &item.what {
            What::Residual(items) | What::Project(items, _) => self.items(items, depth),
            What::Repeat(copies) => copies.iter().take(1).for_each(|items| self.items(items, depth)),
            What::Sum(branches) | What::Concat(branches) => {
                let indent = "    ".repeat(depth);
                for branch in branches {
                    match self.branch(branch).filter(|text| indent.len() + text.len() <= WIDTH) {
                        Some(text) => drop(writeln!(self.text, "{indent}{text}")),
                        None => {
                            let name = branch.name.as_ref().map_or(String::new(), |name| format!("{name}: "));
                            let _ = writeln!(self.text, "{indent}{name}{{");
                            self.items(&branch.items, depth + 1);
                            let _ = writeln!(self.text, "{indent}}},");
                        }
                    }
                }
            }
            What::Input(_) | What::Layer(_) => {}
        }
    }

    /// A branch in one line, if it has no blocks.
    fn branch(&self, branch: &Branch) -> Option<String> {
        let name = branch.name.as_ref().map_or(String::new(), |name| format!("{name}: "));
        if branch.items.is_empty() {
            return Some(format!("{name}{{}},"));
        }
        let pieces: Option<Vec<String>> = branch.items.iter().map(|item| self.one_line(item)).collect();
        Some(format!("{name}{{ {} }},", pieces?.join(" ").trim_end_matches(',')))
    }

    /// An item in one line, if it can be: a layer, or a block of a few.
    fn one_line(&self, item: &Item) -> Option<String> {
        const SHORT: usize = 80;
        let all = |items: &[Item]| {
            let pieces: Option<Vec<String>> =
                items.iter().map(|item| (!item.is_block()).then(|| self.one_line(item)).flatten()).collect();
            Some(pieces?.join(" ").trim_end_matches(',').to_string())
        };
        let inner = match &item.what {
            What::Input(id) | What::Layer(id) => {
                let own = &self.net.layers[*id];
                let frozen = if is_frozen(own) { "#[frozen] " } else { "" };
                return Some(format!("{frozen}{}{},", name_of(item), layer(own)));
            }
            What::Residual(items) | What::Project(items, _) => all(items)?,
            What::Repeat(copies) => all(copies.first()?)?,
            What::Sum(branches) | What::Concat(branches) => {
                if branches.iter().any(|branch| branch.items.iter().any(Item::is_block)) {
                    return None;
                }
                let branches: Option<Vec<String>> = branches.iter().map(|branch| self.branch(branch)).collect();
                branches?.join(" ").trim_end_matches(',').to_string()
            }
        };
        let text = format!("{}{} {{ {inner} }},", name_of(item), self.header(item));
        (text.len() <= SHORT).then_some(text)
    }
}

fn name_of(item: &Item) -> String {
    item.name.as_ref().map_or(String::new(), |name| format!("{name}: "))
}

/// The weights of all layers, under their names in a file.
pub fn weights<'a>(net: &'a Net, items: &[Item]) -> Vec<(String, &'a Weight)> {
    let mut all = Vec::new();
    gather(net, items, "", &mut all);
    all
}

fn gather<'a>(net: &'a Net, items: &[Item], path: &str, all: &mut Vec<(String, &'a Weight)>) {
    let of = |id: Id, path: &str, all: &mut Vec<(String, &'a Weight)>| {
        all.extend(net.layers[id].weights.iter().map(|weight| (format!("{path}.{}", weight.field), weight)));
    };
    for (item, name) in items.iter().zip(names::default_names(net, items)) {
        let path = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let own = path(&name);
        match &item.what {
            What::Input(_) => {}
            What::Layer(id) => of(*id, &own, all),
            What::Residual(items) => gather(net, items, &own, all),
            What::Project(items, id) => {
                gather(net, items, &own, all);
                of(*id, &format!("{own}.project"), all);
            }
            What::Sum(branches) | What::Concat(branches) => {
                for (place, branch) in branches.iter().enumerate() {
                    let name = branch.name.clone().unwrap_or_else(|| format!("branch{}", place + 1));
                    gather(net, &branch.items, &format!("{own}.{name}"), all);
                }
            }
            What::Repeat(copies) => {
                for (place, items) in copies.iter().enumerate() {
                    gather(net, items, &path(&names::copy(&name, place)), all);
                }
            }
        }
    }
}

/// A file of weights.
pub fn file(weights: &[(String, &Weight)], double: bool) -> Vec<u8> {
    let dtype = if double { Dtype::F64 } else { Dtype::F32 };
    let header = HeaderWriter::new(String::new()).and_then(|mut header| {
        for (name, weight) in weights {
            header.tensor(name, dtype, &weight.shape)?;
        }
        header.finish()
    });
    let header = header.unwrap_or_default();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    for number in weights.iter().flat_map(|(_, weight)| &weight.numbers) {
        #[allow(clippy::cast_possible_truncation)] // The model's numbers were of 32 bits.
        match double {
            true => bytes.extend(number.to_le_bytes()),
            false => bytes.extend((*number as f32).to_le_bytes()),
        }
    }
    bytes
}
