//! How a fit keeps checkpoints, and goes on from them.

use alloc::format;
use alloc::vec::Vec;

use super::CheckpointError;
use super::folder::{Folder, Place};
use super::settings::Checkpoints;
use crate::Network;
use crate::losses::Loss;
use crate::optimizers::Optimizer;
use crate::train::fit_error::FitFault;
use crate::train::history::History;
use crate::train::observers::Observer;
use crate::train::progress::Reporter;
use crate::train::trainer::Trainer;

/// What a fit tells others.
pub struct Run<'a> {
    pub history: &'a mut History,
    pub reporter: Reporter,
    folder: Option<Folder>,
    /// How many steps and epochs had been made when it began.
    start: (u64, u64),
}

impl<'a> Run<'a> {
    pub fn new(
        history: &'a mut History,
        reporter: Reporter,
        checkpoints: Option<Checkpoints>,
    ) -> Result<Self, FitFault> {
        let folder = checkpoints.map(Folder::open).transpose()?;
        Ok(Self { history, reporter, folder, start: (0, 0) })
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Goes to where the newest checkpoint was made, if there is one; whether that was after the end of a fit.
    pub(in crate::train) fn resume(&mut self, run: &mut Run<'_>) -> Result<bool, FitFault> {
        run.start = (self.step, self.epoch);
        let Some(folder) = &run.folder else { return Ok(false) };
        let mut notes = Vec::new();
        let newest = folder.newest(&mut notes);
        for note in &notes {
            run.reporter.note(note);
        }
        run.history.notes.extend(notes);
        let Some((path, checkpoint)) = newest? else { return Ok(false) };
        let fault = |error| Folder::fault(&path, error);
        let found = checkpoint.history().map_err(fault)?;
        if let Some(History { epochs, metrics, .. }) = &found
            && !epochs.is_empty()
            && *metrics != run.history.metrics
        {
            let (found, expected) = (metrics.clone(), run.history.metrics.clone());
            return Err(fault(CheckpointError::Metrics { found, expected }));
        }
        if checkpoint.steps() < self.step {
            return Err(fault(CheckpointError::Behind { found: checkpoint.steps(), expected: self.step }));
        }
        self.restore(&checkpoint).map_err(fault)?;
        run.start = (self.step, self.epoch);
        run.reporter.note(&format!("goes on from {path}, after {} steps", self.step, path = path.display()));
        if let Some(History { epochs, stopped, .. }) = found {
            (run.history.epochs, run.history.stopped) = (epochs, stopped);
        }
        Ok(checkpoint.has_ended())
    }

    /// After a step that does not end an epoch.
    pub(in crate::train) fn keep_step(&mut self, run: &mut Run<'_>) -> Result<(), FitFault> {
        match &mut run.folder {
            Some(folder) if folder.is_due_at_step(self.step) => {
                folder.write(self.checkpoint().with_history(run.history, false), Place::Newest)
            }
            _ => Ok(()),
        }
    }

    /// After an epoch, which is in the history. After the last one the fit's end is what is kept.
    pub(in crate::train) fn keep_epoch(&mut self, run: &mut Run<'_>, is_last: bool) -> Result<(), FitFault> {
        let Some(folder) = &mut run.folder else { return Ok(()) };
        let is_best = folder.is_best(run.history);
        let is_due = !is_last && (folder.is_due_at_epoch(self.epoch) || folder.is_due_at_step(self.step));
        if is_best || is_due {
            let checkpoint = self.checkpoint().with_history(run.history, false);
            let place = match (is_due, is_best) {
                (true, true) => Place::Both,
                (true, false) => Place::Newest,
                _ => Place::Best,
            };
            folder.write(checkpoint, place)?;
        }
        Ok(())
    }

    /// At the end of the fit, which may have gone wrong: waits until all is on the disk.
    pub(in crate::train) fn keep_end(
        &mut self,
        run: &mut Run<'_>,
        result: Result<(), FitFault>,
    ) -> Result<(), FitFault> {
        let Some(folder) = &mut run.folder else { return result };
        let is_other = run.start != (self.step, self.epoch);
        let kept = match &result {
            Err(fault) if fault.is_of_checkpoints() => Ok(()),
            _ if !is_other => Ok(()),
            _ => folder.write(self.checkpoint().with_history(run.history, true), Place::Newest),
        };
        let kept = kept.and(folder.wait());
        // What went wrong first is what counts.
        result.and(kept)
    }
}
