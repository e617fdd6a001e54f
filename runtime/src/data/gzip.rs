//! The contents of gzip files.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::{FileError, GZIP};

/// What the members of a gzip file hold, one after the other, decompressed as it is read.
///
/// Zero bytes between the members and behind the last are no part of the contents: tapes, and copies in whole blocks, add
/// them, and [gzip](https://www.gnu.org/software/gzip/manual/gzip.html#Tapes) and Python ignore them.
///
/// What is wrong with the file comes out as a [`FileError`] in an [`io::Error`], from which `FileError::from` takes it.
pub(super) struct Gunzip<R> {
    /// `None` after an error, behind which nothing can be read.
    member: Option<GzDecoder<Counted<R>>>,
}

impl<R: BufRead> Gunzip<R> {
    pub fn new(file: R) -> Self {
        Self { member: Some(GzDecoder::new(Counted { file, byte: 0, failed: false })) }
    }

    /// Goes on to the next member. Whether there is one.
    fn next_member(&mut self) -> io::Result<bool> {
        let Some(member) = &mut self.member else { return Ok(false) };
        let file = member.get_mut();
        let found = loop {
            match file.fill_buf()? {
                [] => return Ok(false),
                [0, ..] => file.consume(1),
                [found, ..] => break *found,
            }
        };
        if found != GZIP[0] {
            return Err(io::Error::other(FileError::BehindGzip { byte: file.byte, found }));
        }
        self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
        Ok(true)
    }

    /// A fault that the decompression found, unless it is one of reading the file.
    fn fault(&mut self, source: io::Error) -> io::Error {
        match self.member.as_ref().map(GzDecoder::get_ref) {
            Some(&Counted { failed: false, byte, .. }) => {
                self.member = None;
                io::Error::other(FileError::Gzip { byte, source })
            }
            _ => source,
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            match member.read(room) {
                Ok(0) if room.is_empty() || !self.next_member()? => break,
                Ok(0) => {}
                Ok(read) => return Ok(read),
                Err(source) => return Err(self.fault(source)),
            }
        }
        Ok(0)
    }
}

/// A file that knows how far it has been read.
struct Counted<R> {
    file: R,
    byte: u64,
    /// Whether the last attempt to read failed.
    failed: bool,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(room)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let found = self.file.fill_buf();
        self.failed = found.is_err();
        found
    }

    fn consume(&mut self, count: usize) {
        self.file.consume(count);
        self.byte += count as u64;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// The contents as one member.
    pub fn compressed(contents: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
        encoder.write_all(contents).unwrap();
        encoder.finish().unwrap()
    }

    fn contents(file: impl BufRead) -> Result<Vec<u8>, FileError> {
        let mut contents = vec![];
        Gunzip::new(file).read_to_end(&mut contents)?;
        Ok(contents)
    }

    #[test]
    fn members_are_joined_and_zeros_around_them_ignored() {
        let (one, other) = (compressed(b"one "), compressed(b"other"));
        for zeros in [0, 1, 3, 1_000] {
            let padding = vec![0; zeros];
            let file = [&one[..], &padding[..], &other, &padding, &compressed(b""), &padding].concat();
            assert_eq!(contents(&file[..]).unwrap(), b"one other", "{zeros} zeros");
        }
    }

    #[test]
    fn what_is_neither_zeros_nor_a_member_is_named_with_its_place() {
        let good = compressed(b"one");
        for (behind, byte, found) in [(&b"\r\n"[..], 0, 0x0d), (b"\0\0\0\n", 3, 0x0a), (b"<html>", 0, 0x3c)] {
            let error = contents(&[&good[..], behind].concat()[..]).unwrap_err();
            let expected = (good.len() as u64 + byte, found);
            let FileError::BehindGzip { byte, found } = error else { panic!("{error}") };
            assert_eq!((byte, found), expected);
        }
        let error = contents(&[&good[..], b"\x1f\n"].concat()[..]).unwrap_err();
        assert!(matches!(error, FileError::Gzip { .. }), "{error}");
    }

    #[test]
    fn the_fault_of_a_disk_is_not_blamed_on_the_data() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::PermissionDenied))
            }
        }
        let good = compressed(&[7; 100]);
        for length in [2, 15, good.len()] {
            let error = contents(good[..length].chain(io::BufReader::new(Broken))).unwrap_err();
            let FileError::Io { source } = error else { panic!("{error}") };
            assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
        }
    }
}
