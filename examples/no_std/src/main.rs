//! On a microcontroller: trains both networks and prints what they became. On a computer: does the same with the same
//! code, and compares with what a microcontroller printed, which it reads from standard input.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod firmware;
#[cfg(not(target_os = "none"))]
mod host;

/// Steps of XOR and of iris.
const STEPS: [usize; 2] = [1_000, 500];

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    host::main()
}
