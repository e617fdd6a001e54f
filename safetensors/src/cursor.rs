//! A place in the JSON of a header, and what can be read there.

use crate::{Fault, Text};

/// Bytes of a file before its header: the header's length.
const BEFORE: u64 = 8;

#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, place: 0 }
    }

    /// Where it is in the file.
    pub fn byte(&self) -> u64 {
        BEFORE + self.place as u64
    }

    /// The fault that something else stands here.
    pub fn fault(&self, expected: &'static str) -> Fault {
        Fault::Syntax { byte: self.byte(), expected }
    }

    fn next_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    /// Goes to the next token.
    pub fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.next_byte() {
            self.place += 1;
        }
    }

    pub fn is_at_end(&self) -> bool {
        self.place == self.text.len()
    }

    /// Takes a sign if it is the next token.
    pub fn takes(&mut self, sign: u8) -> bool {
        self.skip_space();
        let is_next = self.next_byte() == Some(sign);
        self.place += usize::from(is_next);
        is_next
    }

    pub fn take(&mut self, sign: u8, expected: &'static str) -> Result<(), Fault> {
        if self.takes(sign) { Ok(()) } else { Err(self.fault(expected)) }
    }

    /// Behind an item of a list that ends with `close`: whether there is one more.
    pub fn takes_comma(&mut self, close: u8, expected: &'static str) -> Result<bool, Fault> {
        if self.takes(b',') {
            return Ok(true);
        }
        self.take(close, expected).map(|()| false)
    }

    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.take(b'"', "a string")?;
        let start = self.place;
        loop {
            match self.next_byte() {
                Some(b'"') => break,
                // Whatever is escaped, what follows is not the end.
                Some(b'\\') => self.place += 2,
                Some(0x20..) => self.place += 1,
                _ => return Err(self.fault("a character of a string")),
            }
        }
        // A quote is a character of its own, so these are whole characters.
        let text = Text { raw: &self.text[start..self.place] };
        if !text.chars().is_whole() {
            self.place = start;
            return Err(self.fault("a string whose escapes are characters"));
        }
        self.place += 1;
        Ok(text)
    }

    /// A number without a sign, a fraction or an exponent.
    pub fn number(&mut self) -> Result<u64, Fault> {
        const EXPECTED: &str = "a whole number without a sign that 64 bits hold";
        self.skip_space();
        let start = self.place;
        let mut number = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.next_byte() {
            let next = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
            let Some(next) = next else { return Err(self.fault(EXPECTED)) };
            number = next;
            self.place += 1;
        }
        let digits = &self.text.as_bytes()[start..self.place];
        // JSON has no zeros in front.
        if digits.is_empty() || (digits[0] == b'0' && digits.len() > 1) {
            return Err(self.fault(EXPECTED));
        }
        Ok(number)
    }
}
