//! Writing headers.

use core::fmt::{self, Display, Formatter, Write};

use crate::Dtype;

/// Writes a header tensor by tensor; their numbers follow in the same order.
///
/// ```
/// use castnet_safetensors::{Dtype, Header, HeaderWriter};
///
/// let mut header = HeaderWriter::new(String::new())?;
/// header.tensor("fc.bias", Dtype::F32, &[2])?;
/// let json = header.finish()?;
/// assert_eq!(json, r#"{"__metadata__":{"format":"pt"},"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}     "#);
/// assert_eq!(Header::parse(json.as_bytes()).unwrap().data_len(), 8);
/// # Ok::<(), core::fmt::Error>(())
/// ```
pub struct HeaderWriter<W> {
    to: Counting<W>,
    /// Where the numbers of the next tensor begin.
    place: u64,
}

impl<W: Write> HeaderWriter<W> {
    /// Begins a header, which says that the order of numbers is PyTorch's.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn new(to: W) -> Result<Self, fmt::Error> {
        Self::with_metadata(to, [])
    }

    /// Begins a header that says more, as pairs of a key and a text.
    ///
    /// ```
    /// use castnet_safetensors::{Header, HeaderWriter};
    ///
    /// let json = HeaderWriter::with_metadata(String::new(), [("by", "a \"person\"")])?.finish()?;
    /// let header = Header::parse(json.as_bytes()).unwrap();
    /// assert!(header.metadata().any(|(key, text)| key == *"by" && text == *"a \"person\""));
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn with_metadata<'a>(
        to: W,
        metadata: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, fmt::Error> {
        let mut to = Counting { to, bytes: 0 };
        to.write_str(r#"{"__metadata__":{"format":"pt""#)?;
        for (key, text) in metadata {
            write!(to, ",{}:{}", Quoted(key), Quoted(text))?;
        }
        to.write_str("}")?;
        Ok(Self { to, place: 0 })
    }

    /// A tensor that follows those before it.
    ///
    /// # Errors
    ///
    /// Those of what is written to.
    pub fn tensor(&mut self, name: &str, dtype: Dtype, shape: &[usize]) -> fmt::Result {
        let numbers = shape.iter().fold(1, |numbers, &size| numbers * size as u64);
        let end = self.place + numbers * dtype.bits() / 8;
        write!(self.to, r#",{}:{{"dtype":"{dtype}","shape":["#, Quoted(name))?;
        for (axis, size) in shape.iter().enumerate() {
            write!(self.to, "{}{size}", if axis == 0 { "" } else { "," })?;
        }
        write!(self.to, r#"],"data_offsets":[{},{end}]}}"#, self.place)?;
        self.place = end;
        Ok(())
    }

    /// Ends the header, with spaces so that numbers begin at a multiple of 8 bytes.
    ///
    /// # Errors
    ///
    /// Those of what is written to.
    pub fn finish(mut self) -> Result<W, fmt::Error> {
        self.to.write_str("}")?;
        while !self.to.bytes.is_multiple_of(8) {
            self.to.write_str(" ")?;
        }
        Ok(self.to.to)
    }
}

struct Counting<W> {
    to: W,
    bytes: usize,
}

impl<W: Write> Write for Counting<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes += text.len();
        self.to.write_str(text)
    }
}

/// A string as JSON writes it.
///
/// ```
/// assert_eq!(castnet_safetensors::Quoted("a \"b\"\n").to_string(), r#""a \"b\"\u000a""#);
/// ```
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(formatter, "\\{letter}")?,
                '\0'..' ' => write!(formatter, "\\u{:04x}", u32::from(letter))?,
                _ => formatter.write_char(letter)?,
            }
        }
        formatter.write_char('"')
    }
}
