//! What is left to the compiler: the values of the user's constant expressions, and what must hold for them.
//!
//! Each expression is written to the expansion once, as a constant of its own that everything else refers to: a name in
//! it that does not exist is one error of the compiler's, however often the size is needed.

use std::cell::{Cell, RefCell};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::Expr;

use crate::size::{LARGEST, NotASize, Size};

/// Collects constants and assertions. Shared by the checks behind `&`.
pub struct Deferred {
    network: Ident,
    /// The const parameters of the network, which no constant can be computed from.
    parameters: Vec<Ident>,
    constants: RefCell<Vec<UserConstant>>,
    /// The argument or shape that is read.
    number: Cell<usize>,
    assertions: RefCell<Vec<Assertion>>,
}

/// An expression of the user's, by its name in the expansion.
#[derive(Clone, Debug)]
pub struct UserConstant {
    pub name: Ident,
    pub kind: ConstantKind,
    pub value: TokenStream,
    /// The argument or shape that it is a part of: a repeated layer is read again for each copy.
    number: usize,
}

/// What an expression stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantKind {
    /// A `usize`.
    Size,
    /// An `f64`.
    Real,
    /// The type of a layer of the user's own: a function that makes a value of it, and a constant of its sizes. The rest
    /// of the expansion knows of it only that it is a layer, so that one that is none is one error.
    Type,
}

/// The constant of the sizes of a layer of the user's own: inputs, outputs, parameters.
pub fn sizes_of(name: &Ident) -> Ident {
    format_ident!("{}_sizes", name)
}

/// What must hold for sizes that only the compiler knows.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// An expression of type `bool`.
    pub condition: TokenStream,
    /// What the compiler prints if it does not hold.
    pub message: String,
    /// The user's tokens that are wrong then.
    pub blame: TokenStream,
}

impl Deferred {
    pub fn new(network: &Ident, parameters: &[Ident]) -> Self {
        let (constants, assertions) = (RefCell::default(), RefCell::default());
        Self { network: network.clone(), parameters: parameters.to_vec(), constants, number: Cell::new(0), assertions }
    }

    /// Reads what stands in the argument or shape of this number.
    pub fn reading<T>(&self, number: usize, read: impl FnOnce() -> T) -> T {
        let before = self.number.replace(number);
        let value = read();
        self.number.set(before);
        value
    }

    /// Reads a size: a number, a const parameter of the network, or a constant.
    pub fn size(&self, value: &Expr) -> Result<Size, NotASize> {
        let size = Size::read(value)?;
        if size.number().is_some() {
            return Ok(size);
        }
        if let Expr::Path(path) = value
            && let Some(name) = path.path.get_ident()
            && self.parameters.contains(name)
        {
            return Ok(Size::parameter(name));
        }
        if let Some(parameter) = self.parameter_in(value) {
            return Err(NotASize::Computed(parameter));
        }
        let written = self.written(value.to_token_stream()).and_then(|written| syn::parse2::<Expr>(written).ok());
        let written = written.and_then(|written| Size::read(&written).ok()).unwrap_or(size);
        Ok(written.hoisted(&self.constant(ConstantKind::Size, value)))
    }

