//! Whatever tokens come, the answer is items: no panic, no hang, no overflow of the stack.
//!
//! Declarations are mutilated token by token, and token trees are grown at random. `cargo test` tries some thousand;
//! `CASES=1000000 cargo test --release -p castnet-macros robustness` tries a million.

use proc_macro2::TokenStream;

use super::expand;
use super::random::Random;
use crate::layers::signatures;

/// Where mutilation starts. Together they hold every layer and block, and every argument that has to be named.
const DECLARATIONS: &[&str] = &[
    "#[derive(Debug)] pub struct N<f32> { input: [1, 6 + 2, 8], #[frozen] c: conv2d(2, kernel = [3, 3], padding = same) \
     -> [2, 8, 8], batch_norm, max_pool2d(2), flatten, dropout(0.5), d: dense(4 * N, init = normal(0.1)), softmax, \
     prelu(per_channel = true, initial = -0.5), gelu, layer_norm(epsilon = 0.1), silu }",
    "struct N<f64> { input: [K], residual { dense(K), tanh }, b: residual(project) { dense(3), sigmoid }, \
     sum { {}, { relu } }, concat { left: { dense(2) }, { leaky_relu(0.1), layer(a::B) } } -> [5] }",
    "struct N<f64, const A: usize, const B: usize> { input: [A], dense(B), tanh, residual { dense(B, bias = false) }, \
     repeat(2) { residual(project) { dense(A) }, batch_norm }, x: sum { {}, { dense(3), dense(A) } } -> [A], dense(K) }",
    "pub(crate) struct N { input: [2, 8, 8], stage: repeat(3) { c: conv2d(2, kernel = 3, stride = 1, padding = 1, bias = \
     false, rounding = floor), batch_norm, relu }, concat { { conv2d(1, kernel = 1) }, { repeat(2) { residual(project) { \
     conv2d(3, kernel = 2, stride = 2) } } } }, avg_pool2d([2, 1], stride = [1, 2], rounding = floor) }",
    "struct N { input: [2, 40], c: conv1d(3, kernel = 3, dilation = 4, padding = causal), residual(project) { conv1d(4, kernel \
     = 2, stride = 2, padding = [1, 0]) } -> [4, 20], max_pool1d(2), avg_pool1d(3, stride = 2, rounding = floor), flatten }",
    "struct N { input: { words: tokens[5] < 9, speed: [2] }, slice(1..4), embedding(3, padding_index = 0, init = \
     normal(0.1)), flatten, concat { {}, { speed } } }",
    "struct N { input: { image: [1, 6, 6], speed: [3], place: [K] }, conv2d(4, kernel = 3), slice(1..3), flatten, \
     concat { {}, { speed, dense(2), slice(..1) }, { place } }, concat { policy: { dense(4) }, value: { dense(1) } } }",
];

/// What is put in place of tokens, or between them.
const WORDS: &[&str] = &[
    "input",
    "dense",
    "conv2d",
    "conv1d",
    "max_pool1d",
    "residual",
    "concat",
    "sum",
    "repeat",
    "layer",
    "relu",
    "batch_norm",
    "project",
    "same",
    "causal",
    "dilation",
    "floor",
    "kernel",
    "stride",
    "padding",
    "init",
    "units",
    "bias",
    "struct",
    "pub",
    "type",
    "_",
    "self",
    "r#fn",
    "N",
    "x",
    "frozen",
    "doc",
    "f64",
    "0",
    "1",
    "2",
    "7",
    "1000",
    "99999999999",
    "4294967295",
    "18446744073709551615",
    "-1",
    "0.5",
    "1e400",
    "3u8",
    "\"text\"",
    "'c'",
    "b'x'",
    "'a",
    "true",
    ",",
    ";",
    ":",
    "::",
    "->",
    "=",
    "==",
    "=>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "&",
    "|",
    "||",
    "..",
    "<",
    ">",
    "#",
    "$",
    "?",
    "@",
    "[]",
    "()",
    "{}",
    "[3, 3]",
    "[[1, 0], 2]",
    "{ relu }",
    "(2)",
    "#[frozen]",
    "#[cfg(x)]",
    "if a { 1 } else { 2 }",
    "|x| x",
    "loop {}",
    "1 / 0",
    "3 - 4",
];

/// Single tokens, brackets included: `{ relu }` is three.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        tokens.push(letter.to_string());
    }
    tokens
}

