//! XOR, learnt and asked from C.

use core::cell::UnsafeCell;

use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::schedules::CosineDecay;
use rand::SeedableRng;
use rand::rngs::SmallRng;

network! {
    struct Xor {
        input: [2],
        dense(8), tanh,
        dense(1), sigmoid,
    }
}

const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

/// Memory that starts as zeros, for one thread.
struct Static<T>(UnsafeCell<T>);

// SAFETY: the program in C has one thread.
unsafe impl<T> Sync for Static<T> {}

impl<T> Static<T> {
    #[allow(clippy::mut_from_ref)]
    fn get(&self) -> &mut T {
        // SAFETY: each function of this file takes it once, and none calls another.
        unsafe { &mut *self.0.get() }
    }
}

static NETWORK: Static<Xor> = Static(UnsafeCell::new(castnet::zeroed()));

/// Trains a new network for so many steps. Returns its last loss, or -1 after an error.
#[unsafe(no_mangle)]
pub extern "C" fn xor_train(seed: u64, steps: u64) -> f64 {
    let network = NETWORK.get();
    network.initialize(&mut SmallRng::seed_from_u64(seed));
    let schedule = CosineDecay { from: 0.05, to: 0.001, steps };
    train(network, schedule, steps).unwrap_or(-1.0)
}

/// In place: all memory is in statics.
#[cfg(not(feature = "alloc"))]
fn train(network: &mut Xor, schedule: CosineDecay, steps: u64) -> Result<f64, castnet::Error> {
    use castnet::optimizers::{InPlace, InPlaceState};
    use castnet::train::{Learner, Room};

    static ROOM: Static<Room<Xor, InPlaceState<Xor, Adam, 2>, 1>> = Static(UnsafeCell::new(castnet::zeroed()));
    let room = ROOM.get();
    *room = castnet::zeroed();
    let mut learner = Learner::new(network, room, MeanSquaredError, InPlace(Adam::default()), schedule);
    let mut loss = 0.0;
    for _ in 0..steps {
        loss = learner.step(&INPUTS, &TARGETS)?.loss;
    }
    Ok(loss)
}

/// With a heap: half of the steps, and the others by a trainer that goes on from the bytes of a checkpoint.
#[cfg(feature = "alloc")]
fn train(network: &mut Xor, schedule: CosineDecay, steps: u64) -> Result<f64, castnet::Error> {
    use castnet::train::{Checkpoint, Trainer};

    extern crate alloc;
    let trainer =
        || Trainer::new(alloc::boxed::Box::new(castnet::zeroed::<Xor>()), MeanSquaredError, Adam::default()).schedule(schedule);
    let (mut first, mut second, mut loss) = (trainer(), trainer(), 0.0);
    *first.network_mut() = *network;
    for _ in 0..steps / 2 {
        first.step(&INPUTS, &TARGETS)?;
    }
    let checkpoint = Checkpoint::from_bytes(first.checkpoint().to_bytes()).expect("it is whole");
    second.restore(&checkpoint).expect("it is of the same run");
    for _ in steps / 2..steps {
        loss = second.step(&INPUTS, &TARGETS)?.loss;
    }
    *network = *Xor::from_safetensors(&second.network().to_safetensors()).expect("it is of the same network");
    Ok(loss)
}

/// What the network that was trained last makes of two numbers.
#[unsafe(no_mangle)]
pub extern "C" fn xor_predict(left: f32, right: f32) -> f32 {
    NETWORK.get().predict(&[left, right])[0]
}
