//! Expressions: each operation on numbers becomes a statement, integers are computed.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{BinOp, Expr, ExprBinary, ExprCall, ExprLit, ExprMethodCall, Lit, Member, RangeLimits, UnOp};

use super::error;
use super::functions::{self, FUNCTIONS, Function};
use super::read::Reader;
use super::tape::{Arithmetic, Call, Operand, Statement};
use super::value::{Shape, Value};

const FOLLOWS: &str = "castnet follows `let`, arithmetic, functions of numbers, calls of differentiable functions, arrays, `if` on comparisons and `for` over a range that is known";

impl Reader {
    pub(super) fn expression(&mut self, expression: &Expr) -> syn::Result<Value> {
        self.expression_of_shape(expression, None)
    }

    /// A call of another function returns a value of the expected shape.
    pub(super) fn expression_of_shape(&mut self, expression: &Expr, expected: Option<&Shape>) -> syn::Result<Value> {
        match expression {
            Expr::Lit(literal) => read_literal(literal),
            Expr::Path(path) => Ok(self.name(path)),
            Expr::Paren(inner) => self.expression_of_shape(&inner.expr, expected),
            Expr::Group(inner) => self.expression_of_shape(&inner.expr, expected),
            Expr::Reference(reference) if reference.mutability.is_none() => {
                self.expression_of_shape(&reference.expr, expected)
            }
            Expr::Unary(unary) => match unary.op {
                UnOp::Deref(_) => self.expression_of_shape(&unary.expr, expected),
                UnOp::Neg(_) => self.negate(expression, &unary.expr),
                _ => Err(error(expression, FOLLOWS)),
            },
            Expr::Binary(binary) => self.binary(binary),
            Expr::MethodCall(call) => self.method(call),
            Expr::Call(call) => self.call(call, expected.unwrap_or(&Shape::Number)),
            Expr::Array(array) => self.all(array.elems.iter()).map(Value::Many),
            Expr::Tuple(tuple) => self.all(tuple.elems.iter()).map(Value::Many),
            Expr::Repeat(repeat) => {
                let (value, length) = (self.expression(&repeat.expr)?, self.index(&repeat.len)?);
                Ok(Value::Many(vec![value; length]))
            }
            Expr::Index(index) => {
                let value = self.expression(&index.expr)?;
                let at = self.index(&index.index)?;
                part(&index.index, value, at)
            }
            Expr::Field(field) => match &field.member {
                Member::Unnamed(at) => {
                    let value = self.expression(&field.base)?;
                    part(&field.member, value, at.index as usize)
                }
                Member::Named(name) => Err(error(name, "castnet follows numbers, arrays and tuples, no structs")),
            },
            Expr::Cast(cast) => self.cast(cast),
            Expr::Block(block) if block.label.is_none() => self.block(&block.block),
            Expr::If(choice) => self.choice(choice),
            Expr::ForLoop(repeat) if repeat.label.is_none() => self.repeat(repeat),
            Expr::Assign(assign) => {
                let value = self.expression(&assign.right)?;
                self.assign(&assign.left, value).map(|()| Value::NOTHING)
            }
            Expr::Range(_) => Err(error(expression, "castnet follows a range behind `for`, and no slices")),
            Expr::While(repeat) => Err(error(
                repeat.while_token,
                "how often it runs has to be known when the macro expands: use `for i in 0..10`",
            )),
            Expr::Return(early) => {
                Err(error(early, "castnet follows `if` and `else` to their ends, not an early `return`"))
            }
            _ => Err(error(expression, FOLLOWS)),
        }
    }

