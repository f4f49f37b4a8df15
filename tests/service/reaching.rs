//! Dates beyond the horizon: what can be read is shown, what cannot is named.

use super::desk::{Desk, event};
use jiff::civil::date;
use kalends::domain::calendar::Calendar;
use kalends::domain::event::{Event, Person};
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::{Failure, FailureKind};
use kalends::service::protocol::{Reply, Request};

fn failed(kind: FailureKind, words: &str) -> Result<Vec<Event>, Failure> {
    Err(Failure {
        kind,
        status: 0,
        code: String::new(),
        words: words.into(),
        retry_after_ms: None,
    })
}

/// A calendar of that name and id in my own list, and what it holds far away.
fn list(desk: &Desk, id: &str, view: Result<Vec<Event>, Failure>) {
    let mut inside = desk.office.inside();
    inside.listed.push(Calendar {
        id: CalendarId::new(id),
        name: id.to_uppercase().as_str().into(),
        hex_color: None,
        color: "auto".into(),
        owner: Person {
            name: "Ana Vidal".into(),
            address: "ana@contoso.com".into(),
        },
        can_edit: true,
        is_default: false,
    });
    inside.views.insert(CalendarId::new(id), view);
}

fn far(id: &str) -> Event {
    Event {
        calendar: CalendarId::new(id),
        ..event(&format!("far in {id}"), 5 * 365 * 24, true)
    }
}

/// The events found far away, and the words for what is missing.
fn reach(desk: &Desk) -> (Vec<String>, Option<String>) {
    assert!(matches!(desk.ask(Request::FullSync), Reply::Synced(_)));
    let (from, to) = (date(2031, 11, 1), date(2031, 12, 1));
    let (entries, words) = match desk.ask(Request::Reach { from, to }) {
        Reply::Entries(entries) => (entries, None),
        Reply::EntriesOffline { entries, words } => (entries, Some(words)),
        other => panic!("{other:?}"),
    };
    let ids = entries.iter().map(|entry| entry.id.as_str().to_owned());
    (ids.collect(), words)
}

#[test]
fn a_calendar_that_cannot_be_read_hides_no_other() {
    let desk = Desk::with(&[]);
    list(
        &desk,
        "a",
        failed(FailureKind::Forbidden, "access is denied"),
    );
    list(&desk, "b", Ok(vec![far("b")]));
    list(
        &desk,
        "c",
        failed(FailureKind::Forbidden, "access is denied"),
    );
    list(
        &desk,
        "d",
        failed(FailureKind::Unknown, "the service is busy"),
    );
    list(&desk, "z", Ok(vec![far("z")]));
    let (ids, words) = reach(&desk);
    assert_eq!(ids, ["far in b", "far in z"]);
    let all = "A, C: access is denied; D: the service is busy";
    assert_eq!(words.as_deref(), Some(all));
}

/// Where no other calendar would fare better, the first answer is enough.
#[test]
fn without_a_connection_the_first_answer_is_enough() {
    let desk = Desk::with(&[]);
    list(&desk, "a", Ok(vec![far("a")]));
    list(&desk, "b", failed(FailureKind::Throttled, "asked to wait"));
    list(&desk, "c", failed(FailureKind::Unknown, "never asked"));
    let (ids, words) = reach(&desk);
    assert_eq!(ids, ["far in a"]);
    assert_eq!(words.as_deref(), Some("asked to wait"));
}
