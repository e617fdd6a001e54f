//! Whether the outputs of a network are logits: a check that the compiler makes.

use core::marker::PhantomData;

use crate::{LayerInfo, Network};

/// Whether `N` ends in numbers of any size, one for each of several classes, as the loss `C` takes them.
pub(super) struct Logits<N, C>(PhantomData<(N, C)>);

/// A loss that takes logits.
pub(super) trait OfLogits {
    const NAME: &'static str;
}

impl<N: Network, C: OfLogits> Logits<N, C> {
    /// Does not compile for a network that ends otherwise.
    pub const CHECK: () = match Self::FAULT {
        None => {}
        Some(fault) => panic!("{}", fault.as_str()),
    };

    const FAULT: &'static Option<Text> = &fault::<N, C>();
}

/// What is wrong with the outputs, if anything is.
const fn fault<N: Network, C: OfLogits>() -> Option<Text> {
    if N::OUTPUT_LEN == 1 {
        let text = Text::EMPTY.with("`").with(N::NAME).with("` has one output, but `").with(C::NAME);
        let text = text.with("` takes one for each class, and of one class it says nothing");
        return Some(text.with(": end in an output for each class"));
    }
    let Some(last) = last_to_change(N::LAYERS) else { return None };
    let reason = if equals(last.kind, "softmax") {
        "takes the softmax itself"
    } else if equals(last.kind, "relu") {
        "takes outputs of either sign, and relu leaves none below zero"
    } else if equals(last.kind, "sigmoid") {
        "takes outputs of any size, and sigmoid leaves none below zero or above one"
    } else {
        return None;
    };
    let text = Text::EMPTY.with("`").with(N::NAME).with("` ends in `").with(last.name);
    Some(text.with("`, but `").with(C::NAME).with("` ").with(reason).with(": leave the layer out"))
}

/// The last layer that changes what it is given: at inference dropout and flatten do not.
const fn last_to_change(layers: &[LayerInfo]) -> Option<&LayerInfo> {
    match layers {
        [] => None,
        [before @ .., last] if equals(last.kind, "dropout") || equals(last.kind, "flatten") => last_to_change(before),
        [.., last] => Some(last),
    }
}

const fn equals(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// A text that is put together at compile time.
struct Text {
    bytes: [u8; Text::ROOM],
    len: usize,
}

impl Text {
    const ROOM: usize = 512;
    const EMPTY: Self = Self { bytes: [0; Self::ROOM], len: 0 };

    /// The text with one more part, or with as much of it as there is room for, in whole letters.
    const fn with(mut self, part: &str) -> Self {
        let mut len = part.len();
        while self.len + len > Self::ROOM || !part.is_char_boundary(len) {
            len -= 1;
        }
        let mut place = 0;
        while place < len {
            self.bytes[self.len + place] = part.as_bytes()[place];
            place += 1;
        }
        self.len += len;
        self
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn layer(name: &'static str, kind: &'static str) -> LayerInfo {
        LayerInfo { name, kind, output_shape: &[2], parameters: 0, receptive_field: &[], multiply_adds: 0 }
    }

    #[test]
    fn layers_that_change_nothing_are_passed_over() {
        let layers = [layer("dense1", "dense"), layer("relu1", "relu"), layer("dropout1", "dropout")];
        assert_eq!(last_to_change(&layers).map(|layer| layer.name), Some("relu1"));
        assert_eq!(last_to_change(&layers[..1]).map(|layer| layer.name), Some("dense1"));
        assert_eq!(last_to_change(&layers[2..]), None);
    }

    #[test]
    fn a_text_ends_with_a_whole_letter() {
        assert_eq!(Text::EMPTY.with("a").with("ß").as_str(), "aß");
        let long = "ß".repeat(300);
        assert_eq!(Text::EMPTY.with("a").with(&long).as_str(), format!("a{}", "ß".repeat(255)));
        assert!(equals("relu", "relu") && !equals("relu", "relu6") && !equals("relu6", "relu") && equals("", ""));
    }
}
