//! Checkpoints as safetensors files.

use alloc::string::String;
use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::{Read as _, Write as _};
#[cfg(feature = "std")]
use std::path::Path;

use castnet_safetensors::{Dtype, Fault, Header, HeaderWriter, header_len};

use super::content::{Content, Entry, Numbers, text};
use super::visitor::PREFIX;
use super::{Checkpoint, CheckpointError};
use crate::Shape;
#[cfg(feature = "std")]
use crate::data::FileError;
#[cfg(feature = "std")]
use crate::data::files::{open, write_whole};
use crate::random::scatter;
use crate::weights::{Layout, Names, write_numbers};

/// The version of the format.
const VERSION: u64 = 1;
/// Where the metadata has it.
const VERSION_KEY: &str = "castnet/checkpoint";
/// The tensor at the end of the file, of as many bytes.
const CHECKSUM: &str = "castnet/checksum";
const CHECKSUM_LEN: usize = 8;

impl Checkpoint {
    /// Saves the checkpoint to the file at `path`, which is replaced as a whole, as by
    /// [`save`](crate::weights::Safetensors::save) of a network.
    ///
    /// The file is one of safetensors. The network's tensors have their names and shapes of PyTorch; [`load`] of the network takes them
    /// from it, and so does `load_state_dict(.., strict=False)`. Everything else has names that begin with `castnet/`: what
    /// optimizer and observers remember as tensors (`castnet/optimizer/first/conv1.weight`), counts and numbers as texts of the
    /// metadata, beside the version of the format, a description of the network and its hash. The last eight bytes are a checksum
    /// of all before them.
    ///
    /// [`load`]: crate::weights::Safetensors::load
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::Write`].
    ///
    /// ```
    /// use castnet::prelude::*;
    /// use castnet::train::{Checkpoint, Trainer};
    /// use castnet::{losses::MeanSquaredError, optimizers::Adam};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let mut trainer = Trainer::new(Line::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Adam::default());
    /// trainer.step(&[[0.5]], &[[1.0]])?;
    /// # let path = std::env::temp_dir().join(format!("castnet-line-{}", std::process::id()));
    /// trainer.checkpoint().save(&path)?;
    /// trainer.step(&[[0.5]], &[[1.0]])?;
    /// trainer.restore(&Checkpoint::load(&path)?)?;
    /// assert_eq!(trainer.steps(), 1);
    /// assert_eq!(Line::load(&path)?.parameters(), trainer.network().parameters());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        write_whole(path.as_ref(), |file| self.write(|bytes| file.write_all(bytes)))
    }

    /// The checkpoint in the file at `path`.
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::NotAFile`] for a folder and the like, [`FileError::Io`] if the file cannot be
    /// read, [`FileError::Memory`], and [`FileError::Checkpoint`] for what is wrong with its contents.
    #[cfg(feature = "std")]
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let load = || {
            let mut from = open(path)?;
            let bytes = from.metadata()?.len();
            let mut file = Vec::new();
            let has_room = usize::try_from(bytes).is_ok_and(|bytes| file.try_reserve_exact(bytes).is_ok());
            if !has_room {
                return Err(FileError::Memory { bytes });
            }
            from.read_to_end(&mut file)?;
            Ok(Self::from_bytes(file)?)
        };
        load().map_err(|error: FileError| error.in_file(path))
    }

    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let Ok(()) = self.write(|bytes| {
            file.extend_from_slice(bytes);
            Ok::<(), core::convert::Infallible>(())
        });
        file
    }

    /// The checkpoint in the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Format`], [`CheckpointError::NotACheckpoint`], [`CheckpointError::Checksum`] and
    /// [`CheckpointError::Version`]; [`CheckpointError::Missing`] and [`CheckpointError::Value`] for one without a number of steps.
    pub fn from_bytes(file: Vec<u8>) -> Result<Self, CheckpointError> {
        let entries = read(&file)?;
        for name in ["castnet/steps", "castnet/epochs"] {
            let found = text(&entries, name).ok_or_else(|| CheckpointError::Missing { name: name.into() })?;
            if found.parse::<u64>().is_err() {
                let expected = "a whole number";
                return Err(CheckpointError::Value { name: name.into(), found: found.into(), expected });
            }
        }
        Ok(Self { entries, file })
    }

    /// Hands over the bytes of a file.
    fn write<E>(&self, mut to: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        // Numbers of 8 bytes begin at multiples of 8.
        entries.sort_by_key(|entry| entry.content.dtype() != Some(Dtype::F64));
        let json = header(&entries).expect("writing to a string does not fail");
        let mut checksum = Checksum::default();
        let mut put = |bytes: &[u8]| {
            checksum.add(bytes);
            to(bytes)
        };
        put(&(json.len() as u64).to_le_bytes())?;
        put(json.as_bytes())?;
        for entry in entries {
            match &entry.content {
                Content::Text(_) => {}
                Content::Row(numbers) => {
                    put_numbers(numbers, 0..numbers.len(), &Layout::of_row(numbers.len()), &mut put)?
                }
                Content::Network(numbers, segments) => {
                    for segment in *segments {
                        let range = segment.offset..segment.offset + segment.len;
                        put_numbers(numbers, range, &Layout::pytorch(segment), &mut put)?;
                    }
                }
                Content::Tensor { bytes, .. } => put(&self.file[bytes.clone()])?,
            }
        }
        to(&checksum.finish().to_le_bytes())
    }
}

