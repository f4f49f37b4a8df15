//! The laws of merging, over values of every kind.

use super::{Merged, field};
use crate::domain::edit::{People, Span, Value, tidied};
use crate::domain::event::{Attendee, Person, Role, ShowAs};
use crate::domain::text::Untrusted;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn span(hour: i64, zone: &str) -> Value {
    let at = |hour: i64| Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap();
    let wall = |instant| TimeZone::UTC.to_datetime(instant);
    Value::When(Span {
        start: at(hour),
        end: at(hour + 1),
        all_day: false,
        wall_start: wall(at(hour)),
        wall_end: wall(at(hour + 1)),
        zone: zone.into(),
    })
}

/// Three values of one field.
fn three() -> impl Strategy<Value = [Value; 3]> {
    let of = |make: fn(u8) -> Value| [0_u8..4, 0..4, 0..4].prop_map(move |picks| picks.map(make));
    prop_oneof![
        of(|pick| Value::Subject(format!("subject {pick}").into())),
        of(|pick| span(pick.into(), ["UTC", "Europe/Berlin"][usize::from(pick % 2)])),
        of(|pick| Value::ShowAs(
            [
                ShowAs::Free,
                ShowAs::Busy,
                ShowAs::Tentative,
                ShowAs::OutOfOffice
            ][usize::from(pick)]
        )),
        of(|pick| Value::Reminder((pick > 0).then_some(i32::from(pick) * 5))),
        [0_u8..16, 0..16, 0..16].prop_map(|picks| picks.map(categories)),
        [0_u8..27, 0..27, 0..27].prop_map(|picks| picks.map(people)),
        [0_u8..27, 0..27, 0..27].prop_map(|picks| picks.map(notes)),
        of(|pick| Value::Online(pick > 1)),
    ]
}

/// The names whose bits are set.
fn categories(bits: u8) -> Value {
    let names = ["red", "Green", "blue", "Yellow"];
    let set = (0..4).filter(|bit| bits & (1 << bit) != 0);
    Value::Categories(set.map(|bit| Untrusted::from(names[bit])).collect())
}

/// Three people, each absent, required or optional.
fn people(code: u8) -> Value {
    let roles = [None, Some(Role::Required), Some(Role::Optional)];
    let person = |at: u8| {
        let role = roles[usize::from(code / 3_u8.pow(at.into()) % 3)]?;
        let address = ["ana@contoso.com", "Ben@contoso.com", "chi@contoso.com"][usize::from(at)];
        Some(Attendee {
            person: Person {
                name: Untrusted::default(),
                address: address.into(),
            },
            role,
            ..Attendee::default()
        })
    };
    Value::People(People::new((0..3).filter_map(person).collect()))
}

/// Three lines with a fixed one between them, each in one of three forms.
fn notes(code: u8) -> Value {
    let line = |at: u8| format!("line {at} form {}", code / 3_u8.pow(at.into()) % 3);
    Value::Notes(tidied(&format!(
        "{}\n\nfixed\n\n{}\n\nfixed too\n\n{}",
        line(0),
        line(1),
        line(2)
    )))
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Categories(names) => names.iter().map(|name| name.raw().to_lowercase()).collect(),
        Value::People(people) => {
            let one = |attendee: &Attendee| {
                let address = attendee.person.address.raw().to_lowercase();
                format!("{address} {:?}", attendee.role)
            };
            people.all().iter().map(one).collect()
        }
        other => [format!("{other:?}")].into(),
    }
}

/// What the field holds once the merge was sent; None while somebody must choose.
fn result(base: &Value, mine: &Value, theirs: &Value) -> Option<Value> {
    match field(base, mine, theirs) {
        Merged::Same => Some(theirs.clone()),
        Merged::Send(value) => Some(value),
        Merged::Clash(_) => None,
    }
}

proptest! {
    #[test]
    fn the_sides_have_no_names([base, mine, theirs] in three()) {
        let one = result(&base, &mine, &theirs).map(|value| names(&value));
        let other = result(&base, &theirs, &mine).map(|value| names(&value));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn an_untouched_side_gives_way([base, mine, theirs] in three()) {
        prop_assert_eq!(result(&base, &mine, &base), Some(mine));
        prop_assert_eq!(result(&base, &base, &theirs), Some(theirs));
    }

    #[test]
    fn merging_again_changes_nothing([base, mine, theirs] in three()) {
        if let Some(merged) = result(&base, &mine, &theirs) {
            prop_assert_eq!(field(&base, &mine, &merged), Merged::Same);
        }
    }

    #[test]
    fn a_clash_is_two_changes_and_shows_theirs([base, mine, theirs] in three()) {
        if let Merged::Clash(shown) = field(&base, &mine, &theirs) {
            prop_assert!(mine != base && theirs != base && mine != theirs);
            prop_assert_eq!(shown, theirs);
        }
    }
}

#[test]
fn a_set_keeps_what_both_sides_did() {
    let list = |names: &[&str]| {
        Value::Categories(names.iter().map(|name| Untrusted::from(*name)).collect())
    };
    let merged = field(
        &list(&["a", "b"]),
        &list(&["b", "c"]),
        &list(&["A", "b", "d"]),
    );
    assert_eq!(merged, Merged::Send(list(&["b", "d", "c"])));
}

#[test]
fn the_same_time_in_another_zone_is_no_change() {
    assert_eq!(
        field(&span(0, "UTC"), &span(1, "UTC"), &span(1, "Asia/Tokyo")),
        Merged::Same
    );
}

#[test]
fn people_added_and_removed_by_both_sides_come_together() {
    let of = |codes: &[(&str, Role)]| {
        let attendee = |(address, role): &(&str, Role)| Attendee {
            person: Person {
                name: Untrusted::default(),
                address: (*address).into(),
            },
            role: *role,
            ..Attendee::default()
        };
        Value::People(People::new(codes.iter().map(attendee).collect()))
    };
    use Role::{Optional, Required};
    let base = of(&[("a@x", Required), ("b@x", Required)]);
    let mine = of(&[("b@x", Optional), ("c@x", Required)]);
    let theirs = of(&[("A@x", Required), ("B@x", Required), ("d@x", Required)]);
    let both = of(&[("b@x", Optional), ("d@x", Required), ("c@x", Required)]);
    assert_eq!(field(&base, &mine, &theirs), Merged::Send(both));
    // The same person in two different new roles is for a person to say.
    let one = of(&[("b@x", Optional)]);
    let other = of(&[("b@x", Role::Resource)]);
    let clash = field(&of(&[("b@x", Required)]), &one, &other);
    assert!(matches!(clash, Merged::Clash(_)), "{clash:?}");
}

#[test]
fn notes_merge_by_lines() {
    let notes = |text: &str| Value::Notes(tidied(text));
    let merged = field(
        &notes("one\ntwo\nthree\nfour"),
        &notes("one\ntwo\nthree\nfour\nfive, mine"),
        &notes("one, theirs\r\ntwo  \r\nthree\r\nfour\r\n\r\n"),
    );
    let both = notes("one, theirs\ntwo\nthree\nfour\nfive, mine");
    assert_eq!(merged, Merged::Send(both));
    let clash = field(&notes("a"), &notes("b"), &notes("c"));
    assert!(matches!(clash, Merged::Clash(_)));
}
