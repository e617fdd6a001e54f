//! The files of a run.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::settings::{Checkpoints, Every};
use super::{Checkpoint, CheckpointError};
use crate::data::FileError;
use crate::train::fit_error::FitFault;
use crate::train::history::History;

/// The folder of a run, which nobody else writes to.
pub struct Folder {
    settings: Checkpoints,
    /// What is being written.
    writing: Option<JoinHandle<Result<(), FileError>>>,
    /// Locked as long as it is open, and no longer than the process lives.
    _lock: File,
}

/// Which file a checkpoint is for.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Newest,
    Best,
    Both,
}

impl Folder {
    pub fn open(settings: Checkpoints) -> Result<Self, FitFault> {
        let folder = &settings.folder;
        let lock = lock(folder).and_then(|lock| clean(folder).map(|()| lock));
        let _lock = lock.map_err(|error| error.in_file(folder))?;
        Ok(Self { settings, writing: None, _lock })
    }

    /// The newest checkpoint that is whole. Those that are not are noted.
    pub fn newest(&self, notes: &mut Vec<String>) -> Result<Option<(PathBuf, Checkpoint)>, FitFault> {
        let mut first = None;
        for (_, path) in numbered(&self.settings.folder)? {
            match Checkpoint::load(&path) {
                Ok(checkpoint) => return Ok(Some((path, checkpoint))),
                Err(error) if is_damage(&error) => {
                    notes.push(format!("passed over {error}"));
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        first.map_or(Ok(None), |error| Err(error.into()))
    }

    /// An error about a file.
    pub fn fault(path: &Path, error: CheckpointError) -> FitFault {
        FileError::from(error).in_file(path).into()
    }

    pub fn is_due_at_step(&self, steps: u64) -> bool {
        matches!(self.settings.every, Every::Steps(every) if steps.is_multiple_of(every))
    }

    pub fn is_due_at_epoch(&self, epochs: u64) -> bool {
        matches!(self.settings.every, Every::Epochs(every) if epochs.is_multiple_of(every))
    }

    /// Whether the last epoch is better than all before.
    pub fn is_best(&self, history: &History) -> bool {
        let Some((last, before)) = history.epochs.split_last() else { return false };
        let value = (self.settings.measure)(last);
        !value.is_nan() && !before.iter().any(|epoch| (self.settings.measure)(epoch) <= value)
    }

    /// Writes a checkpoint meanwhile, when the one before has been written.
    pub fn write(&mut self, checkpoint: Checkpoint, place: Place) -> Result<(), FitFault> {
        self.wait()?;
        let (folder, keep) = (self.settings.folder.clone(), self.settings.keep);
        let job = Arc::new(move || write(&checkpoint, place, &folder, keep));
        let on_thread = Arc::clone(&job);
        match thread::Builder::new().name("castnet checkpoint".into()).spawn(move || on_thread()) {
            Ok(writing) => self.writing = Some(writing),
            // Where there are no threads.
            Err(_) => job()?,
        }
        Ok(())
    }

    /// Waits until all is written.
    pub fn wait(&mut self) -> Result<(), FitFault> {
        let Some(writing) = self.writing.take() else { return Ok(()) };
        writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(FitFault::from)
    }
}

impl Drop for Folder {
    /// The lock is kept until nothing is written any more.
    fn drop(&mut self) {
        if let Some(writing) = self.writing.take() {
            let _ = writing.join();
        }
    }
}

/// Makes the folder, and locks it.
fn lock(folder: &Path) -> Result<File, FileError> {
    let write = |source| FileError::Write { source };
    fs::create_dir_all(folder).map_err(write)?;
    let lock = File::options().read(true).write(true).create(true).truncate(false).open(folder.join("lock"));
    let lock = lock.map_err(write)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(CheckpointError::InUse.into()),
        // A file system without locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(lock),
        Err(TryLockError::Error(source)) => Err(write(source)),
    }
}

/// Removes what was being written when a process came to its end.
fn clean(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_of_ours = name.starts_with(".step-") || name.starts_with(".best.");
        if is_of_ours && name.ends_with(".tmp") {
            fs::remove_file(entry.path()).map_err(|source| FileError::Write { source })?;
        }
    }
    Ok(())
}

/// The checkpoints by their steps, the newest first.
fn numbered(folder: &Path) -> Result<Vec<(u64, PathBuf)>, FileError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| FileError::from(error).in_file(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        let steps = name.to_str().and_then(|name| name.strip_prefix("step-")?.strip_suffix(".safetensors"));
        if let Some(steps) = steps.and_then(|steps| steps.parse::<u64>().ok()) {
            found.push((steps, entry.path()));
        }
    }
    found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    Ok(found)
}

/// Writes a checkpoint, and removes those that are no longer kept.
fn write(checkpoint: &Checkpoint, place: Place, folder: &Path, keep: usize) -> Result<(), FileError> {
    let steps = checkpoint.steps();
    // First of all, because a run that goes on from the other comes to no best that it has behind it.
    if place != Place::Newest {
        checkpoint.save(folder.join("best.safetensors"))?;
    }
    if place != Place::Best {
        checkpoint.save(folder.join(format!("step-{steps:010}.safetensors")))?;
        // Of later ones there are only damaged ones, which the run is coming to.
        let older = numbered(folder)?.into_iter().filter(|(other, _)| *other <= steps);
        for (_, path) in older.skip(keep) {
            fs::remove_file(&path).map_err(|source| FileError::Write { source }.in_file(&path))?;
        }
    }
    Ok(())
}

/// Whether a file is no whole checkpoint.
fn is_damage(error: &FileError) -> bool {
    match error {
        FileError::InFile { source, .. } => is_damage(source),
        FileError::Checkpoint(error) => error.is_damage(),
        FileError::Io { .. } | FileError::NotAFile { .. } => true,
        _ => false,
    }
}
