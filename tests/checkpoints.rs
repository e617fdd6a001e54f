//! Checkpoints in files: what is in them, what can be wrong with them, and how fits go on from them.
//!
//! `tests/checkpoints/version1.safetensors` is a file of the first version of the format, as castnet wrote it then.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use castnet::data::FileError;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, OptimizerState as _, RmsProp, Sgd};
use castnet::prelude::*;
use castnet::schedules::ReduceOnPlateau;
use castnet::train::observers::{ClipByNorm, EarlyStopping, Ema, OnStep};
use castnet::train::{
    Checkpoint, CheckpointError, Checkpoints, FitError, FitFault, FitOptions, History, NoClock, Progress, StepReport,
    Trainer,
};
use castnet::weights::{Fault, Safetensors};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use safetensors::SafeTensors;

network! {
    struct Small {
        input: [3],
        hidden: dense(4), tanh,
        norm: batch_norm,
        dropout(0.25),
        output: dense(2),
    }
}

network! {
    /// Another activation, the same parameters.
    struct Other {
        input: [3],
        hidden: dense(4), relu,
        norm: batch_norm,
        dropout(0.25),
        output: dense(2),
    }
}

network! {
    struct Wide<f64> {
        input: [3],
        hidden: dense(4), tanh,
        output: dense(2),
    }
}

type Stop = OnStep<fn(&StepReport) -> ControlFlow<()>>;
type Observers<N> = (ClipByNorm, Ema<N>, EarlyStopping<N>, Stop);
type Run<N, const L: usize> = Trainer<N, MeanSquaredError, Adam, L, Observers<N>>;

