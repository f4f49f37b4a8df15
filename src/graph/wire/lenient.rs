//! JSON read the way a careful person reads bad handwriting: what is legible is
//! taken, what is not is absent, and nothing is an error except broken JSON itself.
//!
//! serde's derive refuses nulls, wrong types and duplicate keys; a server that
//! sends one of these must not stop a calendar. Nesting of ignored values is
//! skipped without recursion.

mod scalar;
mod shape;

pub(crate) use scalar::{Flag, Number, Presence, Seen, Text, clipped};
pub(crate) use shape::{List, Pairs, object};

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
