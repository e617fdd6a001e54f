//! What a fit writes to the standard error stream of a program that has no terminal.

use std::process::Command;

use castnet::losses::SoftmaxCrossEntropy;
use castnet::metrics::{Average, F1, TopAccuracy};
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::{FitOptions, Trainer};
use rand::{SeedableRng, rngs::StdRng};

network! {
    struct Three { input: [2], dense(3) }
}

/// Two fits of two epochs each, in a process of their own.
#[test]
#[ignore = "run by the other test, as a program"]
fn program() {
    let data = [([0.1_f32, 0.2], 0_usize), ([0.3, 0.4], 1), ([0.5, 0.6], 2)];
    let three = Three::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(three, SoftmaxCrossEntropy, Adam::default());
    for _ in 0..2 {
        let best = TopAccuracy { best: 2 };
        trainer.fit(&data, FitOptions::new(2).validation(&data).metric(&F1(Average::Macro)).metric(&best)).unwrap();
    }
}

#[test]
fn plain_lines_have_the_metrics_and_the_rate_and_a_slow_build_says_so_once() {
    let program = std::env::current_exe().unwrap();
    for variables in [[("TERM", "xterm"), ("NO_COLOR", "")], [("TERM", "dumb"), ("NO_COLOR", "1")]] {
        let output = Command::new(&program)
            .args(["program", "--exact", "--ignored", "--nocapture"])
            .envs(variables)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 80) && !text.contains('\x1b'), "{text}");
        let epochs: Vec<&str> = text.lines().filter(|line| line.starts_with("epoch ")).collect();
        assert_eq!(epochs.len(), 4, "{text}");
        assert!(epochs.iter().all(|line| line.contains("rate 0.001  loss ") && line.contains("validation ")), "{text}");
        assert_eq!(text.matches("macro F1 0.").count(), 4, "{text}");
        assert_eq!(text.matches("top accuracy 0.").count(), 4, "{text}");
        // The profiles of this workspace: debug builds are not optimised.
        assert_eq!(text.matches("add `opt-level = 1`").count(), usize::from(cfg!(debug_assertions)), "{text}");
    }
}
