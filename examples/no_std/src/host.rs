//! On a computer: the same code, compared with what the board printed.

use std::io::{self, BufRead};
use std::process::ExitCode;

use castnet::Parameters;
use castnet_no_std::{iris, xor};

use crate::STEPS;

/// How far a parameter on the board may be from the one here.
const TOLERANCE: f32 = 1e-5;

/// Trains both networks, and compares them with the lines of standard input.
pub fn main() -> ExitCode {
    let (mut xor, mut room) = (castnet::zeroed(), castnet::zeroed());
    xor::start(&mut xor);
    let loss = xor::learn(&mut xor, &mut room, STEPS[0]).expect("XOR is learned");
    println!("xor here: loss {loss:.2e}, {} of 4 right", xor::right(&xor));

    let (mut iris, mut room) = (castnet::zeroed(), castnet::zeroed());
    iris::start(&mut iris);
    let loss = iris::learn(&mut iris, &mut room, STEPS[1]).expect("iris is learned");
    println!("iris here: loss {loss:.3}, {} of {} right", iris::right(&iris), iris::LABELS.len());

    let lines: Vec<String> = io::stdin().lock().lines().map_while(Result::ok).collect();
    let same = [compare(&lines, xor.parameters(), "Xor"), compare(&lines, iris.parameters(), "Iris")];
    let learned = xor::right(&xor) == 4 && iris::right(&iris) >= 140;
    if same == [true; 2] && learned { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the board's network of that name has these parameters.
fn compare(lines: &[String], parameters: &[f32], name: &str) -> bool {
    let of_board: Vec<f32> = lines
        .iter()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .filter_map(|digits| u32::from_str_radix(digits.trim(), 16).ok())
        .map(f32::from_bits)
        .collect();
    if of_board.len() != parameters.len() {
        println!("{name}: the board printed {} parameters, expected {}", of_board.len(), parameters.len());
        return false;
    }
    let difference = of_board.iter().zip(parameters).map(|(there, here)| (there - here).abs()).fold(0.0, f32::max);
    println!("{name}: {} parameters, at most {difference:.1e} from those of the board", parameters.len());
    difference <= TOLERANCE
}
