//! Groups of parameters with settings of their own.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::runs::Settings;
use super::settings::check;
use crate::{Error, ParameterKind, Parameters, Role, Segment};

/// Some of a network's parameters, and what an optimizer does otherwise with them.
///
/// A group selects whole [`Segment`]s, by their names, their kinds, or a function. What it does not set is as without it.
/// Where groups overlap, what the later one sets holds.
///
/// ```
/// use castnet::optimizers::{Optimizer, OptimizerState, ParameterGroup, Rule, Sgd};
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Small {
///         input: [2],
///         hidden: dense(3), tanh,
///         output: dense(1),
///     }
/// }
///
/// let sgd = Sgd { weight_decay: 0.1, ..Sgd::default() }
///     .group(ParameterGroup::named("hidden.*").frozen())
///     .group(ParameterGroup::named("*.bias").rate_factor(2.0));
///
/// let mut network = Small::init(&mut StdRng::seed_from_u64(1));
/// let (before, mut gradient) = (network.clone(), castnet::bytemuck::zeroed_box::<Small>());
/// gradient.parameters_mut().fill(1.0);
/// let mut state = Optimizer::<Small>::start(&sgd);
/// sgd.step(&mut state, &mut network, &gradient, 0.5);
///
/// assert_eq!(network.hidden.weight, before.hidden.weight);
/// assert_eq!(network.output.weight[0], before.output.weight[0] - 0.5 * (1.0 + 0.1 * before.output.weight[0]));
/// assert_eq!(network.output.bias[0], 0.0 - 2.0 * 0.5);
/// ```
#[derive(Clone, Debug)]
pub struct ParameterGroup {
    of: Selection,
    rate_factor: Option<f64>,
    weight_decay: Option<f64>,
    is_frozen: bool,
}

/// Which segments a group has.
#[derive(Clone)]
enum Selection {
    All,
    Kind(ParameterKind),
    Name(String),
    Function(Arc<dyn Fn(&Segment) -> bool + Send + Sync>),
}

impl ParameterGroup {
    /// All parameters. With a [`weight_decay`](ParameterGroup::weight_decay) it is that of PyTorch's optimizers, which
    /// falls on every parameter:
    ///
    /// ```
    /// use castnet::optimizers::{ParameterGroup, Rule, Sgd};
    ///
    /// let sgd = Sgd { momentum: 0.9, ..Sgd::default() }.group(ParameterGroup::all().weight_decay(1e-4));
    /// ```
    pub fn all() -> Self {
        Self::new(Selection::All)
    }

    /// The parameters of one kind.
    pub fn of_kind(kind: ParameterKind) -> Self {
        Self::new(Selection::Kind(kind))
    }

    /// The parameters whose [name](Segment::name), layer and field, is `pattern`, where `*` stands for any characters:
    /// `conv1.weight`, `conv1.*`, `*.bias`.
    pub fn named(pattern: impl Into<String>) -> Self {
        Self::new(Selection::Name(pattern.into()))
    }

    /// The parameters of the segments that `is_in` says yes to.
    ///
    /// ```
    /// use castnet::optimizers::ParameterGroup;
    ///
    /// let matrices = ParameterGroup::such_that(|segment| segment.shape.len() > 1);
    /// ```
    pub fn such_that(is_in: impl Fn(&Segment) -> bool + Send + Sync + 'static) -> Self {
        Self::new(Selection::Function(Arc::new(is_in)))
    }

    fn new(of: Selection) -> Self {
        Self { of, rate_factor: None, weight_decay: None, is_frozen: false }
    }

    /// Learns by `factor` times the learning rate; a finite number from 0 on.
    pub fn rate_factor(mut self, factor: f64) -> Self {
        self.rate_factor = Some(factor);
        self
    }

    /// Has this weight decay, whatever the kind; from 0 to 1.
    pub fn weight_decay(mut self, decay: f64) -> Self {
        self.weight_decay = Some(decay);
        self
    }

    /// Stays as it is: not moved, not decayed, and what the optimizer remembers of it does not change.
    ///
    /// A batch norm whose running mean and variance are in the group too, as they are in `norm1.*`, goes by them in training, as
    /// at inference, and leaves them.
    ///
    /// Gradients are computed all the same: layers that never learn are `#[frozen]` in their declaration, which spares that.
    pub fn frozen(mut self) -> Self {
        self.is_frozen = true;
        self
    }

    fn has(&self, segment: &Segment) -> bool {
        match &self.of {
            Selection::All => true,
            Selection::Kind(kind) => segment.kind == *kind,
            Selection::Name(pattern) => matches(pattern, segment.name),
            Selection::Function(is_in) => is_in(segment),
        }
    }

    /// Checks the settings, and that something is selected that would change; the group is number `index` of its optimizer's.
    fn check<N: Parameters>(&self, index: usize) -> Result<(), Error> {
        let factor = self.rate_factor.unwrap_or(1.0);
        check(factor >= 0.0 && factor.is_finite(), "rate_factor", factor, "a finite number from 0 on")?;
        let decay = self.weight_decay.unwrap_or(0.0);
        check((0.0..=1.0).contains(&decay), "weight_decay", decay, "from 0 to 1")?;
        let changes = |role| role == Role::Trainable || self.is_frozen && role == Role::RunningStatistic;
        let selects = N::SEGMENTS.iter().any(|segment| changes(segment.role) && self.has(segment));
        if selects { Ok(()) } else { Err(Error::EmptyGroup { group: index, network: N::NAME }) }
    }
}

impl Debug for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Kind(kind) => f.debug_tuple("Kind").field(kind).finish(),
            Self::Name(pattern) => f.debug_tuple("Name").field(pattern).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// Whether a name is that of a pattern, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(first) else { return false };
    // A part may stand at several places: what is behind the first of them has all that is behind the others.
    let last_star = others.rfind('*');
    let (middle, last) = last_star.map_or(("", others), |place| (&others[..place], &others[place + 1..]));
    let parts = middle.split('*');
    let behind = parts.into_iter().try_fold(rest, |rest, part| rest.split_once(part).map(|(_, behind)| behind));
    behind.is_some_and(|behind| behind.ends_with(last))
}

