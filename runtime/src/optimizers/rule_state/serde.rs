//! What optimizers remember, for serde: the count of steps, and the slots by their names.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

use super::{RuleState, Slot};
use crate::Parameters;
use crate::weights::{IntoNetwork, serialize};

/// As many names, and as long ones, are taken from what is read.
const LARGEST: usize = 64;

/// A name of a slot that lives as long as the program, as those of rules do.
///
/// None if it is longer than names are, or one of more than there are.
fn kept(name: &str) -> Option<&'static str> {
    static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = names.iter().find(|same| **same == name) {
        return Some(same);
    }
    if name.len() > LARGEST || names.len() >= LARGEST {
        return None;
    }
    let name: &'static str = Box::leak(name.into());
    names.push(name);
    Some(name)
}

impl<N: Parameters> Serialize for RuleState<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.steps, Slots(&self.slots)).serialize(serializer)
    }
}

struct Slots<'a, N>(&'a [Slot<N>]);

impl<N: Parameters> Serialize for Slots<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for slot in self.0 {
            map.serialize_entry(slot.name, &Numbers(&*slot.numbers))?;
        }
        map.end()
    }
}

struct Numbers<'a, N>(&'a N);

impl<N: Parameters> Serialize for Numbers<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, serializer)
    }
}

impl<'de, N: Parameters> Deserialize<'de> for RuleState<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (steps, ReadSlots(slots)) = Deserialize::deserialize(deserializer)?;
        Ok(Self { steps, slots, is_foreign: true })
    }
}

struct ReadSlots<N>(Vec<Slot<N>>);

impl<'de, N: Parameters> Deserialize<'de> for ReadSlots<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SlotVisitor(PhantomData)).map(Self)
    }
}

struct SlotVisitor<N>(PhantomData<N>);

impl<'de, N: Parameters> Visitor<'de> for SlotVisitor<N> {
    type Value = Vec<Slot<N>>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "what an optimizer remembers of `{}`", N::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Slot<N>>, A::Error> {
        let mut slots: Vec<Slot<N>> = Vec::new();
        while let Some(name) = map.next_key_seed(SlotName)? {
            if slots.iter().any(|slot| slot.name == name) {
                return Err(A::Error::custom(format_args!("the slot `{name}` is there twice")));
            }
            let mut numbers = bytemuck::zeroed_box::<N>();
            map.next_value_seed(IntoNetwork(&mut *numbers))?;
            slots.push(Slot { name, numbers, bound: f64::INFINITY });
        }
        Ok(slots)
    }
}

struct SlotName;

impl<'de> DeserializeSeed<'de> for SlotName {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for SlotName {
    type Value = &'static str;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a slot")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<&'static str, E> {
        kept(name).ok_or_else(|| E::custom("a name of a slot that is too long, or one of too many"))
    }
}