    fn all<'e>(&mut self, expressions: impl Iterator<Item = &'e Expr>) -> syn::Result<Vec<Value>> {
        expressions.map(|expression| self.expression(expression)).collect()
    }

    /// A variable; anything else of a name is a constant.
    fn name(&self, path: &syn::ExprPath) -> Value {
        let known = path.path.get_ident().and_then(|name| self.scope.iter().rev().find(|(known, _)| known == name));
        known.map_or_else(|| Value::Number(Operand::Constant(path.to_token_stream())), |(_, value)| value.clone())
    }

    fn negate(&mut self, at: &Expr, expression: &Expr) -> syn::Result<Value> {
        match self.expression(expression)? {
            Value::Integer(integer) => Ok(Value::Integer(-integer)),
            Value::Number(Operand::Constant(constant)) => Ok(Value::Number(Operand::Constant(quote!((-#constant))))),
            Value::Number(operand) => {
                let result = self.variables.result(self.variables.is_active(&operand));
                self.push(at, Statement::Negate { result, operand })?;
                Ok(Value::Number(Operand::Variable(result)))
            }
            other => Err(error(expression, format!("`-` is for numbers, and this is {}", other.describe()))),
        }
    }

    fn binary(&mut self, binary: &ExprBinary) -> syn::Result<Value> {
        let (operator, assigns) = match binary.op {
            BinOp::Add(_) => (Arithmetic::Add, false),
            BinOp::Sub(_) => (Arithmetic::Subtract, false),
            BinOp::Mul(_) => (Arithmetic::Multiply, false),
            BinOp::Div(_) => (Arithmetic::Divide, false),
            BinOp::AddAssign(_) => (Arithmetic::Add, true),
            BinOp::SubAssign(_) => (Arithmetic::Subtract, true),
            BinOp::MulAssign(_) => (Arithmetic::Multiply, true),
            BinOp::DivAssign(_) => (Arithmetic::Divide, true),
            BinOp::Rem(_) => return self.remainder(binary),
            operator => {
                return Err(error(
                    operator,
                    format!("castnet cannot differentiate `{}`: {FOLLOWS}", operator.to_token_stream()),
                ));
            }
        };
        let values = [self.expression(&binary.left)?, self.expression(&binary.right)?];
        let value = self.arithmetic(binary, operator, values)?;
        if assigns {
            return self.assign(&binary.left, value).map(|()| Value::NOTHING);
        }
        Ok(value)
    }

    fn remainder(&mut self, binary: &ExprBinary) -> syn::Result<Value> {
        match (self.expression(&binary.left)?, self.expression(&binary.right)?) {
            (Value::Integer(one), Value::Integer(other)) => one
                .checked_rem(other)
                .map(Value::Integer)
                .ok_or_else(|| error(binary, "a remainder of a division by 0")),
            _ => Err(error(binary.op, "castnet computes `%` of indices, and does not differentiate it")),
        }
    }

    fn arithmetic(&mut self, at: &ExprBinary, operator: Arithmetic, values: [Value; 2]) -> syn::Result<Value> {
        match values {
            [Value::Integer(one), Value::Integer(other)] => {
                operator.of_integers(one, other).map(Value::Integer).ok_or_else(|| error(at, "the index overflows"))
            }
            [Value::Number(one), Value::Number(other)] => self.operation(at, operator, [one, other]),
            [one, other] => {
                let message = format!(
                    "{} and {} cannot be combined by `{}`: write `2.0` for a number, and `i as f64`",
                    one.describe(),
                    other.describe(),
                    at.op.to_token_stream()
                );
                Err(error(at, message))
            }
        }
    }

    fn operation(&mut self, at: &ExprBinary, operator: Arithmetic, operands: [Operand; 2]) -> syn::Result<Value> {
        if let [Operand::Constant(one), Operand::Constant(other)] = &operands {
            let token = operator.token();
            return Ok(Value::Number(Operand::Constant(quote!((#one #token #other)))));
        }
        let is_active = operands.iter().any(|operand| self.variables.is_active(operand));
        let result = self.variables.result(is_active);
        self.push(at, Statement::Arithmetic { result, operator, operands })?;
        Ok(Value::Number(Operand::Variable(result)))
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> syn::Result<Value> {
        let kind = cast.ty.to_token_stream().to_string();
        match self.expression(&cast.expr)? {
            Value::Integer(integer) if kind == "f64" || kind == "f32" => Ok(Value::Number(constant_of(integer))),
            Value::Integer(integer) => Ok(Value::Integer(integer)),
            Value::Number(Operand::Constant(constant)) => {
                let to = &cast.ty;
                Ok(Value::Number(Operand::Constant(quote!((#constant as #to)))))
            }
            value @ Value::Number(_) if self.float == kind => Ok(value),
            _ => Err(error(cast, format!("castnet differentiates `{}` and cannot follow this cast", self.float))),
        }
    }

    fn method(&mut self, call: &ExprMethodCall) -> syn::Result<Value> {
        let receiver = self.expression(&call.receiver)?;
        let name = call.method.to_string();
        match (receiver, name.as_str()) {
            (Value::Many(parts), "len") => Ok(Value::Integer(i64::try_from(parts.len()).unwrap_or_default())),
            (Value::Many(parts), "iter" | "into_iter" | "copied" | "cloned" | "clone") => Ok(Value::Many(parts)),
            (Value::Many(mut parts), "rev") => {
                parts.reverse();
                Ok(Value::Many(parts))
            }
            (Value::Many(parts), "enumerate") => {
                let pair = |(index, part)| Value::Many(vec![Value::Integer(index), part]);
                Ok(Value::Many((0..).zip(parts).map(pair).collect()))
            }
            (Value::Many(parts), "zip") => match self.all(call.args.iter())?.pop() {
                Some(Value::Many(others)) => {
                    let pair = |(one, other)| Value::Many(vec![one, other]);
                    Ok(Value::Many(parts.into_iter().zip(others).map(pair).collect()))
                }
                _ => Err(error(call, "`zip` is with another array here")),
            },
            (Value::Number(number @ Operand::Variable(_)), "clone") => Ok(Value::Number(number)),
            (Value::Number(receiver), _) => {
                let function = functions::find(&name).ok_or_else(|| unknown_function(&call.method))?;
                self.function_of_numbers(call, function, vec![receiver], call.args.iter())
            }
            (other, _) => {
                let message = format!("castnet cannot differentiate `.{name}(..)` of {}", other.describe());
                Err(error(&call.method, message))
            }
        }
    }

    /// A method of `f64`, whose first operand may have been read.
    fn function_of_numbers<'e>(
        &mut self,
        at: &impl quote::ToTokens,
        function: &'static Function,
        mut operands: Vec<Operand>,
        arguments: impl Iterator<Item = &'e Expr>,
    ) -> syn::Result<Value> {
        for argument in arguments {
            operands.push(match self.expression(argument)? {
                // An exponent.
                Value::Integer(integer) => Operand::Constant(Literal::i64_unsuffixed(integer).into_token_stream()),
                Value::Number(operand) => operand,
                other => {
                    return Err(error(
                        argument,
                        format!("a number is expected here, and this is {}", other.describe()),
                    ));
                }
            });
        }
        if operands.len() != function.operands {
            let message =
                format!("`{}` has {} operands, and here it has {}", function.name, function.operands, operands.len());
            return Err(error(at, message));
        }
        let is_active = !function.is_flat && operands.iter().any(|operand| self.variables.is_active(operand));
        let result = self.variables.result(is_active);
        self.push(at, Statement::Function { result, function, operands })?;
        Ok(Value::Number(Operand::Variable(result)))
    }

    /// `f64::exp(x)`, or a function that is differentiable itself.
    fn call(&mut self, call: &ExprCall, expected: &Shape) -> syn::Result<Value> {
        let Expr::Path(path) = &*call.func else {
            return Err(error(&call.func, "castnet follows calls of functions by their names"));
        };
        let segments: Vec<_> = path.path.segments.iter().collect();
        if let [.., kind, function] = &segments[..]
            && (kind.ident == "f64" || kind.ident == "f32")
        {
            if function.ident == "from" {
                return self.conversion(call);
            }
            let known =
                functions::find(&function.ident.to_string()).ok_or_else(|| unknown_function(&function.ident))?;
            return self.function_of_numbers(call, known, Vec::new(), call.args.iter());
        }
        let mut arguments = Vec::new();
        for argument in &call.args {
            let and = if let Expr::Reference(reference) = argument { Some(reference.and_token) } else { None };
            let value = self.expression(argument)?;
            if value.shape().is_none() {
                let message = "castnet differentiates in numbers, and this is an integer: write `2.0`";
                return Err(error(argument, message));
            }
            arguments.push((and, value));
        }
        let is_active =
            arguments.iter().flat_map(|(_, value)| value.numbers()).any(|number| self.variables.is_active(number));
        let result = Value::of_shape(expected, &mut || self.variables.result(is_active));
        self.push(call, Statement::Call(Call { function: path.path.clone(), arguments, result: result.clone() }))?;
        Ok(result)
    }

    /// `f64::from(3)`
    fn conversion(&mut self, call: &ExprCall) -> syn::Result<Value> {
        match self.all(call.args.iter())?.pop() {
            Some(Value::Integer(integer)) => Ok(Value::Number(constant_of(integer))),
            Some(value @ Value::Number(Operand::Variable(_))) => Ok(value),
            Some(Value::Number(Operand::Constant(_))) => Ok(Value::Number(Operand::Constant(call.to_token_stream()))),
            _ => Err(error(call, "castnet cannot follow this conversion")),
        }
    }

    fn repeat(&mut self, repeat: &syn::ExprForLoop) -> syn::Result<Value> {
        for value in self.elements(&repeat.expr)? {
            let outside = self.scope.len();
            self.bind(&repeat.pat, value)?;
            self.block(&repeat.body)?;
            self.scope.truncate(outside);
        }
        Ok(Value::NOTHING)
    }

    /// What a `for` goes through.
    fn elements(&mut self, expression: &Expr) -> syn::Result<Vec<Value>> {
        match expression {
            Expr::Paren(inner) => self.elements(&inner.expr),
            Expr::MethodCall(call) if call.method == "rev" => {
                let mut elements = self.elements(&call.receiver)?;
                elements.reverse();
                Ok(elements)
            }
            Expr::Range(range) => {
                let (Some(start), Some(end)) = (&range.start, &range.end) else {
                    return Err(error(expression, "the range has to have a start and an end"));
                };
                let [start, end] = [self.expression(start)?, self.expression(end)?];
                let (Value::Integer(start), Value::Integer(end)) = (start, end) else {
                    return Err(error(
                        expression,
                        "the range has to be known when the macro expands: `0..3`, `0..x.len()`",
                    ));
                };
                let end = if matches!(range.limits, RangeLimits::Closed(_)) { end.saturating_add(1) } else { end };
                if end.saturating_sub(start) > 10_000 {
                    return Err(error(expression, "loops are unrolled, and this one would be too long"));
                }
                Ok((start..end).map(Value::Integer).collect())
            }
            _ => match self.expression(expression)? {
                Value::Many(parts) => Ok(parts),
                other => Err(error(
                    expression,
                    format!("`for` goes through a range or an array here, and this is {}", other.describe()),
                )),
            },
        }
    }
}

impl Arithmetic {
    fn of_integers(self, one: i64, other: i64) -> Option<i64> {
        match self {
            Self::Add => one.checked_add(other),
            Self::Subtract => one.checked_sub(other),
            Self::Multiply => one.checked_mul(other),
            Self::Divide => one.checked_div(other),
        }
    }

    pub(super) fn token(self) -> TokenStream {
        match self {
            Self::Add => quote!(+),
            Self::Subtract => quote!(-),
            Self::Multiply => quote!(*),
            Self::Divide => quote!(/),
        }
    }
}

fn read_literal(literal: &ExprLit) -> syn::Result<Value> {
    match &literal.lit {
        Lit::Int(integer) if !matches!(integer.suffix(), "f64" | "f32") => integer.base10_parse().map(Value::Integer),
        Lit::Int(_) | Lit::Float(_) => Ok(Value::Number(Operand::Constant(literal.to_token_stream()))),
        _ => Err(error(literal, FOLLOWS)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "indices are small")]
fn constant_of(integer: i64) -> Operand {
    let literal = Literal::f64_unsuffixed((integer as f64).abs());
    Operand::Constant(if integer < 0 { quote!((-#literal)) } else { quote!(#literal) })
}

fn part(at: &impl quote::ToTokens, value: Value, index: usize) -> syn::Result<Value> {
    match value {
        Value::Many(mut parts) if index < parts.len() => Ok(parts.swap_remove(index)),
        Value::Many(parts) => {
            Err(error(at, format!("the index is {index} here, and there are {} elements", parts.len())))
        }
        other => Err(error(at, format!("this is {} and has no elements", other.describe()))),
    }
}

fn unknown_function(name: &proc_macro2::Ident) -> syn::Error {
    let names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
    error(name, format!("castnet has no derivative of `{name}`; it knows {}", names.join(", ")))
}
