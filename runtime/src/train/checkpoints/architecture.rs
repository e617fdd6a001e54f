//! What a network is, in words: that a checkpoint is of the same one.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use crate::random::scatter;
use crate::{Infer, Shape};

/// A line for the numbers, each input, each layer and each segment.
pub fn architecture<N: Infer>() -> String {
    let mut text = format!("numbers f{}\ninput {}\n", 8 * size_of::<N::Scalar>(), Shape::new(N::INPUT_SHAPE));
    let mut line =
        |words: core::fmt::Arguments<'_>| writeln!(text, "{words}").expect("writing to a string does not fail");
    for input in N::INPUTS {
        line(format_args!("input {} {} {:?}", input.name, Shape::new(input.shape), input.limit));
    }
    for layer in N::LAYERS {
        line(format_args!("layer {} {} {}", layer.name, layer.kind, Shape::new(layer.output_shape)));
    }
    for segment in N::SEGMENTS {
        let (shape, role) = (Shape::new(segment.shape), segment.role);
        line(format_args!("segment {} {shape} {} {:?} {role:?}", segment.name, segment.len, segment.kind));
    }
    text
}

/// The hash of such a text, as 16 hexadecimal digits.
pub fn hash(text: &str) -> String {
    let hash = text.bytes().fold(0, |hash, byte| scatter(hash ^ u64::from(byte)));
    format!("{hash:016x}")
}

/// The first line in which two texts differ.
pub fn difference<'a>(found: &'a str, expected: &'a str) -> [&'a str; 2] {
    let (mut found, mut expected) = (found.lines(), expected.lines());
    loop {
        match (found.next(), expected.next()) {
            (None, None) => return ["nothing else"; 2],
            (one, other) if one != other => return [one, other].map(|line| line.unwrap_or("nothing else")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Affine;

    #[test]
    fn a_network_is_known_by_its_lines() {
        let text = architecture::<Affine<true>>();
        let lines = [
            "numbers f64",
            "input [3]",
            "layer affine dense [2]",
            "segment affine.weight [6] 6 Weight Trainable",
            "segment affine.offset [3] 3 Bias Frozen",
            "segment affine.bias [2] 2 Bias Trainable",
            "segment affine.running [5] 5 RunningStatistic RunningStatistic",
        ];
        assert!(text.lines().eq(lines), "{text}");
        assert_eq!(difference("a\nb\n", "a\nc\n"), ["b", "c"]);
        assert_eq!(difference("a\n", "a\nc\n"), ["nothing else", "c"]);
        assert_ne!(hash("ab"), hash("ba"));
    }
}
