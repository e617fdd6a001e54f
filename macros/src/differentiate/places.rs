//! What is on the left of `=`.

use syn::{Expr, Member};

use super::error;
use super::read::Reader;
use super::value::Value;

impl Reader {
    /// Sets a variable, or a part of one.
    pub(super) fn assign(&mut self, place: &Expr, value: Value) -> syn::Result<()> {
        let mut path = Vec::new();
        let name = self.place(place, &mut path)?;
        let Some(position) = self.scope.iter().rposition(|(known, _)| *known == name) else {
            return Err(error(place, "castnet knows no variable of that name in this function"));
        };
        let mut named = name.clone();
        for index in &path {
            named = quote::format_ident!("{}_{}", named, index);
        }
        self.variables.name_value(&value, &named);
        let mut target = &mut self.scope[position].1;
        for index in path {
            target = match target {
                Value::Many(parts) if index < parts.len() => &mut parts[index],
                _ => return Err(error(place, "there is no such element")),
            };
        }
        *target = value;
        Ok(())
    }

    /// The variable, and which part of it.
    fn place(&mut self, place: &Expr, path: &mut Vec<usize>) -> syn::Result<proc_macro2::Ident> {
        match place {
            Expr::Path(name) if name.path.get_ident().is_some() => {
                name.path.get_ident().cloned().ok_or_else(|| error(place, "a name"))
            }
            Expr::Paren(inner) => self.place(&inner.expr, path),
            Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => {
                Err(error(place, "castnet follows variables, not what references point to: set `x[i]`"))
            }
            Expr::Index(index) => {
                let name = self.place(&index.expr, path)?;
                let at = self.index(&index.index)?;
                path.push(at);
                Ok(name)
            }
            Expr::Field(field) => {
                let name = self.place(&field.base, path)?;
                let Member::Unnamed(at) = &field.member else {
                    return Err(error(&field.member, "castnet follows numbers, arrays and tuples, no structs"));
                };
                path.push(at.index as usize);
                Ok(name)
            }
            _ => {
                Err(error(place, "castnet follows the setting of variables and their elements: `x = ..`, `x[i] = ..`"))
            }
        }
    }

    /// An index, which is known.
    pub(super) fn index(&mut self, index: &Expr) -> syn::Result<usize> {
        match self.expression(index)? {
            Value::Integer(integer) => {
                usize::try_from(integer).map_err(|_| error(index, format!("the index is {integer} here")))
            }
            _ => Err(error(
                index,
                "an index has to be known when the macro expands: a number, or the variable of a `for` loop",
            )),
        }
    }
}
