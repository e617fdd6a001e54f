castnet::network! {
    struct Net {
        input: [17],
        dense(16), tanh,
        dense(6),
    }
}

castnet::network! {
    struct Critic {
        input: [22],
        dense(16), tanh,
        dense(1),
    }
}

use std::ops::Add;

use castnet::Sizes;
use castnet::typenum::Sum;

/// A critic judges what an actor sees and does.
fn train<Actor, Critic>()
where
    Actor: Sizes,
    Actor::InputLen: Add<Actor::OutputLen>,
    Critic: Sizes<InputLen = Sum<Actor::InputLen, Actor::OutputLen>>,
{
}

fn main() {
    train::<Net, Critic>();
}
