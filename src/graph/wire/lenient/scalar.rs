//! Single values: text, flags, numbers, and whether something was there.

use super::stepping_over;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use std::borrow::Cow;
use std::fmt;

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
