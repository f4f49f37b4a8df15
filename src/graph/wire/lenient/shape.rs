//! Values made of values: lists, free pairs, and objects with known keys.

use super::{Text, stepping_over};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A list cut after `MAX` elements; anything but a list is empty.
#[derive(Debug, Clone)]
pub(crate) struct List<T, const MAX: usize>(pub(crate) Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct ListVisitor<T, const MAX: usize>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while list.len() < MAX {
            match seq.next_element()? {
                Some(element) => list.push(element),
                None => return Ok(List(list)),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(List(list))
    }
    stepping_over!(map);
    stepping_over!(scalars);
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(std::marker::PhantomData))
    }
}

/// The pairs of an object whose keys are free, such as headers; at most 64.
#[derive(Debug, Default)]
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Text<'a>, Text<'a>)>);

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            if pairs.len() < 64 {
                pairs.push(pair);
            }
        }
        Ok(Pairs(pairs))
    }
    stepping_over!(seq);
    stepping_over!(scalars);
}

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
}

/// Declares an object as it travels: a struct whose fields are all optional by
/// nature (`Default`), filled key by key. `present` tells an object from anything
/// else that stood in its place.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident<$lt:lifetime> { $( $($key:literal)|+ => $field:ident: $type:ty, )* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<$lt> {
            #[allow(dead_code, reason = "of interest for some objects only")]
            pub(crate) present: bool,
            $( pub(crate) $field: $type, )*
            lifetime: std::marker::PhantomData<&$lt ()>,
        }

        impl<$lt> serde::Deserialize<$lt> for $name<$lt> {
            fn deserialize<D: serde::Deserializer<$lt>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(stringify!($name))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<Self::Value, A::Error> {
                        let mut object = $name { present: true, ..Default::default() };
                        while let Some(key) = map.next_key::<$crate::graph::wire::lenient::Text<'de>>()? {
                            match key.or_empty() {
                                $( $($key)|+ => object.$field = map.next_value()?, )*
                                _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                            }
                        }
                        Ok(object)
                    }
                    $crate::graph::wire::lenient::stepping_over!(seq);
                    $crate::graph::wire::lenient::stepping_over!(scalars);
                }
                deserializer.deserialize_any(ObjectVisitor)
            }
        }
    };
}
pub(crate) use object;
