//! What of a model cannot be had, and why.

use std::fmt::{self, Display, Formatter};

/// Why a node, an input or an output cannot be expressed, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What stands in the way.
    pub reason: String,
    /// What would help.
    pub help: String,
}

/// The error of whatever lowers a part of a model.
pub fn refuse<T>(reason: impl Into<String>, help: impl Into<String>) -> Result<T, Reason> {
    Err(Reason { reason: reason.into(), help: help.into() })
}

/// A part of a model that castnet cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The name of the node, of its first output if it has none of its own, or of an input or output of the model.
    pub node: String,
    /// The operator: `Conv`; `input` or `output` of what is none.
    pub operator: String,
    /// The shape of what comes in, without the batch axis, if it is known.
    pub shape: Option<Vec<usize>>,
    /// Why.
    pub reason: String,
    /// What would help.
    pub help: String,
}

impl Display for Refusal {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // Names are the file's: none of them ends a line or fills a screen.
        let name: String =
            self.node.chars().take(80).map(|letter| if letter.is_control() { '?' } else { letter }).collect();
        let operator: String =
            self.operator.chars().take(40).map(|letter| if letter.is_control() { '?' } else { letter }).collect();
        write!(formatter, "`{name}`: {operator}")?;
        if let Some(shape) = &self.shape {
            write!(formatter, " of {shape:?}")?;
        }
        write!(formatter, ": {}\nhelp: {}", self.reason, self.help)
    }
}

/// All that was found in a model that castnet cannot express: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What, in the order of the model.
    pub refusals: Vec<Refusal>,
}

impl Refused {
    /// The first refusal of each kind, and how many others are like it.
    fn kinds(&self) -> Vec<(&Refusal, usize)> {
        let mut kinds: Vec<(&Refusal, usize)> = Vec::new();
        for refusal in &self.refusals {
            let is_like = |(first, _): &&mut (&Refusal, usize)| {
                (&first.operator, &first.help) == (&refusal.operator, &refusal.help)
            };
            match kinds.iter_mut().find(is_like) {
                Some((_, others)) => *others += 1,
                None => kinds.push((refusal, 0)),
            }
        }
        kinds
    }
}

impl Display for Refused {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let kinds = self.kinds();
        for (place, (refusal, others)) in kinds.iter().take(SHOWN).enumerate() {
            write!(formatter, "{}{refusal}", if place > 0 { "\n" } else { "" })?;
            match others {
                0 => {}
                1 => write!(formatter, "\n      the same is true of one other node")?,
                others => write!(formatter, "\n      the same is true of {others} other nodes")?,
            }
        }
        match kinds.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "\nand there are {more} more reasons"),
        }
    }
}

impl std::error::Error for Refused {}
