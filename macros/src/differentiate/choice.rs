//! `if` on comparisons.

use syn::{BinOp, Expr, ExprBinary, ExprIf, ExprLit, Lit, UnOp};

use super::error;
use super::read::Reader;
use super::tape::Condition;
use super::value::Value;

impl Reader {
    pub(super) fn choice(&mut self, choice: &ExprIf) -> syn::Result<Value> {
        let condition = self.condition(&choice.cond)?;
        let then = |reader: &mut Self| reader.block(&choice.then_branch);
        let otherwise = |reader: &mut Self| match &choice.else_branch {
            Some((_, expression)) => reader.expression(expression),
            None => Ok(Value::NOTHING),
        };
        self.branch(choice, condition, [&then, &otherwise])
    }

    fn condition(&mut self, expression: &Expr) -> syn::Result<Condition> {
        match expression {
            Expr::Paren(inner) => self.condition(&inner.expr),
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => Ok(match self.condition(&unary.expr)? {
                Condition::Known(decided) => Condition::Known(!decided),
                condition => Condition::Not(Box::new(condition)),
            }),
            Expr::Lit(ExprLit { lit: Lit::Bool(decided), .. }) => Ok(Condition::Known(decided.value)),
            Expr::Binary(binary) => match binary.op {
                BinOp::And(_) | BinOp::Or(_) => {
                    let parts = [self.condition(&binary.left)?, self.condition(&binary.right)?];
                    Ok(join(binary.op, parts))
                }
                BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) | BinOp::Eq(_) | BinOp::Ne(_) => {
                    self.comparison(binary)
                }
                _ => Err(error(expression, "castnet follows `if` on comparisons: `if x > 0.0`")),
            },
            _ => Err(error(expression, "castnet follows `if` on comparisons: `if x > 0.0`")),
        }
    }

    fn comparison(&mut self, binary: &ExprBinary) -> syn::Result<Condition> {
        match [self.expression(&binary.left)?, self.expression(&binary.right)?] {
            [Value::Integer(one), Value::Integer(other)] => Ok(Condition::Known(match binary.op {
                BinOp::Lt(_) => one < other,
                BinOp::Le(_) => one <= other,
                BinOp::Gt(_) => one > other,
                BinOp::Ge(_) => one >= other,
                BinOp::Eq(_) => one == other,
                _ => one != other,
            })),
            [Value::Number(one), Value::Number(other)] => {
                Ok(Condition::Compare { operator: binary.op, operands: [one, other] })
            }
            [one, other] => Err(error(
                binary,
                format!(
                    "castnet compares two numbers or two indices, and this is {} and {}",
                    one.describe(),
                    other.describe()
                ),
            )),
        }
    }
}

fn join(operator: BinOp, parts: [Condition; 2]) -> Condition {
    let is_and = matches!(operator, BinOp::And(_));
    match parts {
        // One that is known decides or leaves it to the other.
        [Condition::Known(known), other] | [other, Condition::Known(known)] => {
            if known == is_and {
                other
            } else {
                Condition::Known(known)
            }
        }
        parts => Condition::Join { operator, parts: Box::new(parts) },
    }
}