/// A declaration with one to eight tokens removed, exchanged, doubled, replaced or inserted.
fn mutilated(random: &mut Random) -> String {
    let mut tokens = tokens(random.pick(DECLARATIONS));
    for _ in 0..=random.below(8) {
        let (place, other) = (random.below(tokens.len()), random.below(tokens.len()));
        match random.below(6) {
            0 => drop(tokens.remove(place)),
            1 => tokens.swap(place, other),
            2 => tokens.insert(place, tokens[other].clone()),
            3 => tokens[place] = format!(" {} ", random.pick(WORDS)),
            4 => tokens.insert(place, format!(" {} ", random.pick(WORDS))),
            _ => {
                // A whole run once more: deeper nesting, longer lists.
                let (first, last) = (place.min(other), place.max(other));
                let run: Vec<String> = tokens[first..last.min(first + 30)].to_vec();
                tokens.splice(first..first, run);
            }
        }
    }
    tokens.concat()
}

/// A declaration of words and brackets at random.
fn grown(random: &mut Random, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..random.below(12) {
        text.push_str(random.pick(WORDS));
        let (open, close) = [("(", ")"), ("[", "]"), ("{", "}"), ("", "")][random.below(4)];
        if depth < 6 && random.below(3) == 0 {
            text.push_str(&format!(" {open} {} {close}", grown(random, depth + 1)));
        }
        text.push_str([" ", ", ", ", ", ": "][random.below(4)]);
    }
    text
}

/// What the wrapper hands over; `None` if these are no tokens, because a bracket is missing.
fn declaration(text: &str) -> Option<TokenStream> {
    format!("::castnet; {text}").parse().ok()
}

fn cases() -> usize {
    std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3_000)
}

#[test]
fn mutilation_starts_with_every_kind_and_argument() {
    let words: Vec<String> = DECLARATIONS.iter().flat_map(|text| tokens(text)).collect();
    for signature in signatures() {
        let named = signature.arguments.iter().filter(|argument| !argument.positional).map(|argument| argument.name);
        for word in named.chain([signature.kind]) {
            assert!(words.iter().any(|other| other == word), "no declaration has the `{word}` of `{}`", signature.kind);
        }
    }
}

#[test]
fn random_declarations_lead_to_items() {
    let mut random = Random::new(0);
    let (mut tried, cases) = (0, cases());
    while tried < cases {
        let text = match random.below(4) {
            0 => format!("struct N {{ input: [4], {} }}", grown(&mut random, 0)),
            1 => grown(&mut random, 0),
            _ => mutilated(&mut random),
        };
        // A million texts are too many to know where each token came from.
        proc_macro2::extra::invalidate_current_thread_spans();
        let Some(tokens) = declaration(&text) else { continue };
        tried += 1;
        let items = std::panic::catch_unwind(|| expand(tokens)).unwrap_or_else(|_| panic!("{text}"));
        assert!(syn::parse2::<syn::File>(items).is_ok(), "{text}");
    }
}

/// Much of the same, more than anybody would write.
#[test]
fn enormous_declarations_lead_to_items() {
    let network = |layers: String| format!("struct N {{ input: [4], {layers} }}");
    for text in [
        network("relu, ".repeat(20_000)),
        network("residual { relu }, ".repeat(5_000)),
        network("repeat(1000) { ".repeat(30) + &"}".repeat(30)),
        network("repeat(1000) { relu, ".repeat(30) + &"}".repeat(30)),
        network("concat { {}, { ".repeat(14) + "relu" + &"} }".repeat(14)),
        network(format!("concat {{ {} }}", "{}, ".repeat(3_000))),
        network("dense(4), concat { {}, {} }, ".repeat(40)),
        network("{ ".repeat(200) + &" }".repeat(200)),
        network("[".repeat(200) + &"]".repeat(200)),
        network(format!("dense({}4{})", "(".repeat(5_000), ")".repeat(5_000))),
        network(format!("dense(1{})", " + 1".repeat(20_000))),
        network(format!("{}: dense(3)", "x".repeat(100_000))),
        network(format!("dense({})", "9".repeat(10_000))),
        network("a: dense(3), ".repeat(1_500)),
        "#[doc = \"x\"] ".repeat(3_000) + &network("relu".to_owned()),
        format!("struct N<{}> {{ input: [4], relu }}", "f32 ".repeat(5_000)),
    ] {
        let items = expand(declaration(&text).expect("balanced"));
        assert!(syn::parse2::<syn::File>(items).is_ok(), "{}", &text[..60.min(text.len())]);
    }
}
