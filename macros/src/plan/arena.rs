//! Where in memory what is needed for a while stands.
//!
//! What is known by numbers shares one arena: each value has an offset in it, and two of them share memory if no step needs
//! both. It begins at a cache line, so that no vector of a single sample lies across two more than it has to. What only
//! the compiler knows the sizes of has buffers, each as large as the largest that it holds in turn: one arena of const
//! parameters would be an array of a length that is a sum or maximum of them, which stable Rust has not, and offsets in it
//! would have to be searched anew for every choice of the parameters.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::size::Size;

/// Bytes of a cache line.
const LINE: u64 = 64;

/// How often each order of the values is mended.
const ROUNDS: usize = 30;

/// What the search for a better arrangement may cost: an attempt goes through all pairs of values.
const EFFORT: usize = 2_000_000;

/// What needs room.
#[derive(Clone, Debug)]
pub struct Need {
    /// Values of one sample.
    pub values: Size,
    /// The first and the last step that need it.
    pub span: [usize; 2],
}

/// Buffers, and what stands where in them.
#[derive(Debug)]
pub struct Arrangement {
    /// Values of one sample in each buffer.
    pub buffers: Vec<Size>,
    /// Per need its buffer, and the values of one sample before it.
    pub places: Vec<(usize, Size)>,
}

/// Finds room for all, as little as possible. `scalar` is the type of the numbers.
pub fn arrange(root: &TokenStream, scalar: &str, needs: &[Need]) -> Arrangement {
    let line = LINE / bytes(scalar);
    let number =
        |need: &Need| need.values.number().map(|values| Block { lines: values.div_ceil(line), span: need.span });
    let blocks: Option<Vec<Block>> = needs.iter().map(number).collect();
    let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else { return buffers(root, needs) };
    let offsets: Vec<Size> = pack(&blocks).offsets.into_iter().map(|lines| Size::Number(lines * line)).collect();
    let ends = needs.iter().zip(&offsets).filter_map(|(need, offset)| offset.plus(&need.values).number());
    let arena = Size::Number(ends.max().unwrap_or(0));
    Arrangement { buffers: vec![arena], places: offsets.into_iter().map(|offset| (0, offset)).collect() }
}

/// Bytes of a number.
pub fn bytes(scalar: &str) -> u64 {
    match scalar {
        "Dual" => 16,
        "f64" => 8,
        _ => 4,
    }
}

/// Each need in the first buffer that is free and can hold it, in the order of their first steps.
fn buffers(root: &TokenStream, needs: &[Need]) -> Arrangement {
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|&need| needs[need].span[0]);
    let mut buffers: Vec<(usize, Vec<Size>)> = Vec::new();
    let mut places = vec![(0, Size::ZERO); needs.len()];
    for need in order {
        let Need { values, span: [first, last] } = &needs[need];
        let fits = |(end, sizes): &(usize, Vec<Size>)| end < first && can_share(sizes, values);
        let buffer = buffers.iter().position(fits).unwrap_or(buffers.len());
        if buffer == buffers.len() {
            buffers.push((0, Vec::new()));
        }
        buffers[buffer].0 = *last;
        buffers[buffer].1.push(values.clone());
        places[need] = (buffer, Size::ZERO);
    }
    Arrangement { buffers: buffers.iter().filter_map(|(_, sizes)| largest(root, sizes)).collect(), places }
}

/// Whether a buffer can hold one more size: no type is the larger of a const parameter and something else.
fn can_share(sizes: &[Size], size: &Size) -> bool {
    // What is in a buffer already agrees.
    let agrees = |other: &Size| !(other.is_parameter() || size.is_parameter()) || other.equals(size) == Some(true);
    sizes.first().is_none_or(agrees)
}

