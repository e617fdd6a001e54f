//! The command line.

use std::path::PathBuf;

use lexopt::prelude::*;

pub const HELP: &str = "\
LeNet-5 learns the MNIST digits.

Usage: cargo run --release --example mnist -- [options]

Options:
  --epochs <number>   times that all 60,000 training digits are seen [8]
  --seed <number>     the same seed gives the same network, to the last bit [1]
  --threads <number>  threads to train on; the result does not depend on it [all]
  --shift <pixels>    shift each training digit at random by up to so many, less than 28 [0]
  --checkpoints <folder>
                      keep checkpoints there, and go on from the newest: interrupt it and start it again
  --help              show this text
";

/// What to train, and how.
pub struct Arguments {
    pub epochs: usize,
    pub seed: u64,
    pub threads: usize,
    pub shift: usize,
    pub checkpoints: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line; `None` if it asks for [`HELP`].
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let all = std::thread::available_parallelism().map_or(1, usize::from);
        let mut arguments = Self { epochs: 8, seed: 1, threads: all, shift: 0, checkpoints: None };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("epochs") => arguments.epochs = positive(&mut parser, "--epochs")?,
                Long("seed") => arguments.seed = parser.value()?.parse()?,
                Long("threads") => arguments.threads = positive(&mut parser, "--threads")?,
                Long("shift") => arguments.shift = parser.value()?.parse()?,
                Long("checkpoints") => arguments.checkpoints = Some(parser.value()?.into()),
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}

fn positive(parser: &mut lexopt::Parser, option: &str) -> Result<usize, lexopt::Error> {
    let value: usize = parser.value()?.parse()?;
    if value == 0 { Err(format!("{option} is 0; it must be at least 1").into()) } else { Ok(value) }
}
