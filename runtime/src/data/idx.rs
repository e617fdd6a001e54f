//! The IDX file format, in which MNIST and its relatives come.
//!
//! A file is two zero bytes, a byte for the type of the elements (8: unsigned bytes), one for the number of dimensions,
//! each dimension as four bytes, most significant first, and the elements, the last dimension changing fastest
//! ([LeCun, Cortes, Burges: The MNIST database](https://yann.lecun.com/exdb/mnist/)).

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use super::files::open;
#[cfg(feature = "gzip")]
use super::gzip::Gunzip;
use super::{FileError, GZIP};

/// The element type of unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;
/// The room for elements in the beginning, in bytes.
const FIRST_ROOM: usize = 1 << 16;
/// How far behind a fault in a gzip file its end is looked for, in bytes of its contents.
#[cfg(feature = "gzip")]
const CHECKSUM_DISTANCE: u64 = 1 << 20;

/// Unsigned bytes in any number of dimensions: the contents of an IDX file.
///
/// ```
/// use castnet::data::Idx;
///
/// // Two images of one row and three columns.
/// let file = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];
/// let images = Idx::parse(&file)?;
/// assert_eq!(images.dimensions(), [2, 1, 3]);
/// assert_eq!(images.elements(), [10, 20, 30, 40, 50, 60]);
/// # Ok::<(), castnet::data::FileError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    dimensions: Vec<usize>,
    elements: Vec<u8>,
}

/// Reads an IDX file of unsigned bytes, gzipped or not.
///
/// # Errors
///
/// In a [`FileError::InFile`]: [`FileError::NotAFile`] for a pipe and the like, [`FileError::Io`] if the file cannot be
/// read, and the errors of [`Idx::parse`].
///
/// ```
/// use castnet::data::read_idx;
///
/// let path = std::env::temp_dir().join("castnet-three-labels-idx1-ubyte");
/// std::fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1])?;
/// assert_eq!(read_idx(&path)?.elements(), [7, 2, 1]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_idx(path: impl AsRef<Path>) -> Result<Idx, FileError> {
    let path = path.as_ref();
    open(path).and_then(|file| Idx::read(BufReader::new(file))).map_err(|error| error.in_file(path))
}

impl Idx {
    /// Understands the bytes of an IDX file of unsigned bytes, gzipped or not.
    ///
    /// No more memory is taken, and no more kept of what a gzip file holds, than its header states.
    ///
    /// # Errors
    ///
    /// - [`FileError::Gzip`] for gzip data that is corrupt or cut short, [`FileError::BehindGzip`] for something behind it
    ///   (zero bytes do no harm), [`FileError::GzipTwice`], and [`FileError::GzipDisabled`] for any gzip data in a build
    ///   without the feature `gzip`;
    /// - [`FileError::BadMagic`] and [`FileError::ElementType`] for other formats;
    /// - [`FileError::Truncated`] and [`FileError::TrailingBytes`] if the file is not as long as its header says;
    /// - [`FileError::Memory`] if the elements do not fit in memory.
    pub fn parse(file: &[u8]) -> Result<Self, FileError> {
        Self::read(file)
    }

    fn read(mut file: impl BufRead) -> Result<Self, FileError> {
        let mut start = [0; GZIP.len()];
        let length = fill(&mut file, &mut start)?;
        let is_gzip = start[..length] == GZIP;
        let file = start[..length].chain(file);
        if is_gzip { Self::read_gzip(file) } else { Self::read_plain(file) }
    }

    #[cfg(feature = "gzip")]
    fn read_gzip(file: impl BufRead) -> Result<Self, FileError> {
        let mut contents = Gunzip::new(file);
        // If the file is damaged, that is the cause of all else, and the checksum tells: it is looked for as long as it
        // cannot be far.
        Self::read_plain(&mut contents).map_err(|fault| {
            let rest = std::io::copy(&mut contents.take(CHECKSUM_DISTANCE), &mut std::io::sink());
            rest.err().map_or(fault, FileError::from)
        })
    }

    #[cfg(not(feature = "gzip"))]
    fn read_gzip(_file: impl BufRead) -> Result<Self, FileError> {
        Err(FileError::GzipDisabled)
    }

