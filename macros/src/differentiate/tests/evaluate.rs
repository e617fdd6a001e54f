//! Runs functions as they stand in tokens: a small interpreter that shares nothing with the reader.

use std::cell::Cell;
use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{BinOp, Expr, ItemFn, Lit, Pat, Stmt, UnOp};

#[derive(Clone, Debug)]
pub enum Number {
    Float(f64),
    Integer(i64),
    Bool(bool),
    Many(Vec<Number>),
}

impl Number {
    pub fn floats(&self) -> Vec<f64> {
        match self {
            Self::Float(number) => vec![*number],
            Self::Many(parts) => parts.iter().flat_map(Self::floats).collect(),
            other => panic!("{other:?} is no number"),
        }
    }

    fn float(&self) -> f64 {
        self.floats()[0]
    }

    fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}

/// Functions by their names.
pub struct Program {
    functions: HashMap<String, ItemFn>,
    /// Whether a number was not finite.
    overflow: Cell<bool>,
}

type Scope = Vec<(String, Number)>;

impl Program {
    pub fn new(items: TokenStream) -> Self {
        let file: syn::File = syn::parse2(items.clone()).unwrap_or_else(|error| panic!("{error}: {items}"));
        let functions = file.items.into_iter().map(|item| match item {
            syn::Item::Fn(function) => (function.sig.ident.to_string(), function),
            item => panic!("{}", item.to_token_stream()),
        });
        Self { functions: functions.collect(), overflow: Cell::new(false) }
    }

    pub fn has_overflown(&self) -> bool {
        self.overflow.get()
    }

    fn checked(&self, number: f64) -> Number {
        self.overflow.set(self.overflow.get() || !number.is_finite());
        Number::Float(number)
    }

    pub fn call(&self, name: &str, arguments: Vec<Number>) -> Number {
        let function = &self.functions[name];
        let names = function.sig.inputs.iter().map(|input| match input {
            syn::FnArg::Typed(input) => input.pat.to_token_stream().to_string(),
            syn::FnArg::Receiver(_) => panic!("a method"),
        });
        self.block(&function.block, &mut names.zip(arguments).collect())
    }

    fn block(&self, block: &syn::Block, scope: &mut Scope) -> Number {
        let outside = scope.len();
        let mut value = Number::Many(Vec::new());
        for statement in &block.stmts {
            match statement {
                Stmt::Local(local) => {
                    let value = self.evaluate(&local.init.as_ref().expect("a value").expr, scope);
                    bind(&local.pat, value, scope);
                }
                Stmt::Expr(expression, _) => value = self.evaluate(expression, scope),
                other => panic!("{}", other.to_token_stream()),
            }
        }
        scope.truncate(outside);
        value
    }

