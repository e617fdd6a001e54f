//! Writes `shadowed.rs`: every identifier that the snapshots of expansions say as a type, a value, a macro and a method of
//! everything, and networks of random layers beside them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[path = "../../macros/src/random.rs"]
#[allow(dead_code)]
mod random;

use random::{declaration, Choice, Random};

const SNAPSHOTS: &str = "../../../macros/src/snapshots";

/// Words of the language in some edition; nothing can have these names.
const KEYWORDS: &[&str] = &[
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self", "static", "struct",
    "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

/// Macros that derives might use.
const MACROS: &[&str] =
    &["assert", "assert_eq", "debug_assert", "format", "matches", "panic", "unreachable", "vec", "write"];

/// Networks with what random ones do not have.
const NETWORKS: &str = "
    pub const WIDTH: ::core::primitive::usize = 3;
    pub const SLOPE: ::core::primitive::f64 = 0.1;
    ::castnet::network! {
        #[derive(Default, PartialEq)]
        pub struct Constants { input: [WIDTH, 4, 4], conv2d(WIDTH, kernel = 2, stride = 2), leaky_relu(SLOPE), flatten,
            dropout(SLOPE), dense(2 * WIDTH, init = normal(SLOPE)), dense(WIDTH) }
    }
    ::castnet::network! { pub struct Sizes<f64, const L: usize, const N: usize, const S: usize, const simd: usize> {
        input: [L], dense(N), batch_norm, relu, residual { dense(S), tanh, dense(N) }, dense(simd) } }
    ::castnet::network! { pub struct InPlace { input: [4], concat { { relu }, { tanh } }, softmax } }
    ::castnet::network! { pub struct Parts { input: { image: [1, WIDTH, 3], speed: [WIDTH] }, flatten, dense(2),
        concat { {}, { speed, slice(1..2) } }, concat { policy: { dense(4) }, value: { dense(1) } } } }
    ::castnet::network! { pub struct OwnLayers<f64> { input: [WIDTH], gate: layer(crate::own_layers::Gate::<{ WIDTH }>), relu,
        residual { layer(crate::own_layers::Gate::<3>), batch_norm }, layer(crate::own_layers::Total) -> [1], dense(2) } }
    ::castnet::network! { pub struct Nothing { input: [4], dropout(0.5) } }
";

fn main() {
    println!("cargo::rerun-if-changed={SNAPSHOTS}");
    println!("cargo::rerun-if-changed=../build.rs");
    println!("cargo::rerun-if-changed=../../../macros/src/random.rs");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(SNAPSHOTS).expect("the snapshots of the macro") {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("text");
        // The head of a snapshot is about the test.
        let code = text.splitn(3, "---").nth(2).expect("a head and code");
        names.extend(identifiers(code));
    }
    let is_whole = names.len() > 100 && ["simd", "SMatrix"].iter().any(|&name| names.contains(name));
    assert!(is_whole, "the snapshots say more names than that");
    let mut random = Random::new(5);
    let mut networks = NETWORKS.to_owned();
    for number in 0..30 {
        let text = declaration(
            &mut random,
            &format!("Random{number}"),
            Choice { own: false, parameters: true, slices: true, most: 12 },
        );
        writeln!(networks, "::castnet::network! {{ pub {text} }}").unwrap();
    }
    let path = Path::new(&env::var("OUT_DIR").unwrap()).join("shadowed.rs");
    fs::write(path, program(&names, &networks)).unwrap();
}

/// The identifiers in code that can be names of the user's: without keywords, comments, texts, and what begins with two
/// underscores, which the expansion has for itself.
fn identifiers(code: &str) -> BTreeSet<String> {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let mut names = BTreeSet::new();
    for line in lines {
        for part in line.split('"').step_by(2) {
            let words = part.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let is_name = |word: &&str| word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
            names.extend(words.filter(is_name).map(str::to_owned));
        }
    }
    names.retain(|name| !KEYWORDS.contains(&name.as_str()) && !name.starts_with("__"));
    names
}

fn program(names: &BTreeSet<String>, networks: &str) -> String {
    let mut program = String::new();
    let each = |line: &dyn Fn(&str) -> String| names.iter().map(|name| line(name)).collect::<Vec<_>>().join("\n");
    for name in MACROS.iter().copied().chain(names.iter().map(String::as_str)).collect::<BTreeSet<_>>() {
        let message = format!("a macro `{name}` of the user's is called");
        // These are what the program itself is made of.
        if !["concat", "compile_error", "env", "include"].contains(&name) {
            writeln!(
                program,
                "#[allow(unused_macros)] macro_rules! {name} {{ ($($t:tt)*) => {{ compile_error!({message:?}); }} }}"
            )
            .unwrap();
        }
    }
    writeln!(program, "pub mod types {{ {} }}", each(&|name| format!("pub struct {name};"))).unwrap();
    writeln!(program, "pub mod constants {{ {} }}", each(&|name| format!("pub const {name}: () = ();"))).unwrap();
    writeln!(program, "pub mod variables {{ {} }}", each(&|name| format!("pub static {name}: () = ();"))).unwrap();
    let methods = each(&|name| format!("fn {name}(self) where Self: Sized {{}}"));
    writeln!(program, "pub mod methods {{ pub trait OfEverything {{ {methods} }} impl<T> OfEverything for T {{}} }}")
        .unwrap();
    for module in ["types", "constants", "variables", "methods"] {
        writeln!(program, "pub mod beside_{module} {{ #[allow(unused_imports)] use super::{module}::*; {networks} }}")
            .unwrap();
    }
    program
}
