//! Loading: which tensor of a file is which segment, and then its numbers.

use alloc::string::String;
use alloc::vec::Vec;

use castnet_safetensors::{Dtype, Fault, Header, Order, Tensor, header_len};

use super::layout::Layout;
use super::names::covers;
use super::source::Source;
use super::{Misfit, Mismatch, Report, Weights, WeightsError, numbers};
use crate::{Infer, Segment, Shape};

/// Names that a file makes up are listed up to so many.
const LISTED: usize = 500;
/// What the names of a checkpoint begin with that are not of the network.
const CHECKPOINT: &str = "castnet/";
/// How many bytes are looked at together: whole numbers of every type.
const CHUNK: usize = 8192;

/// Overwrites a network by what a file has, also if that turns out to be wrong. `may_keep` is whether segments that may be
/// missing can stay as they are.
pub fn take<N: Infer, S: Source>(
    weights: &Weights,
    network: &mut N,
    source: &mut S,
    may_keep: bool,
) -> Result<Report, S::Error> {
    weights.check_images::<N>()?;
    let mut first = [0; 8];
    let found = source.fill(&mut first)?;
    whole("header", first.len() as u64, found as u64)?;
    let len = header_len(first).map_err(WeightsError::from)?;
    let json = source.take(len)?;
    whole("header", len as u64, json.len() as u64)?;
    let header = Header::parse(&json).map_err(WeightsError::from)?;
    if let Some(left) = source.left() {
        whole("numbers", header.data_len(), left)?;
        if left > header.data_len() {
            return Err(WeightsError::from(Fault::Trailing { byte: 8 + len as u64 + header.data_len() }).into());
        }
    }
    let mut matching = Matching::new(weights, N::SEGMENTS);
    let own = numbers::dtype::<N::Scalar>();
    header.tensors().for_each(|tensor| matching.add(&tensor, own));
    let (found, report) = matching.finish(N::NAME, own, may_keep)?;
    Numbers { source, place: 0, all: header.data_len() }.read(network, &found)?;
    Ok(report)
}

/// A fault if a part of a file is shorter than it should be.
fn whole(part: &'static str, expected: u64, found: u64) -> Result<(), WeightsError> {
    if found < expected { Err(Fault::Truncated { part, expected, found }.into()) } else { Ok(()) }
}

/// Where the numbers of a segment are, and how.
struct Found {
    segment: &'static Segment,
    name: String,
    start: u64,
    end: u64,
    dtype: Dtype,
    order: Order,
}

/// What of a file's tensors belongs to which segment, and what does not.
struct Matching<'a> {
    weights: &'a Weights,
    segments: &'static [Segment],
    layouts: Vec<Layout>,
    found: Vec<Option<Found>>,
    /// What does not fit, with the place of its segment.
    misfits: Vec<(usize, Misfit)>,
    left_over: Vec<Misfit>,
    more_left_over: usize,
    report: Report,
    /// The name in the file, as rules are about it, and in the network.
    normal: String,
    network: String,
}

impl<'a> Matching<'a> {
    fn new(weights: &'a Weights, segments: &'static [Segment]) -> Self {
        Self {
            weights,
            segments,
            layouts: segments.iter().map(|segment| weights.layout(segment)).collect(),
            found: segments.iter().map(|_| None).collect(),
            misfits: Vec::new(),
            left_over: Vec::new(),
            more_left_over: 0,
            report: Report::default(),
            normal: String::new(),
            network: String::new(),
        }
    }

    fn add(&mut self, tensor: &Tensor<'_>, own: Dtype) {
        let name: String = tensor.name.chars().collect();
        let Weights { names, ignored, .. } = self.weights;
        names.normal(&name, &mut self.normal);
        // PyTorch's batch norm counts batches, and does nothing with their number. A checkpoint has more than a network.
        if self.normal.rsplit('.').next() == Some("num_batches_tracked") || name.starts_with(CHECKPOINT) {
            return;
        }
        if ignored.iter().any(|rule| covers(rule, &self.normal)) {
            if self.report.ignored.len() < LISTED {
                self.report.ignored.push(name);
            } else {
                self.report.more_ignored += 1;
            }
            return;
        }
        let is_prefixed = names.in_network(&self.normal, &mut self.network);
        let place = self.segments.iter().position(|segment| is_prefixed && names.is(&self.network, segment));
        match place {
            Some(place) => self.add_to(place, name, tensor, own),
            None if self.left_over.len() < LISTED => {
                self.left_over.push(Misfit::LeftOver { name, shape: shape(tensor) });
            }
            None => self.more_left_over += 1,
        }
    }

