//! JSON read the way a careful person reads bad handwriting: what is legible is
//! taken, what is not is absent, and nothing is an error except broken JSON itself.
//!
//! serde's derive refuses nulls, wrong types and duplicate keys; a server that
//! sends one of these must not stop a calendar. Nesting of ignored values is
//! skipped without recursion.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Steps over the rest of a list or an object of no interest.
macro_rules! stepping_over {
    (seq) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut seq: A,
        ) -> Result<Self::Value, A::Error> {
            while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (map) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            while map
                .next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?
                .is_some()
            {}
            Ok(Default::default())
        }
    };
    (scalars) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
}
pub(crate) use stepping_over;

/// A string, or a number as its digits; everything else is absent.
#[derive(Debug, Default, Clone)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Absent is empty.
    pub(crate) fn or_empty(&self) -> &str {
        self.get().unwrap_or_default()
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.or_empty().eq_ignore_ascii_case(word)
    }

    /// At most `longest` bytes, cut between characters.
    pub(crate) fn clipped(&self, longest: usize) -> &str {
        clipped(self.or_empty(), longest)
    }
}

/// The longest beginning of `text` of at most `longest` bytes.
pub(crate) fn clipped(text: &str, longest: usize) -> &str {
    text.get(..text.floor_char_boundary(longest))
        .unwrap_or_default()
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Text(None))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text(None))
    }
    stepping_over!(seq);
    stepping_over!(map);
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// `true`, `"true"` or absent.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Flag {
    pub(crate) fn or(self, fallback: bool) -> bool {
        self.0.unwrap_or(fallback)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl<'de> Visitor<'de> for FlagVisitor {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a flag")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(Some(value)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Flag, E> {
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                Ok(Flag(match () {
                    () if is("true") => Some(true),
                    () if is("false") => Some(false),
                    () => None,
                }))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_unit<E>(self) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            stepping_over!(seq);
            stepping_over!(map);
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

/// A whole number, bare or quoted; fractions are cut off, what does not fit is absent.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Number(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(Some(value)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(i64::try_from(value).ok()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                // Exact far beyond anything a calendar counts.
                Ok(Number((value.abs() < 1e15).then_some(value as i64)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Number, E> {
                Ok(Number(text.trim().parse().ok()))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Number, E> {
                Ok(Number(None))
            }
            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(None))
            }
            stepping_over!(seq);
            stepping_over!(map);
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

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

/// Whether a value other than null was there at all.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Presence(pub(crate) bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<IgnoredAny>::deserialize(deserializer).map(|value| Self(value.is_some()))
    }
}

/// A value and whether its key was there, null or not.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) seen: bool,
    pub(crate) value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Seen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self { seen: true, value })
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

#[cfg(test)]
mod tests {
    use super::*;

    object! {
        Sample<'a> {
            "name" | "Name" => name: Text<'a>,
            "on" => on: Flag,
            "count" => count: Number,
            "tags" => tags: List<Text<'a>, 2>,
            "inner" => inner: Inner<'a>,
            "mark" => mark: Presence,
            "maybe" => maybe: Seen<Text<'a>>,
        }
    }

    object! { Inner<'a> { "x" => x: Text<'a>, } }

    fn read(json: &str) -> Sample<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_legible_is_taken() {
        let json = r#"{"name":"a","on":"True","count":"15","tags":["1",2,[3]],"inner":{"x":"y"},
            "mark":{"reason":"deleted"},"maybe":null,"unknown":[[{}]]}"#;
        let sample = read(json);
        assert_eq!(sample.name.get(), Some("a"));
        assert_eq!(sample.on.0, Some(true));
        assert_eq!(sample.count.0, Some(15));
        let tags: Vec<_> = sample.tags.0.iter().map(Text::or_empty).collect();
        assert_eq!(tags, ["1", "2"], "the third is beyond the bound");
        assert!(sample.inner.present && sample.inner.x.is("Y"));
        assert!(sample.mark.0);
        assert!(sample.maybe.seen && sample.maybe.value.get().is_none());
    }

    #[test]
    fn wrong_types_count_as_absent() {
        for wrong in [
            "null",
            "true",
            "1",
            "1.5",
            "-1",
            r#""x""#,
            "[1,[2]]",
            r#"{"a":{"b":[]}}"#,
        ] {
            let json = format!(
                r#"{{"name":[],"on":{wrong},"count":{wrong},"tags":{wrong},"inner":{wrong},"name":"last"}}"#
            );
            let sample = read(&json);
            assert_eq!(sample.name.get(), Some("last"), "the last duplicate wins");
            assert!(sample.inner.x.get().is_none());
        }
        let nothing: Sample<'_> = serde_json::from_str("[1,2]").unwrap();
        assert!(!nothing.present);
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let json =
            format!(r#"{{"name":{deep},"tags":[{deep}],"inner":{deep},"other":{deep},"on":true}}"#);
        assert_eq!(read(&json).on.0, Some(true));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(clipped("aé", 2), "a");
        assert_eq!(clipped("aé", 3), "aé");
        assert_eq!(clipped("", 3), "");
    }
}
