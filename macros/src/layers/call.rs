//! A layer of the declaration as its rule sees it: arguments sorted by name, and their values read.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Lit, UnOp};

use super::signature::{ArgumentRule, Signature};
use crate::deferred::{ConstantKind, Deferred};
use crate::errors::Errors;
use crate::shape::Shape;
use crate::size::{NotASize, Size};
use crate::syntax::{Argument, LayerAst};
use crate::wording::{self, suggestion};

/// One use of a layer kind.
pub struct Call<'a> {
    pub layer: &'a LayerAst,
    /// How messages call the layer: its name, or what it looks like.
    pub label: String,
    /// Place among all layers.
    pub place: usize,
    /// `None` if an error made it unknowable.
    pub input: Option<&'a Shape>,
    /// The path of the crate `castnet`.
    pub root: &'a TokenStream,
    /// `f32` or `f64`.
    scalar: &'a Ident,
    /// The kinds of layers.
    kinds: &'a [&'static str],
    signature: Signature,
    errors: &'a Errors,
    arguments: Vec<(&'static str, &'a Argument)>,
    /// Whether some argument is not one of the layer's: what is missing then is most likely what it was meant to be.
    confused: bool,
    /// What is left to the compiler.
    pub deferred: &'a Deferred,
}

/// Where a layer stands in its network.
pub struct Surroundings<'a> {
    pub place: usize,
    pub input: Option<&'a Shape>,
    pub root: &'a TokenStream,
    pub scalar: &'a Ident,
    pub deferred: &'a Deferred,
    /// All kinds of layers.
    pub kinds: &'a [&'static str],
}

/// A number that need not be whole.
#[derive(Clone)]
pub enum Real {
    Literal(f64),
    Expression(TokenStream),
}

impl ToTokens for Real {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(value) => value.to_tokens(tokens),
            Self::Expression(expression) => expression.to_tokens(tokens),
        }
    }
}

impl<'a> Call<'a> {
    /// Sorts the arguments; reports unknown, repeated and surplus ones.
    pub fn new(
        signature: Signature,
        layer: &'a LayerAst,
        label: String,
        around: Surroundings<'a>,
        errors: &'a Errors,
    ) -> Self {
        let Surroundings { place, input, root, scalar, deferred, kinds } = around;
        let (arguments, confused) = (Vec::new(), false);
        let mut call =
            Self { layer, label, place, input, root, scalar, kinds, signature, errors, arguments, confused, deferred };
        let mut positional = signature.arguments.iter().filter(|argument| argument.positional);
        for argument in &layer.arguments {
            // Nothing before a comma, which is reported.
            if argument.tokens.is_empty() {
                call.confused = true;
                continue;
            }
            let name = match &argument.name {
                Some(_) => call.named(signature.arguments, argument),
                None => call.positional(signature, positional.next(), argument),
            };
            let Some(name) = name else {
                call.confused = true;
                continue;
            };
            if call.arguments.iter().any(|(earlier, _)| *earlier == name) {
                call.report(&argument.tokens, format!("`{name}` is given twice\nhelp: remove one of the two"));
            } else {
                call.arguments.push((name, argument));
            }
        }
        call
    }

