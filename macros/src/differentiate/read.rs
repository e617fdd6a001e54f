//! Follows the body of a function and writes down what it computes.

use proc_macro2::Ident;
use quote::{ToTokens as _, quote};
use syn::{Block as Body, ItemFn, Local, Pat, Stmt};

use super::error;
use super::names::Names;
use super::signature::{self, Signature};
use super::tape::{Block, Condition, Operand, Statement, Variables};
use super::value::{Shape, Value};

/// Loops are unrolled: a limit for what the compiler has to take.
const MOST_STATEMENTS: usize = 10_000;

/// The values of names; the last of a name counts.
pub type Scope = Vec<(Ident, Value)>;

/// Reads one side of an `if`.
type Branch<'r> = dyn Fn(&mut Reader) -> syn::Result<Value> + 'r;

/// Where the reader is: the values of all names, and the statements so far.
pub struct Reader {
    pub(super) variables: Variables,
    pub(super) float: Ident,
    pub(super) scope: Scope,
    statements: Vec<Statement>,
    /// Of all blocks.
    count: usize,
}

impl Reader {
    pub fn new(signature: &Signature, function: &ItemFn) -> Self {
        let mut variables = Variables::new(Names::beside(function.to_token_stream()));
        for (name, _) in &signature.inputs {
            variables.take(name);
        }
        let mut reader =
            Self { variables, float: signature.float.clone(), scope: Vec::new(), statements: Vec::new(), count: 0 };
        for (name, shape) in &signature.inputs {
            let value = reader.input(shape, quote!(#name), &name.to_string());
            reader.scope.push((name.clone(), value));
        }
        reader
    }

    /// The numbers of an argument.
    fn input(&mut self, shape: &Shape, place: proc_macro2::TokenStream, name: &str) -> Value {
        match shape {
            Shape::Number => {
                Value::Number(Operand::Variable(self.variables.input(place, name.trim_start_matches("r#"))))
            }
            Shape::Many(parts) => {
                let part = |(index, part): (usize, &Shape)| {
                    let index_token = proc_macro2::Literal::usize_unsuffixed(index);
                    self.input(part, quote!(#place[#index_token]), &format!("{name}_{index}"))
                };
                Value::Many(parts.iter().enumerate().map(part).collect())
            }
        }
    }

    /// The whole function: the numbers that it returns.
    pub fn function(&mut self, body: &Body, output: &Shape, name: &Ident) -> syn::Result<Vec<Operand>> {
        let value = self.block(body)?;
        if value.shape().as_ref() != Some(output) {
            let message = format!("this is {}, and another shape is returned", value.describe());
            return Err(error(
                body.stmts.last().map_or_else(|| body.to_token_stream(), |last| last.to_token_stream()),
                message,
            ));
        }
        self.variables.name_value(&value, name);
        Ok(value.numbers().into_iter().cloned().collect())
    }

    /// The names and the code.
    pub fn finish(mut self) -> (Variables, Block) {
        self.variables.finish();
        let inside = 0..self.variables.count();
        (self.variables, Block { statements: self.statements, results: Vec::new(), inside })
    }

    /// Writes down an operation; `at` is where it stands.
    pub(super) fn push(&mut self, at: &impl quote::ToTokens, statement: Statement) -> syn::Result<()> {
        self.count += 1;
        if self.count > MOST_STATEMENTS {
            let message = format!("with its loops unrolled, this function has more than {MOST_STATEMENTS} operations");
            return Err(error(at, message));
        }
        self.statements.push(statement);
        Ok(())
    }

    /// A block with a scope of its own.
    pub(super) fn block(&mut self, block: &Body) -> syn::Result<Value> {
        let outside = self.scope.len();
        let mut value = Value::NOTHING;
        for statement in &block.stmts {
            value = self.statement(statement)?;
        }
        self.scope.truncate(outside);
        Ok(value)
    }

    fn statement(&mut self, statement: &Stmt) -> syn::Result<Value> {
        match statement {
            Stmt::Local(local) => self.binding(local).map(|()| Value::NOTHING),
            Stmt::Expr(expression, semicolon) => {
                let value = self.expression(expression)?;
                Ok(if semicolon.is_some() { Value::NOTHING } else { value })
            }
            Stmt::Macro(call) if is_assertion(&call.mac.path) => Ok(Value::NOTHING),
            Stmt::Macro(call) => Err(error(call, "castnet cannot differentiate what a macro does")),
            Stmt::Item(item) => {
                Err(error(item, "an item inside of a differentiable function: move it beside the function"))
            }
        }
    }

    fn binding(&mut self, local: &Local) -> syn::Result<()> {
        let Some(init) = &local.init else {
            return Err(error(local, "a variable has its value where it is declared: `let x = ..`"));
        };
        if let Some((token, _)) = &init.diverge {
            return Err(error(token, "castnet follows `if` on comparisons, not `let .. else`"));
        }
        let (pattern, expected) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, signature::shape(&typed.ty, &mut Some(self.float.clone())).ok()),
            pattern => (pattern, None),
        };
        // What another function returns is a number unless its type is said.
        let value = self.expression_of_shape(&init.expr, expected.as_ref())?;
        self.bind(pattern, value)
    }

    /// Gives names to the parts of a value.
    pub(super) fn bind(&mut self, pattern: &Pat, value: Value) -> syn::Result<()> {
        let parts = match (pattern, value) {
            (Pat::Ident(name), value) if name.subpat.is_none() => {
                self.variables.name_value(&value, &name.ident);
                self.scope.push((name.ident.clone(), value));
                return Ok(());
            }
            (Pat::Wild(_), _) => return Ok(()),
            (Pat::Reference(reference), value) => return self.bind(&reference.pat, value),
            (Pat::Paren(inner), value) => return self.bind(&inner.pat, value),
            (Pat::Tuple(tuple), Value::Many(parts)) if tuple.elems.len() == parts.len() => {
                tuple.elems.iter().zip(parts)
            }
            (Pat::Slice(slice), Value::Many(parts)) if slice.elems.len() == parts.len() => {
                slice.elems.iter().zip(parts)
            }
            (_, value) => {
                let message =
                    format!("castnet gives names to numbers, arrays and tuples, and this is {}", value.describe());
                return Err(error(pattern, message));
            }
        };
        for (pattern, value) in parts {
            self.bind(pattern, value)?;
        }
        Ok(())
    }

    /// Both branches of an `if`, and what is different afterwards.
    pub(super) fn branch(
        &mut self,
        at: &impl quote::ToTokens,
        condition: Condition,
        branches: [&Branch<'_>; 2],
    ) -> syn::Result<Value> {
        if let Condition::Known(decided) = condition {
            return branches[usize::from(!decided)](self);
        }
        let before = self.scope.clone();
        let (then, then_scope, then_value) = self.apart(branches[0])?;
        self.scope = before;
        let (otherwise, other_scope, other_value) = self.apart(branches[1])?;
        let mut merge = Merge { reader: self, blocks: [then, otherwise], results: Vec::new() };
        let value = merge.values(at, &then_value, &other_value)?;
        let mut scope = Vec::new();
        for ((name, one), (_, other)) in then_scope.into_iter().zip(&other_scope) {
            let merged = merge.values(at, &one, other)?;
            merge.reader.variables.name_value(&merged, &name);
            scope.push((name, merged));
        }
        let Merge { blocks, results, .. } = merge;
        self.scope = scope;
        if !results.is_empty() {
            self.push(at, Statement::Branch { condition, results, blocks })?;
        }
        Ok(value)
    }

    /// Statements of a block of their own, the values of all names behind them, and the block's value.
    fn apart(&mut self, read: &Branch<'_>) -> syn::Result<(Block, Scope, Value)> {
        let first = self.variables.count();
        let outside = std::mem::take(&mut self.statements);
        let value = read(self);
        let statements = std::mem::replace(&mut self.statements, outside);
        let inside = first..self.variables.count();
        Ok((Block { statements, results: Vec::new(), inside }, self.scope.clone(), value?))
    }
}

/// Values that depend on which branch was taken.
struct Merge<'a> {
    reader: &'a mut Reader,
    blocks: [Block; 2],
    results: Vec<super::tape::Variable>,
}

impl Merge<'_> {
    fn values(&mut self, at: &impl quote::ToTokens, one: &Value, other: &Value) -> syn::Result<Value> {
        match (one, other) {
            (one, other) if one == other => Ok(one.clone()),
            (Value::Number(one), Value::Number(other)) => {
                let is_active = self.reader.variables.is_active(one) || self.reader.variables.is_active(other);
                let result = self.reader.variables.result(is_active);
                self.blocks[0].results.push(one.clone());
                self.blocks[1].results.push(other.clone());
                self.results.push(result);
                Ok(Value::Number(Operand::Variable(result)))
            }
            (Value::Many(one), Value::Many(other)) if one.len() == other.len() => {
                let parts = one.iter().zip(other).map(|(one, other)| self.values(at, one, other));
                parts.collect::<syn::Result<_>>().map(Value::Many)
            }
            _ => {
                let message = format!(
                    "one branch leads to {}, the other to {}; castnet follows branches of one shape whose indices are the same",
                    one.describe(),
                    other.describe()
                );
                Err(error(at, message))
            }
        }
    }
}

fn is_assertion(path: &syn::Path) -> bool {
    let names = ["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne"];
    path.segments.last().is_some_and(|segment| names.iter().any(|name| segment.ident == name))
}
