//! `network!` works when the dependency is called something else than `castnet`.

use neural::network;

network! {
    /// One of every kind of generated item: parameters, geometries, statistics.
    pub struct Renamed {
        input: [1, 4, 4],
        conv2d(2, kernel = 3, padding = same),
        batch_norm,
        relu,
        max_pool2d(2),
        flatten,
        dropout(0.1),
        dense(3),
    }
}

#[cfg(test)]
mod tests {
    use neural::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::Renamed;

    #[test]
    fn predicts() {
        let network = Renamed::init(&mut StdRng::seed_from_u64(1));
        assert!(network.predict(&[0.5; 16]).iter().all(|output| output.is_finite()));
    }
}