impl Content {
    /// The type of its numbers, if it has some.
    fn dtype(&self) -> Option<Dtype> {
        match self {
            Self::Text(_) => None,
            Self::Row(numbers) | Self::Network(numbers, _) => Dtype::named(numbers.type_name()),
            Self::Tensor { dtype, .. } => Some(*dtype),
        }
    }
}

fn put_numbers<E>(
    numbers: &Numbers,
    range: core::ops::Range<usize>,
    layout: &Layout,
    to: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    match numbers {
        Numbers::F32(numbers) => write_numbers(&numbers[range], layout, to),
        Numbers::F64(numbers) => write_numbers(&numbers[range], layout, to),
    }
}

/// The header: texts in its metadata, then the tensors in the order of the entries, and the checksum.
fn header(entries: &[&Entry]) -> Result<String, core::fmt::Error> {
    let texts = entries.iter().filter_map(|entry| match &entry.content {
        Content::Text(text) => Some((&*entry.name, &**text)),
        _ => None,
    });
    let version = alloc::format!("{VERSION}");
    let metadata = core::iter::once((VERSION_KEY, &*version)).chain(texts);
    let mut header = HeaderWriter::with_metadata(String::new(), metadata)?;
    for Entry { name, content } in entries {
        let Some(dtype) = content.dtype() else { continue };
        match content {
            Content::Network(_, segments) => {
                for segment in *segments {
                    header.tensor(&(name.clone() + &Names::default().in_file(segment)), dtype, segment.shape)?;
                }
            }
            Content::Row(numbers) => header.tensor(name, dtype, &[numbers.len()])?,
            Content::Tensor { shape, .. } => header.tensor(name, dtype, shape.sizes())?,
            Content::Text(_) => {}
        }
    }
    header.tensor(CHECKSUM, Dtype::U8, &[CHECKSUM_LEN])?;
    header.finish()
}

