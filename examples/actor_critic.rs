//! Shapes as types: an actor and a critic that fit together, and a budget of parameters, checked by the compiler.
//!
//! ```sh
//! cargo run --example actor_critic
//! ```
//!
//! To train such networks in a debug build, put `opt-level = 1` under `[profile.dev]` in `Cargo.toml`: a step is some hundred
//! times faster then.

use std::ops::Add;

use castnet::prelude::*;
use castnet::typenum::{IsLessOrEqual, Sum, True, U8192, Unsigned};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// One declaration for robots of several sizes: stable Rust has no arithmetic on const parameters, and a macro needs none.
macro_rules! robot {
    ($actor:ident, $critic:ident: observation $observation:expr, action $action:expr) => {
        network! {
            /// What to do.
            pub struct $actor {
                input: [$observation],
                dense(64), tanh,
                dense($action), tanh,
            }
        }

        network! {
            /// How good it is to do that.
            pub struct $critic {
                input: [$observation + $action],
                dense(64), relu,
                residual { dense(64), relu, dense(64) },
                dense(1),
            }
        }
    };
}

robot!(HopperActor, HopperCritic: observation 11, action 3);
robot!(WalkerActor, WalkerCritic: observation 17, action 6);

/// A critic sees what an actor sees and does.
fn judge<Actor, Critic>(name: &str, rng: &mut StdRng)
where
    Actor: Network<Scalar = f32>,
    Actor::InputLen: Add<Actor::OutputLen>,
    Critic: Network<Scalar = f32, InputLen = Sum<Actor::InputLen, Actor::OutputLen>>,
{
    let (actor, critic) = (Actor::init(rng), Critic::init(rng));
    let mut observation: Actor::Input = castnet::bytemuck::Zeroable::zeroed();
    observation.as_mut().iter_mut().for_each(|value| *value = rng.random_range(-1.0..1.0));
    let action = actor.predict(&observation);

    let mut both: Critic::Input = castnet::bytemuck::Zeroable::zeroed();
    let (seen, done) = both.as_mut().split_at_mut(Actor::InputLen::USIZE);
    seen.copy_from_slice(observation.as_ref());
    done.copy_from_slice(action.as_ref());
    println!("{name}: action {:.2?} is worth {:.3}", action.as_ref(), critic.predict(&both).as_ref()[0]);
}

/// What runs on the robot's controller has room for 8,192 parameters.
fn deploy<Actor>(name: &str)
where
    Actor: Network<ParameterCount: IsLessOrEqual<U8192, Output = True>>,
{
    println!("{name}: {} of 8192 parameters", Actor::PARAMETER_COUNT);
}

fn main() {
    let rng = &mut StdRng::seed_from_u64(1);
    judge::<HopperActor, HopperCritic>("hopper", rng);
    judge::<WalkerActor, WalkerCritic>("walker", rng);
    deploy::<HopperActor>("hopper");
    deploy::<WalkerActor>("walker");
}
