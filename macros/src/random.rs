//! Random numbers, and declarations of random layers and blocks that are right.
//!
//! Also a module of `tests/random_blocks.rs`, which compiles such declarations: it needs nothing of this crate.

/// A small generator of random numbers: xorshift64* (Vigna, 2016).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }
}

/// Layers that keep every shape.
const SAME_SHAPE: &[&str] = &[
    "relu",
    "leaky_relu(0.1)",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "dropout(0.5)",
    "dropout(0.25)",
    "batch_norm",
    "batch_norm",
    "layer_norm",
    "prelu",
];
/// Those of them that have parameters.
const WITH_PARAMETERS: &[&str] = &["batch_norm", "layer_norm", "prelu"];
/// The const parameters of a network, and what stands for their values.
pub const PARAMETERS: [(&str, usize); 2] = [("A", 3), ("B", 5)];
/// Blocks in one another.
const DEEPEST: usize = 3;
/// A value of more features is followed by a layer that makes it smaller.
const LARGE: usize = 40;

/// What goes from layer to layer.
#[derive(Clone, PartialEq)]
enum Shape {
    /// As it is written, and the number.
    Flat(String, usize),
    /// Channels, and the length of a sequence or height and width of an image.
    Axes(Vec<usize>),
}

impl Shape {
    fn flat(size: usize) -> Self {
        Self::Flat(size.to_string(), size)
    }

    fn values(&self) -> usize {
        match self {
            Self::Flat(_, size) => *size,
            Self::Axes(sizes) => sizes.iter().product(),
        }
    }

    /// Features, or channels.
    fn features(&self) -> usize {
        match self {
            Self::Flat(_, size) => *size,
            Self::Axes(sizes) => sizes[0],
        }
    }

    fn with_features(&self, features: usize) -> Self {
        match self {
            Self::Flat(..) => Self::flat(features),
            Self::Axes(sizes) => Self::Axes(std::iter::once(features).chain(sizes[1..].iter().copied()).collect()),
        }
    }

    fn is_parameter(&self) -> bool {
        matches!(self, Self::Flat(text, _) if text.parse::<usize>().is_err())
    }

    fn text(&self) -> String {
        match self {
            Self::Flat(text, _) => format!("[{text}]"),
            Self::Axes(sizes) => format!("{sizes:?}"),
        }
    }
}

/// One layer or block, and what it makes.
struct Piece {
    text: String,
    output: Shape,
    has_parameters: bool,
}

impl Piece {
    fn copy(&self) -> Self {
        Self { text: self.text.clone(), output: self.output.clone(), has_parameters: self.has_parameters }
    }
}

/// Which layers a declaration is made of.
#[derive(Clone, Copy)]
pub struct Choice {
    /// Whether to use layers of the user's own: `layer(own::Scale)`.
    pub own: bool,
    /// Whether to use const parameters.
    pub parameters: bool,
    /// Whether to take parts of values, so that others have been computed in vain.
    pub slices: bool,
    /// Layers and blocks, each copy not counted; some that correct a shape come on top.
    pub most: usize,
}

/// `struct N { .. }` of random layers and blocks in one another, without mistakes.
pub fn declaration(random: &mut Random, name: &str, choice: Choice) -> String {
    let is_generic = choice.parameters && random.once_in(4);
    let mut author = Author { random, choice, is_generic, names: 0, room: choice.most };
    let (input, layers) = author.network();
    let scalar = author.random.pick(&["f32", "f64"]);
    let parameters = PARAMETERS.map(|(parameter, _)| format!("const {parameter}: usize"));
    let generics = if is_generic { format!("{scalar}, {}", parameters.join(", ")) } else { scalar.to_owned() };
    format!("struct {name}<{generics}> {{ input: {input}, {layers} }}")
}

struct Author<'r> {
    random: &'r mut Random,
    choice: Choice,
    is_generic: bool,
    /// How many layers have a name so far.
    names: usize,
    /// Layers and blocks that may still come.
    room: usize,
}

