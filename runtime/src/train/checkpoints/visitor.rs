//! Reads what is remembered, and sets it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::str::FromStr;

use super::architecture::{architecture, difference, hash};
use super::content::{Content, Entry, Numbers, text, type_name};
use super::{Checkpoint, CheckpointError};
use crate::{Network, Parameters, Scalar, Segment, Shape};

/// What an [`Observer`](crate::train::observers::Observer) shows all that it remembers, for checkpoints: it is read, or set to what
/// a checkpoint has.
///
/// Each piece has a name of its own. What is shown is the same in both cases, but for what an [`optional`](Self::optional) piece
/// holds. After a piece that does not fit no more is set.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use castnet::prelude::*;
/// use castnet::train::observers::{NetworkMut, Observer};
/// use castnet::train::{StateVisitor, StepReport, Trainer};
/// use castnet::{losses::MeanSquaredError, optimizers::Adam};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     #[derive(PartialEq)]
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// /// The least loss of a batch, and the network that had it.
/// #[derive(Default)]
/// struct Least(Option<(f64, Box<Line>)>);
///
/// impl Observer<Line> for Least {
///     fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, Line>) -> ControlFlow<()> {
///         if self.0.as_ref().is_none_or(|(loss, _)| step.loss < *loss) {
///             self.0 = Some((step.loss, Box::new(**network)));
///         }
///         ControlFlow::Continue(())
///     }
///
///     fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
///         let new = || (0.0, castnet::bytemuck::zeroed_box());
///         state.optional("least", &mut self.0, new, |state, (loss, network)| {
///             state.number("loss", loss);
///             state.network("network", &mut **network);
///         });
///     }
/// }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let trainer = || Trainer::new(line.clone(), MeanSquaredError, Adam::default()).with_observers(Least::default());
/// let (mut first, mut second) = (trainer(), trainer());
/// first.step(&[[1.0]], &[[5.0]])?;
/// second.restore(&first.checkpoint())?;
/// assert_eq!(second.observers().0, first.observers().0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StateVisitor<'a> {
    work: Work<'a>,
    /// What stands before every name.
    path: String,
    fault: Option<CheckpointError>,
}

enum Work<'a> {
    Read(&'a mut Vec<Entry>),
    Set {
        from: &'a Checkpoint,
        /// Which of its entries have been asked for.
        asked: Vec<bool>,
    },
}

/// What every name in a file begins with that is not of the network itself.
pub const PREFIX: &str = "castnet/";

impl<'a> StateVisitor<'a> {
    pub(super) fn reading(entries: &'a mut Vec<Entry>) -> Self {
        Self { work: Work::Read(entries), path: PREFIX.into(), fault: None }
    }

    pub(super) fn setting(from: &'a Checkpoint) -> Self {
        Self { work: Work::Set { from, asked: vec![false; from.entries.len()] }, path: PREFIX.into(), fault: None }
    }

    /// Whether values are set, and not read.
    pub fn sets(&self) -> bool {
        matches!(self.work, Work::Set { .. })
    }

    /// A count.
    pub fn count(&mut self, name: &str, count: &mut u64) {
        self.value(name, count, "a whole number from 0 to 2^64 - 1");
    }

    /// A count of something in memory.
    pub(in crate::train) fn count_of(&mut self, name: &str, count: &mut usize) {
        self.value(name, count, "a whole number that counts things in memory");
    }

    /// A number.
    pub fn number(&mut self, name: &str, number: &mut f64) {
        self.value(name, number, "a number");
    }

    /// A yes or no.
    pub fn flag(&mut self, name: &str, flag: &mut bool) {
        self.value(name, flag, "`true` or `false`");
    }

    /// Numbers, always as many.
    pub fn numbers<T: Scalar>(&mut self, name: &str, numbers: &mut [T]) {
        let name = self.full(name);
        match self.work {
            _ if numbers.is_empty() || self.fault.is_some() => {}
            Work::Read(_) => self.read(name, Content::Row(Numbers::of(numbers))),
            Work::Set { .. } => self.set(|visitor| visitor.set_row(name, numbers)),
        }
    }

