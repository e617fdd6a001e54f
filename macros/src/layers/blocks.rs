//! The kinds of blocks: layers in braces.

use super::signature::{ArgumentRule, Signature};

/// Every kind of block.
pub const BLOCKS: &[Signature] = &[
    Signature { kind: "residual", arguments: &[ArgumentRule::positional("shortcut")] },
    Signature { kind: "concat", arguments: &[] },
    Signature { kind: "sum", arguments: &[] },
    Signature { kind: "repeat", arguments: &[ArgumentRule::positional("times")] },
];

/// What stands behind the name of a block; `None` if it is the name of none.
pub fn braces(kind: &str) -> Option<&'static str> {
    let block = BLOCKS.iter().find(|block| block.kind == kind)?;
    Some(if matches!(block.kind, "concat" | "sum") { "{ { .. }, { .. } }" } else { "{ .. }" })
}
