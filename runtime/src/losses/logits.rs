//! Whether the outputs of a network are logits: a check that the compiler makes.

use super::text::Text;
use crate::Outputs;
use crate::network::equals;

/// A loss that takes logits: numbers of any size.
pub(super) trait OfLogits {
    const NAME: &'static str;
    /// Whether one output is enough.
    const ONE_OUTPUT: bool = false;
    /// What the loss does that a softmax has done already, or undoes.
    const SOFTMAX: &'static str = "takes the softmax itself";
    /// What the loss does that a sigmoid has done already, or undoes.
    const SIGMOID: &'static str = "takes outputs of any size, and sigmoid leaves none below zero or above one";
}

/// What losses say of a softmax that compare scores.
pub(super) const SOFTMAX_BEFORE_SCORES: &str =
    "takes scores of any size, and softmax leaves none below zero or above one";

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
    if N::LEN == 1 && !C::ONE_OUTPUT {
        let text = Text::outputs_of::<N>().with(", but `").with(C::NAME);
        let text = text.with("` takes one for each class, and of one class it says nothing");
        return Some(text.with(": end in an output for each class"));
    }
    let Some(last) = N::LAST_LAYER else { return None };
    let reason = if equals(last.kind, "softmax") {
        C::SOFTMAX
    } else if equals(last.kind, "relu") {
        "takes outputs of either sign, and relu leaves none below zero"
    } else if equals(last.kind, "sigmoid") {
        C::SIGMOID
    } else {
        return None;
    };
    let text = Text::name_of::<N>().with(" ends in `").with(last.name);
    Some(text.with("`, but `").with(C::NAME).with("` ").with(reason).with(": leave the layer out"))
}

/// Panics at its caller if there are class weights, but not one for each output.
#[track_caller]
pub(super) const fn check_weights<N: Outputs>(weights: usize) {
    if weights == 0 || weights == N::LEN {
        return;
    }
    let text = Text::outputs_of::<N>().with(", and these are ").with_number(weights);
    panic!("{}", text.with(" class weights: write one for each output").as_str());
}
