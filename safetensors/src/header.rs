//! The header: which tensors a file has, and where.

use crate::cursor::Cursor;
use crate::{Dtype, Fault, Text};

/// Headers have at most so many bytes, as those of the crate `safetensors`.
pub const LARGEST_HEADER: u64 = 100_000_000;

/// How long the header is, by the first 8 bytes of a file.
///
/// # Errors
///
/// [`Fault::HeaderLength`] if it would be longer than [`LARGEST_HEADER`].
pub fn header_len(first: [u8; 8]) -> Result<usize, Fault> {
    let stated = u64::from_le_bytes(first);
    match usize::try_from(stated) {
        Ok(len) if stated <= LARGEST_HEADER => Ok(len),
        _ => Err(Fault::HeaderLength { stated }),
    }
}

/// A header that has been read through: all in it is as the format says.
///
/// Names may be there twice; whoever looks for one of them finds that out.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    text: &'a str,
    data_len: u64,
}

/// What a header says of a tensor.
#[derive(Clone, Copy)]
pub struct Tensor<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// The type of its numbers.
    pub dtype: Dtype,
    /// Its shape.
    pub shape: Sizes<'a>,
    /// Where its numbers begin, in bytes behind the header.
    pub start: u64,
    /// Where they end.
    pub end: u64,
}

impl<'a> Header<'a> {
    /// Reads the header `json` through.
    ///
    /// # Errors
    ///
    /// A [`Fault`] for what is not as the format says.
    pub fn parse(json: &'a [u8]) -> Result<Self, Fault> {
        let text =
            core::str::from_utf8(json).map_err(|error| Fault::NotText { byte: 8 + error.valid_up_to() as u64 })?;
        let mut entries = Entries::new(text);
        let (mut sum, mut end) = (0_u64, 0_u64);
        while let Some(entry) = entries.next()? {
            if let Entry::Tensor(tensor) = entry {
                // Places that overlap so much are a gap's opposite.
                sum = sum.saturating_add(tensor.end - tensor.start);
                end = end.max(tensor.end);
            }
        }
        if sum != end {
            return Err(Fault::Gap { sum, end });
        }
        Ok(Self { text, data_len: end })
    }

    /// How many bytes follow the header: the numbers of all tensors.
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// The tensors, in the order of the header.
    pub fn tensors(&self) -> Tensors<'a> {
        Tensors { entries: Entries::new(self.text) }
    }

    /// What else the header says, as pairs of strings: `format` is `pt` in files for PyTorch.
    pub fn metadata(&self) -> Metadata<'a> {
        let mut entries = Entries::new(self.text);
        loop {
            match entries.next() {
                Ok(Some(Entry::Metadata(metadata))) => return metadata,
                Ok(Some(Entry::Tensor(_))) => {}
                _ => return Metadata { pairs: None },
            }
        }
    }
}

/// The tensors of a [`Header`].
#[derive(Clone)]
pub struct Tensors<'a> {
    entries: Entries<'a>,
}

impl<'a> Iterator for Tensors<'a> {
    type Item = Tensor<'a>;

    fn next(&mut self) -> Option<Tensor<'a>> {
        loop {
            match self.entries.next().ok()?? {
                Entry::Tensor(tensor) => return Some(tensor),
                Entry::Metadata(_) => {}
            }
        }
    }
}

/// The keys and values of a [`Header::metadata`].
#[derive(Clone)]
pub struct Metadata<'a> {
    pairs: Option<Members<'a>>,
}

impl<'a> Iterator for Metadata<'a> {
    type Item = (Text<'a>, Text<'a>);

    fn next(&mut self) -> Option<(Text<'a>, Text<'a>)> {
        let members = self.pairs.as_mut()?;
        let key = members.next().ok()??;
        Some((key, members.cursor.string().ok()?))
    }
}

/// The sizes of a shape.
#[derive(Clone, Copy)]
pub struct Sizes<'a> {
    /// Behind the bracket.
    cursor: Cursor<'a>,
    left: usize,
}

impl Iterator for Sizes<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let size = self.cursor.number().ok()?;
        self.cursor.takes(b',');
        Some(size)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Sizes<'_> {}

/// The members of a JSON object. Between two calls, the value is read from the cursor.
#[derive(Clone)]
struct Members<'a> {
    cursor: Cursor<'a>,
    is_first: bool,
}

impl<'a> Members<'a> {
    fn new(mut cursor: Cursor<'a>) -> Result<Self, Fault> {
        cursor.take(b'{', "`{`")?;
        Ok(Self { cursor, is_first: true })
    }

