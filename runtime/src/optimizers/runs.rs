//! Which parameters an optimizer moves, and how.

use core::ops::Range;

use crate::{ParameterKind, Parameters, Role, Segment};

/// What a segment of parameters has of an optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    /// The factor of the learning rate.
    pub rate: f64,
    /// The weight decay.
    pub decay: f64,
    /// Whether nothing is changed.
    pub is_frozen: bool,
}

impl Settings {
    /// Those of a segment that is in no group, given the weight decay of the rule.
    pub fn of(segment: &Segment, decay: f64) -> Self {
        let is_weight = segment.kind == ParameterKind::Weight;
        Self { rate: 1.0, decay: if is_weight { decay } else { 0.0 }, is_frozen: false }
    }
}

/// Consecutive parameters with the same settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub range: Range<usize>,
    pub settings: Settings,
}

/// The trainable segments that are not empty, with their settings.
pub(super) fn segments<N: Parameters>(
    settings: impl Fn(&Segment) -> Settings,
) -> impl Iterator<Item = (&'static Segment, Settings)> {
    let trainable = N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable && segment.len > 0);
    trainable.map(move |segment| (segment, settings(segment)))
}

/// The runs of consecutive trainable numbers of the same settings, as long as possible, in their order: each of them is a
/// loop of its own, so the fewer the better.
pub(super) fn runs<N: Parameters>(settings: impl Fn(&Segment) -> Settings) -> impl Iterator<Item = Run> {
    let mut segments = segments::<N>(settings).peekable();
    core::iter::from_fn(move || {
        let (first, own) = segments.next()?;
        let mut end = first.offset + first.len;
        while let Some((next, _)) = segments.next_if(|(next, other)| next.offset == end && *other == own) {
            end += next.len;
        }
        Some(Run { range: first.offset..end, settings: own })
    })
}

/// The runs of consecutive trainable numbers in [`Parameters::parameters`], as long as possible, in their order.
///
/// ```
/// use castnet::{network, optimizers::trainable_runs};
///
/// network! {
///     struct Transfer {
///         input: [4],
///         #[frozen]
///         features: dense(3), relu,
///         dense(2), relu,
///         dense(1),
///     }
/// }
///
/// // The weights and biases of both last layers, after 4 * 3 + 3 frozen ones.
/// assert_eq!(trainable_runs::<Transfer>().collect::<Vec<_>>(), [15..15 + 3 * 2 + 2 + 2 + 1]);
/// ```
pub fn trainable_runs<N: Parameters>() -> impl Iterator<Item = Range<usize>> {
    runs::<N>(|segment| Settings::of(segment, 0.0)).map(|run| run.range)
}