/// A folder of a test, empty, and gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("castnet-checkpoints-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// The files in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn file(&self, steps: u64) -> PathBuf {
        self.0.join(format!("step-{steps:010}.safetensors"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn never(_: &StepReport) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn run<N: Network, const L: usize>(stop: fn(&StepReport) -> ControlFlow<()>) -> Run<N, L>
where
    MeanSquaredError: castnet::losses::Loss<N>,
{
    let plateau = ReduceOnPlateau { patience: 0, threshold: 0.5, ..ReduceOnPlateau::new(0.05) };
    let observers = (ClipByNorm { norm: 0.5 }, Ema::new(0.9), EarlyStopping::new(4), OnStep(stop));
    let network = N::init(&mut StdRng::seed_from_u64(1));
    Trainer::with_lanes(network, MeanSquaredError, Adam::default()).schedule(plateau).seed(5).with_observers(observers)
}

/// 20 samples: three steps of 8 make an epoch.
fn data<T: castnet::Scalar>() -> Vec<([T; 3], [T; 2])> {
    let mut rng = StdRng::seed_from_u64(2);
    let mut number = || T::from_f64(rng.random_range(-1.0..1.0));
    (0..20).map(|_| ([(); 3].map(|()| number()), [(); 2].map(|()| number()))).collect()
}

macro_rules! options {
    ($epochs:expr, $data:expr, $checkpoints:expr) => {
        FitOptions::new($epochs)
            .batch_size(8)
            .validation(&$data[..7])
            .clock(NoClock)
            .progress(Progress::Silent)
            .checkpoints($checkpoints)
    };
}

fn fit(trainer: &mut Run<Small, 16>, epochs: usize, checkpoints: impl Into<Checkpoints>) -> Result<History, FitError> {
    let data = data();
    trainer.fit(&data, options!(epochs, data, checkpoints))
}

/// The fault of a checkpoint that a fit found.
fn fault(error: FitError) -> CheckpointError {
    match error.fault {
        FitFault::Checkpoints(FileError::InFile { source, .. }) => match *source {
            FileError::Checkpoint(error) => error,
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    }
}

#[test]
fn a_run_of_either_type_and_any_lanes_goes_on_to_the_same_bits() {
    macro_rules! check {
        ($network:ty, $lanes:literal, $scalar:ty) => {
            let data = data::<$scalar>();
            let folders =
                ["whole", "parts"].map(|name| Folder::new(&format!("{name}-{}-{}", stringify!($network), $lanes)));
            let mut whole = run::<$network, $lanes>(never);
            let expected = whole.fit(&data, options!(5, data, &folders[0].0)).unwrap();
            assert_eq!(whole.steps(), 15);
            // Each process makes one step more than is in a checkpoint.
            let stop: fn(&StepReport) -> ControlFlow<()> = |_| ControlFlow::Break(());
            let mut history = None;
            for _ in 0..15 {
                let mut part = run::<$network, $lanes>(stop);
                history = Some(part.fit(&data, options!(5, data, &folders[1].0)).unwrap());
            }
            // The last step has ended the fit before the end of its epoch.
            assert!(history.is_some_and(|history| history.stopped));
            let mut last = run::<$network, $lanes>(never);
            let history = last.fit(&data, options!(5, data, &folders[1].0)).unwrap();
            assert_eq!(history, expected);
            assert_eq!(last.checkpoint().to_bytes(), whole.checkpoint().to_bytes());
            assert_eq!(fs::read(folders[1].file(15)).unwrap(), fs::read(folders[0].file(15)).unwrap());
            let best = folders.each_ref().map(|folder| fs::read(folder.0.join("best.safetensors")).unwrap());
            assert!(best[0] == best[1]);
            // The run is over: nothing is done any more, and the best network is there as it was.
            let mut again = run::<$network, $lanes>(never).seed(99);
            assert_eq!(again.fit(&data, options!(5, data, &folders[1].0)).unwrap(), expected);
            assert_eq!(again.checkpoint().to_bytes(), whole.checkpoint().to_bytes());
        };
    }
    check!(Small, 1, f32);
    check!(Small, 16, f32);
    check!(Wide, 8, f64);
}

#[test]
fn as_many_are_kept_as_are_asked_for_and_the_best() {
    let folder = Folder::new("kept");
    fit(&mut run(never), 5, &folder.0).unwrap();
    let step = |steps| format!("step-{steps:010}.safetensors");
    assert_eq!(folder.names(), ["best.safetensors".into(), "lock".into(), step(9), step(12), step(15)]);
    let losses: Vec<f64> = Checkpoint::load(folder.file(15))
        .unwrap()
        .history()
        .unwrap()
        .unwrap()
        .epochs
        .iter()
        .map(|epoch| epoch.validation.as_ref().unwrap().loss)
        .collect();
    let best = (0..5).min_by(|&one, &other| losses[one].total_cmp(&losses[other])).unwrap();
    let checkpoint = Checkpoint::load(folder.0.join("best.safetensors")).unwrap();
    assert_eq!((checkpoint.epochs(), checkpoint.steps()), (best as u64 + 1, 3 * (best as u64 + 1)));
    let network = Small::load(folder.0.join("best.safetensors")).unwrap();
    let evaluation = castnet::evaluate(&network, &MeanSquaredError, &data()[..7], &[]).unwrap();
    assert_eq!(evaluation.loss, losses[best]);

    let folder = Folder::new("every-two-steps");
    fit(&mut run(never), 3, Checkpoints::new(&folder.0).every_steps(2).keep(9).watch(|_| f64::NAN)).unwrap();
    assert_eq!(folder.names(), ["lock".into(), step(2), step(4), step(6), step(8), step(9)]);
    let folder = Folder::new("every-two-epochs");
    fit(&mut run(never), 5, Checkpoints::new(&folder.0).every_epochs(2).keep(1)).unwrap();
    assert_eq!(folder.names(), ["best.safetensors".into(), "lock".into(), step(15)]);
}

#[test]
fn a_run_that_was_stopped_at_the_end_of_an_epoch_is_over_and_one_with_more_epochs_goes_on() {
    let folder = Folder::new("over");
    let data = data();
    let stopped = |trainer: &mut Run<Small, 16>| {
        let options = options!(9, data, &folder.0).on_epoch(|epoch, _| match epoch.number {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        trainer.fit(&data, options).unwrap()
    };
    let (mut first, mut second) = (run(never), run(never));
    let history = stopped(&mut first);
    assert!(history.stopped && history.epochs.len() == 2);
    assert_eq!(stopped(&mut second), history);
    assert_eq!((second.steps(), second.network().parameters()), (6, first.network().parameters()));

    let (short, long) = (Folder::new("short"), Folder::new("long"));
    let mut whole = run(never);
    fit(&mut whole, 4, &long.0).unwrap();
    fit(&mut run(never), 2, &short.0).unwrap();
    let mut longer = run(never);
    let history = fit(&mut longer, 4, &short.0).unwrap();
    assert_eq!(history.epochs.iter().map(|epoch| epoch.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(longer.network().parameters(), whole.network().parameters());
}

#[test]
fn damaged_files_are_passed_over_for_the_newest_whole_one() {
    let folder = Folder::new("damaged");
    let mut whole = run(never);
    fit(&mut whole, 5, &folder.0).unwrap();
    let expected = fs::read(folder.file(15)).unwrap();
    // The run as it was after three epochs, and what was begun after the fourth.
    fs::write(folder.file(12), &fs::read(folder.file(12)).unwrap()[..1000]).unwrap();
    let mut flipped = expected.clone();
    flipped[700] ^= 1;
    fs::write(folder.file(15), flipped).unwrap();
    fs::write(folder.0.join(".step-0000000012.safetensors.1-0.tmp"), b"begun").unwrap();
    let mut again = run(never);
    let history = fit(&mut again, 5, &folder.0).unwrap();
    assert_eq!(history.notes.len(), 2);
    let [newest, before] = [&history.notes[0], &history.notes[1]];
    assert!(newest.starts_with("passed over ") && newest.contains("0015.safetensors: the file says"), "{newest}");
    assert!(before.contains("0012.safetensors: the file ends after"), "{before}");
    assert_eq!(fs::read(folder.file(15)).unwrap(), expected);
    assert!(!folder.names().iter().any(|name| name.ends_with(".tmp")));

    // Where none is whole, nothing is begun anew over them.
    let damaged = Folder::new("all-damaged");
    fs::create_dir_all(&damaged.0).unwrap();
    fs::write(damaged.file(3), b"").unwrap();
    let mut trainer = run(never);
    let error = fault(fit(&mut trainer, 5, &damaged.0).unwrap_err());
    assert!(matches!(error, CheckpointError::Format(Fault::Truncated { part: "header", expected: 8, found: 0 })));
    assert_eq!((trainer.steps(), damaged.names().len()), (0, 2));
}

#[test]
fn checkpoints_of_something_else_are_errors_that_name_it() {
    let folder = Folder::new("else");
    fit(&mut run(never), 1, &folder.0).unwrap();
    let data = data();
    let before = fs::read(folder.file(3)).unwrap();

    let mut other = run::<Other, 16>(never);
    let error = other.fit(&data, options!(2, data, &folder.0)).unwrap_err();
    let expected = CheckpointError::Architecture {
        network: "Other",
        found: "layer tanh1 tanh [4]".into(),
        expected: "layer relu1 relu [4]".into(),
    };
    assert_eq!(fault(error), expected);

    let checkpoint = Checkpoint::load(folder.file(3)).unwrap();
    let network = Small::init(&mut StdRng::seed_from_u64(1));
    let plateau = ReduceOnPlateau::new(0.05);
    let mut plain = Trainer::new(network.clone(), MeanSquaredError, Adam::default()).schedule(plateau);
    let left_over = CheckpointError::LeftOver { name: "castnet/observers/1/steps".into() };
    assert_eq!(plain.restore(&checkpoint), Err(left_over));
    let mut rms = Trainer::new(network.clone(), MeanSquaredError, RmsProp::default()).schedule(plateau);
    assert!(
        matches!(rms.restore(&checkpoint), Err(CheckpointError::Missing { name }) if name.starts_with("castnet/optimizer/"))
    );
    let mut sgd = Trainer::new(network.clone(), MeanSquaredError, Sgd::default());
    assert!(matches!(sgd.restore(&checkpoint), Err(CheckpointError::LeftOver { .. })));
    assert_eq!(sgd.network().parameters(), network.parameters());
    let observers = (ClipByNorm { norm: 0.5 }, EarlyStopping::new(4), Ema::new(0.9));
    let mut mixed =
        Trainer::new(network, MeanSquaredError, Adam::default()).schedule(plateau).with_observers(observers);
    assert_eq!(mixed.restore(&checkpoint), Err(CheckpointError::Missing { name: "castnet/observers/1/waited".into() }));
    assert_eq!((mixed.steps(), mixed.observers().2.steps()), (0, 0));

    let metric = castnet::metrics::MeanAbsoluteError;
    let error = run::<Small, 16>(never).fit(&data, options!(2, data, &folder.0).metric(&metric)).unwrap_err();
    let expected = vec!["mean absolute error".to_owned()];
    assert_eq!(fault(error), CheckpointError::Metrics { found: vec![], expected });
    let mut ahead = run(never);
    ahead.fit(&data, FitOptions::new(2).batch_size(8).progress(Progress::Silent)).unwrap();
    let error = fit(&mut ahead, 4, &folder.0).unwrap_err();
    assert_eq!(fault(error), CheckpointError::Behind { found: 3, expected: 6 });
    assert_eq!(fs::read(folder.file(3)).unwrap(), before);
}

#[test]
fn a_folder_is_for_one_fit_at_a_time() {
    let folder = Folder::new("lock");
    let data = data();
    let mut inner = None;
    let options = options!(1, data, &folder.0).on_epoch(|_, _| {
        inner = Some(fit(&mut run(never), 1, &folder.0));
        ControlFlow::Continue(())
    });
    run::<Small, 16>(never).fit(&data, options).unwrap();
    match inner.unwrap().unwrap_err().fault {
        FitFault::Checkpoints(FileError::InFile { path, source }) => {
            assert_eq!(path, folder.0);
            assert!(matches!(*source, FileError::Checkpoint(CheckpointError::InUse)), "{source}");
        }
        other => panic!("{other}"),
    }
    // It is free again.
    fit(&mut run(never), 2, &folder.0).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_ends_the_fit() {
    let folder = Folder::new("file");
    fs::write(&folder.0, b"no folder").unwrap();
    let error = fit(&mut run(never), 1, &folder.0).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    fs::remove_file(&folder.0).unwrap();
    // A folder stands where the checkpoint of the first epoch should.
    fs::create_dir_all(folder.file(3)).unwrap();
    let mut trainer = run(never);
    let error = fit(&mut trainer, 2, &folder.0).unwrap_err();
    assert!(matches!(error.fault, FitFault::Checkpoints(_)), "{error}");
}

/// The checkpoint of a run that has everything, stopped within its second epoch.
fn checkpoint() -> Checkpoint {
    let folder = Folder::new(&format!("everything-{:?}", std::thread::current().id()));
    fit(
        &mut run(|report| if report.step == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }),
        3,
        &folder.0,
    )
    .unwrap();
    Checkpoint::load(folder.file(5)).unwrap()
}

/// Makes the checksum right again.
fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let before = file.len() - 8;
    match Checkpoint::from_bytes(file.clone()) {
        Err(CheckpointError::Checksum { found, .. }) => file[before..].copy_from_slice(&found.to_le_bytes()),
        Err(CheckpointError::Format(_) | CheckpointError::NotACheckpoint) | Ok(_) => {}
        Err(other) => panic!("{other}"),
    }
    file
}

/// The file with another text of the same length in its header.
fn with(file: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let place = file.windows(old.len()).position(|window| window == old.as_bytes()).unwrap();
    let mut file = file.to_vec();
    file[place..][..new.len()].copy_from_slice(new.as_bytes());
    sealed(file)
}

#[test]
fn what_is_in_a_file_can_be_looked_at() {
    let bytes = checkpoint().to_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| tensors.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("hidden.weight"), [4, 3]);
    assert_eq!(shape("norm.running_var"), [4]);
    for name in ["optimizer/first", "optimizer/second", "observers/1/average", "observers/2/best/network"] {
        assert_eq!(shape(&format!("castnet/{name}/output.weight")), [2, 4]);
    }
    assert_eq!(shape("castnet/schedule"), [run::<Small, 16>(never).current_schedule().state().len()]);
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().clone().unwrap();
    for (key, text) in [
        ("format", "pt"),
        ("castnet/checkpoint", "1"),
        ("castnet/seed", "5"),
        ("castnet/steps", "5"),
        ("castnet/epochs", "1"),
        ("castnet/begun/taken", "16"),
        ("castnet/optimizer/steps", "5"),
        ("castnet/observers/2/waited", "0"),
    ] {
        assert_eq!(metadata[key], text, "{key}");
    }
    assert!(metadata["castnet/architecture"].contains("\nlayer tanh1 tanh [4]\n"));
    assert_eq!(metadata["castnet/architecture_hash"].len(), 16);
    assert_eq!(metadata["castnet/history/epochs"].lines().count(), 2);
    // The same from the file as from memory.
    assert_eq!(Checkpoint::from_bytes(bytes.clone()).unwrap().to_bytes(), bytes);
    let network = Small::from_safetensors(&bytes).unwrap();
    let mut trainer = run::<Small, 16>(never);
    trainer.restore(&checkpoint()).unwrap();
    assert_eq!(network.parameters(), trainer.network().parameters());
}

#[test]
fn a_cut_or_changed_file_is_an_error_wherever_it_is_changed() {
    let file = checkpoint().to_bytes();
    for len in 0..file.len() {
        let error = Checkpoint::from_bytes(file[..len].to_vec()).unwrap_err();
        assert!(matches!(error, CheckpointError::Format(Fault::Truncated { .. })), "{len}: {error}");
        assert!(error.is_damage());
    }
    for byte in 0..file.len() {
        let mut changed = file.clone();
        changed[byte] ^= 1 << (byte % 8);
        let error = Checkpoint::from_bytes(changed).unwrap_err();
        assert!(error.is_damage(), "byte {byte}: {error}");
    }
    let longer = [&file[..], b"\0"].concat();
    assert!(matches!(Checkpoint::from_bytes(longer), Err(CheckpointError::Format(Fault::Trailing { .. }))));
    let weights = Small::init(&mut StdRng::seed_from_u64(1)).to_safetensors();
    assert_eq!(Checkpoint::from_bytes(weights).unwrap_err(), CheckpointError::NotACheckpoint);
}

#[test]
fn other_versions_and_values_are_errors_that_name_the_difference() {
    let file = checkpoint().to_bytes();
    let version = r#""castnet/checkpoint":"1""#;
    for (other, found) in [("0", 0), ("2", 2)] {
        let error = Checkpoint::from_bytes(with(&file, version, &version.replace('1', other))).unwrap_err();
        assert_eq!(error, CheckpointError::Version { found, known: 1 });
        assert!(!error.is_damage());
    }
    let steps = r#""castnet/steps":"5""#;
    let error = Checkpoint::from_bytes(with(&file, steps, &steps.replace('5', "x"))).unwrap_err();
    assert!(matches!(error, CheckpointError::Value { ref found, .. } if found == "x"), "{error}");
    let error = Checkpoint::from_bytes(with(&file, steps, &steps.replace("ps", "pp"))).unwrap_err();
    assert_eq!(error, CheckpointError::Missing { name: "castnet/steps".into() });

    let restored = |old: &str, new: &str| {
        let mut trainer = run::<Small, 16>(never);
        let before = trainer.checkpoint().to_bytes();
        let error = trainer.restore(&Checkpoint::from_bytes(with(&file, old, new)).unwrap()).unwrap_err();
        assert!(trainer.checkpoint().to_bytes() == before, "{error}");
        error
    };
    let name = "castnet/optimizer/first/hidden.bias".to_owned();
    let missing = restored("castnet/optimizer/first/hidden.bias", "castnet/optimizer/firsT/hidden.bias");
    assert_eq!(missing, CheckpointError::Missing { name });
    let shape =
        restored(r#""output.weight":{"dtype":"F32","shape":[2,4]"#, r#""output.weight":{"dtype":"F32","shape":[4,2]"#);
    assert!(matches!(&shape, CheckpointError::Shape { name, .. } if name == "output.weight"), "{shape}");
    let kind = restored(r#""output.weight":{"dtype":"F32""#, r#""output.weight":{"dtype":"I32""#);
    assert_eq!(kind, CheckpointError::Type { name: "output.weight".into(), found: "I32", expected: "F32" });
    let value = restored(r#""castnet/begun":"true""#, r#""castnet/begun":"trve""#);
    assert!(matches!(value, CheckpointError::Value { expected: "`true` or `false`", .. }), "{value}");
    let hash = restored(r#""castnet/architecture_hash":""#, r#""castnet/architecture_hasH":""#);
    assert_eq!(hash, CheckpointError::Missing { name: "castnet/architecture_hash".into() });
}

#[test]
fn no_file_makes_it_panic() {
    let file = checkpoint().to_bytes();
    let header = 8 + u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
    let mut rng = StdRng::seed_from_u64(3);
    let (mut restored, mut refused, mut histories) = (0, 0, 0);
    for _ in 0..2_000 {
        let mut file = file.clone();
        for _ in 0..rng.random_range(1..=2) {
            let place = rng.random_range(8..header);
            file[place] = b"\"{}[],:/0123456789nNfFtT \\"[rng.random_range(0..26)];
        }
        let Ok(checkpoint) = Checkpoint::from_bytes(sealed(file)) else {
            refused += 1;
            continue;
        };
        let mut trainer = run::<Small, 16>(never);
        let before = trainer.checkpoint().to_bytes();
        match trainer.restore(&checkpoint) {
            Ok(()) => restored += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty() && trainer.checkpoint().to_bytes() == before);
                refused += 1;
            }
        }
        histories += usize::from(checkpoint.history().is_ok_and(|history| history.is_some()));
    }
    assert!(restored > 20 && refused > 500 && histories > 500, "{restored} {refused} {histories}");
}

/// The file of the first version.
fn version1() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoints/version1.safetensors")
}

#[test]
fn what_version_1_wrote_stays_readable() {
    let checkpoint = Checkpoint::load(version1()).unwrap();
    let mut trainer = run::<Small, 16>(never);
    trainer.restore(&checkpoint).unwrap();
    assert_eq!((trainer.steps(), trainer.epochs(), trainer.optimizer_state().steps()), (5, 1, 5));
    assert_eq!(trainer.begun_epoch().map(|begun| begun.taken), Some(16));
    let (_, ema, stopping, _) = trainer.observers();
    assert_eq!((ema.steps(), stopping.waited(), stopping.best().is_some()), (5, 0, true));
    let history = checkpoint.history().unwrap().unwrap();
    assert_eq!((history.epochs.len(), history.stopped), (1, true));
    // What PyTorch makes of the same file, by `tests/checkpoints/look.py`.
    let (inputs, outputs) =
        ([[0.5, -0.25, 0.125], [-1.0, 0.75, 0.0]], [[0.129_755_35, -0.313_059_54], [0.054_543_48, 0.137_833_3]]);
    for (input, expected) in inputs.iter().zip(outputs) {
        let output = trainer.network().predict(input);
        assert!(output.iter().zip(expected).all(|(output, expected)| (output - expected).abs() < 1e-6), "{output:?}");
    }
    let first = trainer.optimizer_state().slot("first").unwrap();
    assert_eq!(first[Small::PARAMETER_COUNT - 2..], [-0.014_245_464_5, -0.029_336_41]);
    // It goes on, and what it writes is what it has read.
    assert_eq!(checkpoint.to_bytes(), fs::read(version1()).unwrap());
    fit(&mut trainer, 2, &Folder::new("version-1").0).unwrap();
}

#[test]
#[ignore = "writes the file of today's version anew"]
fn write_version_1() {
    checkpoint().save(version1()).unwrap();
}

#[cfg(unix)]
#[path = "checkpoints/killed.rs"]
mod killed;
