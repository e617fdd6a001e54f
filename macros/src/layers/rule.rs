//! What the macro knows about a kind before it has seen a use of it.

use super::call::Call;
use super::facts::Facts;
use super::signature::{ArgumentRule, Signature};

/// What the macro knows about one kind of layer.
pub trait LayerRule: Sync {
    /// The kind's name in declarations.
    fn kind(&self) -> &'static str;

    /// What may stand in parentheses; positional ones first.
    fn arguments(&self) -> &'static [ArgumentRule] {
        &[]
    }

    /// Whether it can be given tokens: whole numbers that name something, and that others may not compute with.
    fn takes_tokens(&self) -> bool {
        false
    }

    /// Reads the arguments, reports what is wrong with them or with the shape that comes in, and states the facts.
    ///
    /// After an error the facts are the best guess: the check goes on with them, and the items that are emitted
    /// beside the error have their names and types from them.
    fn check(&self, call: &Call<'_>) -> Facts;

    /// What a use of it is compared with.
    fn signature(&self) -> Signature {
        Signature { kind: self.kind(), arguments: self.arguments() }
    }
}
