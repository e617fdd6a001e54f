//! The functions of numbers, and their derivatives.
//!
//! Where a derivative does not exist it is that of one side: `max` and `min` send the gradient to the first of two equal
//! operands, `abs` has none at 0.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// A method of `f64` and `f32`.
pub struct Function {
    pub name: &'static str,
    /// With the number that it is called on.
    pub operands: usize,
    /// The gradient in each operand.
    pub gradients: fn(&Local<'_>) -> Vec<TokenStream>,
    /// The derivative is 0 wherever there is one.
    pub is_flat: bool,
}

/// The names at one call: what goes in, what comes out, and the gradient in that.
pub struct Local<'a> {
    pub operands: &'a [TokenStream],
    pub result: &'a TokenStream,
    pub upstream: &'a TokenStream,
    /// `f64` or `f32`.
    pub float: &'a Ident,
}

/// The gradient of a function of one number, of `x`, its result `y` and the upstream gradient `g`.
macro_rules! unary {
    ($name:literal, |$x:ident, $y:ident, $g:ident, $float:ident| $($gradient:tt)*) => {
        Function {
            name: $name,
            operands: 1,
            gradients: |local| {
                #[allow(unused_variables)]
                let ($x, $y, $g, $float) = (&local.operands[0], local.result, local.upstream, local.float);
                vec![quote!($($gradient)*)]
            },
            is_flat: false,
        }
    };
}

/// Of two numbers.
macro_rules! binary {
    ($name:literal, |$a:ident, $b:ident, $y:ident, $g:ident| [$($first:tt)*], [$($second:tt)*]) => {
        Function {
            name: $name,
            operands: 2,
            gradients: |local| {
                #[allow(unused_variables)]
                let ($a, $b, $y, $g) = (&local.operands[0], &local.operands[1], local.result, local.upstream);
                vec![quote!($($first)*), quote!($($second)*)]
            },
            is_flat: false,
        }
    };
}

/// One whose derivative is 0 wherever it exists.
macro_rules! flat {
    ($name:literal) => {
        Function { name: $name, operands: 1, gradients: |_| Vec::new(), is_flat: true }
    };
}

pub static FUNCTIONS: &[Function] = &[
    unary!("abs", |x, y, g, float| if #x == 0.0 { 0.0 } else { #g * #x.signum() }),
    unary!("acos", |x, y, g, float| -#g / (1.0 - #x * #x).sqrt()),
    unary!("acosh", |x, y, g, float| #g / (#x * #x - 1.0).sqrt()),
    unary!("asin", |x, y, g, float| #g / (1.0 - #x * #x).sqrt()),
    unary!("asinh", |x, y, g, float| #g / (#x * #x + 1.0).sqrt()),
    unary!("atan", |x, y, g, float| #g / (1.0 + #x * #x)),
    binary!("atan2", |a, b, y, g| [#g * #b / (#a * #a + #b * #b)], [-#g * #a / (#a * #a + #b * #b)]),
    unary!("atanh", |x, y, g, float| #g / (1.0 - #x * #x)),
    unary!("cbrt", |x, y, g, float| #g / (3.0 * #y * #y)),
    flat!("ceil"),
    Function {
        name: "clamp",
        operands: 3,
        gradients: |local| {
            let [x, least, most] = local.operands else { return Vec::new() };
            let g = local.upstream;
            vec![
                quote!(if #x < #least || #x > #most { 0.0 } else { #g }),
                quote!(if #x < #least { #g } else { 0.0 }),
                quote!(if #x > #most { #g } else { 0.0 }),
            ]
        },
        is_flat: false,
    },
    unary!("cos", |x, y, g, float| -#g * #x.sin()),
    unary!("cosh", |x, y, g, float| #g * #x.sinh()),
    unary!("exp", |x, y, g, float| #g * #y),
    unary!("exp2", |x, y, g, float| #g * #y * ::core::#float::consts::LN_2),
    unary!("exp_m1", |x, y, g, float| #g * (#y + 1.0)),
    flat!("floor"),
    binary!("hypot", |a, b, y, g| [#g * #a / #y], [#g * #b / #y]),
    unary!("ln", |x, y, g, float| #g / #x),
    unary!("ln_1p", |x, y, g, float| #g / (1.0 + #x)),
    unary!("log10", |x, y, g, float| #g / (#x * ::core::#float::consts::LN_10)),
    unary!("log2", |x, y, g, float| #g / (#x * ::core::#float::consts::LN_2)),
    binary!("max", |a, b, y, g| [if #a >= #b { #g } else { 0.0 }], [if #a >= #b { 0.0 } else { #g }]),
    binary!("min", |a, b, y, g| [if #a <= #b { #g } else { 0.0 }], [if #a <= #b { 0.0 } else { #g }]),
    Function {
        name: "mul_add",
        operands: 3,
        gradients: |local| {
            let ([x, factor, _], g) = (local.operands, local.upstream) else { return Vec::new() };
            vec![quote!(#g * #factor), quote!(#g * #x), quote!(#g)]
        },
        is_flat: false,
    },
    binary!("powf", |a, b, y, g| [#g * #b * #a.powf(#b - 1.0)], [#g * #y * #a.ln()]),
    Function { name: "powi", operands: 2, gradients: |local| vec![power(local)], is_flat: false },
    unary!("recip", |x, y, g, float| -#g * #y * #y),
    flat!("round"),
    flat!("signum"),
    unary!("sin", |x, y, g, float| #g * #x.cos()),
    unary!("sinh", |x, y, g, float| #g * #x.cosh()),
    unary!("sqrt", |x, y, g, float| #g / (2.0 * #y)),
    unary!("tan", |x, y, g, float| #g * (1.0 + #y * #y)),
    unary!("tanh", |x, y, g, float| #g * (1.0 - #y * #y)),
    flat!("trunc"),
];

/// The gradient of `x.powi(n)`; the exponent is a literal or a constant.
fn power(local: &Local<'_>) -> TokenStream {
    let ([x, n], g, float) = (local.operands, local.upstream, local.float) else { return TokenStream::new() };
    match n.to_string().replace(' ', "").parse::<i32>() {
        Ok(0) => TokenStream::new(),
        Ok(1) => g.clone(),
        Ok(2) => quote!(#g * 2.0 * #x),
        Ok(n) => {
            let (factor, exponent) = (Literal::f64_unsuffixed(f64::from(n).abs()), n.saturating_sub(1));
            let sign = (n < 0).then(|| quote!(-));
            quote!(#sign #g * #factor * #x.powi(#exponent))
        }
        Err(_) => quote!(#g * #n as #float * #x.powi(#n - 1)),
    }
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