    /// A network, or anything with a number for each of a network's.
    pub fn network<N: Parameters>(&mut self, name: &str, network: &mut N) {
        let before = self.full(name) + "/";
        self.numbers_of::<N>(before, network.parameters_mut());
    }

    /// The network that is trained: its names have nothing before them.
    pub(super) fn trained<N: Parameters>(&mut self, network: &mut N) {
        self.numbers_of::<N>(String::new(), network.parameters_mut());
    }

    /// Something that is not always there, of which a checkpoint says nothing if it is not. `new` makes one whose contents `visit`
    /// then sets.
    pub fn optional<T>(
        &mut self,
        name: &str,
        value: &mut Option<T>,
        new: impl FnOnce() -> T,
        visit: impl FnOnce(&mut Self, &mut T),
    ) {
        let mut is_there = value.is_some();
        match &self.work {
            Work::Set { from, .. } if text(&from.entries, &self.full(name)).is_none() => is_there = false,
            Work::Read(_) if !is_there => {}
            _ => self.flag(name, &mut is_there),
        }
        if self.fault.is_some() {
        } else if is_there {
            let value = value.get_or_insert_with(new);
            self.within(name, |state| visit(state, value));
        } else {
            *value = None;
        }
    }

    /// What `visit` shows, under names within `name`.
    pub fn within(&mut self, name: &str, visit: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        self.path.push_str(name);
        self.path.push('/');
        visit(self);
        self.path.truncate(before);
    }

    /// What the network is: another one is a fault.
    pub(super) fn architecture<N: Network>(&mut self) {
        let expected = architecture::<N>();
        let (mut found, expected_hash) = (expected.clone(), hash(&expected));
        let mut found_hash = expected_hash.clone();
        self.value("architecture", &mut found, "a text");
        self.value("architecture_hash", &mut found_hash, "a text");
        if self.fault.is_none() && (found_hash != expected_hash || found != expected) {
            let [found, expected] = difference(&found, &expected).map(ToOwned::to_owned);
            self.fault = Some(CheckpointError::Architecture { network: N::NAME, found, expected });
        }
    }

    /// A slot of an optimizer, read.
    pub(super) fn read_slot<N: Parameters>(&mut self, name: &str, numbers: &[N::Scalar]) {
        let (name, copy) = (self.full(name), Numbers::of(numbers));
        if numbers.len() == N::PARAMETER_COUNT {
            self.read(name + "/", Content::Network(copy, N::SEGMENTS));
        } else {
            self.read(name, Content::Row(copy));
        }
    }

    /// A slot of an optimizer, set.
    pub(super) fn set_slot<N: Parameters>(&mut self, name: &str, numbers: &mut [N::Scalar]) {
        if numbers.len() == N::PARAMETER_COUNT {
            let before = self.full(name) + "/";
            self.numbers_of::<N>(before, numbers);
        } else {
            self.numbers(name, numbers);
        }
    }

    /// What does not fit, or has not been asked for.
    pub(super) fn finish(self) -> Result<(), CheckpointError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Work::Set { from, asked } = self.work else { return Ok(()) };
        // What happened before is nothing that a trainer remembers.
        let is_left = |(entry, asked): &(&Entry, bool)| !asked && !entry.name.starts_with("castnet/history/");
        match from.entries.iter().zip(asked).find(is_left) {
            Some((entry, _)) => Err(CheckpointError::LeftOver { name: entry.name.clone() }),
            None => Ok(()),
        }
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// # Panics
    ///
    /// If the name is there already.
    fn read(&mut self, name: String, content: Content) {
        let Work::Read(entries) = &mut self.work else { return };
        assert!(entries.iter().all(|entry| entry.name != name), "two pieces of a state have the name `{name}`");
        entries.push(Entry { name, content });
    }

