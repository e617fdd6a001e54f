//! What is done with networks.

use castnet::Infer;

/// What is done with each network.
pub trait Visit {
    /// Sees a network of that name.
    fn visit<N: Infer>(&mut self, name: &str);
}
