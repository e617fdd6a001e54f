//! What every Rust program here shares: the work, as the driver wrote it to files, and the answers to the driver.
//!
//! The driver writes a line to standard input, `W4 32 check` or `W4 32 time 0.3`, and reads one line of JSON.
#![allow(dead_code)]
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

/// Runs the work so many times; returns the outputs of the last inference, or the loss of the last step.
pub type Task = Box<dyn FnMut(usize) -> Vec<f32>>;

/// One item with its numbers.
#[derive(Clone)]
pub struct Work {
    pub item: String,
    pub batch: usize,
    /// Parameters in the order of the layers, in PyTorch's layouts: `[out, in]`, `[filters, channels, height, width]`.
    pub parameters: Vec<Vec<f32>>,
    /// Sample by sample; an image is channels, rows, columns.
    pub input: Vec<f32>,
    /// Sample by sample: outputs, or one number of a class.
    pub target: Vec<f32>,
    pub learning_rate: f64,
}

impl Work {
    pub fn net(&self) -> &'static str {
        match self.item.as_str() {
            "W1" | "W8" => "controller",
            "W2" | "W4" => "perceptron",
            "W3" | "W5" => "lenet",
            "W6" => "colour",
            "W7" => "surface",
            "W9" => "full_batch",
            other => panic!("{other} is no item"),
        }
    }

    pub fn trains(&self) -> bool {
        !matches!(self.item.as_str(), "W1" | "W2" | "W3")
    }

    /// Whether the loss is the mean squared error, not the cross entropy of classes.
    pub fn is_regression(&self) -> bool {
        matches!(self.item.as_str(), "W7" | "W8" | "W9")
    }

    pub fn classes(&self) -> Vec<u32> {
        self.target.iter().map(|&class| class as u32).collect()
    }

    /// Parameter number `index`, a matrix `[out, in]`, as `[in, out]`.
    pub fn transposed(&self, index: usize, [out, inputs]: [usize; 2]) -> Vec<f32> {
        let matrix = &self.parameters[index];
        (0..inputs * out).map(|place| matrix[place % out * inputs + place / out]).collect()
    }

    fn read(folder: &Path, item: &str, batch: usize, learning_rate: f64) -> Self {
        let mut work = Work {
            item: item.to_owned(),
            batch,
            parameters: Vec::new(),
            input: read(&folder.join(format!("{item}_{batch}.input"))),
            target: Vec::new(),
            learning_rate,
        };
        if work.trains() {
            work.target = read(&folder.join(format!("{item}_{batch}.target")));
        }
        let mut numbers = read(&folder.join(format!("{item}.parameters"))).into_iter();
        work.parameters = lengths(work.net()).into_iter().map(|len| numbers.by_ref().take(len).collect()).collect();
        assert_eq!(numbers.len(), 0, "{item} has fewer parameters than its file");
        work
    }
}

/// Lengths of the parameters: weight and bias of each layer, scale and shift of a batch norm after its convolution.
fn lengths(net: &str) -> Vec<usize> {
    let layers: &[[usize; 2]] = match net {
        "controller" => &[[17, 64], [64, 64], [64, 6]],
        "perceptron" => &[[784, 128], [128, 10]],
        "lenet" => &[[25, 6], [150, 16], [256, 120], [120, 84], [84, 10]],
        "colour" => &[[27, 16], [1, 16], [144, 16], [1, 16], [144, 32], [1, 32], [2048, 10]],
        "surface" => &[[2, 32], [32, 32], [32, 1]],
        "full_batch" => &[[4, 32], [32, 16], [16, 4]],
        _ => unreachable!(),
    };
    layers.iter().flat_map(|&[inputs, out]| [inputs * out, out]).collect()
}

fn read(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

/// Answers the driver until it has no more questions. `prepare` returns `None` for an item that the library cannot do.
pub fn serve(prepare: impl Fn(&Work, &Path) -> Option<Task>) {
    let folder = std::env::args().nth(1).expect("the first argument is the folder of the work");
    let folder = Path::new(&folder);
    let mut tasks: HashMap<String, Option<(Task, usize)>> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let [item, batch, verb, rest @ ..] = &line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("`{line}` is no question");
        };
        let batch: usize = batch.parse().unwrap();
        match *verb {
            "check" => match prepare(&Work::read(folder, item, batch, 1e-3), folder) {
                Some(task) => println!("{{\"values\": {:?}}}", values(task, item)),
                None => println!("{{\"unsupported\": true}}"),
            },
            "time" => {
                // So small a rate that thousands of steps do not drive gradients into denormals.
                let task = tasks
                    .entry(format!("{item} {batch}"))
                    .or_insert_with(|| prepare(&Work::read(folder, item, batch, 1e-6), folder).map(|task| (task, 1)));
                let (task, count) = task.as_mut().expect("only what was checked is timed");
                let (median, least, blocks) = measure(task, count, rest[0].parse().unwrap());
                println!("{{\"us\": {median:.5}, \"least\": {least:.5}, \"blocks\": {blocks}}}");
            }
            other => panic!("`{other}` is no verb"),
        }
    }
}

/// The outputs, or the losses of ten steps.
fn values(mut task: Task, item: &str) -> Vec<f32> {
    match item {
        "W1" | "W2" | "W3" => task(1),
        _ => (0..10).flat_map(|_| task(1)).collect(),
    }
}

/// Median and least microseconds of a call, over blocks of calls that take at least 2 ms each, for about `seconds`; and
/// the number of blocks. `count`, the calls in a block, is kept for the next time.
fn measure(task: &mut Task, count: &mut usize, seconds: f64) -> (f64, f64, usize) {
    const BLOCK: f64 = 2e-3;
    let mut block = |count: usize| {
        let start = Instant::now();
        std::hint::black_box(task(count));
        start.elapsed().as_secs_f64()
    };
    // The first block also brings the caches and the clock of the core back.
    loop {
        let time = block(*count);
        if time >= BLOCK {
            break;
        }
        *count = (*count as f64 * (1.1 * BLOCK / time.max(1e-9)).clamp(1.1, 8.0)).ceil() as usize;
    }
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || start.elapsed().as_secs_f64() < seconds {
        times.push(block(*count) / *count as f64 * 1e6);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0], times.len())
}
