//! Trains and predicts under supervision: `seccomp` in a child that may make no system call, `sanitizer` where an allocation
//! or a lock ends the program, `sanitizer-notices` to see that it does.
#![cfg_attr(realtime, feature(sanitize))]

mod seccomp;
mod work;

use std::process::ExitCode;

use work::Work;

/// Enough for the training to pass through each way that a step can take.
const STEPS: usize = 1_000;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("seccomp") => seccomp::check(),
        Some("sanitizer") => {
            let mut work = Work::new();
            work.run(STEPS).expect("every step is made");
            println!("sanitizer: {STEPS} steps and predictions allocate, lock and wait for nothing");
            ExitCode::SUCCESS
        }
        #[cfg(realtime)]
        Some("sanitizer-notices") => {
            Work::new().allocate();
            println!("sanitizer: an allocation was not noticed");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("one of `seccomp`, `sanitizer`, `sanitizer-notices`");
            ExitCode::FAILURE
        }
    }
}