impl Author<'_> {
    /// The input or inputs, and the layers.
    fn network(&mut self) -> (String, String) {
        let (text, first) = self.declared_input();
        let mut chain = first.copy();
        let more = self.chain(&chain.output, 0, 1, false);
        append(&mut chain, more);
        if self.is_generic || !self.random.once_in(3) {
            return (text, chain.text);
        }
        let mut inputs = format!("i1: {text}");
        for number in 2..=self.random.between(2, 3) {
            let (text, input) = self.declared_input();
            inputs = format!("{inputs}, i{number}: {text}");
            self.join(&mut chain, &format!("i{number}"), &input);
        }
        if self.random.once_in(3) {
            self.join(&mut chain, "i1", &first);
        }
        (format!("{{ {inputs} }}"), chain.text)
    }

    /// An input as it is declared, and what comes first behind it: nothing, or an embedding of tokens.
    fn declared_input(&mut self) -> (String, Piece) {
        if !self.is_generic && self.random.once_in(5) {
            let (length, limit, units) =
                (self.random.between(1, 6), self.random.between(2, 9), self.random.between(1, 3));
            let padding = if self.random.once_in(3) { ", padding_index = 1" } else { "" };
            let output = Shape::Axes(vec![units, length]);
            let text = format!("embedding({units}{padding})");
            return (format!("tokens[{length}] < {limit}"), Piece { text, output, has_parameters: true });
        }
        let shape = self.input();
        (shape.text(), Piece { text: String::new(), output: shape, has_parameters: false })
    }

    /// Goes on with the features of the chain beside what some layers make of an input.
    fn join(&mut self, chain: &mut Piece, name: &str, input: &Piece) {
        let flatten = |shape: &Shape| {
            let output = Shape::flat(shape.values());
            Piece { text: "flatten".into(), output, has_parameters: false }
        };
        append(chain, flatten(&chain.output));
        let mut branch = Piece { text: name.to_owned(), ..input.copy() };
        if !input.text.is_empty() {
            append(&mut branch, input.copy());
        }
        append(&mut branch, flatten(&input.output));
        let more = self.chain(&branch.output, 1, 0, true);
        if !more.text.is_empty() {
            append(&mut branch, more);
        }
        let output = Shape::flat(chain.output.values() + branch.output.values());
        append(
            chain,
            Piece { text: format!("concat {{ {{}}, {{ {} }} }}", branch.text), output, has_parameters: false },
        );
        let more = self.chain(&chain.output, 0, 0, true);
        if !more.text.is_empty() {
            append(chain, more);
        }
    }

    fn input(&mut self) -> Shape {
        if self.is_generic {
            let (parameter, size) = PARAMETERS[self.random.below(PARAMETERS.len())];
            return Shape::Flat(parameter.to_owned(), size);
        }
        if self.random.once_in(2) {
            return Shape::flat(self.random.between(1, 6));
        }
        let axes = if self.random.once_in(2) { vec![self.random.between(3, 12)] } else { self.image() };
        Shape::Axes([vec![self.random.between(1, 3)], axes].concat())
    }

    /// Height and width.
    fn image(&mut self) -> Vec<usize> {
        vec![self.random.between(2, 5), self.random.between(2, 5)]
    }

    /// Layers one behind the other, `least` or more. Within blocks, sequences and images keep their axes.
    fn chain(&mut self, input: &Shape, depth: usize, least: usize, keeps_axes: bool) -> Piece {
        let count = least + self.random.below(if depth == 0 { 8 } else { 4 });
        let mut chain = Piece { text: String::new(), output: input.clone(), has_parameters: false };
        for place in 0..count {
            if place >= least && self.room == 0 {
                break;
            }
            let piece = self.piece(&chain.output, depth, keeps_axes);
            append(&mut chain, piece);
        }
        chain
    }

    /// A chain that ends in `output`.
    fn chain_to(&mut self, input: &Shape, output: &Shape, depth: usize, least: usize) -> Piece {
        let mut chain = self.chain(input, depth, least, true);
        if chain.output != *output {
            let text = match output {
                Shape::Flat(units, _) => format!("dense({units})"),
                Shape::Axes(sizes) => format!("conv{}d({}, kernel = 1)", sizes.len() - 1, sizes[0]),
            };
            append(&mut chain, Piece { text, output: output.clone(), has_parameters: true });
        }
        chain
    }

    fn piece(&mut self, input: &Shape, depth: usize, keeps_axes: bool) -> Piece {
        self.room = self.room.saturating_sub(1);
        let is_block = input.values() <= LARGE && depth < DEEPEST && self.room > 0 && self.random.below(5) < 2;
        let mut piece = if is_block { self.block(input, depth + 1) } else { self.layer(input, keeps_axes) };
        if self.random.once_in(10) {
            piece.text = format!("{} -> {}", piece.text, piece.output.text());
        }
        if self.random.once_in(5) {
            self.names += 1;
            piece.text = format!("x{}: {}", self.names, piece.text);
        }
        if piece.has_parameters && self.random.once_in(6) {
            piece.text = format!("#[frozen] {}", piece.text);
        }
        piece
    }

    /// Some of the features or channels.
    fn slice(&mut self, input: &Shape) -> Piece {
        let count = input.features();
        let start = self.random.below(count);
        let end = self.random.between(start + 1, count);
        let output = input.with_features(end - start);
        Piece { text: format!("slice({start}..{end})"), output, has_parameters: false }
    }

    fn layer(&mut self, input: &Shape, keeps_axes: bool) -> Piece {
        let is_large = input.values() > LARGE;
        if self.choice.slices && !input.is_parameter() && self.random.once_in(12) {
            return self.slice(input);
        }
        if !is_large && self.random.below(5) < 3 {
            if self.choice.own && !input.is_parameter() && self.random.once_in(8) {
                return Piece { text: "layer(own::Scale)".into(), output: input.clone(), has_parameters: true };
            }
            let text = if matches!(input, Shape::Flat(..)) && self.random.once_in(6) {
                "softmax"
            } else {
                self.random.pick(SAME_SHAPE)
            };
            let has_parameters = WITH_PARAMETERS.contains(&text);
            return Piece { text: text.to_owned(), output: input.clone(), has_parameters };
        }
        match input {
            Shape::Flat(..) => self.dense(),
            Shape::Axes(sizes) if keeps_axes => self.convolution(sizes),
            Shape::Axes(sizes) => match self.random.below(5) {
                0 => Piece { text: "flatten".into(), output: Shape::flat(input.values()), has_parameters: false },
                1 | 2 => self.convolution(sizes),
                _ => self.window(sizes),
            },
        }
    }

    fn dense(&mut self) -> Piece {
        let output = if self.is_generic && self.random.once_in(2) {
            let (parameter, size) = PARAMETERS[self.random.below(PARAMETERS.len())];
            Shape::Flat(parameter.to_owned(), size)
        } else {
            Shape::flat(self.random.between(1, 6))
        };
        let Shape::Flat(units, _) = &output else { unreachable!("flat") };
        let bias = if self.random.once_in(4) { ", bias = false" } else { "" };
        Piece { text: format!("dense({units}{bias})"), output, has_parameters: true }
    }

    /// One that keeps all axes.
    fn convolution(&mut self, sizes: &[usize]) -> Piece {
        let (filters, kernel, axes) = (self.random.between(1, 3), self.random.between(1, 3), sizes.len() - 1);
        let padding = if axes == 1 { self.random.pick(&["same", "causal"]) } else { "same" };
        let dilation = if self.random.once_in(3) { ", dilation = 2" } else { "" };
        let text = format!("conv{axes}d({filters}, kernel = {kernel}, padding = {padding}{dilation})");
        Piece { text, output: Shape::Axes([&[filters], &sizes[1..]].concat()), has_parameters: true }
    }

    /// A window that makes the axes smaller.
    fn window(&mut self, sizes: &[usize]) -> Piece {
        let (channels, axes) = (sizes[0], &sizes[1..]);
        let kernel = self.random.between(1, *axes.iter().min().unwrap().min(&2));
        let stride = self.random.between(1, 2);
        let arguments = format!("{kernel}, stride = {stride}, rounding = floor");
        let rank = axes.len();
        let output = |channels: usize| {
            let smaller = axes.iter().map(|size| (size - kernel) / stride + 1);
            Shape::Axes(std::iter::once(channels).chain(smaller).collect())
        };
        let (text, output, has_parameters) = match self.random.below(3) {
            0 => (format!("max_pool{rank}d({arguments})"), output(channels), false),
            1 => (format!("avg_pool{rank}d({arguments})"), output(channels), false),
            _ => {
                let filters = self.random.between(1, 3);
                (format!("conv{rank}d({filters}, kernel = {arguments})"), output(filters), true)
            }
        };
        Piece { text, output, has_parameters }
    }

    fn block(&mut self, input: &Shape, depth: usize) -> Piece {
        match self.random.below(6) {
            0 => {
                let body = self.chain_to(input, input, depth, 1);
                Piece { text: format!("residual {{ {} }}", body.text), ..body }
            }
            1 => {
                let body = self.chain(input, depth, 1, true);
                Piece { text: format!("residual(project) {{ {} }}", body.text), has_parameters: true, ..body }
            }
            2 => {
                let body = self.chain_to(input, input, depth, 1);
                Piece { text: format!("repeat({}) {{ {} }}", self.random.between(1, 3), body.text), ..body }
            }
            3 => self.sum(input, depth),
            _ => self.concat(input, depth),
        }
    }

    fn sum(&mut self, input: &Shape, depth: usize) -> Piece {
        let first = self.chain(input, depth, 0, true);
        let (output, mut has_parameters) = (first.output.clone(), first.has_parameters);
        let mut branches = vec![format!("{{ {} }}", first.text)];
        for _ in 0..self.random.between(1, 2) {
            let branch = self.chain_to(input, &output, depth, 0);
            has_parameters |= branch.has_parameters;
            branches.push(format!("{{ {} }}", branch.text));
        }
        Piece { text: format!("sum {{ {} }}", branches.join(", ")), output, has_parameters }
    }

    fn concat(&mut self, input: &Shape, depth: usize) -> Piece {
        let (mut branches, mut outputs, mut has_parameters) = (Vec::new(), Vec::new(), false);
        for _ in 0..self.random.between(2, 3) {
            let mut branch = self.chain(input, depth, 0, true);
            // Sizes that are computed from a const parameter are no sizes of types.
            if branch.output.is_parameter() {
                let output = Shape::flat(self.random.between(1, 6));
                let text = format!("dense({})", output.values());
                append(&mut branch, Piece { text, output, has_parameters: true });
            }
            has_parameters |= branch.has_parameters;
            branches.push(format!("{{ {} }}", branch.text));
            outputs.push(branch.output);
        }
        let values: usize = outputs.iter().map(Shape::values).sum();
        let output = match &outputs[0] {
            Shape::Flat(..) => Shape::flat(values),
            Shape::Axes(sizes) => {
                let channels = values / sizes[1..].iter().product::<usize>();
                Shape::Axes([&[channels], &sizes[1..]].concat())
            }
        };
        Piece { text: format!("concat {{ {} }}", branches.join(", ")), output, has_parameters }
    }
}

fn append(chain: &mut Piece, piece: Piece) {
    let separator = if chain.text.is_empty() { "" } else { ", " };
    chain.text = format!("{}{separator}{}", chain.text, piece.text);
    chain.output = piece.output;
    chain.has_parameters |= piece.has_parameters;
}