    fn add_to(&mut self, place: usize, name: String, tensor: &Tensor<'_>, own: Dtype) {
        let (segment, layout) = (&self.segments[place], &self.layouts[place]);
        if self.found[place].is_some() {
            let is_known = |(other, misfit): &(usize, _)| *other == place && matches!(misfit, Misfit::Twice { .. });
            if !self.misfits.iter().any(is_known) {
                self.misfits.push((place, Misfit::Twice { name }));
            }
            return;
        }
        if !self.weights.is_shape(segment, tensor, &layout.shape) {
            let (found, expected) = (shape(tensor), layout.shape());
            self.misfits.push((place, Misfit::Shape { name: name.clone(), found, expected }));
        }
        if tensor.dtype != own && !(self.weights.convert && tensor.dtype.is_convertible()) {
            self.misfits.push((place, Misfit::Type { name: name.clone(), found: tensor.dtype, expected: own }));
        }
        let Tensor { start, end, dtype, .. } = *tensor;
        self.found[place] = Some(Found { segment, name, start, end, dtype, order: layout.order });
    }

    /// What was found, in the order of the file.
    fn finish(
        mut self,
        network: &'static str,
        own: Dtype,
        may_keep: bool,
    ) -> Result<(Vec<Found>, Report), WeightsError> {
        for (place, segment) in self.segments.iter().enumerate() {
            let may_be_missing = || self.weights.missing.iter().any(|rule| covers(rule, segment.name));
            if let Some(found) = &self.found[place] {
                self.report.taken.push(segment.name);
                if found.dtype != own {
                    self.report.converted.push((segment.name, found.dtype));
                }
            } else if may_keep && may_be_missing() {
                self.report.kept.push(segment.name);
            } else {
                let (name, shape) = (self.weights.names.in_file(segment), self.layouts[place].shape());
                self.misfits.push((place, Misfit::Missing { name, shape }));
            }
        }
        if self.misfits.is_empty() && self.left_over.is_empty() {
            let mut found: Vec<Found> = self.found.into_iter().flatten().collect();
            found.sort_by_key(|found| found.start);
            return Ok((found, self.report));
        }
        self.misfits.sort_by_key(|(place, _)| *place);
        let misfits = self.misfits.into_iter().map(|(_, misfit)| misfit).chain(self.left_over).collect();
        Err(Mismatch { network, misfits, more: self.more_left_over }.into())
    }
}

/// The shape of a tensor, as far as a message shows it.
fn shape(tensor: &Tensor<'_>) -> Shape {
    let sizes: Vec<usize> = tensor.shape.take(5).map(|size| usize::try_from(size).unwrap_or(usize::MAX)).collect();
    Shape::new(&sizes)
}

/// The numbers of a file, read from the first to the last.
struct Numbers<'a, S> {
    source: &'a mut S,
    /// How many bytes have been read.
    place: u64,
    /// How many there are.
    all: u64,
}

impl<S: Source> Numbers<'_, S> {
    fn read<N: Infer>(mut self, network: &mut N, found: &[Found]) -> Result<(), S::Error> {
        for found in found {
            // Tensors that overlap are as long together as a file without gaps only if there is a gap elsewhere.
            let Some(before) = found.start.checked_sub(self.place) else {
                return Err(WeightsError::from(Fault::Gap { sum: found.end, end: self.place }).into());
            };
            self.skip(before)?;
            let numbers = &mut network.parameters_mut()[found.segment.offset..][..found.segment.len];
            let mut places = found.order.places();
            self.chunks(found.end - found.start, |bytes| {
                numbers::store(found.dtype, bytes, &mut places, numbers)
                    .map_err(|value| WeightsError::Range { name: found.name.clone(), value })
            })?;
        }
        self.skip(self.all - self.place)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), S::Error> {
        self.chunks(bytes, |_| Ok(()))
    }

    /// Hands over so many bytes, chunk by chunk.
    fn chunks(
        &mut self,
        mut left: u64,
        mut with: impl FnMut(&[u8]) -> Result<(), WeightsError>,
    ) -> Result<(), S::Error> {
        let mut chunk = [0; CHUNK];
        while left > 0 {
            let chunk = &mut chunk[..left.min(CHUNK as u64) as usize];
            let found = self.source.fill(chunk)?;
            if found < chunk.len() {
                whole("numbers", self.all, self.place + found as u64)?;
            }
            with(chunk)?;
            self.place += found as u64;
            left -= found as u64;
        }
        Ok(())
    }
}
