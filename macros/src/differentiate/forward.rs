//! The forward code: of what the function computes, that which the backward code reads.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::quote;

use super::backward::tuple;
use super::tape::{Block, Condition, Operand, Statement, Variable, Variables};
use super::value::Value;

/// Writes the code of one function.
pub struct Writer<'a> {
    pub(super) variables: &'a mut Variables,
    /// `f64` or `f32`.
    pub(super) float: Ident,
    /// The arguments.
    pub(super) inputs: Vec<(Ident, Value)>,
    /// The values that are read.
    pub(super) used: BTreeSet<Variable>,
    /// The variables that have a gradient in the sweep that is being written.
    pub(super) reached: BTreeSet<Variable>,
}

impl<'a> Writer<'a> {
    pub fn new(variables: &'a mut Variables, float: Ident, inputs: Vec<(Ident, Value)>) -> Self {
        Self { variables, float, inputs, used: BTreeSet::new(), reached: BTreeSet::new() }
    }

    /// The numbers of the arguments.
    pub(super) fn input_variables(&self) -> impl Iterator<Item = Variable> + use<> {
        let numbers = self.inputs.iter().flat_map(|(_, value)| value.numbers());
        numbers.filter_map(Operand::variable).collect::<Vec<_>>().into_iter()
    }

    /// The statements of a block whose results are read.
    pub fn forward(&mut self, block: &Block) -> TokenStream {
        let mut lines = Vec::new();
        for statement in block.statements.iter().rev() {
            if statement.results().iter().any(|result| self.used.contains(result)) {
                lines.push(self.line(statement));
            }
        }
        lines.into_iter().rev().collect()
    }

    fn line(&mut self, statement: &Statement) -> TokenStream {
        match statement {
            Statement::Arithmetic { result, operator, operands } => {
                let [one, other] = [&operands[0], &operands[1]].map(|operand| self.operand(operand));
                let (name, operator) = (self.variables.place(*result), operator.token());
                quote!(let #name = #one #operator #other;)
            }
            Statement::Negate { result, operand } => {
                let (name, operand) = (self.variables.place(*result), self.operand(operand));
                quote!(let #name = -#operand;)
            }
            Statement::Function { result, function, operands } => {
                let (name, method) =
                    (self.variables.place(*result), Ident::new(function.name, proc_macro2::Span::call_site()));
                let printed: Vec<_> = operands.iter().map(|operand| self.operand(operand)).collect();
                let (receiver, arguments) = (&printed[0], &printed[1..]);
                // The type of a literal is not known.
                if let Operand::Constant(_) = operands[0] {
                    let float = &self.float;
                    return quote!(let #name = #float::#method(#(#printed),*););
                }
                quote!(let #name = #receiver.#method(#(#arguments),*);)
            }
            Statement::Call(call) => {
                let (function, pattern) = (&call.function, self.pattern(&call.result));
                let arguments = self.arguments(&call.arguments);
                quote!(let #pattern = #function(#arguments);)
            }
            Statement::Branch { condition, results, blocks } => self.choice(condition, results, blocks),
        }
    }

    fn choice(&mut self, condition: &Condition, results: &[Variable], blocks: &[Block; 2]) -> TokenStream {
        let used: Vec<usize> = (0..results.len()).filter(|result| self.used.contains(&results[*result])).collect();
        let [then, otherwise] = [&blocks[0], &blocks[1]].map(|block| {
            let values: Vec<_> = used.iter().map(|result| self.operand(&block.results[*result])).collect();
            let (code, value) = (self.forward(block), tuple(&values));
            self.used.retain(|variable| !variable.is_in(&block.inside));
            quote!({ #code #value })
        });
        let names: Vec<_> = used.iter().map(|result| self.variables.place(results[*result])).collect();
        let (names, condition) = (tuple(&names), self.condition(condition));
        quote!(let #names = if #condition #then else #otherwise;)
    }

    /// What a call returns, with names for its numbers.
    fn pattern(&self, value: &Value) -> TokenStream {
        match value {
            Value::Many(parts) => {
                let parts = parts.iter().map(|part| self.pattern(part));
                quote!([#(#parts),*])
            }
            Value::Number(operand) => self.place(operand),
            Value::Integer(_) => quote!(_),
        }
    }

    pub(super) fn arguments(&mut self, arguments: &[(Option<syn::token::And>, Value)]) -> TokenStream {
        let printed: Vec<_> = arguments
            .iter()
            .map(|(and, value)| {
                let value = self.value(value);
                quote!(#and #value)
            })
            .collect();
        quote!(#(#printed),*)
    }

    fn value(&mut self, value: &Value) -> TokenStream {
        // An argument is handed on as it is.
        if let Some((name, _)) = self.inputs.iter().find(|(_, input)| input == value) {
            return quote!(#name);
        }
        match value {
            Value::Number(operand) => self.operand(operand),
            Value::Integer(integer) => {
                let literal = Literal::i64_unsuffixed(*integer);
                quote!(#literal)
            }
            Value::Many(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.value(part)).collect();
                quote!([#(#parts),*])
            }
        }
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> TokenStream {
        match condition {
            Condition::Compare { operator, operands } => {
                let [one, other] = [&operands[0], &operands[1]].map(|operand| self.operand(operand));
                quote!(#one #operator #other)
            }
            Condition::Not(condition) => {
                let condition = self.condition(condition);
                quote!(!(#condition))
            }
            Condition::Join { operator, parts } => {
                let [one, other] = [&parts[0], &parts[1]].map(|part| self.condition(part));
                quote!((#one) #operator (#other))
            }
            Condition::Known(decided) => quote!(#decided),
        }
    }

    /// An operand, which is read.
    pub(super) fn operand(&mut self, operand: &Operand) -> TokenStream {
        self.used.extend(operand.variable());
        self.place(operand)
    }

    pub(super) fn place(&self, operand: &Operand) -> TokenStream {
        match operand {
            Operand::Variable(variable) => self.variables.place(*variable),
            Operand::Constant(constant) => constant.clone(),
        }
    }

    /// Notes which of some variables stand in `code`.
    pub(super) fn read(&mut self, code: &TokenStream, variables: impl Iterator<Item = Variable>) {
        let mut words = BTreeSet::new();
        collect(code.clone(), &mut words);
        for variable in variables {
            let place = self.variables.place(variable).into_iter().next();
            if place.is_some_and(|word| words.contains(&word.to_string())) {
                self.used.insert(variable);
            }
        }
    }
}

fn collect(tokens: TokenStream, words: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