/// What a file has, if it is whole.
fn read(file: &[u8]) -> Result<Vec<Entry>, CheckpointError> {
    let cut = |part, expected: usize, found: usize| {
        CheckpointError::from(Fault::Truncated { part, expected: expected as u64, found: found as u64 })
    };
    let (first, rest) = file.split_first_chunk().ok_or_else(|| cut("header", 8, file.len()))?;
    let len = header_len(*first)?;
    let json = rest.get(..len).ok_or_else(|| cut("header", len, rest.len()))?;
    let header = Header::parse(json)?;
    let (begin, found) = (8 + len, (rest.len() - len) as u64);
    if found < header.data_len() {
        return Err(Fault::Truncated { part: "numbers", expected: header.data_len(), found }.into());
    }
    if found > header.data_len() {
        return Err(Fault::Trailing { byte: begin as u64 + header.data_len() }.into());
    }
    let metadata = || header.metadata().map(|(key, value)| (key.chars().collect(), value.chars().collect()));
    let version = metadata().find(|(key, _): &(String, String)| key == VERSION_KEY);
    let version: u64 = version.and_then(|(_, version)| version.parse().ok()).ok_or(CheckpointError::NotACheckpoint)?;
    check_sum(file)?;
    if version != VERSION {
        return Err(CheckpointError::Version { found: version, known: VERSION });
    }
    let texts = metadata().filter(|(key, _): &(String, String)| key.starts_with(PREFIX) && key != VERSION_KEY);
    let mut entries: Vec<Entry> = texts.map(|(name, text)| Entry { name, content: Content::Text(text) }).collect();
    for tensor in header.tensors().filter(|tensor| tensor.name != *CHECKSUM) {
        // The place is within the file, as has been seen.
        let bytes = begin + tensor.start as usize..begin + tensor.end as usize;
        let sizes: Vec<usize> = tensor.shape.take(5).map(|size| size.try_into().unwrap_or(usize::MAX)).collect();
        let content = Content::Tensor { dtype: tensor.dtype, shape: Shape::new(&sizes), bytes };
        entries.push(Entry { name: tensor.name.chars().collect(), content });
    }
    Ok(entries)
}

fn check_sum(file: &[u8]) -> Result<(), CheckpointError> {
    let (before, stated) = file.split_last_chunk().ok_or(CheckpointError::NotACheckpoint)?;
    let mut checksum = Checksum::default();
    checksum.add(before);
    let (found, stated) = (checksum.finish(), u64::from_le_bytes(*stated));
    if found == stated { Ok(()) } else { Err(CheckpointError::Checksum { found, stated }) }
}

/// The checksum of bytes that come in pieces: words of 8 bytes, little endian, the last one filled up with zeros, and then the
/// number of bytes, each scattered together with what is there. A change in a single word always shows.
#[derive(Default)]
struct Checksum {
    sum: u64,
    bytes: u64,
    /// What has come of a word.
    begun: [u8; 8],
}

impl Checksum {
    fn add(&mut self, mut bytes: &[u8]) {
        let filled = (self.bytes % 8) as usize;
        self.bytes += bytes.len() as u64;
        if filled > 0 {
            let (now, later) = bytes.split_at(bytes.len().min(8 - filled));
            self.begun[filled..][..now.len()].copy_from_slice(now);
            if filled + now.len() < 8 {
                return;
            }
            self.sum = scatter(self.sum ^ u64::from_le_bytes(self.begun));
            bytes = later;
        }
        let (words, rest) = bytes.as_chunks();
        self.sum = words.iter().fold(self.sum, |sum, word| scatter(sum ^ u64::from_le_bytes(*word)));
        self.begun[..rest.len()].copy_from_slice(rest);
    }

    fn finish(&self) -> u64 {
        let filled = (self.bytes % 8) as usize;
        let mut last = [0; 8];
        last[..filled].copy_from_slice(&self.begun[..filled]);
        let sum = if filled > 0 { scatter(self.sum ^ u64::from_le_bytes(last)) } else { self.sum };
        scatter(sum ^ self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_of_all_bytes_however_they_come() {
        let bytes: Vec<u8> = (0..103_u8).map(|byte| byte.wrapping_mul(7)).collect();
        let sum = |pieces: &[&[u8]]| {
            let mut checksum = Checksum::default();
            pieces.iter().for_each(|piece| checksum.add(piece));
            checksum.finish()
        };
        let expected = sum(&[&bytes]);
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                assert_eq!(sum(&[&bytes[..first], &bytes[first..second], &bytes[second..]]), expected);
            }
        }
        for byte in 0..bytes.len() {
            let mut other = bytes.clone();
            other[byte] ^= 1;
            assert_ne!(sum(&[&other]), expected);
        }
        assert_ne!(sum(&[&bytes, &[0]]), expected);
        assert_ne!(sum(&[]), sum(&[&[0]]));
    }
}
