//! The code that is written, as a person would read it, and what it computes.

mod evaluate;
mod random;

use evaluate::{Number, Program};
use quote::quote;

/// The functions that stand beside one, formatted.
fn beside(function: proc_macro2::TokenStream) -> String {
    let expansion = super::expand(&quote!(), function);
    let mut file: syn::File = syn::parse2(expansion).expect("functions");
    file.items.remove(0);
    prettyplease::unparse(&file)
}

macro_rules! snapshot {
    ($name:literal, $($function:tt)*) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
            insta::assert_snapshot!($name, [$(beside(quote!$function)),*].join("\n"));
        });
    };
}

#[test]
fn the_courses_flat_code() {
    snapshot!("differentiable_course",
        (fn f(x: f64, y: f64, z: f64) -> f64 {
            let q = x + y;
            q * z
        })
        (fn neuron(w0: f64, x0: f64, w1: f64, x1: f64, w2: f64) -> f64 {
            let s0 = w0 * x0;
            let s1 = w1 * x1;
            let s2 = s0 + s1;
            let s3 = s2 + w2;
            let L = sigmoid(s3);
            L
        })
        (fn sigmoid(x: f64) -> f64 {
            1.0 / (1.0 + (-x).exp())
        })
        (pub(crate) fn multiply(x: f64, y: f64) -> f64 {
            x * y
        })
    );
}

#[test]
fn branches_loops_and_arrays() {
    snapshot!("differentiable_branches",
        (fn huber(error: f64, delta: f64) -> f64 {
            let size = error.abs();
            if size <= delta {
                0.5 * error * error
            } else {
                delta * (size - 0.5 * delta)
            }
        })
        (fn squared_norm(w: &[[f64; 2]; 2], x: [f64; 2]) -> f64 {
            let mut norm = 0.0;
            for row in w {
                let mut q = 0.0;
                for i in 0..x.len() {
                    q += row[i] * x[i];
                }
                norm += q * q;
            }
            norm
        })
        (fn polar(radius: f64, angle: f64) -> [f64; 2] {
            [radius * angle.cos(), radius * angle.sin()]
        })
        (fn moved(x: [f64; 2]) -> f64 {
            let [a, b]: [f64; 2] = geometry::polar(x[0], 2.0 * x[1]);
            a.max(b) + weighted(&x, a, 3.0)
        })
    );
}

/// Compares the gradient of the generated code with central differences of the function itself. False where there is
/// nothing to compare with, because a number on the way is not finite or a kink is near.
fn compare(function: &str, x: &[f64]) -> Result<bool, String> {
    let tokens: proc_macro2::TokenStream = function.parse().expect("tokens");
    let program = Program::new(super::expand(&quote!(), tokens));
    let input = |x: &[f64]| x.iter().map(|x| Number::Float(*x)).collect::<Vec<_>>();
    let value = |x: &[f64]| program.call("f", input(x)).floats()[0];
    let gradient = program.call("f_gradient", input(x)).floats();
    let mut is_compared = true;
    for index in 0..x.len() {
        let step = 1e-6 * x[index].abs().max(1.0);
        let at = |offset: f64| {
            let mut x = x.to_vec();
            x[index] += offset;
            value(&x)
        };
        let expected = (at(step) - at(-step)) / (2.0 * step);
        let error = (gradient[index] - expected).abs() / expected.abs().max(1.0);
        // Beside a kink or a pole differences say nothing.
        let one_sided = [(at(step) - at(0.0)) / step, (at(0.0) - at(-step)) / step];
        let is_smooth = (one_sided[0] - one_sided[1]).abs() <= 1e-3 * expected.abs().max(1.0);
        if !is_smooth || program.has_overflown() {
            is_compared = false;
        } else if error.is_nan() || error > 1e-5 {
            return Err(format!("{function}\nat {x:?}: {} instead of {expected} in argument {index}", gradient[index]));
        }
    }
    Ok(is_compared)
}

