//! The tables of layers and blocks that users read hold what there is.

use std::collections::BTreeSet;

use super::signature::Signature;
use super::{BLOCKS, LayerRule, rules};

/// The reference of `network!`.
const REFERENCE: &str = include_str!("../../../runtime/docs/network.md");

/// The cells of each row of the table that begins with `head`.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let lines = REFERENCE.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    lines.take_while(|line| line.starts_with('|')).map(|line| line.trim_matches('|').split('|').collect()).collect()
}

/// The kinds that the first cell of a row is about: what stands before parentheses or braces in each piece of code.
fn kinds_of(row: &[&'static str]) -> Vec<&'static str> {
    let code = row[0].split('`').skip(1).step_by(2);
    code.map(|code| code.split(['(', ' ']).next().unwrap_or(code)).collect()
}

fn assert_table(head: &str, signatures: &[Signature]) {
    let rows = table(head);
    let documented: BTreeSet<&str> = rows.iter().flat_map(|row| kinds_of(row)).collect();
    assert_eq!(documented, signatures.iter().map(|signature| signature.kind).collect(), "{head}");
    for Signature { kind, arguments } in signatures {
        for argument in arguments.iter().filter(|argument| !argument.positional) {
            let is_told = rows.iter().any(|row| kinds_of(row).contains(kind) && row.concat().contains(argument.name));
            assert!(is_told, "`{kind}`: the table does not say `{}`", argument.name);
        }
    }
}

#[test]
fn the_reference_has_every_layer_and_block() {
    assert_table("| layer |", &rules().map(LayerRule::signature).collect::<Vec<_>>());
    assert_table("| block |", BLOCKS);
}