/// A rule with groups of parameters: what [`Rule::group`](super::Rule::group) makes.
#[derive(Clone, Debug)]
pub struct Grouped<R> {
    /// The rule for all of them.
    pub rule: R,
    groups: Vec<ParameterGroup>,
}

impl<R> Grouped<R> {
    /// The rule, without groups yet.
    pub fn new(rule: R) -> Self {
        Self { rule, groups: Vec::new() }
    }

    /// Adds a group.
    pub fn group(mut self, group: ParameterGroup) -> Self {
        self.groups.push(group);
        self
    }

    /// What a segment has, given what it would have in no group.
    pub(super) fn settings(&self, segment: &Segment, alone: Settings) -> Settings {
        self.groups.iter().filter(|group| group.has(segment)).fold(alone, |settings, group| Settings {
            rate: group.rate_factor.unwrap_or(settings.rate),
            decay: group.weight_decay.unwrap_or(settings.decay),
            is_frozen: settings.is_frozen || group.is_frozen,
        })
    }

    /// Whether a segment is in a frozen group.
    pub(super) fn has_frozen(&self, segment: &Segment) -> bool {
        self.groups.iter().any(|group| group.is_frozen && group.has(segment))
    }

    /// Checks every group.
    pub(super) fn check_groups<N: Parameters>(&self) -> Result<(), Error> {
        self.groups.iter().enumerate().try_for_each(|(index, group)| group.check::<N>(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for pattern in ["conv1.weight", "conv1.*", "*.weight", "*", "c*1*t", "*conv1*", "conv1.weight*", "*e*i*t", "**"]
        {
            assert!(matches(pattern, "conv1.weight"), "{pattern}");
        }
        for pattern in ["conv1", "conv", "*.bias", "conv1.*s", "conv1.weight*t", "*1*1*", "t*c", "", "conv1.weight.*"] {
            assert!(!matches(pattern, "conv1.weight"), "{pattern}");
        }
    }
}