    fn read_plain(mut contents: impl Read) -> Result<Self, FileError> {
        let dimensions = read_header(&mut contents)?;
        let header = 4 + 4 * dimensions.len() as u64;
        // A header can announce more than any memory holds; the file is shorter than that in any case.
        let expected = dimensions.iter().fold(1_u64, |product, &size| product.saturating_mul(size.into()));
        let elements = read_elements(&mut contents, expected)?;
        let found = elements.len() as u64;
        if found < expected {
            return Err(FileError::Truncated { byte: header + found, part: "elements", expected, found });
        }
        let mut behind = [0];
        if fill(&mut contents, &mut behind)? > 0 {
            return Err(FileError::TrailingBytes { byte: header + expected, found: behind[0] });
        }
        Ok(Self { dimensions: dimensions.into_iter().map(|size| size as usize).collect(), elements })
    }

    /// The size of each dimension; a file of images has three: image, row, column.
    pub fn dimensions(&self) -> &[usize] {
        &self.dimensions
    }

    /// All elements, the last dimension changing fastest.
    pub fn elements(&self) -> &[u8] {
        &self.elements
    }

    /// All elements, for keeps.
    pub fn into_elements(self) -> Vec<u8> {
        self.elements
    }

    /// The sizes of the dimensions, if there are `RANK` of them.
    pub(crate) fn of_rank<const RANK: usize>(&self) -> Result<[usize; RANK], FileError> {
        let rank = FileError::Rank { found: self.dimensions.len(), expected: RANK };
        self.dimensions[..].try_into().map_err(|_| rank)
    }
}

/// The dimensions that a header states.
fn read_header(contents: &mut impl Read) -> Result<Vec<u32>, FileError> {
    let mut header = [0; 4 + 4 * u8::MAX as usize];
    let mut length = fill(contents, &mut header[..4])?;
    check_magic(&header[..length])?;
    let rank = usize::from(header[3]);
    let header = &mut header[..4 + 4 * rank];
    if length == 4 {
        length += fill(contents, &mut header[4..])?;
    }
    if length < header.len() {
        let (found, expected) = (length as u64, header.len() as u64);
        return Err(FileError::Truncated { byte: found, part: "header", expected, found });
    }
    let sizes = header[4..].chunks_exact(4);
    Ok(sizes.map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect())
}

/// Checks the first bytes, or as many as there are: a wrong byte says more than a missing one.
fn check_magic(magic: &[u8]) -> Result<(), FileError> {
    if magic.starts_with(&GZIP) {
        return Err(FileError::GzipTwice);
    }
    if let Some(byte) = magic.iter().take(2).position(|&found| found != 0) {
        return Err(FileError::BadMagic { byte: byte as u64, found: magic[byte] });
    }
    match magic.get(2) {
        Some(&found) if found != UNSIGNED_BYTE => Err(FileError::ElementType { byte: 2, found }),
        _ => Ok(()),
    }
}

/// As many bytes as are expected, or all that there are.
fn read_elements(contents: &mut impl Read, expected: u64) -> Result<Vec<u8>, FileError> {
    let no_memory = FileError::Memory { bytes: expected };
    let mut elements = Vec::new();
    // What a header announces need not come, so the room doubles with what has come.
    loop {
        let missing = expected - elements.len() as u64;
        let room = missing.min(elements.len().max(FIRST_ROOM) as u64);
        if room == 0 {
            return Ok(elements);
        }
        if elements.try_reserve_exact(room as usize).is_err() {
            return Err(no_memory);
        }
        if (contents.take(room).read_to_end(&mut elements)? as u64) < room {
            return Ok(elements);
        }
    }
}

