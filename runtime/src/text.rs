//! Messages that are put together as a program is compiled.

/// A message of up to `ROOM` bytes; what does not fit is left out.
pub(crate) struct Text<const ROOM: usize> {
    bytes: [u8; ROOM],
    len: usize,
}

impl<const ROOM: usize> Text<ROOM> {
    pub const fn new() -> Self {
        Self { bytes: [0; ROOM], len: 0 }
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub const fn push(&mut self, bytes: &[u8]) {
        let mut place = 0;
        while place < bytes.len() && self.len < ROOM {
            self.bytes[self.len] = bytes[place];
            self.len += 1;
            place += 1;
        }
    }

    pub const fn push_all(&mut self, texts: &[&str]) {
        let mut place = 0;
        while place < texts.len() {
            self.push(texts[place].as_bytes());
            place += 1;
        }
    }

    pub const fn push_number(&mut self, number: u64) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }

    /// `[6, 1, 5, 5]`
    pub const fn push_sizes(&mut self, sizes: &[usize]) {
        self.push(b"[");
        let mut place = 0;
        while place < sizes.len() {
            if place > 0 {
                self.push(b", ");
            }
            self.push_number(sizes[place] as u64);
            place += 1;
        }
        self.push(b"]");
    }

    /// All of it, or as much of it as is whole characters.
    pub const fn as_str(&self) -> &str {
        let bytes = self.bytes.split_at(self.len).0;
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => match core::str::from_utf8(bytes.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_by_whole_characters() {
        let mut text = Text::<12>::new();
        text.push_sizes(&[10, 2]);
        assert_eq!(text.as_str(), "[10, 2]");
        text.push_all(&["abcd", "é"]);
        assert_eq!(text.as_str(), "[10, 2]abcd");
        assert!(!text.is_empty() && Text::<1>::new().is_empty());
    }
}