    fn evaluate(&self, expression: &Expr, scope: &mut Scope) -> Number {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(integer) => Number::Integer(integer.base10_parse().expect("an integer")),
                Lit::Float(float) => Number::Float(float.base10_parse().expect("a number")),
                Lit::Bool(decided) => Number::Bool(decided.value),
                _ => panic!("{}", expression.to_token_stream()),
            },
            Expr::Path(path) => {
                let name = path.to_token_stream().to_string();
                match name.rsplit(' ').next() {
                    Some("LN_2") => return Number::Float(std::f64::consts::LN_2),
                    Some("LN_10") => return Number::Float(std::f64::consts::LN_10),
                    _ => {}
                }
                let known = scope.iter().rev().find(|(known, _)| *known == name);
                known.unwrap_or_else(|| panic!("`{name}` is unknown")).1.clone()
            }
            Expr::Paren(inner) => self.evaluate(&inner.expr, scope),
            Expr::Unary(unary) => match (&unary.op, self.evaluate(&unary.expr, scope)) {
                (UnOp::Neg(_), Number::Float(number)) => Number::Float(-number),
                (UnOp::Neg(_), Number::Integer(number)) => Number::Integer(-number),
                (UnOp::Not(_), Number::Bool(decided)) => Number::Bool(!decided),
                (_, value) => panic!("{} of {value:?}", unary.to_token_stream()),
            },
            Expr::Binary(binary) => self.binary(binary, scope),
            Expr::MethodCall(call) => {
                let receiver = self.evaluate(&call.receiver, scope).float();
                let arguments: Vec<_> = call.args.iter().map(|argument| self.evaluate(argument, scope)).collect();
                self.checked(method(&call.method.to_string(), receiver, &arguments))
            }
            Expr::Call(call) => {
                let name = call.func.to_token_stream().to_string();
                let arguments: Vec<_> = call.args.iter().map(|argument| self.evaluate(argument, scope)).collect();
                match name.strip_prefix("f64 :: ") {
                    Some(function) => self.checked(method(function, arguments[0].float(), &arguments[1..])),
                    None => self.call(&name, arguments),
                }
            }
            Expr::If(choice) => match (self.evaluate(&choice.cond, scope).is_true(), &choice.else_branch) {
                (true, _) => self.block(&choice.then_branch, scope),
                (false, Some((_, other))) => self.evaluate(other, scope),
                (false, None) => Number::Many(Vec::new()),
            },
            Expr::Block(block) => self.block(&block.block, scope),
            Expr::Tuple(tuple) => Number::Many(tuple.elems.iter().map(|part| self.evaluate(part, scope)).collect()),
            Expr::Array(array) => Number::Many(array.elems.iter().map(|part| self.evaluate(part, scope)).collect()),
            Expr::Index(index) => match (self.evaluate(&index.expr, scope), self.evaluate(&index.index, scope)) {
                (Number::Many(parts), Number::Integer(at)) => parts[usize::try_from(at).expect("an index")].clone(),
                (value, at) => panic!("{value:?}[{at:?}]"),
            },
            Expr::Cast(cast) => match self.evaluate(&cast.expr, scope) {
                Number::Integer(integer) => Number::Float(integer as f64),
                value => value,
            },
            Expr::ForLoop(repeat) => {
                for element in self.elements(&repeat.expr, scope) {
                    let outside = scope.len();
                    bind(&repeat.pat, element, scope);
                    self.block(&repeat.body, scope);
                    scope.truncate(outside);
                }
                Number::Many(Vec::new())
            }
            Expr::Assign(assign) => {
                let value = self.evaluate(&assign.right, scope);
                set(&assign.left, value, scope);
                Number::Many(Vec::new())
            }
            other => panic!("{}", other.to_token_stream()),
        }
    }

    fn elements(&self, expression: &Expr, scope: &mut Scope) -> Vec<Number> {
        if let Expr::Range(range) = expression {
            let ends = [&range.start, &range.end].map(|end| self.evaluate(end.as_ref().expect("an end"), scope));
            let [Number::Integer(start), Number::Integer(end)] = ends else { panic!("a range") };
            return (start..end).map(Number::Integer).collect();
        }
        match self.evaluate(expression, scope) {
            Number::Many(parts) => parts,
            value => panic!("for .. in {value:?}"),
        }
    }

    fn binary(&self, binary: &syn::ExprBinary, scope: &mut Scope) -> Number {
        let one = self.evaluate(&binary.left, scope);
        match (&binary.op, one.is_true()) {
            (BinOp::And(_), false) | (BinOp::Or(_), true) => return one,
            (BinOp::And(_) | BinOp::Or(_), _) => return self.evaluate(&binary.right, scope),
            _ => {}
        }
        let (one, other) = (one.float(), self.evaluate(&binary.right, scope).float());
        self.checked(match &binary.op {
            BinOp::Add(_) => one + other,
            BinOp::Sub(_) => one - other,
            BinOp::Mul(_) => one * other,
            BinOp::Div(_) => one / other,
            BinOp::AddAssign(_) => {
                set(&binary.left, Number::Float(one + other), scope);
                return Number::Many(Vec::new());
            }
            BinOp::Lt(_) => return Number::Bool(one < other),
            BinOp::Le(_) => return Number::Bool(one <= other),
            BinOp::Gt(_) => return Number::Bool(one > other),
            BinOp::Ge(_) => return Number::Bool(one >= other),
            #[expect(clippy::float_cmp, reason = "as the code says")]
            BinOp::Eq(_) => return Number::Bool(one == other),
            operator => panic!("{}", operator.to_token_stream()),
        })
    }
}

fn set(place: &Expr, value: Number, scope: &mut Scope) {
    let name = place.to_token_stream().to_string();
    let known = scope.iter_mut().rev().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("`{name}` is unknown")).1 = value;
}

fn bind(pattern: &Pat, value: Number, scope: &mut Scope) {
    match (pattern, value) {
        (Pat::Ident(name), value) => scope.push((name.ident.to_string(), value)),
        (Pat::Wild(_), _) => {}
        (Pat::Tuple(tuple), Number::Many(parts)) => {
            for (pattern, value) in tuple.elems.iter().zip(parts) {
                bind(pattern, value, scope);
            }
        }
        (pattern, value) => panic!("{} = {value:?}", pattern.to_token_stream()),
    }
}

fn method(name: &str, x: f64, arguments: &[Number]) -> f64 {
    match (name, arguments) {
        ("powi", [Number::Integer(power)]) => x.powi(i32::try_from(*power).expect("an exponent")),
        ("powf", [y]) => x.powf(y.float()),
        ("max", [y]) => x.max(y.float()),
        ("min", [y]) => x.min(y.float()),
        ("hypot", [y]) => x.hypot(y.float()),
        ("atan2", [y]) => x.atan2(y.float()),
        ("mul_add", [y, z]) => x.mul_add(y.float(), z.float()),
        ("clamp", [y, z]) => x.clamp(y.float(), z.float()),
        ("abs", []) => x.abs(),
        ("acos", []) => x.acos(),
        ("acosh", []) => x.acosh(),
        ("asin", []) => x.asin(),
        ("asinh", []) => x.asinh(),
        ("atan", []) => x.atan(),
        ("atanh", []) => x.atanh(),
        ("cbrt", []) => x.cbrt(),
        ("ceil", []) => x.ceil(),
        ("cos", []) => x.cos(),
        ("cosh", []) => x.cosh(),
        ("exp", []) => x.exp(),
        ("exp2", []) => x.exp2(),
        ("exp_m1", []) => x.exp_m1(),
        ("floor", []) => x.floor(),
        ("ln", []) => x.ln(),
        ("ln_1p", []) => x.ln_1p(),
        ("log10", []) => x.log10(),
        ("log2", []) => x.log2(),
        ("recip", []) => x.recip(),
        ("round", []) => x.round(),
        ("signum", []) => x.signum(),
        ("sin", []) => x.sin(),
        ("sinh", []) => x.sinh(),
        ("sqrt", []) => x.sqrt(),
        ("tan", []) => x.tan(),
        ("tanh", []) => x.tanh(),
        ("trunc", []) => x.trunc(),
        _ => panic!("{name} of {arguments:?}"),
    }
}