#[test]
fn gradients_of_random_functions_are_those_of_central_differences() {
    let functions = std::env::var("CASES").map_or(1200, |cases| cases.parse().expect("a number"));
    let mut compared = 0;
    for seed in 0..functions {
        let (function, x) = random::function(seed);
        let is_compared = compare(&function, &x).unwrap_or_else(|message| panic!("seed {seed}: {message}"));
        compared += usize::from(is_compared);
    }
    assert!(compared * 10 > functions * 9, "only {compared} of {functions} functions could be compared");
}

#[test]
fn every_function_has_its_derivative() {
    for function in super::functions::FUNCTIONS {
        let name = function.name;
        let (arguments, call) = match (name, function.operands) {
            ("powi", _) => ("x: f64", "x.powi(3) - x.powi(-2) + x.powi(2)".to_owned()),
            (_, 1) => ("x: f64", format!("x.{name}()")),
            (_, 2) => ("x: f64, y: f64", format!("x.{name}(y)")),
            _ => ("x: f64, y: f64, z: f64", format!("x.{name}(y, z)")),
        };
        let text = format!("fn f({arguments}) -> f64 {{ 3.0 * {call} }}");
        for shift in [0.0, 0.25, 0.5, 0.75] {
            // `acosh` is for numbers above 1, `asin` for those below.
            let first = if name == "acosh" { 1.5 } else { 0.1 } + shift / 2.0;
            let x = [first, 0.3 + shift, 0.9 + shift];
            let count = arguments.matches(':').count();
            compare(&text, &x[..count]).unwrap_or_else(|message| panic!("{message}"));
        }
    }
}

/// What is wrong with a function, in the words of the message.
fn message(function: proc_macro2::TokenStream) -> String {
    let expansion = super::expand(&quote!(), function).to_string();
    let start = expansion.find("compile_error ! {").unwrap_or_else(|| panic!("no error: {expansion}"));
    expansion[start + 17..].to_owned()
}

#[test]
fn what_cannot_be_differentiated_is_said() {
    let cases = [
        (
            quote!(
                fn f(x: u32) -> f64 {
                    1.0
                }
            ),
            "castnet differentiates numbers and arrays of them",
        ),
        (
            quote!(
                fn f(x: f64, y: f32) -> f64 {
                    x
                }
            ),
            "`f32` beside `f64`",
        ),
        (
            quote!(
                fn f<T>(x: f64) -> f64 {
                    x
                }
            ),
            "a function with parameters of its own",
        ),
        (
            quote!(
                fn f() -> f64 {
                    1.0
                }
            ),
            "no argument",
        ),
        (
            quote!(
                fn f(x: f64) {}
            ),
            "returns nothing",
        ),
        (
            quote!(
                fn f(x: [f64; N]) -> f64 {
                    x[0]
                }
            ),
            "write it as a number",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    x.gamma()
                }
            ),
            "castnet has no derivative of `gamma`; it knows abs, acos",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    while x > 0.0 {}
                    x
                }
            ),
            "use `for i in 0..10`",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    if x > 0.0 {
                        return 1.0;
                    }
                    x
                }
            ),
            "not an early `return`",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    for i in 0..n {}
                    x
                }
            ),
            "the range has to be known",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    match x {
                        _ => x,
                    }
                }
            ),
            "castnet follows `let`, arithmetic",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    x % 2.0
                }
            ),
            "does not differentiate it",
        ),
        (
            quote!(
                fn f(x: [f64; 2]) -> f64 {
                    x[2]
                }
            ),
            "the index is 2 here, and there are 2 elements",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    2 * x
                }
            ),
            "write `2.0` for a number",
        ),
        (
            quote!(
                fn f(x: f64) -> f64 {
                    for i in 0..9999 {
                        for j in 0..9 {
                            x.sin();
                        }
                    }
                    x
                }
            ),
            "more than 10000 operations",
        ),
        (
            quote!(
                fn f(&self) -> f64 {
                    1.0
                }
            ),
            "a method cannot be differentiated",
        ),
        (
            quote!(
                fn f(x: f64) -> [f64; 2] {
                    [x]
                }
            ),
            "another shape is returned",
        ),
        (
            quote!(
                struct F;
            ),
            "stands before a function",
        ),
    ];
    for (function, expected) in cases {
        let text = function.to_string();
        let message = message(function);
        assert!(message.contains(expected), "{text}: {message}");
    }
}
