//! Packings against the best there are.

use super::*;
use crate::check::check;
use crate::errors::Errors;
use crate::parse::parse;
use crate::plan::{Plan, plan};
use crate::random::{Choice, Random, declaration};

fn planned(text: &str) -> Plan {
    let errors = Errors::new();
    let network = check(parse(format!("::castnet; {text}").parse().unwrap(), &errors).unwrap(), &errors);
    assert_eq!(errors.messages(), Vec::<String>::new(), "{text}");
    plan(network)
}

/// The best of all orders, each block behind those before it that it meets: a best packing is the one of its blocks in the
/// order of their offsets.
fn brute_force(blocks: &[Block]) -> u64 {
    fn go(blocks: &[Block], offsets: &mut Vec<Option<u64>>, lines: u64, best: &mut u64) {
        let Some(_) = offsets.iter().position(Option::is_none) else {
            *best = lines.min(*best);
            return;
        };
        for block in 0..blocks.len() {
            if offsets[block].is_some() {
                continue;
            }
            let met = (0..blocks.len()).filter(|&other| blocks[other].meets(&blocks[block]));
            let begin = met.filter_map(|other| Some(offsets[other]? + blocks[other].lines)).max().unwrap_or(0);
            offsets[block] = Some(begin);
            go(blocks, offsets, lines.max(begin + blocks[block].lines), best);
            offsets[block] = None;
        }
    }
    let mut best = u64::MAX;
    go(blocks, &mut vec![None; blocks.len()], 0, &mut best);
    best
}

fn assert_apart(blocks: &[Block], packing: &Packing) {
    for (place, block) in blocks.iter().enumerate() {
        let end = packing.offsets[place] + block.lines;
        assert!(end <= packing.lines, "{blocks:?} {packing:?}");
        for (other, before) in blocks[..place].iter().enumerate() {
            let are_apart =
                end <= packing.offsets[other] || packing.offsets[other] + before.lines <= packing.offsets[place];
            assert!(are_apart || !block.meets(before), "{blocks:?} {packing:?}");
        }
    }
}

fn random_blocks(random: &mut Random, most: usize) -> Vec<Block> {
    let steps = 2 + random.below(most + 2);
    let block = |random: &mut Random| {
        let first = random.below(steps);
        let last = (first + random.below(4)).min(steps);
        Block { lines: 1 + random.below(12) as u64, span: [first, last] }
    };
    (0..1 + random.below(most)).map(|_| block(random)).collect()
}

#[test]
fn packings_are_as_good_as_the_best_of_all_orders() {
    let mut random = Random::new(5);
    for _ in 0..400 {
        let blocks = random_blocks(&mut random, 7);
        let packing = pack(&blocks);
        assert_apart(&blocks, &packing);
        assert_eq!(packing.lines, brute_force(&blocks), "{blocks:?}");
    }
}

#[test]
fn large_packings_are_found_quickly_and_are_packings() {
    let mut random = Random::new(6);
    for _ in 0..5 {
        let blocks: Vec<Block> = (0..20).flat_map(|_| random_blocks(&mut random, 12)).collect();
        let packing = pack(&blocks);
        assert_apart(&blocks, &packing);
        assert!(packing.lines <= 2 * least(&blocks), "{} {}", packing.lines, least(&blocks));
    }
}

/// The arena of a plan, and what it has room for, in cache lines.
fn in_lines(buffers: &[Size], needs: &[Need], scalar: &str) -> (u64, Vec<Block>) {
    let lines = |values: &Size| values.number().unwrap().div_ceil(LINE / bytes(scalar));
    assert!(buffers.len() <= 1, "{buffers:?}");
    let blocks = needs.iter().map(|need| Block { lines: lines(&need.values), span: need.span }).collect();
    (buffers.iter().map(lines).sum(), blocks)
}

#[test]
fn arenas_of_random_networks_are_as_small_as_the_best_of_all_orders() {
    let mut random = Random::new(8);
    let mut found = 0;
    while found < 100 {
        let text = declaration(&mut random, "N", Choice { own: false, parameters: false, slices: true, most: 10 });
        let scalar = if text.contains("<f64>") { "f64" } else { "f32" };
        let plan = planned(&text);
        let (inference, backward) = (&plan.inference, &plan.backward);
        let mut is_compared = false;
        for (buffers, needs) in [(&inference.buffers, &inference.needs), (&backward.buffers, &backward.needs)] {
            let (lines, blocks) = in_lines(buffers, needs, scalar);
            if (3..=7).contains(&blocks.len()) {
                assert_eq!(lines, brute_force(&blocks), "{text}");
                is_compared = true;
            }
        }
        found += usize::from(is_compared);
    }
}

/// Most is needed by the two neighbours that are largest together, as if each had a buffer of its own.
#[test]
fn an_arena_of_layers_in_a_line_is_the_largest_pair_of_neighbours() {
    let mut random = Random::new(9);
    for _ in 0..100 {
        let sizes: Vec<usize> = (0..3 + random.below(8)).map(|_| 1 + random.below(200)).collect();
        let layers: Vec<String> = sizes.iter().map(|size| format!("dense({size}), tanh")).collect();
        let plan = planned(&format!("struct N {{ input: [3], {}, dense(2) }}", layers.join(", ")));
        let lines = |size: &usize| size.div_ceil(16);
        let largest = sizes.windows(2).map(|pair| lines(&pair[0]) + lines(&pair[1])).max().unwrap();
        assert_eq!(in_lines(&plan.inference.buffers, &plan.inference.needs, "f32").0, largest as u64, "{sizes:?}");
    }
}

#[test]
fn a_straight_line_takes_what_its_largest_neighbours_take() {
    let mut random = Random::new(7);
    for _ in 0..200 {
        let lines: Vec<u64> = (0..2 + random.below(30)).map(|_| 1 + random.below(100) as u64).collect();
        let blocks: Vec<Block> =
            lines.iter().enumerate().map(|(step, &lines)| Block { lines, span: [step, step + 1] }).collect();
        let packing = pack(&blocks);
        assert_apart(&blocks, &packing);
        assert_eq!(packing.lines, lines.windows(2).map(|pair| pair[0] + pair[1]).max().unwrap());
    }
}

#[test]
fn offsets_are_cache_lines() {
    let need = |values, span| Need { values: Size::Number(values), span };
    let needs = [need(5, [0, 1]), need(40, [1, 2]), need(7, [2, 3])];
    let places = |scalar| {
        let Arrangement { buffers, places } = arrange(&TokenStream::new(), scalar, &needs);
        let offsets: Vec<u64> = places.iter().map(|(_, offset)| offset.number().unwrap()).collect();
        (buffers.iter().map(|buffer| buffer.number().unwrap()).collect::<Vec<_>>(), offsets)
    };
    assert_eq!(places("f32"), (vec![56], vec![0, 16, 0]));
    assert_eq!(places("f64"), (vec![48], vec![0, 8, 0]));
}
