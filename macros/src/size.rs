//! Arithmetic on sizes that are known to the macro, or to the compiler only.

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{BinOp, Expr, Lit, UnOp};

use crate::wording;

/// More values, weights or parameters than this cannot be counted on every target, nor at the type level.
pub const LARGEST: u64 = u32::MAX as u64;

/// A number of something.
#[derive(Clone, Debug)]
pub enum Size {
    /// Written as a literal, or computed from literals. Arithmetic saturates; [`Size::is_countable`] finds that out.
    Number(u64),
    /// A constant expression.
    Expression(Expression),
}

/// Tokens of type `usize`.
#[derive(Clone, Debug)]
pub struct Expression {
    tokens: TokenStream,
    binding: Binding,
    /// What messages and documentation say instead of the tokens, and how tightly that binds.
    label: Option<(String, Binding)>,
    origin: SizeOrigin,
}

/// Whether an expression can be the size of a type: stable Rust computes none from a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeOrigin {
    /// The compiler knows it where the network is declared.
    Constant,
    /// A const parameter of the network and nothing else.
    Parameter,
    /// Computed from the const parameter of this name.
    Computed(Ident),
}

/// How tightly the outermost operator of an expression binds: decides on parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// Less tightly than any arithmetic, or with a beginning that is a statement of its own: always in parentheses.
    Loose,
    Sum,
    Product,
    Atom,
}

impl Binding {
    fn of(expression: &Expr) -> Self {
        match expression {
            _ if begins_a_statement(expression) => Self::Loose,
            Expr::Path(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Field(_) | Expr::Index(_) => Self::Atom,
            Expr::Paren(_) => Self::Atom,
            Expr::Binary(binary) => match binary.op {
                BinOp::Add(_) | BinOp::Sub(_) => Self::Sum,
                BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => Self::Product,
                _ => Self::Loose,
            },
            _ => Self::Loose,
        }
    }
}

/// Whether an expression would end early at the beginning of a block: `{ if A { 1 } else { 2 } + 1 }`.
fn begins_a_statement(expression: &Expr) -> bool {
    const WORDS: &[&str] = &["if", "match", "loop", "while", "for", "unsafe", "const", "async"];
    match expression.to_token_stream().into_iter().next() {
        Some(TokenTree::Ident(word)) => WORDS.iter().any(|keyword| word == keyword),
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(TokenTree::Punct(_)) | None => !matches!(expression, Expr::Path(_)),
        Some(TokenTree::Literal(_)) => false,
    }
}

/// Why an expression is not a size.
#[derive(Debug, PartialEq, Eq)]
pub enum NotASize {
    /// Less than zero: this number.
    Negative(i128),
    /// A number with a fraction, a string, ..: what it is.
    Other(&'static str),
    /// A number of another type.
    Suffix(String),
    /// Too large for the macro to hold, or a division by zero.
    Overflow,
    /// Computed from the const parameter of this name.
    Computed(String),
}

impl Size {
    pub const ZERO: Self = Self::Number(0);
    pub const ONE: Self = Self::Number(1);

    /// Reads a size; arithmetic on literals is done here and now.
    pub fn read(expression: &Expr) -> Result<Self, NotASize> {
        match fold(expression)? {
            Some(number) if number < 0 => Err(NotASize::Negative(number)),
            Some(number) => u64::try_from(number).map(Self::Number).map_err(|_| NotASize::Overflow),
            None => Ok(Self::Expression(Expression {
                tokens: expression.to_token_stream(),
                binding: Binding::of(expression),
                label: None,
                origin: SizeOrigin::Constant,
            })),
        }
    }

    /// A const parameter of the network.
    pub fn parameter(name: &Ident) -> Self {
        let (tokens, origin) = (name.to_token_stream(), SizeOrigin::Parameter);
        Self::Expression(Expression { tokens, binding: Binding::Atom, label: None, origin })
    }

    /// The same size by a constant that has its value.
    pub fn hoisted(self, constant: &Ident) -> Self {
        let label = Some((self.to_string(), self.text_binding()));
        let (tokens, origin) = (constant.to_token_stream(), SizeOrigin::Constant);
        Self::Expression(Expression { tokens, binding: Binding::Atom, label, origin })
    }

