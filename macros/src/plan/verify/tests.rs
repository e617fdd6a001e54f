//! Random declarations, and plans with a mistake in them.

use super::super::{BackwardStep, BackwardWork, ForwardStep, InferenceStep, Place, Plan, Region, plan};
use super::verify;
use crate::check::check;
use crate::errors::Errors;
use crate::layers;
use crate::parse::parse;
use crate::random::{Choice, Random, declaration};
use crate::size::Size;

/// How many declarations: `CASES=100000 cargo test --release -p castnet-macros verify` tries a hundred thousand.
fn cases() -> usize {
    std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

/// How many plans have their steps changed one by one.
const MUTATED: usize = 25;

fn planned(text: &str) -> Plan {
    let errors = Errors::new();
    let network = parse(format!("::castnet; {text}").parse().unwrap(), &errors).unwrap();
    let network = check(network, &errors);
    assert_eq!(errors.messages(), Vec::<String>::new(), "{text}");
    plan(network)
}

const CHOICE: Choice = Choice { own: true, parameters: true, slices: true, most: 24 };

/// One in which every number matters.
fn random_declaration_without_slices(random: &mut Random) -> String {
    proc_macro2::extra::invalidate_current_thread_spans();
    declaration(random, "N", Choice { slices: false, ..CHOICE })
}

fn random_declaration(random: &mut Random) -> String {
    // A hundred thousand texts are too many to know where each token came from.
    proc_macro2::extra::invalidate_current_thread_spans();
    declaration(random, "N", CHOICE)
}

#[test]
fn plans_of_random_declarations_are_right() {
    let mut random = Random::new(1);
    for _ in 0..cases() {
        let text = random_declaration(&mut random);
        verify(&planned(&text)).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    }
}

/// Replaces one step after the other by each of `mutants`; says which plans of them are right nevertheless.
fn survivors<S: Clone + std::fmt::Debug>(
    plan: &mut Plan,
    steps: impl Fn(&mut Plan) -> &mut Vec<S>,
    mutants: impl Fn(&S) -> Vec<Option<S>>,
) -> Vec<String> {
    let mut found = Vec::new();
    for place in 0..steps(plan).len() {
        let original = steps(plan).clone();
        for mutant in mutants(&original[place]) {
            let name = format!("{:?} instead of {:?}", mutant, original[place]);
            steps(plan).splice(place..=place, mutant);
            if verify(plan).is_ok() {
                found.push(name);
            }
            steps(plan).clone_from(&original);
        }
    }
    found
}

/// Every step is needed, and each is found missing; but for a copy of a gradient, where the same one may stand already.
#[test]
fn a_plan_without_one_of_its_steps_is_wrong() {
    let mut random = Random::new(2);
    for _ in 0..MUTATED {
        let text = random_declaration_without_slices(&mut random);
        let mut plan = planned(&text);
        let mut found = survivors(&mut plan, |plan| &mut plan.inference.steps, |_| vec![None]);
        for stage in 0..plan.forward.stages.len() {
            found.extend(survivors(&mut plan, |plan| &mut plan.forward.stages[stage], |_| vec![None]));
            let removed = |step: &BackwardStep| {
                if matches!(step.work, BackwardWork::Copy { .. }) { Vec::new() } else { vec![None] }
            };
            found.extend(survivors(&mut plan, |plan| &mut plan.backward.stages[stage], removed));
        }
        assert_eq!(found, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_step_at_another_place_is_wrong() {
    let mut random = Random::new(3);
    for _ in 0..MUTATED {
        let text = random_declaration_without_slices(&mut random);
        let mut plan = planned(&text);
        let regions: Vec<Region<usize>> =
            (0..plan.forward.storages()).map(|storage| plan.forward.place(storage).1).collect();
        let before =
            |storage: usize| storage.checked_sub(1).filter(|&before| !regions[before].equals(&regions[storage]));
        for stage in 0..plan.forward.stages.len() {
            let moved = |step: &ForwardStep| moved_forward(*step, &before);
            let found = survivors(&mut plan, |plan| &mut plan.forward.stages[stage], moved);
            assert_eq!(found, Vec::<String>::new(), "{text}");
            let found = survivors(&mut plan, |plan| &mut plan.backward.stages[stage], moved_backward);
            assert_eq!(found, Vec::<String>::new(), "{text}");
        }
        let regions: Vec<Region<Place>> =
            (0..plan.inference.storages()).map(|storage| plan.inference.region(storage)).collect();
        let before =
            |storage: usize| storage.checked_sub(1).filter(|&before| !regions[before].equals(&regions[storage]));
        let found = survivors(&mut plan, |plan| &mut plan.inference.steps, |step| moved_inference(*step, &before));
        assert_eq!(found, Vec::<String>::new(), "{text}");
    }
}

/// The same step on the storage before the right one, or joined by an activation less.
fn moved_forward(step: ForwardStep, before: &dyn Fn(usize) -> Option<usize>) -> Vec<Option<ForwardStep>> {
    let moved = match step {
        ForwardStep::Move { layer, input, output, activation } => vec![
            before(output).map(|output| ForwardStep::Move { layer, input, output, activation }),
            activation.map(|_| ForwardStep::Move { layer, input, output, activation: None }),
        ],
        // A sum is the same whichever of two copies has changed.
        ForwardStep::InPlace { .. } => Vec::new(),
        ForwardStep::Copy { from, to } => vec![before(to).map(|to| ForwardStep::Copy { from, to })],
        ForwardStep::Add { from, to } => vec![Some(ForwardStep::Copy { from, to })],
        ForwardStep::Insert { layer, branch, from, to } => {
            let branch = (branch + 1) % 2;
            vec![Some(ForwardStep::Insert { layer, branch, from, to })]
        }
        ForwardStep::Collect { .. } => Vec::new(),
        ForwardStep::Batch { layer, input, output, activation } => vec![
            before(output).map(|output| ForwardStep::Batch { layer, input, output, activation }),
            activation.map(|_| ForwardStep::Batch { layer, input, output, activation: None }),
        ],
    };
    moved.into_iter().filter(Option::is_some).collect()
}

/// The same step on the buffer behind the right one, one value further on, asked for otherwise, or joined by less.
fn moved_backward(step: &BackwardStep) -> Vec<Option<BackwardStep>> {
    let mut moved = vec![BackwardStep { on_request: !step.on_request, ..step.clone() }];
    let mut with = |change: &dyn Fn(&mut BackwardWork)| {
        let mut step = step.clone();
        change(&mut step.work);
        moved.push(step);
    };
    // A sum is the same whichever of two copies has changed.
    if matches!(step.work, BackwardWork::Move { .. } | BackwardWork::Copy { .. } | BackwardWork::Add { .. }) {
        with(&|work| written(work).within += 1);
    }
    with(&|work| written(work).offset = written(work).offset.plus(&Size::ONE));
    match &step.work {
        BackwardWork::Move { activation: Some(_), .. } => with(&|work| {
            if let BackwardWork::Move { activation, .. } = work {
                *activation = None;
            }
        }),
        BackwardWork::Add { from, to } => {
            with(&|work| *work = BackwardWork::Copy { from: from.clone(), to: to.clone() });
        }
        _ => {}
    }
    moved.into_iter().map(Some).collect()
}

fn written(work: &mut BackwardWork) -> &mut Region<usize> {
    match work {
        BackwardWork::Move { to: at, .. }
        | BackwardWork::InPlace { at, .. }
        | BackwardWork::Collect { at, .. }
        | BackwardWork::Batch { at, .. }
        | BackwardWork::Copy { to: at, .. }
        | BackwardWork::Add { to: at, .. }
        | BackwardWork::Clear { at } => at,
    }
}

/// The same step on the storage before the right one, or joined by an activation less.
fn moved_inference(step: InferenceStep, before: &dyn Fn(usize) -> Option<usize>) -> Vec<Option<InferenceStep>> {
    let moved = match step {
        InferenceStep::Move { layer, from, to, activation } => vec![
            before(to).map(|to| InferenceStep::Move { layer, from, to, activation }),
            activation.map(|_| InferenceStep::Move { layer, from, to, activation: None }),
        ],
        // As on the way back.
        InferenceStep::InPlace { .. } => Vec::new(),
        InferenceStep::Replace { layer, at, activation } => {
            vec![activation.map(|_| InferenceStep::Replace { layer, at, activation: None })]
        }
        InferenceStep::Copy { from, to } => vec![before(to).map(|to| InferenceStep::Copy { from, to })],
        InferenceStep::Add { from, to } => vec![Some(InferenceStep::Copy { from, to })],
        InferenceStep::Insert { layer, branch, from, to } => {
            let branch = (branch + 1) % 2;
            vec![Some(InferenceStep::Insert { layer, branch, from, to })]
        }
        InferenceStep::Pass => Vec::new(),
    };
    moved.into_iter().filter(Option::is_some).collect()
}

/// Values that some step needs both of stand at one offset.
#[test]
fn values_that_overwrite_one_another_are_wrong() {
    for (layers, pairs) in [
        ("dense(5), tanh, dense(7), tanh, dense(30), tanh, dense(3), dense(2)", 3),
        ("dense(5), residual { dense(7), relu, dense(5) }, residual { dense(20), relu, dense(5) }, relu, dense(2)", 6),
    ] {
        let mut plan = planned(&format!("struct N {{ input: [4], {layers} }}"));
        let regions: Vec<Region<Place>> =
            (0..plan.inference.storages()).map(|storage| plan.inference.region(storage)).collect();
        let spans: Vec<[usize; 2]> = plan.inference.needs.iter().map(|need| need.span).collect();
        let kept = (0..regions.len()).filter(|&storage| regions[storage].within == Place::Buffer(0));
        let kept: Vec<usize> = kept.collect();
        let mut found = 0;
        for (number, &storage) in kept.iter().enumerate() {
            for (other, span) in kept.iter().zip(&spans).take(number) {
                if span[1] < spans[number][0] {
                    continue;
                }
                plan.inference.misplace(storage, regions[*other].offset.clone());
                assert!(verify(&plan).is_err(), "{layers}: {storage} at the place of {other}");
                found += 1;
            }
            plan.inference.misplace(storage, regions[storage].offset.clone());
            assert_eq!(verify(&plan), Ok(()), "{layers}");
        }
        assert_eq!(found, pairs, "{layers}");
    }
}

/// A kind that does not occur is not verified.
#[test]
fn random_declarations_hold_every_kind() {
    let mut random = Random::new(1);
    let texts: Vec<String> = (0..300).map(|_| random_declaration(&mut random)).collect();
    for kind in layers::kinds().into_iter().chain(layers::BLOCKS.iter().map(|block| block.kind)) {
        let occurs = |text: &String| {
            text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == kind)
        };
        assert!(texts.iter().any(occurs), "no `{kind}` in a random declaration: see `random.rs`");
    }
}
