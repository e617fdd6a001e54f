//! Processes that are killed: this program again, as `child`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use castnet::data::{Dataset, Draw};

use super::*;

const KILLS: usize = 50;
const EPOCHS: u64 = 3;
/// 100 samples by 8.
const STEPS: u64 = EPOCHS * 13;

/// What a child says when it begins.
const STARTED: &str = "started";

/// Points whose inputs are noisy in training.
struct Noisy(Vec<([f32; 3], [f32; 2])>);

impl Dataset for Noisy {
    type Scalar = f32;
    type Target = [f32; 2];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn sample_shape(&self) -> &[usize] {
        &[3]
    }
    fn sample(&self, index: usize, input: &mut [f32]) -> [f32; 2] {
        input.copy_from_slice(&self.0[index].0);
        self.0[index].1
    }
    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [f32]) -> Option<[f32; 2]> {
        let (target, mut rng) = (self.sample(index, input), draw.rng(index));
        input.iter_mut().for_each(|value| *value += rng.random_range(-0.1..0.1));
        Some(target)
    }
}

/// What the process does whenever it is started.
fn train(folder: &Path, threads: usize) {
    let mut rng = StdRng::seed_from_u64(7);
    let data = (0..100).map(|_| (rng.random(), rng.random())).collect();
    let data = Noisy(data);
    let checkpoints = Checkpoints::new(folder).every_steps(3).keep(2);
    let options = FitOptions::until(EPOCHS).batch_size(8).validation(&data).clock(NoClock);
    let mut run = run::<Small, 1>(never).threads(threads).unwrap();
    run.fit(&data, options.progress(Progress::Silent).checkpoints(checkpoints)).unwrap();
}

/// Saves one network and then another, for ever.
fn save(path: &Path) {
    let networks = networks();
    for network in networks.iter().cycle() {
        network.save(path).unwrap();
    }
}

fn networks() -> [Box<Small>; 2] {
    [1, 2].map(|seed| Small::init(&mut StdRng::seed_from_u64(seed)))
}

#[test]
#[ignore = "it is what the others kill"]
fn child() {
    let argument = |name: &str| std::env::var(format!("CASTNET_CHILD_{name}")).ok();
    println!("{STARTED}");
    match (argument("FOLDER"), argument("THREADS")) {
        (Some(folder), Some(threads)) => train(folder.as_ref(), threads.parse().unwrap()),
        (Some(path), None) => save(path.as_ref()),
        _ => {}
    }
}

/// A child that has begun.
fn start(path: &Path, threads: Option<usize>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::child", "--ignored", "--nocapture"]).env("CASTNET_CHILD_FOLDER", path);
    if let Some(threads) = threads {
        command.env("CASTNET_CHILD_THREADS", threads.to_string());
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().ends_with(STARTED)));
    child
}

/// Kills the process after some time; whether it was still there.
fn kill(child: &mut Child, after: Duration) -> bool {
    sleep(after);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() || status.signal() == Some(9), "{status}");
    !status.success()
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_to_the_same_bits() {
    let whole = Folder::new("never-killed");
    let mut child = start(&whole.0, Some(1));
    let before = Instant::now();
    assert!(child.wait().unwrap().success());
    let time = before.elapsed();
    let expected = fs::read(whole.file(STEPS)).unwrap();
    let mut rng = StdRng::seed_from_u64(11);
    for threads in [1, 2] {
        let folder = Folder::new(&format!("killed-{threads}"));
        let (mut kills, mut in_writing, mut ended) = (0, 0, 0);
        while kills < KILLS || ended == 0 {
            let mut child = start(&folder.0, Some(threads));
            if kills < KILLS && kill(&mut child, time.mul_f64(rng.random_range(0.0..0.5))) {
                kills += 1;
                let is_begun = |name: &String| name.ends_with(".tmp");
                in_writing += usize::from(folder.0.exists() && folder.names().iter().any(is_begun));
                continue;
            }
            // It came to its end sooner, or may do so now.
            assert!(child.wait().unwrap().success());
            ended += 1;
            assert!(fs::read(folder.file(STEPS)).unwrap() == expected, "{threads} threads, after {kills} kills");
            fs::remove_dir_all(&folder.0).unwrap();
        }
        println!("{threads} threads: {kills} kills, {in_writing} of them in writing, {ended} runs came to their end");
        assert!(in_writing > 0, "no kill has met a checkpoint that was being written");
    }
}

#[test]
fn a_save_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let folder = Folder::new("killed-saves");
    fs::create_dir_all(&folder.0).unwrap();
    let path = folder.0.join("small.safetensors");
    let networks = networks();
    let before = Instant::now();
    networks.iter().for_each(|network| network.save(&path).unwrap());
    let time = before.elapsed();
    let mut rng = StdRng::seed_from_u64(13);
    let mut found = [0; 2];
    for _ in 0..20 {
        assert!(kill(&mut start(&path, None), time.mul_f64(rng.random_range(0.0..3.0))));
        let loaded = Small::load(&path).unwrap();
        let which = networks.iter().position(|network| network.parameters() == loaded.parameters());
        found[which.expect("one of the two")] += 1;
    }
    let left = folder.names().len() - 1;
    println!("{found:?}, {left} of 20 kills met a save that had begun");
    assert!(left > 0, "no kill has met a save that had begun");
}
