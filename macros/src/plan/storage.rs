//! Storages: what one value after another stands in.
//!
//! A layer that works in place leaves its output in the storage of its input. What goes into a `concat` is written where
//! it belongs in the output at once, if nobody else reads it: such a storage lies within another one.

use super::graph::{Graph, INPUT};
use crate::size::Size;

/// One of the storages of a pass.
#[derive(Debug)]
pub struct Storage {
    /// The layer that it was made for; `None` for the input.
    pub layer: Option<usize>,
    /// Values of one sample.
    pub values: Size,
    /// The storage that it lies within, and behind how many values of one sample.
    within: Option<(usize, Size)>,
    /// Whether a value in it is read by several layers.
    is_shared: bool,
}

/// A part of what values stand in: a storage that lies in no other, a gradient buffer, or a place at inference.
#[derive(Clone, Debug)]
pub struct Region<B> {
    /// What it is a part of.
    pub within: B,
    /// Values of one sample before it.
    pub offset: Size,
    pub values: Size,
}

impl<B> Region<B> {
    /// Whether it is all there is of something that holds `values` of one sample.
    pub fn is_all_of(&self, values: &Size) -> bool {
        self.offset.number() == Some(0) && self.values.equals(values) == Some(true)
    }
}

impl<B: PartialEq> Region<B> {
    pub fn equals(&self, other: &Self) -> bool {
        let same = |left: &Size, right: &Size| left.equals(right) == Some(true);
        self.within == other.within && same(&self.offset, &other.offset) && same(&self.values, &other.values)
    }
}

/// The storages, and where each value stands.
pub struct Storages {
    list: Vec<Storage>,
    places: Vec<Option<usize>>,
}

impl Storages {
    pub fn new(graph: &Graph, input: Size) -> Self {
        let list = vec![Storage { layer: None, values: input, within: None, is_shared: true }];
        let mut places = vec![None; graph.consumers.len()];
        places[INPUT] = Some(0);
        Self { list, places }
    }

    /// A new storage for what `layer` makes.
    pub fn create(&mut self, graph: &Graph, layer: usize, values: Size) -> usize {
        self.list.push(Storage { layer: Some(layer), values, within: None, is_shared: false });
        self.put(graph, layer, self.list.len() - 1)
    }

    /// What `layer` makes stands in a storage.
    pub fn put(&mut self, graph: &Graph, layer: usize, storage: usize) -> usize {
        let value = graph.outputs[layer];
        self.places[value] = Some(storage);
        self.list[storage].is_shared |= graph.consumers[value].len() > 1;
        storage
    }

    /// What `layer` makes is a part of a storage, and read there.
    pub fn view(&mut self, graph: &Graph, layer: usize, within: usize, before: Size, values: Size) -> usize {
        self.list.push(Storage { layer: Some(layer), values, within: Some((within, before)), is_shared: true });
        self.put(graph, layer, self.list.len() - 1)
    }

    /// Where a value stands; the input for one that does not exist, which a plan has no steps for.
    pub fn of(&self, value: usize) -> usize {
        self.places[value].unwrap_or(0)
    }

    /// Lays the storage of a value within another one, if nobody else needs it where it is.
    pub fn place(&mut self, value: usize, within: usize, offset: &Size) -> bool {
        let storage = self.of(value);
        let can = storage != 0 && !self.list[storage].is_shared && self.list[storage].within.is_none();
        if can {
            self.list[storage].within = Some((within, offset.clone()));
        }
        can
    }

    /// The storage that lies in no other, and where in it this one lies.
    pub fn region(&self, storage: usize) -> Region<usize> {
        let values = self.list[storage].values.clone();
        let (mut root, mut offset) = (storage, Size::ZERO);
        while let Some((outer, before)) = &self.list[root].within {
            offset = before.plus(&offset);
            root = *outer;
        }
        Region { within: root, offset, values }
    }

    /// The storages that lie in no other, by number.
    pub fn roots(&self) -> impl Iterator<Item = (usize, &Storage)> {
        self.list.iter().enumerate().filter(|(_, storage)| storage.within.is_none())
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }
}
