//! Networks and what optimizers remember, for serde.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use castnet_safetensors::Places;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::names::Names;
use crate::{Parameters, Scalar, Segment};

/// Serialises a network, as its `Serialize` does: for `#[serde(serialize_with = "..")]` on a field that holds a network by
/// another type.
///
/// # Errors
///
/// Those of the serialiser.
pub fn serialize<N: Parameters, S: Serializer>(network: &N, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(N::SEGMENTS.len()))?;
    for segment in N::SEGMENTS {
        let numbers = &network.parameters()[segment.offset..][..segment.len];
        map.serialize_entry(&Names::default().in_file(segment), &Written { segment, numbers })?;
    }
    map.end()
}

/// Deserialises a network, as its `Deserialize` does.
///
/// # Errors
///
/// Those of the deserialiser, names and lengths that are not the network's, and segments that are missing.
pub fn deserialize<'de, N: Parameters, D: Deserializer<'de>>(deserializer: D) -> Result<N, D::Error> {
    deserialize_boxed(deserializer).map(|network| *network)
}

/// Deserialises a network on the heap: for `#[serde(deserialize_with = "castnet::weights::deserialize_boxed")]` on a field
/// `Box<Net>` of a network that is too large for the stack.
///
/// # Errors
///
/// As [`deserialize`].
pub fn deserialize_boxed<'de, N: Parameters, D: Deserializer<'de>>(deserializer: D) -> Result<Box<N>, D::Error> {
    let mut network = bytemuck::zeroed_box::<N>();
    deserializer.deserialize_map(IntoNetwork(&mut *network))?;
    Ok(network)
}

/// A number on its own type.
struct Number<T>(T);

#[allow(clippy::cast_possible_truncation)] // The `f64` is an `f32`.
impl<T: Scalar> Serialize for Number<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0.to_f64();
        if size_of::<T>() == 4 { serializer.serialize_f32(value as f32) } else { serializer.serialize_f64(value) }
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value =
            if size_of::<T>() == 4 { f32::deserialize(deserializer)?.into() } else { f64::deserialize(deserializer)? };
        Ok(Self(T::from_f64(value)))
    }
}

/// The numbers of a segment, in the order of files.
struct Written<'a, T> {
    segment: &'static Segment,
    numbers: &'a [T],
}

impl<T: Scalar> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.numbers.len()))?;
        for place in Layout::pytorch(self.segment).order.places() {
            list.serialize_element(&Number(self.numbers[place]))?;
        }
        list.end()
    }
}

/// Where the numbers of a segment go.
struct IntoSegment<'a, T> {
    segment: &'static Segment,
    numbers: &'a mut [T],
}

impl<'de, T: Scalar> DeserializeSeed<'de> for IntoSegment<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Scalar> Visitor<'de> for IntoSegment<'_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} numbers for `{}`", self.segment.len, self.segment.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let places: Places = Layout::pytorch(self.segment).order.places();
        for (found, place) in places.enumerate() {
            match list.next_element::<Number<T>>()? {
                Some(Number(number)) => self.numbers[place] = number,
                None => return Err(A::Error::invalid_length(found, &self)),
            }
        }
        match list.next_element::<IgnoredAny>()? {
            Some(_) => Err(A::Error::invalid_length(self.segment.len + 1, &self)),
            None => Ok(()),
        }
    }
}

/// A network that is overwritten.
pub(crate) struct IntoNetwork<'a, N>(pub &'a mut N);

impl<'de, N: Parameters> DeserializeSeed<'de> for IntoNetwork<'_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, N: Parameters> Visitor<'de> for IntoNetwork<'_, N> {
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "the {} tensors of `{}`", N::SEGMENTS.len(), N::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_there = vec![false; N::SEGMENTS.len()];
        while let Some(place) = map.next_key_seed(SegmentName::<N>(PhantomData))? {
            let segment = &N::SEGMENTS[place];
            if std::mem::replace(&mut is_there[place], true) {
                return Err(A::Error::custom(format_args!("`{}` is there twice", segment.name)));
            }
            let numbers = &mut self.0.parameters_mut()[segment.offset..][..segment.len];
            map.next_value_seed(IntoSegment { segment, numbers })?;
        }
        match is_there.iter().position(|is_there| !is_there) {
            Some(place) => {
                let name = Names::default().in_file(&N::SEGMENTS[place]);
                Err(A::Error::custom(format_args!("`{name}` of `{}` is missing", N::NAME)))
            }
            None => Ok(()),
        }
    }
}

/// The place of a segment by its name.
struct SegmentName<N>(PhantomData<N>);

impl<'de, N: Parameters> DeserializeSeed<'de> for SegmentName<N> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<N: Parameters> Visitor<'_> for SegmentName<N> {
    type Value = usize;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "the name of a tensor of `{}`", N::NAME)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        let names = Names::default();
        let place = N::SEGMENTS.iter().position(|segment| names.is(name, segment));
        place.ok_or_else(|| E::custom(format_args!("`{name}` is no tensor of `{}`", N::NAME)))
    }
}

/// Implements serde's traits for a network.
#[doc(hidden)]
#[macro_export]
macro_rules! __serde_traits {
    ($name:ident [$($size:ident)*]) => {
        #[automatically_derived]
        #[allow(deprecated, non_upper_case_globals)]
        impl<$(const $size: ::core::primitive::usize),*> $crate::__private::serde::Serialize for $name<$({ $size }),*>
        where
            Self: $crate::Parameters,
        {
            fn serialize<__S: $crate::__private::serde::Serializer>(
                &self,
                __serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                $crate::weights::serialize(self, __serializer)
            }
        }

        #[automatically_derived]
        #[allow(deprecated, non_upper_case_globals)]
        impl<'__de $(, const $size: ::core::primitive::usize)*> $crate::__private::serde::Deserialize<'__de>
            for $name<$({ $size }),*>
        where
            Self: $crate::Parameters,
        {
            fn deserialize<__D: $crate::__private::serde::Deserializer<'__de>>(
                __deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                $crate::weights::deserialize(__deserializer)
            }
        }
    };
}
