//! Whole expansions, as a person would read them.

use quote::quote;

use super::expand;

/// The expansion of a declaration, formatted.
fn expansion(declaration: proc_macro2::TokenStream) -> String {
    let file = syn::parse2(expand(quote!(::castnet; #declaration))).expect("the expansion is items");
    prettyplease::unparse(&file)
}

macro_rules! snapshot {
    ($name:literal, $($declaration:tt)*) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, expansion(quote!($($declaration)*)));
        });
    };
}

#[test]
fn lenet5() {
    snapshot!("lenet5",
        /// LeNet-5 for 28x28 grey digits.
        pub struct LeNet5 {
            input: [1, 28, 28],
            conv1: conv2d(6, kernel = 5),
            relu,
            max_pool2d(2),
            conv2: conv2d(16, kernel = 5) -> [16, 8, 8],
            relu,
            max_pool2d(2),
            flatten,
            fc1: dense(120), relu,
            fc2: dense(84), relu,
            logits: dense(10),
        }
    );
}

#[test]
fn small_with_stages() {
    snapshot!("small_with_stages",
        /// Everything that needs more than a call for each layer.
        #[derive(PartialEq)]
        pub(crate) struct Small<f64> {
            input: [1, 6, 6],
            conv: conv2d(2, kernel = 3, padding = same),
            batch_norm,
            relu,
            max_pool2d(2),
            flatten,
            dropout(0.5),
            dense(4, bias = false), tanh,
            #[frozen]
            logits: dense(3, init = normal(0.01)),
        }
    );
}

#[test]
fn perceptron_of_constants() {
    snapshot!("perceptron_of_constants",
        struct Perceptron {
            input: [2 * N + 1],
            dense(HIDDEN), leaky_relu(SLOPE),
            dense(L) -> [ACTIONS], softmax,
        }
    );
}

#[test]
fn inputs_and_heads() {
    snapshot!("inputs_and_heads",
        /// Two inputs, two heads.
        pub struct Robot {
            input: {
                /// What the camera sees.
                image: [1, 4, 4],
                speed: [3],
            },
            conv2d(2, kernel = 3), relu,
            flatten,
            concat { {}, { speed, slice(1..3), tanh } },
            concat {
                steer: { dense(2), softmax },
                brake: { dense(1), dropout(0.5) },
            },
        }
    );
}

#[test]
fn policy_of_any_size() {
    snapshot!("policy_of_any_size",
        pub struct Policy<const OBSERVATION: usize, const ACTION: usize> {
            input: [OBSERVATION],
            hidden: dense(8), tanh,
            dense(ACTION),
        }
    );
}

#[test]
fn layers_of_the_users_own() {
    snapshot!("layers_of_the_users_own",
        struct Gated {
            input: [4],
            gate: layer(gates::Gate::<4>), relu,
            residual { layer(gates::Gate::<4>) },
            layer(Total) -> [1],
        }
    );
}

#[test]
fn with_errors() {
    snapshot!("with_errors",
        pub struct Wrong {
            input: [784],
            hidden: dence(128), relu,
            logits: dense(10, bias = 1),
        }
    );
}

#[test]
fn errors_alone_without_a_name() {
    let items = expand(quote!(::castnet; enum Wrong {})).to_string();
    assert_eq!(items.matches("compile_error").count(), 1);
    assert!(!items.contains("struct Wrong {"));
    assert!(expand(quote!()).to_string().contains("compile_error"));
}

/// Expressions are parsed, folded and dropped by recursion: what is let through must be safe for the stack of a thread.
#[test]
fn the_longest_expressions_do_not_overflow_the_stack() {
    for repeated in ["-", "!", "&", "1 + ", "|| ", "*", "if A { 1 } else ", "A = ", "return ", "A .. ", "A as "] {
        let expression = repeated.repeat(150 / repeated.split_inclusive(' ').count());
        let declaration = format!("::castnet; struct N {{ input: [4], dense({expression}1), nothing }}");
        assert!(expand(declaration.parse().unwrap()).to_string().contains("compile_error"), "{repeated}");
    }
}

/// Declarations that random ones have found to expand to something else than Rust.
#[test]
fn odd_values_lead_to_items() {
    for layers in [
        "stage: repeat(2) { conv2d(1, kernel = crate) }, dense(2)",
        "conv2d(1, kernel = if a { 1 } else { 2 }, stride = 2)",
        "layer(#[frozen] ::B)",
        "flatten, dense(if a { 1 } else { 2 } + 1), dense(1 << N), dense(N as usize), dense(match N { _ => 3 })",
    ] {
        let declaration = format!("::castnet; struct N {{ input: [2, 8, 8], {layers} }}");
        assert!(syn::parse2::<syn::File>(expand(declaration.parse().unwrap())).is_ok(), "{layers}");
    }
}

/// Whatever tokens come, the answer is items: no panic, and an error or a network.
#[test]
fn mutilated_declarations_do_not_panic() {
    let declaration = "#[derive(Debug)] pub struct N<f32> { input: [1, 6 + 2, 8], #[frozen] c: conv2d(2, kernel = [3, 3], \
                       padding = same) -> [2, 8, 8], batch_norm, max_pool2d(2), flatten, dropout(0.5), d: dense(4 * N, init = normal(0.1)), }";
    let tokens: Vec<String> =
        declaration.split_inclusive(|sign: char| !sign.is_alphanumeric()).map(str::to_owned).collect();
    let expand_text = |text: String| {
        if let Ok(tokens) = format!("::castnet; {text}").parse() {
            let items = expand(tokens);
            assert!(syn::parse2::<syn::File>(items).is_ok(), "{text}");
        }
    };
    for place in 0..tokens.len() {
        let mut without = tokens.clone();
        let removed = without.remove(place);
        expand_text(without.concat());
        let replacement = ["0", ",", "x", "=", "-1", "[", "99999999999", "::"][place % 8];
        without.insert(place, format!("{removed} {replacement} "));
        expand_text(without.concat());
    }
}