    fn named(&self, rules: &[ArgumentRule], argument: &Argument) -> Option<&'static str> {
        let name = argument.name.as_ref()?;
        let known: Vec<&'static str> = rules.iter().map(|rule| rule.name).collect();
        let found = known.iter().copied().find(|known| name == known);
        if found.is_none() {
            let kind = &self.layer.kind;
            let help = match known.as_slice() {
                _ if matches!(name.to_string().as_str(), "activation" | "act") => {
                    format!("help: {}", self.layer_behind(argument))
                }
                [] => format!("help: write `{kind}`, which takes no arguments"),
                known => suggestion(&name.to_string(), known),
            };
            self.report(name, format!("`{kind}` has no argument `{name}`\n{help}"));
        }
        found
    }

    fn positional(
        &self,
        signature: Signature,
        expected: Option<&ArgumentRule>,
        argument: &Argument,
    ) -> Option<&'static str> {
        if let Some(expected) = expected {
            if self.arguments.last().is_some_and(|(_, earlier)| earlier.name.is_some()) {
                let message = format!(
                    "`{}` without its name stands behind a named argument\nhelp: put `{}` first",
                    expected.name,
                    wording::source(&argument.tokens)
                );
                self.report(&argument.tokens, message);
            }
            return Some(expected.name);
        }
        let Signature { kind, arguments } = signature;
        let surplus = wording::source(&argument.tokens);
        let is_given = |name: &str| {
            self.layer.arguments.iter().any(|argument| argument.name.as_ref().is_some_and(|given| given == name))
        };
        let named: Vec<&str> = arguments.iter().filter(|rule| !rule.positional).map(|rule| rule.name).collect();
        let free: Vec<&str> = named.iter().copied().filter(|name| !is_given(name)).collect();
        let unnamed = self.layer.arguments.iter().filter(|argument| argument.name.is_none());
        let place = unnamed.take_while(|other| !std::ptr::eq(*other, argument)).count();
        let taken = arguments.len() - named.len();
        let (problem, help) = match (taken, named.as_slice()) {
            (0, []) => (format!("takes no arguments, found `{surplus}`"), format!("write `{kind}`")),
            (_, names) => (
                format!("takes {} without a name, and `{surplus}` is one more", wording::counted(taken, "argument")),
                match names {
                    _ if self.kinds.contains(&surplus.as_str()) => self.layer_behind(argument),
                    [] => String::from("remove it"),
                    [name] => format!("was `{name} = {surplus}` meant?"),
                    names => match free.get(place - taken.min(place)) {
                        // What other libraries have in this order.
                        Some(name @ (&"kernel" | &"stride" | &"padding")) => {
                            format!("was `{name} = {surplus}` meant?")
                        }
                        _ => format!("give it a name, one of {}", wording::list(names)),
                    },
                },
            ),
        };
        let message = format!("`{kind}` {problem}\nhelp: {help}");
        self.report(&argument.tokens, message);
        None
    }

    /// What to write instead of `dense(10, activation = relu)`.
    fn layer_behind(&self, argument: &Argument) -> String {
        let others = self.layer.arguments.iter().filter(|other| !std::ptr::eq(*other, argument));
        let others: Vec<String> = others.map(|other| wording::source(&other.tokens)).collect();
        let (kind, value) = (&self.layer.kind, argument.value.as_ref().map_or_else(|| "relu".into(), text));
        format!("an activation is a layer of its own: write `{kind}({}), {value}`", others.join(", "))
    }

    /// Reports an error in `tokens`, beginning with the layer's name.
    pub fn report(&self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.errors.at(tokens, format!("`{}`: {message}", self.label));
    }

    /// Reports an error in the layer as a whole.
    pub fn report_layer(&self, message: impl std::fmt::Display) {
        self.report(&self.layer.tokens, message);
    }

    /// Has the compiler check `condition`.
    pub fn assert(&self, condition: TokenStream, blame: impl ToTokens, message: impl std::fmt::Display) {
        self.deferred.assert(condition, blame, format!("`{}`: {message}", self.label));
    }

    /// Whether the kind has an argument of this name.
    pub fn takes(&self, name: &str) -> bool {
        self.signature.arguments.iter().any(|rule| rule.name == name)
    }

    fn argument(&self, name: &str) -> Option<&'a Argument> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, argument)| *argument)
    }

    /// The tokens of an argument, or of the whole layer if it is left out.
    pub fn blame(&self, name: &str) -> &'a TokenStream {
        self.argument(name).map_or(&self.layer.tokens, |argument| &argument.tokens)
    }

    /// The value of an argument by `read`, or `default` if it is left out; `None` after an error.
    pub fn optional<T>(&self, name: &str, default: T, read: impl FnOnce(&Self, &'a Expr) -> Option<T>) -> Option<T> {
        match self.argument(name) {
            None => Some(default),
            Some(argument) => self.read(argument, read),
        }
    }

    fn read<T>(&self, argument: &'a Argument, read: impl FnOnce(&Self, &'a Expr) -> Option<T>) -> Option<T> {
        let value = argument.value.as_ref()?;
        self.deferred.reading(argument.number, || read(self, value))
    }

    /// The value of an argument by `read`; reports that it is missing.
    pub fn required<T>(&self, name: &str, help: &str, read: impl FnOnce(&Self, &'a Expr) -> Option<T>) -> Option<T> {
        match self.argument(name) {
            None if self.confused => None,
            None => {
                self.report_layer(format!("`{name}` is missing\nhelp: {help}"));
                None
            }
            Some(argument) => self.read(argument, read),
        }
    }

    /// A size of at least one.
    pub fn positive(&self, value: &'a Expr) -> Option<Size> {
        let size = self.size(value)?;
        match size.number() {
            Some(0) => {
                self.report(value, "0 is too small\nhelp: write `1` or more");
                return None;
            }
            Some(_) => {}
            None => self.assert(quote!(#size > 0), value, format!("`{size}` is 0: write at least 1")),
        }
        Some(size)
    }

    /// A whole number, not negative.
    pub fn size(&self, value: &'a Expr) -> Option<Size> {
        read_size(value, self.deferred).map_err(|message| self.report(value, message)).ok()
    }

    /// What stands for each of some axes: one value for all of them, or of two axes `[height, width]`.
    pub fn each_axis<T: Clone>(
        &self,
        value: &'a Expr,
        axes: &[&str],
        read: impl Fn(&Self, &'a Expr) -> Option<T>,
    ) -> Option<Vec<T>> {
        if let [_] = axes {
            return read(self, value).map(|one| vec![one]);
        }
        let expected = format!("expected one number or `[{}]`", axes.join(", "));
        let Expr::Array(array) = value else {
            if let Some(pair) = meant_as_pair(value) {
                let found = text(value);
                self.report(value, format!("{expected}, found `{found}`\nhelp: write `{pair}`"));
                return None;
            }
            return read(self, value).map(|one| vec![one; axes.len()]);
        };
        if array.elems.len() == axes.len() {
            // All are read before any is given up.
            return array.elems.iter().map(|element| read(self, element)).collect::<Vec<_>>().into_iter().collect();
        }
        let found = wording::counted(array.elems.len(), "number");
        let help = match array.elems.iter().collect::<Vec<_>>().as_slice() {
            [one] => format!("write `{}`", text(one)),
            [height, width, ..] => format!("write `[{}, {}]`", text(height), text(width)),
            [] => String::from("write a number"),
        };
        self.report(value, format!("{expected}, found {found}\nhelp: {help}"));
        None
    }

    /// `true` or `false`.
    pub fn flag(&self, value: &'a Expr) -> Option<bool> {
        if let Expr::Lit(literal) = value
            && let Lit::Bool(flag) = &literal.lit
        {
            return Some(flag.value);
        }
        let found = text(value);
        let flag = match found.to_lowercase().trim_matches('"') {
            "true" | "yes" | "on" | "1" => "`true`",
            "false" | "no" | "off" | "none" | "0" => "`false`",
            _ => "`true` or `false`",
        };
        self.report(value, format!("expected `true` or `false`, found `{found}`\nhelp: write {flag}"));
        None
    }

    /// A number, and whether it is in range, also as the network's scalar holds it: `range` says so of a literal or, as an expression, of a constant.
    pub fn real(&self, value: &'a Expr, range: &Range) -> Option<Real> {
        match literal_real(value) {
            Ok(Some(number)) if range.holds(number) => {
                if self.scalar == "f32" && !range.holds_in_f32(number) {
                    self.report_rounded(value, number);
                    return None;
                }
                Some(Real::Literal(number))
            }
            Ok(Some(_)) => {
                self.report(value, format!("expected {}, found {}\nhelp: {}", range.words, text(value), range.help));
                None
            }
            Ok(None) => {
                if let Some(parameter) = self.deferred.parameter_in(value) {
                    let message = format!("`{}` is computed from the parameter `{parameter}`", text(value));
                    self.report(value, format!("{message}, and parameters are for sizes\nhelp: {}", range.help));
                    return None;
                }
                let message = format!("expected {}: `{}` is not", range.words, text(value));
                let constant = self.deferred.constant(ConstantKind::Real, value);
                let root = self.root;
                let number = if self.scalar == "f32" {
                    quote!(#root::__private::rounded_to_f32(#constant))
                } else {
                    constant.to_token_stream()
                };
                self.assert(range.condition(&number), value, message);
                Some(Real::Expression(constant.into_token_stream()))
            }
            Err(()) => {
                self.report(value, format!("expected a number, found `{}`\nhelp: {}", text(value), range.help));
                None
            }
        }
    }

    /// A number that is another one in `f32`.
    #[allow(clippy::cast_possible_truncation)] // What is lost is what is told.
    fn report_rounded(&self, value: &Expr, number: f64) {
        let message = format!("`{}` is {:?} in `f32`", text(value), number as f32);
        self.report(value, format!("{message}\nhelp: write another number, or declare the network with `<f64>`"));
    }

    /// A name such as `same`; `None` if the value is something else.
    pub fn word(value: &Expr) -> Option<String> {
        match value {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        }
    }
}

/// What to write instead of `(5, 3)` or `5x3`.
fn meant_as_pair(value: &Expr) -> Option<String> {
    match value {
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => {
            Some(format!("[{}, {}]", text(&tuple.elems[0]), text(&tuple.elems[1])))
        }
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => {
                let width: u32 = number.suffix().strip_prefix('x')?.parse().ok()?;
                Some(format!("[{}, {width}]", number.base10_digits()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// An interval of numbers.
pub struct Range {
    pub least: f64,
    /// Excluded.
    pub limit: Option<f64>,
    pub words: &'static str,
    pub help: &'static str,
}

impl Range {
    fn holds(&self, value: f64) -> bool {
        value >= self.least && self.limit.is_none_or(|limit| value < limit) && value.is_finite()
    }

    /// Whether the number is in range as it is rounded to `f32`, and none becomes zero.
    #[allow(clippy::cast_possible_truncation)] // What is lost is what is asked for.
    fn holds_in_f32(&self, value: f64) -> bool {
        let rounded = value as f32;
        self.holds(f64::from(rounded)) && (rounded != 0.0 || value == 0.0)
    }

    fn condition(&self, value: &TokenStream) -> TokenStream {
        let (least, limit) = (self.least, self.limit.unwrap_or(f64::MAX));
        quote!(#value >= #least && #value < #limit)
    }
}

/// A whole number, not negative; or why the value is none.
pub fn read_size(value: &Expr, deferred: &Deferred) -> Result<Size, String> {
    let found = text(value);
    match deferred.size(value) {
        Ok(size) if size.is_countable() => Ok(size),
        Ok(_) | Err(NotASize::Overflow) => Err(format!(
            "`{found}` is too large: sizes go up to {}\nhelp: write a smaller number",
            crate::size::LARGEST
        )),
        Err(NotASize::Negative(value)) if value.to_string() == found => {
            Err(format!("expected a whole number, found the negative `{found}`\n{}", whole_number(&found)))
        }
        Err(NotASize::Negative(value)) => Err(format!(
            "expected a whole number, found `{found}`, which is {value}\nhelp: write a number, for instance `1`"
        )),
        Err(NotASize::Other(what)) => {
            Err(format!("expected a whole number, found {what}: `{found}`\n{}", whole_number(&found)))
        }
        Err(NotASize::Computed(parameter)) => Err(format!(
            "`{found}` is computed from the parameter `{parameter}`, and stable Rust computes no size of a type from a parameter\nhelp: declare `const SIZE: usize` as one more parameter, and write `SIZE` here"
        )),
        Err(NotASize::Suffix(suffix)) => {
            if !suffix.starts_with(['u', 'i']) {
                return Err(format!("expected a whole number, found `{found}`\n{}", whole_number(&found)));
            }
            let bare = found.trim_end_matches(&suffix).trim_end_matches('_');
            Err(format!("a size is a `usize`, found the `{suffix}` `{found}`\nhelp: write `{bare}`"))
        }
    }
}

/// What to write instead of something that is no whole number, or an example where nothing is near.
fn whole_number(found: &str) -> String {
    let digits = |letter: &char| letter.is_ascii_digit();
    let number: String = found.chars().skip_while(|letter| !digits(letter)).take_while(digits).collect();
    // `1e3` is a thousand.
    let number = match found.parse::<f64>() {
        Ok(whole) if whole.fract() == 0.0 && whole > 0.0 => whole.to_string(),
        _ => number,
    };
    match number.parse::<u32>() {
        Ok(1..) => format!("help: write `{number}`"),
        _ => String::from("help: write a number, for instance `1`"),
    }
}

/// The value of a literal; `None` for a constant expression; an error for what is no number.
fn literal_real(value: &Expr) -> Result<Option<f64>, ()> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().map(Some).map_err(|_| ()),
            Lit::Float(number) => number.base10_parse().map(Some).map_err(|_| ()),
            _ => Err(()),
        },
        Expr::Paren(inner) => literal_real(&inner.expr),
        Expr::Group(inner) => literal_real(&inner.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Ok(literal_real(&unary.expr)?.map(|number| -number)),
        Expr::Array(_) | Expr::Tuple(_) | Expr::Closure(_) => Err(()),
        _ => Ok(None),
    }
}

/// An expression as the user typed it.
pub fn text(value: &Expr) -> String {
    wording::source(&value.to_token_stream())
}
