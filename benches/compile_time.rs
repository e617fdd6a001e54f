//! How long a network takes to compile, with castnet itself built before.
//!
//! ```sh
//! cargo bench --bench compile_time
//! ```
//!
//! Generates a crate in `target/compile_time` and times `cargo build --release` of each of its programs, and the
//! expansion of VGG-16 as the compiler reports it. It fails if one takes longer than its limit: on a machine that does
//! something else besides, look at the seconds of the processor, which are those of both cores.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The declarations of the literature.
const ARCHITECTURES: &str = include_str!("../tests/architectures.rs");

/// A program, and how many seconds it may take to build.
struct Program {
    name: &'static str,
    /// A network of `tests/architectures.rs`.
    network: &'static str,
    body: &'static str,
    limit: f64,
}

const PROGRAMS: [Program; 2] = [
    Program {
        name: "lenet5_training",
        network: "LeNet5",
        body: "
    let network = LeNet5::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = castnet::train::Trainer::new(
        network, castnet::losses::SoftmaxCrossEntropy, castnet::optimizers::Adam::default(),
    );
    println!(\"{:?}\", trainer.step(&[[0.5; 784]; 32], &[3; 32]));",
        limit: 10.0,
    },
    Program {
        name: "resnet18_inference",
        network: "ResNet18",
        body: "
    let network = ResNet18::init(&mut StdRng::seed_from_u64(1));
    let image = castnet::bytemuck::zeroed_box::<<ResNet18 as Infer>::Input>();
    println!(\"{:?}\", castnet::Predictor::new(&*network).predict(&image)[0]);",
        limit: 30.0,
    },
];

/// Seconds that expanding VGG-16 may take.
const EXPANSION_LIMIT: f64 = 0.05;

/// The declaration of a network in `tests/architectures.rs`.
fn declaration(network: &str) -> String {
    let head = format!("struct {network} {{");
    let block = ARCHITECTURES.split("\nnetwork! {").find(|block| block.contains(&head));
    let body = block.and_then(|block| block.split("\n}\n").next()).expect("an architecture of that name");
    format!("castnet::network! {{{body}\n}}\n")
}

fn program(declaration: &str, body: &str) -> String {
    format!(
        "#![allow(unused_imports)]\nuse castnet::prelude::*;\nuse rand::{{SeedableRng, rngs::StdRng}};\n\n\
         {declaration}\nfn main() {{{body}\n}}\n"
    )
}

/// Writes the crate; returns its folder.
fn generate() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/compile_time");
    let programs = folder.join("src/bin");
    fs::create_dir_all(&programs).expect("a folder in target");
    let manifest = format!(
        "[package]\nname = \"compile_time\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         castnet = {{ path = {:?} }}\nrand = {{ version = \"0.10\", default-features = false, features = [\"std\", \
         \"std_rng\"] }}\n\n[workspace]\n",
        root.join("runtime")
    );
    let write = |path: PathBuf, text: String| fs::write(path, text).expect("a file in target");
    write(folder.join("Cargo.toml"), manifest);
    for Program { name, network, body, .. } in &PROGRAMS {
        write(programs.join(format!("{name}.rs")), program(&declaration(network), body));
    }
    write(programs.join("vgg16.rs"), program(&declaration("Vgg16"), ""));
    write(programs.join("nothing.rs"), program("", ""));
    folder
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(folder).args(arguments).env("CARGO_TARGET_DIR", folder.join("target"));
    command
}

/// Adds a comment to a program: cargo builds it again.
fn change(folder: &Path, name: &str) {
    let source = folder.join(format!("src/bin/{name}.rs"));
    let text = fs::read_to_string(&source).expect("a generated program");
    fs::write(&source, format!("{text}//\n")).expect("a file in target");
}

/// Seconds of wall time and, where it is known, of processors.
fn timed(mut command: Command) -> (f64, Option<f64>) {
    let (start, before) = (Instant::now(), processor_seconds());
    let status = command.status().expect("cargo runs");
    let wall = start.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?}");
    (wall, before.zip(processor_seconds()).map(|(before, after)| after - before))
}

/// Seconds of processors that the children of this process have taken, where there is a `/proc`.
fn processor_seconds() -> Option<f64> {
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name in parentheses, which may hold spaces: fields 16 and 17 of proc(5).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let [user, system] = [13, 14].map(|field| fields.get(field)?.parse::<f64>().ok());
    Some((user? + system?) / TICKS)
}

/// Seconds that the compiler says macros took in a program. The compiler reports them under a flag that is not stable.
fn expansion(folder: &Path, name: &str) -> f64 {
    change(folder, name);
    let mut command = cargo(folder, &["rustc", "--release", "--quiet", "--bin", name, "--", "-Ztime-passes"]);
    let output = command.env("RUSTC_BOOTSTRAP", "1").output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let line = report.lines().find(|line| line.ends_with("macro_expand_crate"));
    let seconds = line.and_then(|line| line.split_whitespace().nth(1)?.trim_end_matches(';').parse().ok());
    seconds.unwrap_or_else(|| panic!("no time of macros in:\n{report}"))
}

fn main() -> ExitCode {
    let folder = generate();
    // castnet itself and all that it depends on.
    timed(cargo(&folder, &["build", "--release", "--quiet", "--bin", "nothing"]));
    println!("{:<28} {:>9} {:>9} {:>10}", "", "limit", "wall", "processor");
    let mut is_quick = true;
    let mut report = |name: &str, limit: f64, wall: f64, processor: Option<f64>| {
        is_quick &= wall <= limit;
        let processor = processor.map_or(String::new(), |seconds| format!("{seconds:.2} s"));
        println!("{name:<28} {limit:>7} s {wall:>7.3} s {processor:>10}");
    };
    for Program { name, limit, .. } in PROGRAMS {
        change(&folder, name);
        let (wall, processor) = timed(cargo(&folder, &["build", "--release", "--quiet", "--bin", name]));
        report(name, limit, wall, processor);
    }
    let expansions: Vec<f64> = (0..5).map(|_| expansion(&folder, "vgg16") - expansion(&folder, "nothing")).collect();
    report("expansion of VGG-16", EXPANSION_LIMIT, expansions.into_iter().fold(f64::MAX, f64::min), None);
    if is_quick { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