/// The largest of some sizes; `None` of none.
fn largest(root: &TokenStream, sizes: &[Size]) -> Option<Size> {
    let number = sizes.iter().filter_map(Size::number).max().map(Size::Number);
    let mut seen = BTreeSet::new();
    let unknown = sizes.iter().filter(|size| size.number().is_none() && seen.insert(size.to_string())).cloned();
    let larger = |left: Size, right| {
        let text = format!("max({left}, {right})");
        Size::call(quote!(#root::__private::larger), &[&left, &right], text)
    };
    number.into_iter().chain(unknown).reduce(larger)
}

/// A need in cache lines.
#[derive(Clone, Copy, Debug)]
struct Block {
    lines: u64,
    span: [usize; 2],
}

impl Block {
    fn is_needed_at(&self, step: usize) -> bool {
        (self.span[0]..=self.span[1]).contains(&step)
    }

    /// Whether some step needs both.
    fn meets(&self, other: &Self) -> bool {
        self.span[0] <= other.span[1] && other.span[0] <= self.span[1]
    }
}

/// Where blocks begin, and how much they take together.
#[derive(Clone, Debug)]
struct Packing {
    offsets: Vec<u64>,
    lines: u64,
}

/// The best packing that is found. Finding the best is hard in general (dynamic storage allocation: Garey and Johnson, 1979,
/// problem SR2), but networks mostly need what their worst step needs, which no packing is below.
fn pack(blocks: &[Block]) -> Packing {
    let least = least(blocks);
    if let Some(packing) = from_both_ends(blocks, least) {
        return packing;
    }
    let mut best = Packing { offsets: Vec::new(), lines: u64::MAX };
    for mut order in orders(blocks) {
        for _ in 0..ROUNDS {
            let packing = one_by_one(blocks, &order);
            // What stands last is placed first the next time.
            let end = |place: &usize| packing.offsets[*place] + blocks[*place].lines;
            let last = order.iter().position(|place| end(place) == packing.lines).unwrap_or(0);
            order[..=last].rotate_right(1);
            if packing.lines < best.lines {
                best = packing;
            }
            if best.lines == least {
                return best;
            }
        }
    }
    Search::new(blocks, least, best).run()
}

/// The largest first, the first first, and those first that take most for the longest time.
fn orders(blocks: &[Block]) -> [Vec<usize>; 3] {
    let keys: [&dyn Fn(&Block) -> u64; 3] =
        [&|block| block.lines, &|_| 0, &|block| block.lines.saturating_mul((block.span[1] - block.span[0] + 1) as u64)];
    keys.map(|key| {
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|&place| (Reverse(key(&blocks[place])), blocks[place].span[0]));
        order
    })
}

/// What the step takes that needs most. All that is needed at once is needed at some block's first step.
fn least(blocks: &[Block]) -> u64 {
    let taken = |step| blocks.iter().filter(|block| block.is_needed_at(step)).map(|block| block.lines).sum();
    blocks.iter().map(|block| taken(block.span[0])).max().unwrap_or(0)
}

/// Where no step needs more than two blocks, as in a straight line of layers: they stand at the beginning and at the end by
/// turns, and what the worst step needs is enough.
fn from_both_ends(blocks: &[Block], lines: u64) -> Option<Packing> {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|&block| blocks[block].span[0]);
    // The last step that needs what stands at each end.
    let mut ends: [Option<usize>; 2] = [None; 2];
    let mut offsets = vec![0; blocks.len()];
    for place in order {
        let Block { lines: own, span: [first, last] } = blocks[place];
        let end = ends.iter().position(|end| end.is_none_or(|end| end < first))?;
        ends[end] = Some(last);
        offsets[place] = if end == 0 { 0 } else { lines - own };
    }
    Some(Packing { offsets, lines })
}

/// One block after the other, each as far at the beginning as those before it leave room.
fn one_by_one(blocks: &[Block], order: &[usize]) -> Packing {
    let mut offsets = vec![0; blocks.len()];
    let mut packing = Packing { offsets: Vec::new(), lines: 0 };
    for (number, &place) in order.iter().enumerate() {
        let met = order[..number].iter().filter(|&&other| blocks[other].meets(&blocks[place]));
        let mut taken: Vec<[u64; 2]> =
            met.map(|&other| [offsets[other], offsets[other] + blocks[other].lines]).collect();
        taken.sort_unstable();
        let mut offset = 0;
        for [begin, end] in taken {
            if offset + blocks[place].lines <= begin {
                break;
            }
            offset = offset.max(end);
        }
        offsets[place] = offset;
        packing.lines = packing.lines.max(offset + blocks[place].lines);
    }
    Packing { offsets, ..packing }
}

/// Branch and bound. In a packing as good as any each block stands at the beginning or right behind one that it meets:
/// otherwise it could be moved there. So one is found by placing blocks in the order of their offsets, each behind all
/// placed ones that it meets.
struct Search<'a> {
    blocks: &'a [Block],
    least: u64,
    best: Packing,
    offsets: Vec<Option<u64>>,
    attempts: usize,
}

impl<'a> Search<'a> {
    fn new(blocks: &'a [Block], least: u64, best: Packing) -> Self {
        Self { blocks, least, best, offsets: vec![None; blocks.len()], attempts: EFFORT / blocks.len().pow(2).max(1) }
    }

    fn run(mut self) -> Packing {
        self.place_next(0, 0);
        self.best
    }

    /// Where a block that is not placed yet can begin.
    fn begin(&self, block: usize) -> u64 {
        let met = (0..self.blocks.len()).filter(|&other| self.blocks[other].meets(&self.blocks[block]));
        met.filter_map(|other| Some(self.offsets[other]? + self.blocks[other].lines)).max().unwrap_or(0)
    }

    /// No packing that starts like this takes less: at each step what is not placed stands behind what is.
    fn bound(&self) -> u64 {
        let at = |step: usize| {
            let needed = |block: &usize| self.blocks[*block].is_needed_at(step);
            let (mut placed, mut behind) = (0, 0);
            for block in (0..self.blocks.len()).filter(needed) {
                match self.offsets[block] {
                    Some(offset) => placed = placed.max(offset + self.blocks[block].lines),
                    None => behind += self.blocks[block].lines,
                }
            }
            placed + behind
        };
        self.blocks.iter().map(|block| at(block.span[0])).max().unwrap_or(0)
    }

    /// `from` is where the block before this one begins, `lines` what all so far take.
    fn place_next(&mut self, from: u64, lines: u64) {
        if self.attempts == 0 || self.best.lines == self.least || self.bound() >= self.best.lines {
            return;
        }
        self.attempts -= 1;
        let mut next: Vec<(u64, u64, usize)> = Vec::new();
        for block in (0..self.blocks.len()).filter(|&block| self.offsets[block].is_none()) {
            next.push((self.begin(block), u64::MAX - self.blocks[block].lines, block));
        }
        if next.is_empty() {
            let offsets = self.offsets.iter().map(|offset| offset.unwrap_or(0)).collect();
            self.best = Packing { offsets, lines };
        }
        next.sort_unstable();
        for (begin, _, block) in next {
            if begin >= from {
                self.offsets[block] = Some(begin);
                self.place_next(begin, lines.max(begin + self.blocks[block].lines));
                self.offsets[block] = None;
            }
        }
    }
}

#[cfg(test)]
mod tests;
