//! A function as straight-line code: every operation with a result of its own.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;

use super::functions::Function;
use super::names::Names;
use super::value::Value;

/// A number that the function computes, or is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Variable(usize);

/// What an operation works on.
#[derive(Clone)]
pub enum Operand {
    Variable(Variable),
    /// A literal, or what does not depend on the arguments.
    Constant(TokenStream),
}

impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(one), Self::Variable(other)) => one == other,
            (Self::Constant(one), Self::Constant(other)) => one.to_string() == other.to_string(),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A call of another differentiable function.
pub struct Call {
    pub function: syn::Path,
    /// Each with the `&` that the user wrote.
    pub arguments: Vec<(Option<syn::token::And>, Value)>,
    pub result: Value,
}

pub enum Statement {
    Arithmetic {
        result: Variable,
        operator: Arithmetic,
        operands: [Operand; 2],
    },
    Negate {
        result: Variable,
        operand: Operand,
    },
    Function {
        result: Variable,
        function: &'static Function,
        operands: Vec<Operand>,
    },
    Call(Call),
    /// Several values that depend on a comparison, in the order of the results of both blocks.
    Branch {
        condition: Condition,
        results: Vec<Variable>,
        blocks: [Block; 2],
    },
}

impl Statement {
    pub fn results(&self) -> Vec<Variable> {
        match self {
            Self::Arithmetic { result, .. } | Self::Negate { result, .. } | Self::Function { result, .. } => {
                vec![*result]
            }
            Self::Call(call) => call.result.numbers().into_iter().filter_map(Operand::variable).collect(),
            Self::Branch { results, .. } => results.clone(),
        }
    }
}

/// What decides a branch.
pub enum Condition {
    Compare { operator: syn::BinOp, operands: [Operand; 2] },
    Not(Box<Condition>),
    Join { operator: syn::BinOp, parts: Box<[Condition; 2]> },
    Known(bool),
}

/// Statements with a scope of their own.
#[derive(Default)]
pub struct Block {
    pub statements: Vec<Statement>,
    pub results: Vec<Operand>,
    /// The variables that exist only in it.
    pub inside: Range<usize>,
}

impl Operand {
    pub fn variable(&self) -> Option<Variable> {
        match self {
            Self::Variable(variable) => Some(*variable),
            Self::Constant(_) => None,
        }
    }
}

impl Variable {
    pub fn is_in(self, range: &Range<usize>) -> bool {
        range.contains(&self.0)
    }
}

struct Info {
    /// How it is read; a result has none before all names are known.
    place: Option<TokenStream>,
    gradient: Option<Ident>,
    is_active: bool,
}

/// All variables of a function, and their names.
pub struct Variables {
    all: Vec<Info>,
    names: Names,
}

impl Variables {
    pub fn new(names: Names) -> Self {
        Self { all: Vec::new(), names }
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// A result, which is active if it depends on the arguments.
    pub fn result(&mut self, is_active: bool) -> Variable {
        self.all.push(Info { place: None, gradient: None, is_active });
        Variable(self.all.len() - 1)
    }

    /// A number of an argument: `x`, or `x[0]`.
    pub fn input(&mut self, place: TokenStream, name: &str) -> Variable {
        let gradient = Some(self.names.fresh(&format!("grad_{name}")));
        self.all.push(Info { place: Some(place), gradient, is_active: true });
        Variable(self.all.len() - 1)
    }

    /// The name of an argument is taken.
    pub fn take(&mut self, name: &Ident) {
        self.names.of_users(name);
    }

    /// A name for a result that has none.
    pub fn name(&mut self, variable: Variable, name: &Ident) {
        if self.all[variable.0].place.is_none() {
            let name = self.names.of_users(name);
            self.all[variable.0].place = Some(name.to_token_stream());
            self.all[variable.0].gradient = Some(self.names.fresh(&format!("grad_{}", name.unraw())));
        }
    }

    /// Names for a value that the user named: `y`, or `y_0`, `y_1` of an array.
    pub fn name_value(&mut self, value: &Value, name: &Ident) {
        match value {
            Value::Number(Operand::Variable(variable)) => self.name(*variable, name),
            Value::Number(Operand::Constant(_)) | Value::Integer(_) => {}
            Value::Many(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.name_value(part, &format_ident!("{}_{}", name.unraw(), index, span = name.span()));
                }
            }
        }
    }

    /// Numbers what the user did not name.
    pub fn finish(&mut self) {
        for index in 0..self.all.len() {
            if self.all[index].place.is_none() {
                let name = self.names.temporary();
                self.all[index].gradient = Some(self.names.fresh(&format!("grad_{name}")));
                self.all[index].place = Some(name.to_token_stream());
            }
        }
    }

    /// A name that nothing else has.
    pub fn temporary(&mut self, word: &str) -> Ident {
        self.names.fresh(word)
    }

    /// A name for what one branch adds to the gradient of a variable.
    pub fn gradient_part(&mut self, variable: Variable) -> Ident {
        let name = format!("{}_part", self.gradient(variable));
        self.names.fresh(&name)
    }

    pub fn is_active(&self, operand: &Operand) -> bool {
        operand.variable().is_some_and(|variable| self.all[variable.0].is_active)
    }

    pub fn place(&self, variable: Variable) -> TokenStream {
        self.all[variable.0].place.clone().unwrap_or_default()
    }

    pub fn gradient(&self, variable: Variable) -> Ident {
        self.all[variable.0].gradient.clone().unwrap_or_else(|| format_ident!("grad"))
    }
}
