//! What goes in and what comes out.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Expr, ExprLit, FnArg, Lit, Pat, ReturnType, Type};

use super::error;
use super::value::Shape;

/// The types that can be differentiated, as the signature has them.
pub struct Signature {
    /// `f64` or `f32`.
    pub float: Ident,
    pub inputs: Vec<(Ident, Shape)>,
    pub output: Shape,
}

const TYPES: &str =
    "castnet differentiates numbers and arrays of them: `f64`, `[f64; 3]`, `&[[f64; 2]; 2]`, or the same of `f32`";

impl Signature {
    pub fn read(signature: &syn::Signature) -> syn::Result<Self> {
        refuse(signature)?;
        let mut float = None;
        let inputs = signature.inputs.iter().map(|input| read_input(input, &mut float)).collect::<syn::Result<_>>()?;
        let ReturnType::Type(_, output) = &signature.output else {
            return Err(error(&signature.ident, "this function returns nothing that could be differentiated"));
        };
        let output_shape = shape(output, &mut float)?;
        let is_flat = match &output_shape {
            Shape::Number => true,
            Shape::Many(parts) => !parts.is_empty() && parts.iter().all(|part| *part == Shape::Number),
        };
        if !is_flat || matches!(**output, Type::Reference(_)) {
            return Err(error(
                output,
                "what is returned is a number, which has a gradient, or an array of numbers, which has a Jacobian",
            ));
        }
        let Some(float) = float else { return Err(error(signature, TYPES)) };
        Ok(Self { float, inputs, output: output_shape })
    }

    /// How many numbers go in.
    pub fn numbers(&self) -> usize {
        self.inputs.iter().map(|(_, shape)| shape.numbers()).sum()
    }

    /// The type of the gradient: each argument's own, in a tuple if there are several.
    pub fn gradient_type(&self) -> TokenStream {
        let types: Vec<_> = self.inputs.iter().map(|(_, shape)| self.type_of(shape)).collect();
        match &types[..] {
            [one] => one.clone(),
            _ => quote!((#(#types),*)),
        }
    }

    fn type_of(&self, shape: &Shape) -> TokenStream {
        let float = &self.float;
        match shape {
            Shape::Number => quote!(#float),
            Shape::Many(parts) => {
                let length = parts.len();
                let part = parts.first().map_or_else(|| quote!(#float), |part| self.type_of(part));
                quote!([#part; #length])
            }
        }
    }
}

fn refuse(signature: &syn::Signature) -> syn::Result<()> {
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        return Err(error(
            generics,
            format!("a function with parameters of its own cannot be differentiated: {TYPES}"),
        ));
    }
    if let Some(token) = &signature.asyncness {
        return Err(error(token, "an `async` function cannot be differentiated"));
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        return Err(error(token, "an `unsafe` function cannot be differentiated"));
    }
    if signature.inputs.is_empty() {
        return Err(error(&signature.ident, "this function has no argument to be differentiated in"));
    }
    Ok(())
}

fn read_input(input: &FnArg, float: &mut Option<Ident>) -> syn::Result<(Ident, Shape)> {
    let FnArg::Typed(input) = input else {
        return Err(error(input, "a method cannot be differentiated: make it a function of its numbers"));
    };
    let Pat::Ident(name) = &*input.pat else {
        return Err(error(&input.pat, "an argument has a name here, so that its gradient has one: `x: [f64; 2]`"));
    };
    Ok((name.ident.clone(), shape(&input.ty, float)?))
}

/// The shape of a type; all numbers are of one type.
pub fn shape(kind: &Type, float: &mut Option<Ident>) -> syn::Result<Shape> {
    match kind {
        Type::Reference(reference) if reference.mutability.is_none() => shape(&reference.elem, float),
        Type::Paren(inner) => shape(&inner.elem, float),
        Type::Group(inner) => shape(&inner.elem, float),
        Type::Array(array) => Ok(Shape::array(length(&array.len)?, &shape(&array.elem, float)?)),
        Type::Path(path) => {
            let name = path.path.segments.last().map(|segment| segment.ident.clone());
            let name = name.filter(|name| name == "f64" || name == "f32").ok_or_else(|| error(kind, TYPES))?;
            match float {
                Some(other) if *other != name => Err(error(
                    kind,
                    format!("`{name}` beside `{other}`: one function computes with one type of numbers"),
                )),
                _ => {
                    *float = Some(name);
                    Ok(Shape::Number)
                }
            }
        }
        _ => Err(error(kind, TYPES)),
    }
}

fn length(expression: &Expr) -> syn::Result<usize> {
    if let Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) = expression {
        return literal.base10_parse();
    }
    Err(error(expression, "the length has to be known when the macro expands: write it as a number"))
}
