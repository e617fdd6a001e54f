//! A child that is forked off a process whose trainer has threads has none of them: it works alone, to the same bits.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // Fork and exit of the C library, which no safe function stands for.

use std::thread::sleep;
use std::time::{Duration, Instant};

use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, BacktrackingDescent};
use castnet::prelude::*;
use castnet::train::{DatasetLoss, Trainer};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Two stages, so that threads meet several times in a step.
    struct Normalised {
        input: [8],
        dense(16), batch_norm, tanh,
        dense(2),
    }
}

/// A child that waits for threads which are not there waits for ever.
const LONGEST: Duration = Duration::from_secs(60);

/// The child's exit code if all went well.
const WELL: i32 = 17;

/// Runs `work` in a child process, and returns its exit code: [`WELL`] if it said yes, and `None` if it did not end.
fn in_child(work: impl FnOnce() -> bool) -> Option<i32> {
    // SAFETY: the child goes on with one thread, takes no lock that another one may have held (the memory of glibc is
    // usable after a fork), and ends by `_exit` whatever happens, so that nothing of the parent's runs twice.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{}", std::io::Error::last_os_error());
    if child == 0 {
        let is_well = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(false);
        // SAFETY: it ends the process, and runs nothing before.
        unsafe { libc::_exit(if is_well { WELL } else { 1 }) }
    }
    let start = Instant::now();
    let mut status = 0;
    while start.elapsed() < LONGEST {
        // SAFETY: `status` is room for the number that is written.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            return Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) });
        }
        sleep(Duration::from_millis(5));
    }
    // SAFETY: the child is this process's own and has not been waited for.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, &mut status, 0);
    }
    None
}

type Sample = ([f32; 8], [f32; 2]);

fn samples() -> Vec<Sample> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..300).map(|_| (rng.random(), rng.random())).collect()
}

fn network() -> Box<Normalised> {
    Normalised::init(&mut StdRng::seed_from_u64(1))
}

#[test]
fn a_trainer_with_threads_goes_on_in_a_child() {
    let (inputs, targets): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let trainer = || Trainer::new(network(), MeanSquaredError, Adam::default());
    let mut alone = trainer();
    let mut trainer = trainer().threads(3).unwrap();
    for _ in 0..2 {
        alone.step(&inputs, &targets).unwrap();
        trainer.step(&inputs, &targets).unwrap();
    }
    for _ in 0..5 {
        let expected = alone.step(&inputs, &targets).unwrap();
        let found = in_child(|| {
            let mut trainer = trainer.clone();
            let report = trainer.step(&inputs, &targets).unwrap();
            let is_well = report == expected && trainer.network().parameters() == alone.network().parameters();
            let evaluation = trainer.evaluate(&samples()).unwrap();
            drop(trainer);
            is_well && evaluation.samples == 300
        });
        assert_eq!(found, Some(WELL), "`None` if the child hangs");
        // The parent has its threads still.
        assert_eq!(trainer.step(&inputs, &targets).unwrap(), expected);
        assert_eq!(trainer.network().parameters(), alone.network().parameters());
    }
}

#[test]
fn a_trainer_that_moves_into_the_child_ends_there() {
    let (inputs, targets): (Vec<_>, Vec<_>) = samples().into_iter().unzip();
    let mut trainer = Trainer::new(network(), MeanSquaredError, Adam::default()).threads(3).unwrap();
    trainer.step(&inputs, &targets).unwrap();
    let found = in_child(move || {
        trainer.step(&inputs, &targets).unwrap();
        drop(trainer);
        true
    });
    assert_eq!(found, Some(WELL), "`None` if the child hangs");
}

#[test]
fn an_objective_with_threads_goes_on_in_a_child() {
    let data = samples();
    let objective = |threads| DatasetLoss::new(&MeanSquaredError, &data).unwrap().threads(threads).unwrap();
    let mut expected = network();
    objective(1).minimize(&mut expected, &BacktrackingDescent::default(), 3).unwrap();
    let mut forked = objective(3);
    let found = in_child(|| {
        let mut network = network();
        forked.minimize(&mut network, &BacktrackingDescent::default(), 3).unwrap();
        network.parameters() == expected.parameters()
    });
    assert_eq!(found, Some(WELL), "`None` if the child hangs");
}
