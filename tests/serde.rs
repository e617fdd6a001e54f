//! Networks and what optimizers remember, by serde: `cargo test --features serde --test serde`.
#![cfg(feature = "serde")]

use castnet::Error;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, Optimizer, OptimizerState, RuleState};
use castnet::prelude::*;
use castnet::train::Trainer;
use rand::{SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};

network! {
    struct Small {
        input: [2, 3, 3],
        conv1: conv2d(2, kernel = 2),
        norm1: batch_norm, tanh,
        flatten,
        fc: dense(3),
    }
}

network! {
    struct Policy<const OBSERVATION: usize, const HIDDEN: usize> {
        input: [OBSERVATION],
        hidden: dense(HIDDEN), tanh,
        dense(2),
    }
}

network! {
    struct Double<f64> {
        input: [2],
        fc: dense(3),
    }
}

/// A type of the name that a size has.
mod width {
    #[expect(dead_code, reason = "only its name matters")]
    pub struct N;

    castnet::network! {
        pub struct Wide<const N: usize> {
            input: [2],
            dense(N),
        }
    }
}

/// Something larger that a network is a part of.
#[derive(Serialize, Deserialize)]
struct Game {
    level: u32,
    policy: Policy<4, 5>,
    #[serde(serialize_with = "by_reference", deserialize_with = "castnet::weights::deserialize_boxed")]
    small: Box<Small>,
    state: RuleState<Small>,
}

fn by_reference<S: serde::Serializer>(small: &Small, serializer: S) -> Result<S::Ok, S::Error> {
    castnet::weights::serialize(small, serializer)
}

fn random<N: Parameters>(seed: u64) -> Box<N> {
    let mut network = N::init(&mut StdRng::seed_from_u64(seed));
    // Every segment has numbers of its own.
    for (index, number) in network.parameters_mut().iter_mut().enumerate() {
        *number += castnet::Scalar::from_f64(index as f64 / 7.0);
    }
    network
}

fn game() -> Game {
    let small = random::<Small>(1);
    let mut state = Optimizer::<Small>::start(&Adam::default());
    Adam::default().step(&mut state, &mut small.clone(), &random::<Small>(2), 0.01);
    Game { level: 3, policy: *random(4), small, state }
}

fn check(same: &Game) {
    let game = game();
    assert_eq!(same.level, 3);
    assert_eq!(same.policy.parameters(), game.policy.parameters());
    assert_eq!(same.small.parameters(), game.small.parameters());
    assert_eq!(same.state.steps(), 1);
    assert!(same.state.slots().eq(game.state.slots()));
    // It goes on as the other.
    let step = |game: &Game| {
        let (mut small, mut state) = (game.small.clone(), game.state.clone());
        Adam::default().step(&mut state, &mut small, &random::<Small>(5), 0.01);
        small.parameters().to_vec()
    };
    assert_eq!(step(same), step(&game));
}

#[test]
fn json_and_postcard_give_the_same_bits() {
    check(&serde_json::from_str(&serde_json::to_string(&game()).unwrap()).unwrap());
    check(&postcard::from_bytes(&postcard::to_allocvec(&game()).unwrap()).unwrap());
    let double = random::<Double>(1);
    let same: Double = serde_json::from_str(&serde_json::to_string(&*double).unwrap()).unwrap();
    assert_eq!(same.parameters(), double.parameters());
}

#[test]
fn a_size_may_have_the_name_of_a_type() {
    let wide = random::<width::Wide<3>>(1);
    let text = serde_json::to_string(&*wide).unwrap();
    assert_eq!(serde_json::from_str::<width::Wide<3>>(&text).unwrap().parameters(), wide.parameters());
}

#[test]
fn names_and_order_are_those_of_files_and_nothing_else_is_written() {
    let value = serde_json::to_value(*random::<Small>(1)).unwrap();
    let mut names: Vec<&String> = value.as_object().unwrap().keys().collect();
    names.sort();
    let expected = [
        "conv1.bias",
        "conv1.weight",
        "fc.bias",
        "fc.weight",
        "norm1.bias",
        "norm1.running_mean",
        "norm1.running_var",
        "norm1.weight",
    ];
    assert_eq!(names, expected);
    let row: Vec<f64> = random::<Small>(1).fc.weight.row(0).iter().map(|&number| number.into()).collect();
    let written: Vec<f64> =
        value["fc.weight"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    assert!(row.iter().zip(&written).all(|(row, written)| (row - written).abs() < 1e-6));
}

#[test]
fn wrong_names_and_lengths_are_errors() {
    let good = serde_json::to_value(*random::<Small>(1)).unwrap();
    let message = |change: fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut value = good.clone();
        change(value.as_object_mut().unwrap());
        serde_json::from_str::<Small>(&value.to_string()).err().unwrap().to_string()
    };
    assert!(message(|map| drop(map.remove("fc.bias"))).contains("`fc.bias` of `Small` is missing"));
    assert!(
        message(|map| drop(map.insert("fc2.bias".into(), 1.into()))).contains("`fc2.bias` is no tensor of `Small`")
    );
    let longer = message(|map| map["fc.bias"].as_array_mut().unwrap().push(1.into()));
    assert!(longer.contains("invalid length 4, expected 3 numbers for `fc.bias`"), "{longer}");
    let shorter = message(|map| drop(map["fc.bias"].as_array_mut().unwrap().pop()));
    assert!(shorter.contains("invalid length 2, expected 3 numbers for `fc.bias`"), "{shorter}");
    let text = good.to_string().replacen('{', r#"{"fc.bias":[1,2,3],"#, 1);
    assert!(serde_json::from_str::<Small>(&text).err().unwrap().to_string().contains("`fc.bias` is there twice"));
    let postcard = postcard::to_allocvec(&*random::<Small>(1)).unwrap();
    assert!(postcard::from_bytes::<Double>(&postcard).is_err());
    assert!(postcard::from_bytes::<Small>(&postcard[..postcard.len() - 1]).is_err());
    let slots = format!("[1,{{\"{}\":{{}}}}]", "x".repeat(100));
    assert!(serde_json::from_str::<RuleState<Small>>(&slots).unwrap_err().to_string().contains("too long"));
}

#[test]
fn a_state_that_was_read_has_the_slots_of_the_rule_and_no_others() {
    let written = serde_json::to_string(&game().state).unwrap();
    let step = |written: &str| {
        let mut trainer = Trainer::new(random::<Small>(1), MeanSquaredError, Adam::default());
        *trainer.optimizer_state_mut() = serde_json::from_str(written).unwrap();
        let before = *trainer.network();
        let result = trainer.step(&[[0.5; 18], [0.25; 18]], &[[0.5; 3]; 2]);
        assert!(result.is_ok() || trainer.network().parameters() == before.parameters());
        result.map(|report| report.step)
    };
    assert_eq!(step(&written), Ok(0));
    let renamed = written.replace("\"second\"", "\"third\"");
    assert_eq!(step(&renamed), Err(Error::MissingSlot { slot: "second" }));
    let numbers = serde_json::to_string(&*random::<Small>(1)).unwrap();
    let more = written.replacen("\"first\"", &format!("\"third\":{numbers},\"first\""), 1);
    assert_eq!(step(&more), Err(Error::UnknownSlot { slot: "third" }));
    let longer = written.replacen("\"fc.bias\":[", "\"fc.bias\":[0.5,", 1);
    let error = serde_json::from_str::<RuleState<Small>>(&longer).unwrap_err().to_string();
    assert!(error.contains("invalid length 4, expected 3 numbers for `fc.bias`"), "{error}");
}