    /// Tokens with what the user wrote in place of constants: a size that the macro itself writes into a layer is made of
    /// them. `None` without any.
    fn written(&self, tokens: TokenStream) -> Option<TokenStream> {
        let constants = self.constants.borrow();
        let is_constant = |token| match token {
            TokenTree::Ident(name) => constants.iter().any(|constant| constant.name == name),
            _ => false,
        };
        if !tokens.clone().into_iter().any(is_constant) {
            return None;
        }
        let replaced = tokens.into_iter().map(|token| match &token {
            TokenTree::Ident(name) => match constants.iter().find(|constant| constant.name == *name) {
                Some(UserConstant { value, .. }) if value.clone().into_iter().count() == 1 => value.clone(),
                Some(UserConstant { value, .. }) => quote!((#value)),
                None => token.into(),
            },
            _ => token.into(),
        });
        Some(replaced.collect())
    }

    /// The name of the constant that has the value of an expression.
    pub fn constant(&self, kind: ConstantKind, value: &Expr) -> Ident {
        let mut constants = self.constants.borrow_mut();
        let (number, value) = (self.number.get(), value.to_token_stream());
        let text = value.to_string();
        let is_same =
            |other: &&UserConstant| (other.number, other.kind) == (number, kind) && other.value.to_string() == text;
        if let Some(constant) = constants.iter().find(is_same) {
            return constant.name.clone();
        }
        let name = format_ident!("__{}_{}", self.network, constants.len() + 1, span = Span::call_site());
        constants.push(UserConstant { name: name.clone(), kind, value, number });
        name
    }

    /// A const parameter of the network that is mentioned in an expression.
    pub fn parameter_in(&self, value: &Expr) -> Option<String> {
        let mut streams = vec![value.to_token_stream()];
        while let Some(stream) = streams.pop() {
            for token in stream {
                match token {
                    TokenTree::Ident(name) if self.parameters.contains(&name) => return Some(name.to_string()),
                    TokenTree::Group(group) => streams.push(group.stream()),
                    _ => {}
                }
            }
        }
        None
    }

    /// Has the compiler check `condition`.
    pub fn assert(&self, condition: TokenStream, blame: impl ToTokens, message: String) {
        self.assertions.borrow_mut().push(Assertion { condition, message, blame: blame.to_token_stream() });
    }

    /// Has the compiler check that a product or sum of constants is not too large to count with.
    pub fn assert_countable(&self, size: &Size, blame: impl ToTokens, message: String) {
        // A constant by itself is checked where it is defined, and of a parameter nothing is known.
        if size.number().is_none() && size.computed_from().is_none() && size.is_computed() {
            let largest = Size::Number(LARGEST);
            self.assert(quote!(#size <= #largest), blame, message);
        }
    }

    /// How many assertions there are.
    pub fn count(&self) -> usize {
        self.assertions.borrow().len()
    }

    /// Forgets what was asserted since there were `count`, and says again what had been asserted before.
    pub fn forget_repeated(&self, count: usize) {
        let mut assertions = self.assertions.borrow_mut();
        let mut seen = std::collections::BTreeSet::new();
        let count = count.min(assertions.len());
        let later = assertions.split_off(count);
        let key = |assertion: &Assertion| (assertion.condition.to_string(), assertion.blame.to_string());
        assertions.extend(later.into_iter().filter(|assertion| seen.insert(key(assertion))));
    }

    pub fn into_parts(self) -> (Vec<UserConstant>, Vec<Assertion>) {
        (self.constants.into_inner(), self.assertions.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use quote::format_ident;
    use syn::parse_str;

    use super::*;

    #[test]
    fn an_expression_is_one_constant() {
        let deferred = Deferred::new(&format_ident!("Net"), &[format_ident!("N")]);
        let expression: Expr = parse_str("2 * HIDDEN + 1").unwrap();
        let (size, again) = (deferred.size(&expression).unwrap(), deferred.size(&expression).unwrap());
        assert_eq!((size.to_string(), again.to_string()), ("2 * HIDDEN + 1".into(), "2 * HIDDEN + 1".into()));
        assert_eq!(size.to_token_stream().to_string(), "__Net_1");
        assert_eq!(size.times(&again).to_string(), "(2 * HIDDEN + 1) * (2 * HIDDEN + 1)");
        assert_eq!(deferred.into_parts().0.len(), 1);
    }

    #[test]
    fn each_argument_has_constants_of_its_own() {
        let deferred = Deferred::new(&format_ident!("Net"), &[]);
        let read = |number, text| {
            let expression: Expr = parse_str(text).unwrap();
            deferred.reading(number, || deferred.size(&expression).unwrap().to_token_stream().to_string())
        };
        assert_eq!(
            [read(1, "N"), read(2, "N"), read(1, "N"), read(1, "M")],
            ["__Net_1", "__Net_2", "__Net_1", "__Net_3"]
        );
    }

    #[test]
    fn a_parameter_is_itself_or_nothing() {
        let deferred = Deferred::new(&format_ident!("Net"), &[format_ident!("N")]);
        let read = |text: &str| deferred.size(&parse_str(text).unwrap());
        assert!(read("N").unwrap().is_parameter());
        assert_eq!(read("2 * N + 1").unwrap_err(), NotASize::Computed("N".into()));
        assert_eq!(read("max(M, N)").unwrap_err(), NotASize::Computed("N".into()));
        let product = read("N").unwrap().times(&read("M").unwrap());
        assert_eq!(product.computed_from().unwrap(), "N");
    }

    #[test]
    fn copies_assert_once() {
        let deferred = Deferred::new(&format_ident!("Net"), &[]);
        for _ in 0..3 {
            deferred.assert(quote::quote!(A > 0), quote::quote!(A), "`a`".into());
        }
        deferred.forget_repeated(1);
        assert_eq!(deferred.count(), 2);
    }
}