    /// The next key, or `None` and the cursor behind the object.
    fn next(&mut self) -> Result<Option<Text<'a>>, Fault> {
        let is_first = core::mem::replace(&mut self.is_first, false);
        let goes_on = if is_first { !self.cursor.takes(b'}') } else { self.cursor.takes_comma(b'}', "`,` or `}`")? };
        if !goes_on {
            return Ok(None);
        }
        let key = self.cursor.string()?;
        self.cursor.take(b':', "`:`")?;
        Ok(Some(key))
    }
}

enum Entry<'a> {
    Tensor(Tensor<'a>),
    Metadata(Metadata<'a>),
}

/// All that a header has, read step by step.
#[derive(Clone)]
struct Entries<'a> {
    text: &'a str,
    members: Option<Members<'a>>,
    has_metadata: bool,
}

impl<'a> Entries<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, members: None, has_metadata: false }
    }

    fn next(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let members = match &mut self.members {
            Some(members) => members,
            None => self.members.insert(Members::new(Cursor::new(self.text))?),
        };
        let Some(name) = members.next()? else {
            members.cursor.skip_space();
            return if members.cursor.is_at_end() { Ok(None) } else { Err(members.cursor.fault("the header's end")) };
        };
        if name != *"__metadata__" {
            return tensor(name, &mut members.cursor).map(|tensor| Some(Entry::Tensor(tensor)));
        }
        if core::mem::replace(&mut self.has_metadata, true) {
            return Err(members.cursor.fault("`__metadata__` for the first time"));
        }
        metadata(&mut members.cursor).map(|metadata| Some(Entry::Metadata(metadata)))
    }
}

/// Reads an object of strings through.
fn metadata<'a>(cursor: &mut Cursor<'a>) -> Result<Metadata<'a>, Fault> {
    let pairs = Members::new(*cursor)?;
    let mut through = pairs.clone();
    while through.next()?.is_some() {
        through.cursor.string()?;
    }
    *cursor = through.cursor;
    Ok(Metadata { pairs: Some(pairs) })
}

fn tensor<'a>(name: Text<'a>, cursor: &mut Cursor<'a>) -> Result<Tensor<'a>, Fault> {
    const EXPECTED: &str = "`dtype`, `shape` and `data_offsets`, each once";
    cursor.skip_space();
    let byte = cursor.byte();
    let mut members = Members::new(*cursor)?;
    let (mut dtype, mut shape, mut place) = (None, None, None);
    while let Some(key) = members.next()? {
        let cursor = &mut members.cursor;
        if key == *"dtype" && dtype.is_none() {
            dtype = Some(read_dtype(cursor)?);
        } else if key == *"shape" && shape.is_none() {
            shape = Some(read_shape(cursor, byte)?);
        } else if key == *"data_offsets" && place.is_none() {
            place = Some(read_place(cursor)?);
        } else {
            return Err(cursor.fault(EXPECTED));
        }
    }
    *cursor = members.cursor;
    let (Some(dtype), Some((shape, numbers)), Some([start, end])) = (dtype, shape, place) else {
        return Err(cursor.fault(EXPECTED));
    };
    let bits = numbers.checked_mul(dtype.bits()).filter(|bits| bits % 8 == 0);
    if bits.is_none() || end.checked_sub(start) != bits.map(|bits| bits / 8) {
        return Err(Fault::Place { byte });
    }
    Ok(Tensor { name, dtype, shape, start, end })
}

fn read_dtype(cursor: &mut Cursor<'_>) -> Result<Dtype, Fault> {
    cursor.skip_space();
    let byte = cursor.byte();
    let text = cursor.string()?;
    Dtype::named(text.raw).ok_or(Fault::Dtype { byte })
}

/// The sizes, and their product.
fn read_shape<'a>(cursor: &mut Cursor<'a>, byte: u64) -> Result<(Sizes<'a>, u64), Fault> {
    cursor.take(b'[', "`[`")?;
    let (start, mut left, mut product) = (*cursor, 0, 1_u64);
    let mut goes_on = !cursor.takes(b']');
    while goes_on {
        product = product.checked_mul(cursor.number()?).ok_or(Fault::Place { byte })?;
        left += 1;
        goes_on = cursor.takes_comma(b']', "`,` or `]`")?;
    }
    Ok((Sizes { cursor: start, left }, product))
}

fn read_place(cursor: &mut Cursor<'_>) -> Result<[u64; 2], Fault> {
    cursor.take(b'[', "`[`")?;
    let start = cursor.number()?;
    cursor.take(b',', "`,`")?;
    let end = cursor.number()?;
    cursor.take(b']', "`]`")?;
    Ok([start, end])
}

#[cfg(test)]
mod tests;
