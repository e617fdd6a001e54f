//! Texts for messages of the compiler.

use crate::Outputs;

/// A text that is put together at compile time.
pub(super) struct Text {
    bytes: [u8; Text::ROOM],
    len: usize,
}

impl Text {
    const ROOM: usize = 512;
    pub const EMPTY: Self = Self { bytes: [0; Self::ROOM], len: 0 };

    /// The text with one more part, or with as much of it as there is room for, in whole letters.
    pub const fn with(mut self, part: &str) -> Self {
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

    /// The text with a number behind it.
    pub const fn with_number(self, number: usize) -> Self {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let text = if number >= 10 { self.with_number(number / 10) } else { self };
        text.with(DIGITS[number % 10])
    }

    /// What outputs are called: a network, or a head of one.
    pub const fn name_of<N: Outputs>() -> Self {
        match N::HEAD {
            None => Self::EMPTY.with("`").with(N::NETWORK).with("`"),
            Some(head) => Self::EMPTY.with("the head `").with(head).with("` of `").with(N::NETWORK).with("`"),
        }
    }

    /// How many outputs there are, as the beginning of a sentence.
    pub const fn outputs_of<N: Outputs>() -> Self {
        let text = Self::name_of::<N>().with(" has ");
        if N::LEN == 1 { text.with("one output") } else { text.with_number(N::LEN).with(" outputs") }
    }

    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_with_a_whole_letter() {
        assert_eq!(Text::EMPTY.with("a").with("ß").as_str(), "aß");
        let long = "ß".repeat(300);
        assert_eq!(Text::EMPTY.with("a").with(&long).as_str(), format!("a{}", "ß".repeat(255)));
        assert_eq!(Text::EMPTY.with_number(0).with(" ").with_number(1_203).as_str(), "0 1203");
    }
}