    /// The constant `text` of a type of the user's.
    pub fn of_type(constant: TokenStream, text: String) -> Self {
        let (binding, origin) = (Binding::Atom, SizeOrigin::Constant);
        Self::Expression(Expression { tokens: constant, binding, label: Some((text, binding)), origin })
    }

    /// The call of a `const fn` of the runtime, which does not panic for any sizes. `text` is the sum that it computes.
    pub fn call(function: TokenStream, arguments: &[&Self], text: String) -> Self {
        Self::Expression(Expression {
            tokens: quote!(#function(#(#arguments),*)),
            binding: Binding::Atom,
            label: Some((text, Binding::Sum)),
            origin: arguments.iter().fold(SizeOrigin::Constant, |origin, argument| origin.with(argument)),
        })
    }

    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Expression(_) => None,
        }
    }

    /// Whether the size is one that a network can have, as far as the macro can know.
    pub fn is_countable(&self) -> bool {
        self.number().is_none_or(|number| number <= LARGEST)
    }

    pub fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Self::Number(left.saturating_add(*right)),
            (Self::Number(0), size) | (size, Self::Number(0)) => size.clone(),
            _ => operation(self, quote!(+), other, Binding::Sum),
        }
    }

    /// The difference, or zero.
    pub fn minus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Self::Number(left.saturating_sub(*right)),
            (size, Self::Number(0)) => size.clone(),
            _ => operation(self, quote!(-), other, Binding::Sum),
        }
    }

    pub fn times(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Self::Number(left.saturating_mul(*right)),
            (Self::Number(1), size) | (size, Self::Number(1)) => size.clone(),
            (Self::Number(0), _) | (_, Self::Number(0)) => Self::ZERO,
            _ => operation(self, quote!(*), other, Binding::Product),
        }
    }

    /// The quotient, rounded down.
    pub fn divided(&self, divisor: u64) -> Self {
        match self {
            Self::Number(number) => Self::Number(number.checked_div(divisor).unwrap_or(0)),
            size => operation(size, quote!(/), &Self::Number(divisor), Binding::Product),
        }
    }

    pub fn product<'a>(sizes: impl IntoIterator<Item = &'a Self>) -> Self {
        sizes.into_iter().fold(Self::ONE, |product, size| product.times(size))
    }

    pub fn sum<'a>(sizes: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut terms: Vec<Self> = Vec::new();
        for size in sizes {
            match (terms.last_mut(), size) {
                (_, Self::Number(0)) => {}
                (Some(Self::Number(last)), Self::Number(number)) => *last = last.saturating_add(*number),
                _ => terms.push(size.clone()),
            }
        }
        match terms.as_slice() {
            [] => Self::ZERO,
            [only] => only.clone(),
            terms => Self::sum_of(terms),
        }
    }

    /// All at once: one by one, each sum would repeat the one before it.
    fn sum_of(terms: &[Self]) -> Self {
        // The first may be a sum itself.
        let least = |place: usize| if place == 0 { Binding::Sum } else { Binding::Product };
        let bound = terms.iter().enumerate().map(|(place, term)| term.bound(least(place)));
        let texts = terms.iter().enumerate().map(|(place, term)| term.bound_text(least(place)));
        let text = texts.collect::<Vec<_>>().join(" + ");
        let origin = terms.iter().fold(SizeOrigin::Constant, SizeOrigin::with);
        let tokens = quote!(#(#bound)+*);
        Self::Expression(Expression { tokens, binding: Binding::Sum, label: Some((text, Binding::Sum)), origin })
    }

    /// "6 channels", "`HIDDEN` units": for documentation, where brackets would be links.
    pub fn counted(&self, noun: &str) -> String {
        match self {
            Self::Number(number) => wording::counted(number, noun),
            Self::Expression(_) => format!("`{self}` {noun}s"),
        }
    }

    /// Whether both are the same number; `None` if only the compiler can know.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Some(left == right),
            _ => (self.to_string() == other.to_string()).then_some(true),
        }
    }

    /// The size as a generic argument: an expression in braces.
    pub fn as_argument(&self) -> TokenStream {
        match self {
            Self::Number(_) => self.to_token_stream(),
            Self::Expression(_) => {
                // Also a single name: without braces, one that is unknown would be reported as an unknown type.
                let tokens = self.bound(Binding::Sum);
                quote!({ #tokens })
            }
        }
    }

    /// The const parameter that makes it unfit for the size of a type, if there is one.
    pub fn computed_from(&self) -> Option<&Ident> {
        match self {
            Self::Expression(Expression { origin: SizeOrigin::Computed(parameter), .. }) => Some(parameter),
            _ => None,
        }
    }

    /// Whether it is a const parameter.
    pub fn is_parameter(&self) -> bool {
        matches!(self, Self::Expression(Expression { origin: SizeOrigin::Parameter, .. }))
    }

    /// Whether it is a sum or product of sizes that only the compiler knows.
    pub fn is_computed(&self) -> bool {
        self.binding() != Binding::Atom
    }

    fn binding(&self) -> Binding {
        match self {
            Self::Number(_) => Binding::Atom,
            Self::Expression(expression) => expression.binding,
        }
    }

    fn text_binding(&self) -> Binding {
        match self {
            Self::Expression(Expression { label: Some((_, binding)), .. }) => *binding,
            _ => self.binding(),
        }
    }

    /// The tokens, in parentheses if they bind less tightly than `least`.
    fn bound(&self, least: Binding) -> TokenStream {
        if self.binding() < least { quote!((#self)) } else { self.to_token_stream() }
    }

    /// The text, likewise.
    pub fn bound_text(&self, least: Binding) -> String {
        if self.text_binding() < least { format!("({self})") } else { self.to_string() }
    }
}

impl SizeOrigin {
    /// That of something computed from this and `size`.
    fn with(self, size: &Size) -> Self {
        match size {
            Size::Expression(Expression { origin: Self::Computed(name), .. }) => Self::Computed(name.clone()),
            Size::Expression(Expression { origin: Self::Parameter, tokens, .. }) => {
                syn::parse2(tokens.clone()).map_or(self, Self::Computed)
            }
            _ => self,
        }
    }
}

fn operation(left: &Size, sign: TokenStream, right: &Size, binding: Binding) -> Size {
    // The right operand of `-` binds more tightly than the operator.
    let right_binding = if binding == Binding::Sum { Binding::Product } else { Binding::Atom };
    let text = format!("{} {sign} {}", left.bound_text(binding), right.bound_text(right_binding));
    let origin = SizeOrigin::Constant.with(left).with(right);
    let (left, right) = (left.bound(binding), right.bound(right_binding));
    Size::Expression(Expression { tokens: quote!(#left #sign #right), binding, label: Some((text, binding)), origin })
}

/// The value of an expression of literals; `None` if it holds a name.
fn fold(expression: &Expr) -> Result<Option<i128>, NotASize> {
    match expression {
        Expr::Lit(literal) => literal_size(&literal.lit).map(Some),
        Expr::Paren(inner) => fold(&inner.expr),
        Expr::Group(inner) => fold(&inner.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match fold(&unary.expr)? {
            Some(number) => Ok(Some(-number)),
            None => Err(NotASize::Other("something negative")),
        },
        Expr::Binary(binary) => match (fold(&binary.left)?, fold(&binary.right)?) {
            (Some(left), Some(right)) => compute(left, &binary.op, right),
            _ => Ok(None),
        },
        Expr::Path(path) if path.path.get_ident().is_some_and(is_keyword) => Err(NotASize::Other("a keyword")),
        Expr::Array(_) => Err(NotASize::Other("a list")),
        Expr::Tuple(_) => Err(NotASize::Other("a tuple")),
        Expr::Infer(_) => Err(NotASize::Other("a placeholder")),
        Expr::Closure(_) => Err(NotASize::Other("a closure")),
        Expr::Assign(_) => Err(NotASize::Other("an assignment")),
        _ => Ok(None),
    }
}

/// Words that are paths and no constants.
fn is_keyword(word: &Ident) -> bool {
    ["crate", "self", "super", "Self"].iter().any(|keyword| word == keyword)
}

fn literal_size(literal: &Lit) -> Result<i128, NotASize> {
    match literal {
        Lit::Int(number) if matches!(number.suffix(), "" | "usize") => {
            number.base10_parse::<u64>().map(i128::from).map_err(|_| NotASize::Overflow)
        }
        Lit::Int(number) => Err(NotASize::Suffix(number.suffix().to_owned())),
        Lit::Float(_) => Err(NotASize::Other("a number with a fraction")),
        Lit::Bool(_) => Err(NotASize::Other("a truth value")),
        Lit::Str(_) => Err(NotASize::Other("a string")),
        _ => Err(NotASize::Other("another literal")),
    }
}

fn compute(left: i128, operator: &BinOp, right: i128) -> Result<Option<i128>, NotASize> {
    let value = match operator {
        BinOp::Add(_) => left.checked_add(right),
        BinOp::Sub(_) => left.checked_sub(right),
        BinOp::Mul(_) => left.checked_mul(right),
        BinOp::Div(_) => left.checked_div(right),
        BinOp::Rem(_) => left.checked_rem(right),
        // Rust knows what shifts and the like mean.
        _ => return Ok(None),
    };
    value.map(Some).ok_or(NotASize::Overflow)
}

impl ToTokens for Size {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Number(number) => Literal::u64_unsuffixed(*number).to_tokens(tokens),
            Self::Expression(expression) => expression.tokens.to_tokens(tokens),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Expression(Expression { label: Some((label, _)), .. }) => label.fmt(formatter),
            Self::Expression(expression) => wording::source(&expression.tokens).fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    fn size(text: &str) -> Size {
        Size::read(&parse_str(text).unwrap()).unwrap()
    }

    #[test]
    fn literals_are_folded() {
        for (text, value) in [
            ("5", 5),
            ("5usize", 5),
            ("2 * (3 + 4)", 14),
            ("1_000", 1000),
            ("0x10", 16),
            ("7 / 2", 3),
            ("-3 + 5", 2),
            ("-0", 0),
        ] {
            assert_eq!(size(text).number(), Some(value), "{text}");
        }
        assert_eq!(size("2 * N + 1").number(), None);
    }

    #[test]
    fn what_is_no_size_says_why() {
        let read = |text| Size::read(&parse_str(text).unwrap()).unwrap_err();
        assert_eq!(read("-1"), NotASize::Negative(-1));
        assert_eq!(read("3 - 4"), NotASize::Negative(-1));
        assert_eq!(read("1.5"), NotASize::Other("a number with a fraction"));
        assert_eq!(read("5u8"), NotASize::Suffix("u8".into()));
        assert_eq!(read("1 / 0"), NotASize::Overflow);
        assert_eq!(read("99999999999999999999"), NotASize::Overflow);
        assert_eq!(read("2 * crate"), NotASize::Other("a keyword"));
        assert_eq!(read("[1, 2]"), NotASize::Other("a list"));
    }

    #[test]
    fn expressions_keep_their_meaning() {
        let n = size("N");
        let sum = n.plus(&size("1"));
        assert_eq!(sum.times(&n).to_string(), "(N + 1) * N");
        assert_eq!(n.minus(&sum).to_string(), "N - (N + 1)");
        assert_eq!(n.times(&size("2 * M")).to_string(), "N * (2 * M)");
        assert_eq!(n.times(&Size::ONE).to_string(), "N");
        assert_eq!(n.times(&Size::ZERO).number(), Some(0));
        assert_eq!(n.plus(&Size::ZERO).to_string(), "N");
        assert_eq!(sum.as_argument().to_string(), "{ N + 1 }");
        assert_eq!(n.as_argument().to_string(), "{ N }");
        assert_eq!(size("1 << N").plus(&n).to_string(), "(1 << N) + N");
        assert_eq!(size("A * B").times(&n).to_string(), "A * B * N");
        assert_eq!(size("if A { 1 } else { 2 } + 1").as_argument().to_string(), "{ (if A { 1 } else { 2 } + 1) }");
        assert_eq!((n.counted("unit"), Size::ONE.counted("unit")), ("`N` units".into(), "1 unit".into()));
    }

    #[test]
    fn numbers_saturate_and_are_found_out() {
        let large = Size::Number(u64::MAX).times(&Size::Number(3));
        assert!(!large.is_countable());
        assert!(Size::Number(LARGEST).is_countable());
        assert_eq!(Size::sum([&Size::Number(2), &Size::Number(3)]).number(), Some(5));
    }

    #[test]
    fn equality_may_be_unknown() {
        assert_eq!(size("2").equals(&size("1 + 1")), Some(true));
        assert_eq!(size("2").equals(&size("3")), Some(false));
        assert_eq!(size("N").equals(&size("N")), Some(true));
        assert_eq!(size("N").equals(&size("M")), None);
    }
}
