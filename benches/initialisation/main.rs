//! Which initialisation serves best: He's, Glorot's (Xavier), LeCun's and PyTorch's, on small tables and on MNIST.
//!
//! ```sh
//! cargo bench --bench initialisation
//! cargo bench --bench initialisation -- --seeds 2    # a look, in a minute
//! cargo bench --bench initialisation -- --save       # writes the tables to docs/initialisation.md
//! ```
//!
//! `docs/initialisation.md` says what is done and what came of it.

mod networks;
mod report;
mod rules;
mod study;
mod tables;
mod training;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use castnet::data::Mnist;
use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use networks::{Deep, DeepConvolution, LeNet5, Perceptron, Shallow, Tanh, VeryDeep};
use report::{MNIST, report};
use rules::{RULES, Rule, without_relu};
use study::{Study, cross_validate, learn_digits};
use tables::{TASKS, Task, Wanted};

/// Between these lines of the page are the tables.
const MARKS: [&str; 2] = ["<!-- benches/initialisation: start -->\n", "<!-- benches/initialisation: end -->\n"];

/// The studies that take longest are made with fewer seeds: a quarter of them.
const SHARE_OF_LONG_STUDIES: u64 = 4;

struct Arguments {
    seeds: u64,
    save: bool,
}

impl Arguments {
    fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut arguments = Self { seeds: 20, save: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("seeds") => arguments.seeds = parser.value()?.parse()?,
                Long("save") => arguments.save = true,
                Long("bench") => {} // Cargo says so to every benchmark.
                other => return Err(other.unexpected()),
            }
        }
        if arguments.seeds < 2 {
            return Err("--seeds takes at least 2: the standard error is that of several".into());
        }
        Ok(arguments)
    }
}

/// Studies of a network on a task, for the sizes of its table.
macro_rules! on_table {
    ($title:expr, $network:ident, $rules:expr, $task:expr, $seeds:expr) => {{
        let (title, rules, task, seeds): (_, &'static [Rule], Task, u64) = ($title, $rules, $task, $seeds);
        let (squares, entropy) = (MeanSquaredError, SoftmaxCrossEntropy);
        match (task.table, task.wanted) {
            ("iris", Wanted::Column(_)) => cross_validate::<$network<3, 1>, _, 3>(title, rules, task, squares, seeds),
            ("iris", Wanted::Class) => cross_validate::<$network<4, 3>, _, 4>(title, rules, task, entropy, seeds),
            ("wine", Wanted::Column(_)) => cross_validate::<$network<12, 1>, _, 12>(title, rules, task, squares, seeds),
            ("wine", Wanted::Class) => cross_validate::<$network<13, 3>, _, 13>(title, rules, task, entropy, seeds),
            ("breast_cancer", Wanted::Column(_)) => {
                cross_validate::<$network<29, 1>, _, 29>(title, rules, task, squares, seeds)
            }
            ("breast_cancer", Wanted::Class) => {
                cross_validate::<$network<30, 2>, _, 30>(title, rules, task, entropy, seeds)
            }
            ("digits8x8", Wanted::Column(_)) => {
                cross_validate::<$network<63, 1>, _, 63>(title, rules, task, squares, seeds)
            }
            ("digits8x8", Wanted::Class) => {
                cross_validate::<$network<64, 10>, _, 64>(title, rules, task, entropy, seeds)
            }
            (table, _) => unreachable!("no network for {table}"),
        }
    }};
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse()?;
    let page = root().join("docs/initialisation.md");
    let text = format!("{} seeds.\n\n{}", arguments.seeds, report(&studies(arguments.seeds)?));
    println!("{text}");
    if arguments.save {
        fs::write(&page, between_marks(&fs::read_to_string(&page)?, &text)?)?;
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The page with other tables.
fn between_marks(page: &str, text: &str) -> Result<String, Box<dyn Error>> {
    let [start, end] = MARKS;
    let (before, rest) = page.split_once(start).ok_or("the page has no start of its tables")?;
    let (_, after) = rest.split_once(end).ok_or("the page has no end of its tables")?;
    Ok(format!("{before}{start}\n{text}\n{end}{after}"))
}

/// Makes all studies, and tells on the error stream how far it is.
fn studies(seeds: u64) -> Result<Vec<Study>, Box<dyn Error>> {
    let few = (seeds / SHARE_OF_LONG_STUDIES).max(2);
    let mut studies = Vec::new();
    let start = Instant::now();
    let tell = |what: &str| eprintln!("{:6.0} s  {what}", start.elapsed().as_secs_f64());
    for task in TASKS {
        tell(&format!("{}, two hidden layers", task.name()));
        studies.extend(on_table!("2 hidden layers, relu", Shallow, RULES, task, seeds));
    }
    for task in TASKS {
        tell(&format!("{}, two hidden layers, tanh", task.name()));
        studies.extend(on_table!("2 hidden layers, tanh", Tanh, without_relu(), task, seeds));
    }
    for task in TASKS {
        tell(&format!("{}, eight hidden layers", task.name()));
        studies.extend(on_table!("8 hidden layers, relu", Deep, RULES, task, seeds));
    }
    for task in TASKS {
        tell(&format!("{}, twenty hidden layers", task.name()));
        studies.extend(on_table!("20 hidden layers, relu", VeryDeep, RULES, task, few));
    }
    let mnist = Mnist::load(root().join("data/mnist"))?;
    tell("MNIST, 784-128-10");
    studies.push(learn_digits::<Perceptron>(MNIST, "784-128-10", RULES, &mnist, few));
    tell("MNIST, LeNet-5");
    studies.push(learn_digits::<LeNet5>(MNIST, "LeNet-5", RULES, &mnist, few));
    tell("MNIST, eight convolutions");
    studies.push(learn_digits::<DeepConvolution>(MNIST, "8 convolutions", RULES, &mnist, few));
    tell("done");
    Ok(studies)
}
