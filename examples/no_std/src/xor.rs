//! The exclusive or of two numbers.

use castnet::losses::MeanSquaredError;
use castnet::{Error, Infer, Parameters};
use rand::{SeedableRng, rngs::StdRng};

castnet::network! {
    /// The exclusive or of two numbers.
    pub struct Xor {
        input: [2],
        dense(8), tanh,
        dense(1),
    }
}

/// All four samples.
pub static INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
static TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

/// Puts the first weights into memory of zeros.
pub fn start(network: &mut Xor) {
    network.initialize(&mut StdRng::seed_from_u64(1));
}

/// Learns all four samples in each of so many steps.
///
/// # Errors
///
/// Those of a step.
pub fn learn(network: &mut Xor, room: &mut crate::StepRoom<Xor>, steps: usize) -> Result<f64, Error> {
    crate::learn(network, room, MeanSquaredError, 0.02, steps, |_| (&INPUTS, &TARGETS))
}

/// How many of the four are told right.
pub fn right(network: &Xor) -> usize {
    INPUTS.iter().zip(&TARGETS).filter(|(input, target)| (network.predict(input)[0] - target[0]).abs() < 0.25).count()
}
