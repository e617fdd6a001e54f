//! Random blocks in one another compile: what they expand to is Rust that the borrow checker lets through.

use std::fmt::Write as _;
use std::path::Path;

#[path = "../macros/src/random.rs"]
#[allow(dead_code)]
mod random;

use random::{Choice, Random, declaration};

/// In one crate; more would take longer than all other tests.
const DECLARATIONS: usize = 200;

/// The seed is `SEED`, or always the same.
#[test]
fn random_declarations_compile() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut random = Random::new(seed);
    let mut program = String::from("#![allow(dead_code)]\n");
    for number in 0..DECLARATIONS {
        // Layers of the user's own have a test of theirs.
        let choice = Choice { own: false, parameters: true, slices: true, most: 8 };
        let text = declaration(&mut random, &format!("N{number}"), choice);
        writeln!(program, "castnet::network! {{ {text} }}").unwrap();
    }
    program.push_str("fn main() {}\n");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("random_blocks.rs");
    std::fs::write(&path, program).unwrap();
    trybuild::TestCases::new().pass(path);
}
