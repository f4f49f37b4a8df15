//! Whatever becomes of some elements of a page, the others are kept; whatever
//! becomes of its bytes, nothing panics.

use crate::requests::full;
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::Item;
use kalends::graph::wire::page::page;
use proptest::collection::vec;
use proptest::prelude::*;

const KEYS: [&str; 18] = [
    "id",
    "type",
    "start",
    "end",
    "subject",
    "attendees",
    "organizer",
    "recurrence",
    "@removed",
    "seriesMasterId",
    "showAs",
    "location",
    "dateTime",
    "timeZone",
    "emailAddress",
    "pattern",
    "isReminderOn",
    "categories",
];

/// Valid JSON text of any shape, with the nasty spellings serde refuses.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("1e999".to_owned()),
        Just("-0.5".to_owned()),
        Just(r#""\ud83d""#.to_owned()),
        Just(r#""\udc00\ud83d\\\u0000""#.to_owned()),
        Just(r#""UTC""#.to_owned()),
        Just(r#""2026-02-30T25:61:61.9""#.to_owned()),
        Just(r#""0000-01-01T00:00:00""#.to_owned()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = proptest::sample::select(KEYS.as_slice());
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|list| format!("[{}]", list.join(","))),
            // Keys repeat: nothing makes them unique.
            vec((key, inner), 0..8).prop_map(|pairs| {
                let pairs: Vec<_> = pairs
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", pairs.join(","))
            }),
        ]
    })
}

/// An event one of whose fields was replaced.
fn distorted() -> impl Strategy<Value = String> {
    (proptest::sample::select(KEYS.as_slice()), any_json()).prop_map(|(key, value)| {
        let event = full("bad");
        format!("{},\"{key}\":{value}}}", event.strip_suffix('}').unwrap())
    })
}

fn document(elements: &[String]) -> String {
    format!(
        r#"{{"@odata.context":"x","value":[{}],"@odata.nextLink":"n"}}"#,
        elements.join(",")
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn good_items_survive_bad_neighbours(bad in vec(prop_oneof![any_json(), distorted()], 1..6)) {
        let mut elements = vec![full("good0")];
        for (number, bad) in bad.iter().enumerate() {
            elements.push(bad.clone());
            elements.push(full(&format!("good{}", number + 1)));
        }
        let page = page(document(&elements).as_bytes(), &CalendarId::new("c")).unwrap();
        let good: Vec<_> = page
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Seen(event) => Some(event.id.as_str()),
                Item::Removed(_) => None,
            })
            .filter(|id| id.starts_with("good"))
            .collect();
        let expected: Vec<_> = (0..=bad.len()).map(|number| format!("good{number}")).collect();
        prop_assert_eq!(good, expected);
        prop_assert_eq!(page.items.len() + page.skipped as usize, elements.len());
    }

    #[test]
    fn no_bytes_panic(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), cut in any::<prop::sample::Index>()) {
        let mut bytes = document(&[full("a"), full("b"), full("c")]).into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = page(&bytes, &CalendarId::new("c"));
        bytes.truncate(cut.index(bytes.len()));
        let _ = page(&bytes, &CalendarId::new("c"));
    }
}
