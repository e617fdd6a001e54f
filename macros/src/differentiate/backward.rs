//! The backward code: from the result to the arguments, each gradient once all of its parts are known.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use super::forward::Writer;
use super::functions::Local;
use super::tape::{Arithmetic, Block, Call, Condition, Operand, Statement, Variable};
use super::value::Value;

/// What is added to the gradients of variables.
type Parts = BTreeMap<Variable, Vec<TokenStream>>;

impl Writer<'_> {
    /// From one number of the result to the arguments.
    pub fn sweep(&mut self, block: &Block, output: &Operand) -> TokenStream {
        self.reached.clear();
        let mut parts = Parts::new();
        self.add(&mut parts, output, quote!(1.0));
        let mut code = TokenStream::new();
        let mut complete = self.completed(block);
        for (index, statement) in block.statements.iter().enumerate().rev() {
            code.extend(self.statement(statement, &mut parts));
            for input in complete.remove(&index).unwrap_or_default() {
                code.extend(self.gradient(input, &mut parts));
            }
        }
        // What is returned as it came.
        for input in self.input_variables() {
            code.extend(self.gradient(input, &mut parts));
        }
        code
    }

    /// Behind which statement, seen from the end, nothing more is added to the gradient of an argument.
    fn completed(&self, block: &Block) -> BTreeMap<usize, Vec<Variable>> {
        let mut seen = BTreeSet::new();
        let mut complete = BTreeMap::new();
        let inputs: BTreeSet<_> = self.input_variables().collect();
        for (index, statement) in block.statements.iter().enumerate() {
            let mut mentioned = BTreeSet::new();
            mentions(statement, &mut mentioned);
            let first = mentioned.into_iter().filter(|variable| inputs.contains(variable) && seen.insert(*variable));
            complete.insert(index, first.collect());
        }
        complete
    }

    /// The statements of a block, from the last to the first; what remains are parts for what is outside of it.
    fn statements(&mut self, block: &Block, parts: &mut Parts) -> TokenStream {
        block.statements.iter().rev().map(|statement| self.statement(statement, parts)).collect()
    }

    fn statement(&mut self, statement: &Statement, parts: &mut Parts) -> TokenStream {
        let mut code = TokenStream::new();
        let mut reached = false;
        for result in statement.results() {
            reached |= parts.contains_key(&result);
            code.extend(self.gradient(result, parts));
        }
        if !reached {
            return code;
        }
        match statement {
            Statement::Arithmetic { result, operator, operands } => {
                self.arithmetic(*result, *operator, operands, parts);
            }
            Statement::Negate { result, operand } => {
                let upstream = self.variables.gradient(*result);
                self.add(parts, operand, quote!(-#upstream));
            }
            Statement::Function { result, operands, function } => {
                let upstream = self.variables.gradient(*result);
                let places: Vec<_> = operands.iter().map(|operand| self.place(operand)).collect();
                let (result_place, upstream) = (self.variables.place(*result), quote!(#upstream));
                let local =
                    Local { operands: &places, result: &result_place, upstream: &upstream, float: &self.float.clone() };
                for (operand, gradient) in operands.iter().zip((function.gradients)(&local)) {
                    if self.variables.is_active(operand) && !gradient.is_empty() {
                        self.read(&gradient, operands.iter().filter_map(Operand::variable).chain([*result]));
                        self.add(parts, operand, gradient);
                    }
                }
            }
            Statement::Call(call) => code.extend(self.call(call, parts)),
            Statement::Branch { condition, results, blocks } => {
                code.extend(self.branch(condition, results, blocks, parts));
            }
        }
        code
    }

    fn arithmetic(&mut self, result: Variable, operator: Arithmetic, [one, other]: &[Operand; 2], parts: &mut Parts) {
        let upstream = self.variables.gradient(result);
        match operator {
            Arithmetic::Add => {
                self.add(parts, one, quote!(#upstream));
                self.add(parts, other, quote!(#upstream));
            }
            Arithmetic::Subtract => {
                self.add(parts, one, quote!(#upstream));
                self.add(parts, other, quote!(-#upstream));
            }
            Arithmetic::Multiply => {
                for (operand, factor) in [(one, other), (other, one)] {
                    if self.variables.is_active(operand) {
                        let factor = self.operand(factor);
                        self.add(parts, operand, quote!(#upstream * #factor));
                    }
                }
            }
            Arithmetic::Divide => {
                if self.variables.is_active(one) {
                    let divisor = self.operand(other);
                    self.add(parts, one, quote!(#upstream / #divisor));
                }
                if self.variables.is_active(other) {
                    let (quotient, divisor) = (self.operand(&Operand::Variable(result)), self.operand(other));
                    self.add(parts, other, quote!(-#upstream * #quotient / #divisor));
                }
            }
        }
    }

    /// The chain rule of a call: by the gradient of the function, or by its Jacobian if it returns an array.
    fn call(&mut self, call: &Call, parts: &mut Parts) -> TokenStream {
        let arguments = self.arguments(&call.arguments);
        match &call.result {
            Value::Number(Operand::Variable(result)) => {
                let function = beside(&call.function, "gradient");
                let upstream = self.variables.gradient(*result);
                if let [(_, Value::Number(operand))] = &call.arguments[..] {
                    self.add(parts, operand, quote!(#upstream * #function(#arguments)));
                    return TokenStream::new();
                }
                let mut terms = Vec::new();
                let patterns: Vec<_> =
                    call.arguments.iter().map(|(_, value)| self.partials(*result, value, &mut terms)).collect();
                for (operand, partial) in terms {
                    self.add(parts, &operand, quote!(#upstream * #partial));
                }
                match &patterns[..] {
                    [pattern] => quote!(let #pattern = #function(#arguments);),
                    _ => quote!(let (#(#patterns),*) = #function(#arguments);),
                }
            }
            result => {
                let function = beside(&call.function, "jacobian");
                let jacobian = self.variables.temporary("jacobian");
                let columns: Vec<Operand> =
                    call.arguments.iter().flat_map(|(_, value)| value.numbers()).cloned().collect();
                for (row, number) in result.numbers().into_iter().filter_map(Operand::variable).enumerate() {
                    if !self.reached.contains(&number) {
                        continue;
                    }
                    let (row, upstream) = (Literal::usize_unsuffixed(row), self.variables.gradient(number));
                    for (column, operand) in columns.iter().enumerate() {
                        let column = Literal::usize_unsuffixed(column);
                        self.add(parts, operand, quote!(#upstream * #jacobian[#row][#column]));
                    }
                }
                quote!(let #jacobian = #function(#arguments);)
            }
        }
    }

    /// Names for the derivatives of a call in the numbers of one argument.
    fn partials(
        &mut self,
        result: Variable,
        value: &Value,
        terms: &mut Vec<(Operand, proc_macro2::Ident)>,
    ) -> TokenStream {
        match value {
            Value::Number(operand) if self.variables.is_active(operand) => {
                let name = self.variables.temporary(&format!("{}_by", self.variables.place(result)));
                terms.push((operand.clone(), name.clone()));
                quote!(#name)
            }
            Value::Number(_) | Value::Integer(_) => quote!(_),
            Value::Many(values) => {
                let patterns = values.iter().map(|value| self.partials(result, value, terms)).collect::<Vec<_>>();
                quote!([#(#patterns),*])
            }
        }
    }

    /// The branch that was taken is computed again, and gone through in reverse.
    fn branch(
        &mut self,
        condition: &Condition,
        results: &[Variable],
        blocks: &[Block; 2],
        parts: &mut Parts,
    ) -> TokenStream {
        let mut sides = Vec::new();
        for block in blocks {
            let mut inner = Parts::new();
            for (result, operand) in results.iter().zip(&block.results) {
                if self.reached.contains(result) {
                    let upstream = self.variables.gradient(*result);
                    self.add(&mut inner, operand, quote!(#upstream));
                }
            }
            let backward = self.statements(block, &mut inner);
            let forward = self.forward(block);
            self.used.retain(|variable| !variable.is_in(&block.inside));
            sides.push((quote!(#forward #backward), inner));
        }
        let outer: BTreeSet<Variable> = sides.iter().flat_map(|(_, parts)| parts.keys().copied()).collect();
        if outer.is_empty() {
            return TokenStream::new();
        }
        let condition = self.condition(condition);
        let names: Vec<_> = outer.iter().map(|variable| self.variables.gradient_part(*variable)).collect();
        for (variable, name) in outer.iter().zip(&names) {
            parts.entry(*variable).or_default().push(quote!(#name));
        }
        let [then, otherwise] = [0, 1].map(|side| {
            let (code, parts) = &sides[side];
            let sums: Vec<_> = outer
                .iter()
                .map(|variable| parts.get(variable).map_or_else(|| quote!(0.0), |parts| sum(parts)))
                .collect();
            let value = tuple(&sums);
            quote!({ #code #value })
        });
        let names = tuple(&names);
        quote!(let #names = if #condition #then else #otherwise;)
    }

    /// `let grad_x = ..;` of all parts, which are complete.
    fn gradient(&mut self, variable: Variable, parts: &mut Parts) -> TokenStream {
        let Some(parts) = parts.remove(&variable) else { return TokenStream::new() };
        self.reached.insert(variable);
        let (name, sum) = (self.variables.gradient(variable), sum(&parts));
        quote!(let #name = #sum;)
    }

    fn add(&self, parts: &mut Parts, operand: &Operand, part: TokenStream) {
        if let (Some(variable), true) = (operand.variable(), self.variables.is_active(operand)) {
            parts.entry(variable).or_default().push(part);
        }
    }

    /// The gradient of an argument as an expression of its type.
    pub fn gradient_of(&self, input: &Value) -> TokenStream {
        match input {
            Value::Number(Operand::Variable(variable)) if self.reached.contains(variable) => {
                let name = self.variables.gradient(*variable);
                quote!(#name)
            }
            Value::Many(parts) => {
                let parts = parts.iter().map(|part| self.gradient_of(part));
                quote!([#(#parts),*])
            }
            _ => quote!(0.0),
        }
    }
}

/// `a - b + c` of `a`, `-b` and `c`.
fn sum(parts: &[TokenStream]) -> TokenStream {
    if let [one] = parts {
        return one.clone();
    }
    let mut sum = TokenStream::new();
    for (index, part) in parts.iter().enumerate() {
        let mut tokens = part.clone().into_iter().peekable();
        let (is_negative, is_choice) = match tokens.peek() {
            Some(TokenTree::Punct(sign)) => (sign.as_char() == '-', false),
            Some(TokenTree::Ident(word)) => (false, word == "if"),
            _ => (false, false),
        };
        match (is_negative, index) {
            (true, _) => {
                tokens.next();
                sum.extend(quote!(-));
            }
            (false, 0) => {}
            (false, _) => sum.extend(quote!(+)),
        }
        let rest: TokenStream = tokens.collect();
        sum.extend(if is_choice { quote!((#rest)) } else { rest });
    }
    sum
}

/// One by itself, several in a tuple.
pub fn tuple(parts: &[impl quote::ToTokens]) -> TokenStream {
    match parts {
        [one] => quote!(#one),
        _ => quote!((#(#parts),*)),
    }
}

/// The function beside another.
fn beside(function: &syn::Path, suffix: &str) -> syn::Path {
    let mut path = function.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = format_ident!("{}_{}", last.ident.unraw(), suffix, span = last.ident.span());
    }
    path
}

/// All variables that a statement mentions.
fn mentions(statement: &Statement, variables: &mut BTreeSet<Variable>) {
    match statement {
        Statement::Arithmetic { operands, .. } => variables.extend(operands.iter().filter_map(Operand::variable)),
        Statement::Negate { operand, .. } => variables.extend(operand.variable()),
        Statement::Function { operands, .. } => variables.extend(operands.iter().filter_map(Operand::variable)),
        Statement::Call(call) => {
            let numbers = call.arguments.iter().flat_map(|(_, value)| value.numbers());
            variables.extend(numbers.filter_map(Operand::variable));
        }
        Statement::Branch { blocks, .. } => {
            for block in blocks {
                variables.extend(block.results.iter().filter_map(Operand::variable));
                block.statements.iter().for_each(|statement| mentions(statement, variables));
            }
        }
    }
}