    /// A value that is kept as text.
    fn value<V: Debug + FromStr + 'static>(&mut self, name: &str, value: &mut V, expected: &'static str) {
        if self.fault.is_some() {
            return;
        }
        let name = self.full(name);
        if !self.sets() {
            let text = (value as &dyn core::any::Any).downcast_ref::<String>();
            let text = text.cloned().unwrap_or_else(|| format!("{value:?}"));
            return self.read(name, Content::Text(text));
        }
        self.set(|visitor| {
            let Content::Text(text) = visitor.ask(&name)? else { return Err(CheckpointError::Missing { name }) };
            *value = text.parse().map_err(|_| CheckpointError::Value { name, found: text.clone(), expected })?;
            Ok(())
        });
    }

    fn set(&mut self, set: impl FnOnce(&mut Self) -> Result<(), CheckpointError>) {
        if let Err(fault) = set(self) {
            self.fault = Some(fault);
        }
    }

    /// The entry of that name.
    fn ask(&mut self, name: &str) -> Result<&'a Content, CheckpointError> {
        let Work::Set { from, asked } = &mut self.work else { unreachable!("values are read") };
        let place = from.entries.iter().position(|entry| entry.name == name);
        let place = place.ok_or_else(|| CheckpointError::Missing { name: name.to_string() })?;
        asked[place] = true;
        Ok(&from.entries[place].content)
    }

    fn set_row<T: Scalar>(&mut self, name: String, numbers: &mut [T]) -> Result<(), CheckpointError> {
        match self.ask(&name)? {
            Content::Row(found) => copy(name, found, numbers),
            #[cfg(feature = "safetensors")]
            Content::Tensor { .. } => {
                let layout = crate::weights::Layout::of_row(numbers.len());
                self.set_tensor(name, &layout, numbers)
            }
            _ => Err(CheckpointError::Missing { name }),
        }
    }

    /// Numbers of a network, the names of whose segments have `before` before them.
    fn numbers_of<N: Parameters>(&mut self, before: String, numbers: &mut [N::Scalar]) {
        if self.fault.is_some() {
        } else if self.sets() {
            self.set(|visitor| visitor.set_network(before, N::SEGMENTS, numbers));
        } else {
            self.read(before, Content::Network(Numbers::of(numbers), N::SEGMENTS));
        }
    }

    fn set_network<T: Scalar>(
        &mut self,
        before: String,
        segments: &'static [Segment],
        numbers: &mut [T],
    ) -> Result<(), CheckpointError> {
        match self.ask(&before) {
            Ok(Content::Network(found, of)) if *of == segments => copy(before, found, numbers),
            #[cfg(feature = "safetensors")]
            Err(_) => segments.iter().try_for_each(|segment| {
                let name = before.clone() + &crate::weights::Names::default().in_file(segment);
                let numbers = &mut numbers[segment.offset..][..segment.len];
                self.set_tensor(name, &crate::weights::Layout::pytorch(segment), numbers)
            }),
            _ => Err(CheckpointError::Missing { name: before }),
        }
    }

    /// Sets numbers to those of a tensor of the file.
    #[cfg(feature = "safetensors")]
    fn set_tensor<T: Scalar>(
        &mut self,
        name: String,
        layout: &crate::weights::Layout,
        numbers: &mut [T],
    ) -> Result<(), CheckpointError> {
        let content = self.ask(&name)?;
        let Work::Set { from, .. } = &self.work else { unreachable!("values are read") };
        let Content::Tensor { dtype, shape, bytes } = content else { return Err(CheckpointError::Missing { name }) };
        if dtype.name() != type_name::<T>() {
            return Err(CheckpointError::Type { name, found: dtype.name(), expected: type_name::<T>() });
        }
        let expected = layout.shape();
        if *shape != expected || bytes.len() != size_of_val(numbers) {
            return Err(CheckpointError::Shape { name, found: *shape, expected });
        }
        let stored = crate::weights::store(*dtype, &from.file[bytes.clone()], &mut layout.order.places(), numbers);
        stored.expect("numbers of the same type are not converted");
        Ok(())
    }
}

fn copy<T: Scalar>(name: String, found: &Numbers, numbers: &mut [T]) -> Result<(), CheckpointError> {
    if found.type_name() != type_name::<T>() {
        return Err(CheckpointError::Type { name, found: found.type_name(), expected: type_name::<T>() });
    }
    if found.len() != numbers.len() {
        let [found, expected] = [found.len(), numbers.len()].map(|len| Shape::new(&[len]));
        return Err(CheckpointError::Shape { name, found, expected });
    }
    found.copy_to(numbers);
    Ok(())
}
