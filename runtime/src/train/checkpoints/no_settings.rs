//! Without files there are no folders of checkpoints.

/// There is none.
pub enum Checkpoints {}
