//! Strings as they stand in JSON.

use core::fmt::{self, Debug, Display, Formatter, Write as _};

/// A string of a header, as it stands there: with what is escaped in it.
///
/// ```
/// use castnet_safetensors::Header;
///
/// let json = br#"{"caf\u00e9":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#;
/// let header = Header::parse(json).unwrap();
/// assert!(header.tensors().next().unwrap().name == *"café");
/// ```
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// Between the quotes; its escapes are whole.
    pub(crate) raw: &'a str,
}

impl<'a> Text<'a> {
    /// The characters that are meant.
    pub fn chars(self) -> TextChars<'a> {
        TextChars { raw: self.raw.chars() }
    }
}

/// The characters of a [`Text`].
#[derive(Clone)]
pub struct TextChars<'a> {
    raw: core::str::Chars<'a>,
}

impl Iterator for TextChars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.raw.next()? {
            '\\' => self.escaped(),
            other => Some(other),
        }
    }
}

impl TextChars<'_> {
    /// What is meant by what follows a backslash; `None` if nothing is.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.raw.next()? {
            same @ ('"' | '\\' | '/') => same,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.code_point(),
            _ => return None,
        })
    }

    /// Four hexadecimal digits, or two times four for a character that does not fit in 16 bits.
    fn code_point(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if self.raw.next() != Some('\\') || self.raw.next() != Some('u') {
            return None;
        }
        let second = self.unit().filter(|second| (0xdc00..0xe000).contains(second))?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn unit(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |unit, _| Some(unit * 16 + self.raw.next()?.to_digit(16)?))
    }

    /// Whether all that is escaped is a character.
    pub(crate) fn is_whole(&self) -> bool {
        let mut rest = self.clone();
        while let Some(letter) = rest.raw.next() {
            if letter == '\\' && rest.escaped().is_none() {
                return false;
            }
        }
        true
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Display for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|letter| formatter.write_char(letter))
    }
}

impl Debug for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(raw: &str, meant: &str) -> bool {
        let text = Text { raw };
        text.chars().is_whole() && text == *meant
    }

    #[test]
    fn escapes_are_what_they_mean() {
        assert!(is("fc1.weight", "fc1.weight"));
        assert!(is(r#"a\"\\\/\b\f\n\r\tz"#, "a\"\\/\u{8}\u{c}\n\r\tz"));
        assert!(is(r"\u0041\u00e9\ud83d\ude00é", "Aé😀é"));
        assert!(!is("fc1", "fc1.") && !is("fc1.", "fc1"));
    }

    #[test]
    fn broken_escapes_are_found() {
        for raw in [r"\x", r"\u12", r"\u12g4", r"\ud800", r"\ud800\u0041", r"\ud800\n", r"\udc00", "\\"] {
            assert!(!Text { raw }.chars().is_whole(), "{raw}");
        }
    }
}
