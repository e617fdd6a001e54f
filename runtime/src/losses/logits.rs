//! Whether the outputs of a network are logits: a check that the compiler makes.

use super::text::Text;
use crate::Outputs;
use crate::network::equals;

/// A loss that takes logits.
pub(super) trait OfLogits {
    const NAME: &'static str;
}

/// Panics at its caller if `N` does not end in numbers of any size, one for each of several classes, as the loss `C` takes
/// them.
#[track_caller]
pub(super) const fn check<N: Outputs, C: OfLogits>() {
    if let Some(fault) = fault::<N, C>() {
        panic!("{}", fault.as_str());
    }
}

/// What is wrong with the outputs, if anything is.
const fn fault<N: Outputs, C: OfLogits>() -> Option<Text> {
    let name = match N::HEAD {
        None => Text::EMPTY.with("`").with(N::NETWORK).with("`"),
        Some(head) => Text::EMPTY.with("the head `").with(head).with("` of `").with(N::NETWORK).with("`"),
    };
    if N::LEN == 1 {
        let text = name.with(" has one output, but `").with(C::NAME);
        let text = text.with("` takes one for each class, and of one class it says nothing");
        return Some(text.with(": end in an output for each class"));
    }
    let Some(last) = N::LAST_LAYER else { return None };
    let reason = if equals(last.kind, "softmax") {
        "takes the softmax itself"
    } else if equals(last.kind, "relu") {
        "takes outputs of either sign, and relu leaves none below zero"
    } else if equals(last.kind, "sigmoid") {
        "takes outputs of any size, and sigmoid leaves none below zero or above one"
    } else {
        return None;
    };
    let text = name.with(" ends in `").with(last.name);
    Some(text.with("`, but `").with(C::NAME).with("` ").with(reason).with(": leave the layer out"))
}
