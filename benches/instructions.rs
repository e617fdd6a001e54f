//! Instructions of one call of the reference work, counted by valgrind: the same in every run, so that a small change for
//! the worse is seen.
//!
//! ```sh
//! cargo bench --bench instructions               # beside those in instructions.txt
//! cargo bench --bench instructions -- --check    # fails where there are over 5 % more
//! cargo bench --bench instructions -- --save     # writes those of today to instructions.txt
//! ```
//!
//! Valgrind has no AVX-512, so what is counted are the kernels for AVX2.

mod work;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use castnet::Predictor;
use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use work::{Controller, LeNet5, Perceptron, Surface, labels, network, samples};

const ITEMS: [&str; 4] = ["W1", "W4", "W5", "W7"];
/// The share of instructions that a change may add.
const ALLOWED: f64 = 0.05;
/// Calls that are counted.
const CALLS: u64 = 4;
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");

type Counts = BTreeMap<String, u64>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [run, item] if run == "--run" => {
            run_item(item);
            ExitCode::SUCCESS
        }
        [save] if save == "--save" => finish(count_all().and_then(|counts| write_baseline(&counts))),
        [check] if check == "--check" => finish(count_all().and_then(|counts| compare(&counts))),
        [] => {
            // A benchmark shows: what it shows is not its fault, nor that there is no valgrind.
            if let Err(message) = count_all().and_then(|counts| compare(&counts)) {
                println!("{message}");
            }
            ExitCode::SUCCESS
        }
        other => finish(Err(format!("{other:?}: the arguments are `--check` or `--save`"))),
    }
}

fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What valgrind looks at: it counts while this function runs.
#[inline(never)]
fn counted(call: &mut dyn FnMut()) {
    call();
}

/// Runs an item under valgrind: once to get ready, then as often as is counted.
fn run_item(item: &str) {
    let mut call: Box<dyn FnMut()> = match item {
        "W1" => {
            let mut predictor = Predictor::new(Box::leak(network::<Controller>()));
            let [input] = samples::<17>(1)[..] else { unreachable!("one sample was asked for") };
            Box::new(move || _ = black_box(predictor.predict(black_box(&input))))
        }
        "W4" => step::<Perceptron, _, 784>(SoftmaxCrossEntropy, labels(32)),
        "W5" => step::<LeNet5, _, 784>(SoftmaxCrossEntropy, labels(32)),
        "W7" => step::<Surface, _, 2>(MeanSquaredError, samples::<1>(64)),
        other => panic!("{other} is none of {ITEMS:?}"),
    };
    call();
    for _ in 0..CALLS {
        counted(&mut *call);
    }
}

fn step<N, C, const IN: usize>(loss: C, targets: Vec<C::Target>) -> Box<dyn FnMut()>
where
    N: castnet::Network<Scalar = f32, Input = [f32; IN]> + 'static,
    C: Loss<N> + 'static,
{
    let inputs = samples::<IN>(targets.len());
    let mut trainer = Trainer::new(network::<N>(), loss, Adam::default()).batch_capacity(targets.len());
    Box::new(move || _ = black_box(trainer.step(black_box(&inputs), &targets)).expect("numbers are finite"))
}

fn count_all() -> Result<Counts, String> {
    ITEMS.into_iter().map(|item| Ok((item.to_owned(), count(item)?))).collect()
}

/// Instructions of one call of an item.
fn count(item: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions*counted*")
        .arg(program)
        .args(["--run", item])
        .output()
        .map_err(|error| {
            format!("valgrind does not start: {error}; `apt-get install valgrind` installs it on Debian")
        })?;
    let log = String::from_utf8_lossy(&output.stderr);
    let collected =
        log.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim().parse::<u64>());
    match collected {
        Some(Ok(count)) if output.status.success() && count > 0 => Ok(count / CALLS),
        _ => Err(format!("valgrind counted nothing for {item}:\n{log}")),
    }
}

fn compare(counts: &Counts) -> Result<(), String> {
    let (baseline, mut worse) = (read_baseline()?, Vec::new());
    println!("{:4} {:>14} {:>14} {:>8}", "", "baseline", "now", "change");
    for (item, &now) in counts {
        let Some(&before) = baseline.get(item) else {
            return Err(format!(
                "{BASELINE} has no {item}; `cargo bench --bench instructions -- --save` writes it anew"
            ));
        };
        let change = now as f64 / before as f64 - 1.0;
        println!("{item:4} {before:>14} {now:>14} {:>7.1}%", 100.0 * change);
        if change > ALLOWED {
            worse.push(item.as_str());
        }
    }
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} take over {:.0} % more instructions than {BASELINE} says. If that is right (or only the compiler is another), \
         `cargo bench --bench instructions -- --save` and commit the file with the reason",
        worse.join(", "),
        100.0 * ALLOWED
    ))
}

fn read_baseline() -> Result<Counts, String> {
    let text = std::fs::read_to_string(BASELINE).map_err(|error| format!("{BASELINE}: {error}"))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (item, count) = line.split_once(' ').ok_or(line)?;
            Ok((item.to_owned(), count.trim().parse().map_err(|_| line)?))
        })
        .collect::<Result<_, &str>>()
        .map_err(|line| format!("{BASELINE}: `{line}` is no item and count"))
}

fn write_baseline(counts: &Counts) -> Result<(), String> {
    let version = Command::new("rustc").arg("--version").output().map_err(|error| format!("rustc: {error}"))?;
    let mut text = format!("# Instructions of one call, AVX2, {}\n", String::from_utf8_lossy(&version.stdout).trim());
    for (item, count) in counts {
        println!("{item} {count}");
        text += &format!("{item} {count}\n");
    }
    std::fs::write(BASELINE, text).map_err(|error| format!("{BASELINE}: {error}"))
}
