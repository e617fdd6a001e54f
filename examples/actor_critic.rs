//! An actor and a critic on one trunk: a network with two heads, and a loss for each, learns to balance a pole on a cart.
//!
//! ```sh
//! cargo run --release --example actor_critic
//! ```
//!
//! The actor says how likely it is to push the cart to the right; the critic, how long the pole will stay up. What the actor
//! did is made likelier if more came of it than the critic thought (Sutton and Barto, *Reinforcement Learning*, 2018, section
//! 13.4).

use castnet::losses::{GivenGradient, MeanSquaredError, Weighted};
use castnet::typenum::{IsLessOrEqual, True, U1024};
use castnet::{Error, Sizes, optimizers::Adam, prelude::*, train::Trainer};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// What to do, and how good the place is.
    pub struct Player {
        input: [4],
        trunk: dense(48), tanh,
        concat {
            // Logits of a push to the left and to the right.
            actor: { dense(2) },
            critic: { dense(1) },
        },
    }
}

/// Of a reward a step later.
const DISCOUNT: f32 = 0.98;
/// An episode ends here, if the pole has not fallen.
const LONGEST: usize = 300;
const EPISODES_IN_A_STEP: usize = 8;
const STEPS: usize = 80;

/// Place, speed, angle and angular speed (Barto, Sutton and Anderson, 1983).
#[derive(Clone, Copy)]
struct CartPole([f32; 4]);

impl CartPole {
    fn new(rng: &mut StdRng) -> Self {
        Self(std::array::from_fn(|_| rng.random_range(-0.05..0.05)))
    }

    /// A fiftieth of a second, with a force of 10 N to one side.
    fn push(&mut self, to_the_right: bool) {
        const GRAVITY: f32 = 9.8;
        /// Half of its length.
        const POLE: f32 = 0.5;
        const MASS_OF_POLE: f32 = 0.1;
        const MASS: f32 = 1.1;
        const SECONDS: f32 = 0.02;
        let [place, speed, angle, turning] = self.0;
        let (sine, cosine) = angle.sin_cos();
        let force = if to_the_right { 10.0 } else { -10.0 };
        let push = (force + MASS_OF_POLE * POLE * turning * turning * sine) / MASS;
        let fall = (GRAVITY * sine - cosine * push) / (POLE * (4.0 / 3.0 - MASS_OF_POLE * cosine * cosine / MASS));
        let pull = push - MASS_OF_POLE * POLE * fall * cosine / MASS;
        self.0 = [place + SECONDS * speed, speed + SECONDS * pull, angle + SECONDS * turning, turning + SECONDS * fall];
    }

    fn has_failed(&self) -> bool {
        let [place, _, angle, _] = self.0;
        place.abs() > 2.4 || angle.abs() > 0.21
    }
}

/// What was seen, done and thought, step by step.
#[derive(Default)]
struct Episode {
    seen: Vec<[f32; 4]>,
    /// 1 for a push to the right.
    done: Vec<usize>,
    /// The probability of that push.
    right: Vec<f32>,
    /// What the critic thought.
    worth: Vec<f32>,
}

impl Episode {
    fn play(player: &Player, rng: &mut StdRng) -> Self {
        let (mut episode, mut world) = (Self::default(), CartPole::new(rng));
        while !world.has_failed() && episode.seen.len() < LONGEST {
            let PlayerOutput { actor: [left, right], critic: [worth] } = player.predict(&world.0);
            let right = 1.0 / (1.0 + (left - right).exp());
            let push = rng.random::<f32>() < right;
            episode.seen.push(world.0);
            episode.done.push(usize::from(push));
            episode.right.push(right);
            episode.worth.push(worth);
            world.push(push);
        }
        episode
    }

    /// What each step was worth: one for each step that followed, the sooner the more, between 0 and 1.
    fn returns(&self) -> Vec<f32> {
        let mut sum = if self.seen.len() == LONGEST { *self.worth.last().unwrap_or(&0.0) } else { 0.0 };
        let mut returns: Vec<f32> = self
            .seen
            .iter()
            .map(|_| {
                sum = 1.0 - DISCOUNT + DISCOUNT * sum;
                sum
            })
            .collect();
        returns.reverse();
        returns
    }
}

/// The gradient in the actor's logits, and what the critic should have said, of each step.
fn targets(episodes: &[Episode]) -> Vec<([f32; 2], [f32; 1])> {
    let returns: Vec<f32> = episodes.iter().flat_map(Episode::returns).collect();
    let advantages: Vec<f32> =
        episodes.iter().flat_map(|episode| &episode.worth).zip(&returns).map(|(worth, found)| found - worth).collect();
    let scale = (advantages.iter().map(|value| value * value).sum::<f32>() / advantages.len() as f32).sqrt() + 1e-6;
    let steps = episodes.iter().flat_map(|episode| episode.done.iter().zip(&episode.right));
    let targets = steps.zip(advantages).zip(returns).map(|(((&done, &right), advantage), found)| {
        // Of `-advantage * ln(softmax(logits)[done])`.
        let mut gradient = [1.0 - right, right];
        gradient[done] -= 1.0;
        (gradient.map(|slope| slope * advantage / scale), [found])
    });
    targets.collect()
}

fn mean_length(player: &Player, rng: &mut StdRng) -> f32 {
    let steps: usize = (0..20).map(|_| Episode::play(player, rng).seen.len()).sum();
    steps as f32 / 20.0
}

/// What runs on the cart's controller has room for 1,024 parameters: with more, this does not compile.
fn deploy<N: Sizes<ParameterCount: IsLessOrEqual<U1024, Output = True>>>(_: &N) {
    println!("{} has {} of 1024 parameters", N::NAME, N::PARAMETER_COUNT);
}

fn main() -> Result<(), Error> {
    let rng = &mut StdRng::seed_from_u64(1);
    let loss = (GivenGradient, Weighted { weight: 0.5, loss: MeanSquaredError });
    let mut trainer = Trainer::new(Player::init(rng), loss, Adam::default()).schedule(0.02);
    let before = mean_length(trainer.network(), rng);
    println!("before: the pole stays up for {before:.0} steps");
    for step in 1..=STEPS {
        let episodes: Vec<Episode> = (0..EPISODES_IN_A_STEP).map(|_| Episode::play(trainer.network(), rng)).collect();
        let seen: Vec<[f32; 4]> = episodes.iter().flat_map(|episode| episode.seen.iter().copied()).collect();
        trainer.step(&seen, &targets(&episodes))?;
        if step % 20 == 0 {
            println!("{step} steps of training: {:.0}", seen.len() as f32 / EPISODES_IN_A_STEP as f32);
        }
    }
    let after = mean_length(trainer.network(), rng);
    println!("after: {after:.0} of {LONGEST} steps");
    assert!(after > 5.0 * before, "it has learnt little");
    deploy(trainer.network());
    Ok(())
}
