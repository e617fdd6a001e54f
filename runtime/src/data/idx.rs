//! The IDX file format, in which MNIST and its relatives come.
//!
//! A file is two zero bytes, a byte for the type of the elements (8: unsigned bytes), one for the number of dimensions,
//! each dimension as four bytes, most significant first, and the elements, the last dimension changing fastest
//! ([LeCun, Cortes, Burges: The MNIST database](https://yann.lecun.com/exdb/mnist/)).

use std::fs;
use std::path::Path;

use super::FileError;

/// How a gzip file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The element type of unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;

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
/// In a [`FileError::InFile`]: [`FileError::Io`] if the file cannot be read, and the errors of [`Idx::parse`].
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
    let file = fs::read(path).map_err(FileError::from);
    file.and_then(|file| Idx::parse(&file)).map_err(|error| error.in_file(path))
}

impl Idx {
    /// Understands the bytes of an IDX file of unsigned bytes, gzipped or not.
    ///
    /// # Errors
    ///
    /// - [`FileError::Gzip`] for gzip data that is corrupt or cut short, [`FileError::GzipDisabled`] for any in a build without
    ///   the feature `gzip`;
    /// - [`FileError::BadMagic`] and [`FileError::ElementType`] for other formats;
    /// - [`FileError::Truncated`] and [`FileError::TrailingBytes`] if the file is not as long as its header says.
    pub fn parse(file: &[u8]) -> Result<Self, FileError> {
        if file.starts_with(&GZIP) { Self::parse_plain(decompress(file)?) } else { Self::parse_plain(file.to_vec()) }
    }

    fn parse_plain(mut file: Vec<u8>) -> Result<Self, FileError> {
        // A wrong byte says more than a missing one, so what there is of the magic number is looked at first.
        for (byte, &found) in file.iter().enumerate().take(2) {
            if found != 0 {
                return Err(FileError::BadMagic { byte: byte as u64, found });
            }
        }
        if let Some(&found) = file.get(2)
            && found != UNSIGNED_BYTE
        {
            return Err(FileError::ElementType { byte: 2, found });
        }

        let rank = file.get(3).map_or(0, |&rank| usize::from(rank));
        let header = 4 + 4 * rank;
        let cut_short = |part, expected| {
            let found = if part == "header" { file.len() } else { file.len() - header };
            FileError::Truncated { byte: file.len() as u64, part, expected, found: found as u64 }
        };
        if file.len() < header {
            return Err(cut_short("header", header as u64));
        }

        let dimensions: Vec<u32> = file[4..header]
            .chunks_exact(4)
            .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        // A header can announce more than any memory holds; the file is shorter than that in any case.
        let expected = dimensions.iter().fold(1_u64, |product, &size| product.saturating_mul(size.into()));
        let found = (file.len() - header) as u64;
        if found < expected {
            return Err(cut_short("elements", expected));
        }
        if found > expected {
            return Err(FileError::TrailingBytes { byte: header as u64 + expected, found: found - expected });
        }
        file.drain(..header);
        Ok(Self { dimensions: dimensions.into_iter().map(|size| size as usize).collect(), elements: file })
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

/// The contents of a gzip file.
#[cfg(feature = "gzip")]
fn decompress(file: &[u8]) -> Result<Vec<u8>, FileError> {
    use std::io::Read;

    // The slice shrinks as the decoder reads, which tells how far it came.
    let mut decoder = flate2::bufread::MultiGzDecoder::new(file);
    let mut contents = vec![];
    match decoder.read_to_end(&mut contents) {
        Ok(_) => Ok(contents),
        Err(source) => Err(FileError::Gzip { byte: (file.len() - decoder.get_ref().len()) as u64, source }),
    }
}

/// The contents of a gzip file, if they could be had.
#[cfg(not(feature = "gzip"))]
fn decompress(_file: &[u8]) -> Result<Vec<u8>, FileError> {
    Err(FileError::GzipDisabled)
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
            "the data should end at byte 16 by its header, but 2 more bytes follow: get the file again"
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
        use std::io::Write;

        use super::*;

        fn compressed() -> Vec<u8> {
            let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
            encoder.write_all(&FILE).unwrap();
            encoder.finish().unwrap()
        }

        #[test]
        fn a_compressed_file_is_read_as_its_contents() {
            assert_eq!(Idx::parse(&compressed()).unwrap(), Idx::parse(&FILE).unwrap());
        }

        #[test]
        fn a_compressed_file_cut_short_anywhere_is_an_error_that_says_where() {
            let file = compressed();
            for length in 2..file.len() {
                let error = Idx::parse(&file[..length]).unwrap_err();
                assert!(matches!(error, FileError::Gzip { byte, .. } if byte <= length as u64), "{length}: {error}");
            }
        }

        #[test]
        fn a_wrong_byte_anywhere_is_an_error_or_changes_nothing() {
            let file = compressed();
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
            let mut file = compressed();
            let checksum = file.len() - 8;
            file[checksum] ^= 1;
            let error = Idx::parse(&file).unwrap_err().to_string();
            assert!(error.contains(&format!("at about byte {}", file.len())), "{error}");
        }

        #[test]
        fn what_a_compressed_file_holds_is_checked_too() {
            let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
            encoder.write_all(&FILE[..15]).unwrap();
            let error = Idx::parse(&encoder.finish().unwrap()).unwrap_err();
            assert!(matches!(error, FileError::Truncated { byte: 15, .. }));
        }
    }
}
