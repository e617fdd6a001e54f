//! Opening files, and replacing them as a whole.

use std::fs::{self, File};
use std::path::Path;

use super::FileError;

/// The file of that path. What is none is not opened: a pipe would wait for its writer.
pub fn open(path: &Path) -> Result<File, FileError> {
    let kind = fs::metadata(path)?.file_type();
    if !kind.is_file() {
        let found = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
        return Err(FileError::NotAFile { found });
    }
    Ok(File::open(path)?)
}

pub use whole::replace_file;
#[cfg(feature = "safetensors")]
pub use whole::write_whole;

mod whole {
    use std::ffi::OsString;
    use std::fs::{self, File};
    use std::io::{self, BufWriter, Write as _};
    use std::path::{Path, PathBuf};
    use std::process;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[cfg(feature = "safetensors")]
    use crate::data::FileError;

    /// [`replace_file`], with an error that names the file.
    #[cfg(feature = "safetensors")]
    pub fn write_whole(
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), FileError> {
        replace_file(path, write).map_err(|source| FileError::Write { source }.in_file(path))
    }

    /// Replaces the file at `path` by what `write` writes, as a whole: it is written under another name in the same folder,
    /// and takes the place of the other when it is on the disk. A link stays one.
    ///
    /// # Errors
    ///
    /// What the system or `write` says; the file is as it was then.
    pub fn replace_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let other = beside(&target)?;
        let replaced = write_to(&other, &target, write).and_then(|()| fs::rename(&other, &target));
        if replaced.is_err() {
            // What went wrong first is what counts.
            let _ = fs::remove_file(&other);
        }
        replaced?;
        sync_folder(&target)
    }

    /// A name in the same folder that nobody else takes.
    fn beside(path: &Path) -> io::Result<PathBuf> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
        let name = path.file_name().ok_or_else(no_name)?;
        let mut other = OsString::from(".");
        other.push(name);
        other.push(format!(".{}-{}.tmp", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        Ok(path.with_file_name(other))
    }

    fn write_to(
        path: &Path,
        instead_of: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = File::options().write(true).create_new(true).open(path)?;
        if let Ok(old) = fs::metadata(instead_of) {
            file.set_permissions(old.permissions())?;
        }
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()
    }

    /// Has the new name written to the disk, where a folder can be asked to.
    fn sync_folder(path: &Path) -> io::Result<()> {
        if cfg!(unix) {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "safetensors"))]
mod tests {
    use std::io::{self, Write as _};

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("castnet-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("weights");
        write_whole(&path, |file| file.write_all(b"first")).unwrap();
        let interrupted = write_whole(&path, |file| {
            file.write_all(&[0; 100_000])?;
            Err(io::Error::other("no space"))
        });
        let message = interrupted.unwrap_err().to_string();
        assert_eq!(message, format!("{}: the file cannot be written: no space", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_whole(&path, |file| file.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["weights"], "nothing else is left");
        assert!(write_whole(&folder.join("none/weights"), |_| Ok(())).is_err());
        assert!(write_whole(&folder, |_| Ok(())).is_err(), "a folder is no file");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = std::env::temp_dir().join(format!("castnet-links-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, link) = (folder.join("weights"), folder.join("link"));
        fs::write(&path, b"first").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_whole(&link, |file| file.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_dir_all(&folder).unwrap();
    }
}
