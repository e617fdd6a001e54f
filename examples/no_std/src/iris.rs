//! Three species of iris, told by four lengths, which lie in flash.

use castnet::losses::SoftmaxCrossEntropy;
use castnet::{Error, Infer, Parameters};
use rand::{SeedableRng, rngs::StdRng};

castnet::network! {
    /// Tells three species of iris apart.
    pub struct Iris {
        input: [4],
        dense(16), relu,
        dense(3),
    }
}

include!(concat!(env!("OUT_DIR"), "/iris.rs"));

/// The samples of a step. The table has the species in turn, so that each batch has ten of each.
const BATCH: usize = 30;

/// Puts the first weights into memory of zeros.
pub fn start(network: &mut Iris) {
    network.initialize(&mut StdRng::seed_from_u64(2));
}

/// Learns the table batch by batch, over and over, in so many steps.
///
/// # Errors
///
/// Those of a step.
pub fn learn(network: &mut Iris, room: &mut crate::StepRoom<Iris>, steps: usize) -> Result<f64, Error> {
    crate::learn(network, room, SoftmaxCrossEntropy, 0.02, steps, |step| {
        let first = step * BATCH % FEATURES.len();
        (&FEATURES[first..first + BATCH], &LABELS[first..first + BATCH])
    })
}

/// How many of the table are told right.
pub fn right(network: &Iris) -> usize {
    let class = |scores: [f32; 3]| (0..3).max_by(|&one, &other| scores[one].total_cmp(&scores[other]));
    FEATURES.iter().zip(&LABELS).filter(|(features, label)| class(network.predict(features)) == Some(**label)).count()
}