/// Fills the room as far as the contents go. How far that is.
fn fill(contents: &mut impl Read, room: &mut [u8]) -> Result<usize, FileError> {
    let mut length = 0;
    while length < room.len() {
        match contents.read(&mut room[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 2 x 3 elements.
    const FILE: [u8; 18] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    #[test]
    fn any_number_of_dimensions_is_read() {
        let idx = Idx::parse(&FILE).unwrap();
        assert_eq!((idx.dimensions(), idx.elements()), (&[2, 3][..], &[1, 2, 3, 4, 5, 6][..]));
        assert_eq!(idx.of_rank::<2>().unwrap(), [2, 3]);
        assert_eq!(idx.into_elements(), [1, 2, 3, 4, 5, 6]);
        let single = Idx::parse(&[0, 0, 8, 0, 7]).unwrap();
        assert_eq!((single.dimensions(), single.elements()), (&[][..], &[7][..]));
        assert_eq!(Idx::parse(&[0, 0, 8, 1, 0, 0, 0, 0]).unwrap().elements(), []);
    }

    #[test]
    fn a_file_cut_short_anywhere_is_an_error_that_says_where() {
        for length in 0..FILE.len() {
            let error = Idx::parse(&FILE[..length]).unwrap_err();
            let FileError::Truncated { byte, part, expected, found } = error else { panic!("{error}") };
            assert_eq!(byte, length as u64);
            match length {
                0..4 => assert_eq!((part, expected, found), ("header", 4, length as u64)),
                4..12 => assert_eq!((part, expected, found), ("header", 12, length as u64)),
                _ => assert_eq!((part, expected, found), ("elements", 6, length as u64 - 12)),
            }
        }
        assert_eq!(
            Idx::parse(&FILE[..16]).unwrap_err().to_string(),
            "the data ends at byte 16, after 4 of the 6 bytes of its elements: get the file again"
        );
    }

    #[test]
    fn a_header_that_announces_too_much_is_an_error() {
        let mut file = [0xff; 24];
        file[..4].copy_from_slice(&[0, 0, 8, 4]);
        let error = Idx::parse(&file).unwrap_err();
        assert!(matches!(error, FileError::Truncated { byte: 24, part: "elements", expected: u64::MAX, found: 4 }));
    }

    #[test]
    fn another_format_is_an_error_that_says_which_byte() {
        let with = |byte: usize, value: u8| {
            let mut file = FILE;
            file[byte] = value;
            Idx::parse(&file).unwrap_err()
        };
        assert!(with(0, 0x89).to_string().starts_with("byte 0 is 0x89, but an IDX file begins with two zero bytes"));
        assert!(matches!(with(1, 1), FileError::BadMagic { byte: 1, found: 1 }));
        assert!(with(2, 0x0d).to_string().starts_with("byte 2, the element type, is 0x0d, but only 0x08"));
        assert!(matches!(with(2, 0), FileError::ElementType { byte: 2, found: 0 }));
        assert!(matches!(with(3, 3), FileError::Truncated { byte: 18, .. }));
        assert_eq!(
            with(11, 2).to_string(),
            "the data should end at byte 16 by its header, but 0x05 follows there: get the file again"
        );
        let error = Idx::parse(&FILE).unwrap().of_rank::<3>().unwrap_err();
        assert!(error.to_string().starts_with("byte 3, the number of dimensions, is 2, but 3 is expected"));
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_with_its_path() {
        let error = read_idx("no/such/file").unwrap_err();
        assert!(error.to_string().starts_with("no/such/file: the file cannot be read: "), "{error}");
        let FileError::InFile { path, source } = error else { panic!("{error}") };
        assert!(path == Path::new("no/such/file") && matches!(*source, FileError::Io { .. }));
    }

    #[cfg(not(feature = "gzip"))]
    #[test]
    fn gzip_without_the_feature_is_an_error_that_says_so() {
        let error = Idx::parse(&[0x1f, 0x8b, 8]).unwrap_err();
        assert!(matches!(error, FileError::GzipDisabled));
        assert!(error.to_string().contains("feature `gzip`"));
    }

    #[cfg(feature = "gzip")]
    mod gzip {
        use std::io;

        use super::*;
        use crate::data::gzip::tests::compressed;

        #[test]
        fn a_compressed_file_is_read_as_its_contents() {
            assert_eq!(Idx::parse(&compressed(&FILE)).unwrap(), Idx::parse(&FILE).unwrap());
        }

        #[test]
        fn a_compressed_file_cut_short_anywhere_is_an_error_that_says_where() {
            let file = compressed(&FILE);
            for length in 2..file.len() {
                let error = Idx::parse(&file[..length]).unwrap_err();
                assert!(matches!(error, FileError::Gzip { byte, .. } if byte <= length as u64), "{length}: {error}");
            }
        }

        #[test]
        fn a_wrong_byte_anywhere_is_an_error_or_changes_nothing() {
            let file = compressed(&FILE);
            for byte in 2..file.len() {
                let mut file = file.clone();
                file[byte] ^= 0x55;
                // The time, the system and the flags of the gzip header do not reach the contents.
                match Idx::parse(&file) {
                    Ok(idx) => assert!(byte < 10 && idx == Idx::parse(&FILE).unwrap(), "byte {byte}"),
                    Err(error) => assert!(matches!(error, FileError::Gzip { .. }), "byte {byte}: {error}"),
                }
            }
        }

        #[test]
        fn the_message_says_how_far_the_decompression_came() {
            let mut file = compressed(&FILE);
            let checksum = file.len() - 8;
            file[checksum] ^= 1;
            let error = Idx::parse(&file).unwrap_err().to_string();
            assert!(error.contains(&format!("at about byte {}", file.len())), "{error}");
        }

        #[test]
        fn what_a_compressed_file_holds_is_checked_too() {
            let error = Idx::parse(&compressed(&FILE[..15])).unwrap_err();
            assert!(matches!(error, FileError::Truncated { byte: 15, .. }));
        }

        #[test]
        fn no_more_is_unpacked_than_the_header_states() {
            // A file that counts what is taken of it.
            struct Counted<'a>(&'a [u8], &'a mut usize);
            impl Read for Counted<'_> {
                fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                    let read = self.0.read(room)?;
                    *self.1 += read;
                    Ok(read)
                }
            }
            // 1.2 GB of zeros in as many members as there are megabytes.
            let mut file = compressed(&FILE);
            file.extend(compressed(&[0; 1 << 20]).repeat(1_200));
            let mut taken = 0;
            let error = Idx::read(BufReader::new(Counted(&file, &mut taken))).unwrap_err();
            assert!(matches!(error, FileError::TrailingBytes { byte: 18, found: 0 }), "{error}");
            assert!(taken * 50 < file.len(), "{taken} of {} bytes", file.len());
        }

        #[test]
        fn zeros_behind_a_file_do_no_harm_and_all_else_is_named() {
            let good = compressed(&FILE);
            assert_eq!(Idx::parse(&[&good[..], &[0; 512]].concat()).unwrap(), Idx::parse(&FILE).unwrap());
            let error = Idx::parse(&[&good[..], b"\r\n"].concat()).unwrap_err().to_string();
            let expected = format!("the gzip data ends at byte {}, but 0x0d follows there", good.len());
            assert!(error.starts_with(&expected) && !error.contains("corrupt"), "{error}");
        }

        #[test]
        fn a_file_gzipped_twice_says_so() {
            let error = Idx::parse(&compressed(&compressed(&FILE))).unwrap_err();
            assert!(matches!(error, FileError::GzipTwice), "{error}");
            assert!(error.to_string().contains("gzip data again"), "{error}");
        }

        #[test]
        fn damage_that_makes_another_header_is_still_called_damage() {
            // Stored, not compressed: the contents lie open behind a header of 15 bytes.
            let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::none());
            io::Write::write_all(&mut encoder, &FILE).unwrap();
            let file = encoder.finish().unwrap();
            for byte in [0, 2, 7, 11] {
                let mut file = file.clone();
                file[15 + byte] ^= 1;
                let error = Idx::parse(&file).unwrap_err();
                assert!(matches!(error, FileError::Gzip { .. }), "{byte}: {error}");
            }
        }
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let error = read_idx(std::env::temp_dir()).unwrap_err();
        assert!(error.to_string().contains("this is a folder, but only a file is read"), "{error}");
        #[cfg(unix)]
        {
            let path = std::env::temp_dir().join(format!("castnet-pipe-{}", std::process::id()));
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            let error = read_idx(&path).unwrap_err();
            std::fs::remove_file(&path).unwrap();
            let FileError::InFile { source, .. } = error else { panic!("{error}") };
            assert!(matches!(*source, FileError::NotAFile { found: "a pipe, a socket or a device" }), "{source}");
        }
    }
}
