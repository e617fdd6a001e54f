//! Memory that holds names instead of numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{ensure, number};
use crate::checked::Producer;
use crate::layers::Action;
use crate::plan::{Plan, PlannedLayer, Region};
use crate::size::Size;

/// A sum of named numbers: what one place in memory holds. Without any, what stands there is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(Vec<Atom>);

/// Several places, one behind the other.
pub type Values = Vec<Content>;

/// One number that a layer has made, of a value or of a gradient; or of what comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Atom {
    /// 0 is what comes in.
    maker: usize,
    place: usize,
}

impl Atom {
    const ZERO: Self = Self { maker: usize::MAX, place: 0 };
}

impl Content {
    fn atoms(maker: usize, len: usize) -> Values {
        (0..len).map(|place| Self(vec![Atom { maker, place }])).collect()
    }

    /// The input of a pass: samples, or the gradient in the network's output.
    pub fn of_input(len: usize) -> Values {
        Self::atoms(0, len)
    }

    /// What a layer makes.
    pub fn of_layer(layer: usize, len: usize) -> Values {
        Self::atoms(layer + 1, len)
    }

    /// The gradient in values that nothing depends on.
    pub fn zeros(len: usize) -> Values {
        vec![Self(vec![Atom::ZERO]); len]
    }

    pub fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
        self.0.sort_unstable();
        if self.0.iter().any(|atom| *atom != Atom::ZERO) {
            self.0.retain(|atom| *atom != Atom::ZERO);
        } else {
            self.0.truncate(1);
        }
    }

    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A part of a buffer, by its name.
pub type Place = Region<String>;

/// Buffers by name.
pub struct Memory {
    buffers: BTreeMap<String, Buffer>,
    /// Whether a step may write what nobody reads.
    tolerates_waste: bool,
}

struct Buffer {
    values: Values,
    /// What has been copied or added, and of which nothing has been read yet.
    unread: Vec<Range<usize>>,
}

impl Memory {
    /// What a `slice` leaves out has been computed in vain.
    pub fn new(plan: &Plan) -> Self {
        let cuts = |layer: &PlannedLayer| layer.part.action == Action::Slice && layer.producers != [Producer::Input];
        Self { buffers: BTreeMap::new(), tolerates_waste: plan.layers.iter().any(cuts) }
    }

    /// A buffer of so many places, in which nothing is known.
    pub fn create(&mut self, buffer: impl ToString, values: &Size) -> Result<(), String> {
        let empty = Buffer { values: vec![Content::default(); number(values)?], unread: Vec::new() };
        ensure(self.buffers.insert(buffer.to_string(), empty).is_none(), || {
            format!("two buffers {}", buffer.to_string())
        })
    }

    pub fn write(&mut self, region: &Place, values: &[Content]) -> Result<(), String> {
        let tolerates_waste = self.tolerates_waste;
        let (buffer, range) = self.find(region)?;
        ensure(range.len() == values.len(), || format!("{} values for {region:?}", values.len()))?;
        ensure(tolerates_waste || buffer.unread.iter().all(|other| are_apart(other, &range)), || {
            format!("{region:?} was written in vain")
        })?;
        buffer.values[range].clone_from_slice(values);
        Ok(())
    }

    fn write_to_be_read(&mut self, region: &Place, values: &[Content]) -> Result<(), String> {
        self.write(region, values)?;
        let (buffer, range) = self.find(region)?;
        buffer.unread.push(range);
        Ok(())
    }

    fn read(&mut self, region: &Place) -> Result<&[Content], String> {
        let (buffer, range) = self.find(region)?;
        buffer.unread.retain(|other| are_apart(other, &range));
        Ok(&buffer.values[range])
    }

    fn find(&mut self, region: &Place) -> Result<(&mut Buffer, Range<usize>), String> {
        let range = range(region)?;
        let buffer = self.buffers.get_mut(&region.within).filter(|buffer| range.end <= buffer.values.len());
        Ok((buffer.ok_or_else(|| format!("{region:?} does not exist"))?, range))
    }

    /// Reads what must be `expected`.
    pub fn expect(&mut self, region: &Place, expected: &[Content], what: &str) -> Result<(), String> {
        let is_right = self.read(region)? == expected && expected.iter().all(Content::is_known);
        ensure(is_right, || format!("{what} does not stand in {region:?}"))
    }

    /// Whether `expected` stands there, which counts as no reading.
    pub fn look(&self, region: &Place, expected: &[Content], what: &str) -> Result<(), String> {
        let range = range(region)?;
        let found = self.buffers.get(&region.within).and_then(|buffer| buffer.values.get(range));
        ensure(found == Some(expected), || format!("{what} does not stand in {region:?}"))
    }

    pub fn copy(&mut self, from: &Place, to: &Place) -> Result<(), String> {
        let values = self.read(from)?.to_vec();
        self.write_to_be_read(to, &values)
    }

    pub fn clear(&mut self, at: &Place) -> Result<(), String> {
        let zeros = Content::zeros(range(at)?.len());
        self.write_to_be_read(at, &zeros)
    }

    /// To what stands there.
    pub fn add(&mut self, from: &Place, to: &Place) -> Result<(), String> {
        let (from, mut sum) = (self.read(from)?.to_vec(), self.read(to)?.to_vec());
        let are_known = from.len() == sum.len() && from.iter().chain(&sum).all(Content::is_known);
        ensure(are_known, || format!("what is not there is added to {to:?}"))?;
        sum.iter_mut().zip(&from).for_each(|(sum, value)| sum.add(value));
        self.write_to_be_read(to, &sum)
    }

    /// From now on nobody may rely on what stands there.
    pub fn destroy(&mut self, region: &Place) -> Result<(), String> {
        self.write(region, &vec![Content::default(); range(region)?.len()])
    }

    /// Whether everything that was copied or added has been read.
    pub fn check_all_read(&self) -> Result<(), String> {
        let unread = self.buffers.iter().find(|(_, buffer)| !self.tolerates_waste && !buffer.unread.is_empty());
        unread.map_or(Ok(()), |(name, _)| Err(format!("something in {name} was written in vain")))
    }
}

fn are_apart(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.end <= right.start || right.end <= left.start
}

pub fn range(region: &Place) -> Result<Range<usize>, String> {
    let begin = number(&region.offset)?;
    Ok(begin..begin + number(&region.values)?)
}

/// Whether one call can borrow both, one of them to write: they are of different buffers.
pub fn check_apart(read: &Place, written: &Place) -> Result<(), String> {
    ensure(read.within != written.within, || format!("one call borrows {read:?} and {written:?}"))
}

/// Whether one call can borrow both, one of them to write, also as two parts of one buffer, which is split for it.
pub fn check_disjoint(read: &Place, written: &Place) -> Result<(), String> {
    let (from, to) = (range(read)?, range(written)?);
    let are_disjoint = read.within != written.within || are_apart(&from, &to);
    ensure(are_disjoint, || format!("one call borrows {read:?} and {written:?}"))
}
