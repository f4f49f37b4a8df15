//! What waits, in which order, and what does not.

use super::*;
use crate::domain::event::{Answer, Attendee, Details, Event, ShowAs};
use crate::domain::intent::{Act, Stage};
use crate::domain::window::midnight;

fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}:00Z").parse().unwrap()
}

/// An accepted meeting of somebody else's.
fn event(id: &str, from: &str, to: &str) -> Event {
    Event {
        calendar: CalendarId::new("work"),
        id: EventId::new(id),
        kind: Kind::Single,
        series: None,
        etag: "1".into(),
        start: at(from),
        end: at(to),
        details: Some(Details {
            subject: id.into(),
            answer: Answer::Accepted,
            response_requested: true,
            attendees: vec![Attendee::default()],
            ..Details::default()
        }),
        before: None,
    }
}

fn with(mut event: Event, change: impl FnOnce(&mut Details)) -> Entry {
    change(event.details.as_mut().unwrap());
    Entry::of(&event, None)
}

fn asked(id: &str, from: &str, to: &str) -> Entry {
    with(event(id, from, to), |details| {
        details.answer = Answer::NotResponded;
        details.show_as = ShowAs::Tentative;
    })
}

fn of_series(mut entry: Entry, id: &str, series: &str) -> Entry {
    (entry.id, entry.series) = (EventId::new(id), Some(EventId::new(series)));
    entry.kind = Kind::Occurrence;
    entry
}

fn queued(entries: &[Entry], hushed: &[u64]) -> Vec<Item> {
    let about = Circumstances {
        now: at("26T09:00"),
        persons: &Persons::default(),
        start_of: &midnight,
        hushed: &hushed.iter().copied().collect(),
    };
    queue(entries, std::iter::empty(), &about)
}

fn words(items: &[Item]) -> Vec<String> {
    let word = |item: &Item| format!("{} {}", item.why.word(), item.event.subject.raw());
    items.iter().map(word).collect()
}

#[test]
fn what_changed_or_was_cancelled_within_a_day_comes_first_then_what_begins_first() {
    let cancelled = |id, from, to| with(event(id, from, to), |details| details.cancelled = true);
    let mut moved = asked("moved", "26T18:00", "26T19:00");
    moved.before = Some(Before {
        slot: Slot {
            start: at("26T10:00"),
            end: at("26T11:00"),
        },
        answer: Answer::Accepted,
    });
    let items = queued(
        &[
            asked("soon", "26T10:00", "26T11:00"),
            cancelled("later", "28T10:00", "28T11:00"),
            moved,
            cancelled("today", "26T20:00", "26T21:00"),
            asked("over", "26T08:00", "26T09:00"),
            event_entry("settled"),
        ],
        &[],
    );
    assert_eq!(
        words(&items),
        [
            "changed moved",
            "cancelled today",
            "invitation soon",
            "cancelled later"
        ]
    );
}

fn event_entry(id: &str) -> Entry {
    Entry::of(&event(id, "27T15:00", "27T16:00"), None)
}

#[test]
fn a_series_is_there_once_and_an_exception_by_itself() {
    let week = |day: &str, id: &str| {
        let entry = asked("weekly", &format!("{day}T10:00"), &format!("{day}T11:00"));
        of_series(entry, id, "series")
    };
    let mut exception = week("28", "o3");
    exception.kind = Kind::Exception;
    let items = queued(&[week("27", "o2"), exception, week("26", "o1")], &[]);
    let seen: Vec<_> = items
        .iter()
        .map(|item| (item.event.event.as_str(), item.times, item.is_series))
        .collect();
    assert_eq!(seen, [("o1", 2, true), ("o3", 1, false)]);
}

#[test]
fn two_series_clash_once_and_what_is_hushed_is_heard_no_more() {
    let of = |name: &str, day: &str, id: &str| {
        let event = event(name, &format!("{day}T10:00"), &format!("{day}T11:00"));
        of_series(Entry::of(&event, None), id, name)
    };
    let entries = [
        of("b", "27", "b1"),
        of("a", "27", "a1"),
        of("a", "28", "a2"),
        of("b", "28", "b2"),
    ];
    let items = queued(&entries, &[]);
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].times, items[0].event.start), (2, at("27T10:00")));
    assert_eq!(queued(&entries, &[items[0].id]), []);
    let later = queued(&entries[2..], &[]);
    assert_eq!(later[0].id, items[0].id, "the same while it lasts");
}

#[test]
fn what_waits_for_an_answer_is_no_overlap_of_its_own() {
    let board = Entry::of(&event("board", "26T10:00", "26T11:00"), None);
    let items = queued(
        &[asked("asked", "26T10:30", "26T11:30"), board.clone()],
        &[],
    );
    assert_eq!(words(&items), ["invitation asked"]);
    let tentative = with(event("asked", "26T10:30", "26T11:30"), |details| {
        details.answer = Answer::Tentative;
    });
    let items = queued(&[tentative, board], &[]);
    assert_eq!(words(&items), ["overlap board"]);
    assert_eq!(items[0].why, Why::Overlap(Severity::Soft));
}

#[test]
fn proposals_are_the_organizers_and_end_when_they_are_followed() {
    let slot = Slot {
        start: at("27T12:00"),
        end: at("27T13:00"),
    };
    let mine = |organizer: bool| {
        with(event("review", "27T10:00", "27T11:00"), |details| {
            details.is_organizer = organizer;
            details.attendees = vec![Attendee {
                proposed: Some(slot),
                ..Attendee::default()
            }];
        })
    };
    let items = queued(&[mine(true)], &[]);
    assert!(matches!(&items[0].why, Why::Proposal { slot: asked, .. } if *asked == slot));
    assert_eq!(queued(&[mine(false)], &[]), []);
    let mut followed = mine(true);
    (followed.start, followed.end) = (slot.start, slot.end);
    assert_eq!(queued(&[followed], &[]), []);
}

#[test]
fn what_was_acted_upon_is_gone_and_what_was_refused_is_there() {
    let mut entry = asked("asked", "26T10:00", "26T11:00");
    let mut intent: Intent = serde_json::from_str(
        r#"{"id":7,"respond":{"calendar":"work","event":"asked","root":"asked","reply":"accept","comment":null,
        "tell_organizer":true,"seen":{"start":"2026-11-26T10:00:00Z","end":"2026-11-26T11:00:00Z","subject":"asked",
        "answer":"NotResponded","shape":null}},"made_at":"2026-11-22T09:00:00Z","due_at":"2026-11-22T09:00:05Z",
        "stage":"Waiting","tries":0,"follows":null,"doubt":null}"#,
    )
    .unwrap();
    assert!(matches!(intent.act, Act::Respond(_)));
    entry.pending = Some(crate::domain::entry::Pending::of(&intent));
    let about = |intent: &Intent| {
        let about = Circumstances {
            now: at("26T09:00"),
            persons: &Persons::default(),
            start_of: &midnight,
            hushed: &BTreeSet::new(),
        };
        queue(&[entry.clone()], std::iter::once(intent), &about)
    };
    assert_eq!(about(&intent), []);
    intent.stage = Stage::NeedsYou {
        words: "no".into(),
        theirs: Vec::new(),
    };
    assert_eq!(words(&about(&intent)), ["trouble asked"]);
}

#[test]
fn a_moved_meeting_remembers_what_was_answered_until_it_is_answered_again() {
    let known = event("m", "26T10:00", "26T11:00");
    let mut moved = event("m", "27T10:00", "27T11:00");
    moved.details.as_mut().unwrap().answer = Answer::NotResponded;
    let before = moved.clone().after(&known);
    assert_eq!(before.before.map(|b| b.slot.start), Some(at("26T10:00")));
    // Moved once more: what I said yes to is still the first time.
    let mut again = moved.clone();
    (again.start, again.end) = (at("28T10:00"), at("28T11:00"));
    let twice = again.after(&before);
    assert_eq!(twice.before, before.before);
    let answered = event("m", "28T10:00", "28T11:00").after(&twice);
    assert_eq!(answered.before, None);
    // A stub says nothing about answers.
    let mut stub = moved;
    stub.details = None;
    assert_eq!(stub.after(&twice).before, twice.before);
    // How fast it was answered is only told by some answers of the server, and holds for the others.
    let after = |answer, after| {
        let mut event = event("m", "28T10:00", "28T11:00");
        let details = event.details.as_mut().unwrap();
        (details.answer, details.answered_after) = (answer, after);
        event
    };
    let known = after(Answer::Accepted, Some(60));
    for (answer, now, told) in [
        (Answer::Accepted, None, Some(60)),
        (Answer::Accepted, Some(90), Some(90)),
        (Answer::Declined, None, None),
        (Answer::NotResponded, None, None),
    ] {
        let seen = after(answer, now).after(&known);
        assert_eq!(seen.details.unwrap().answered_after, told, "{answer:?}");
    }
}

#[test]
fn candidates_lose_nothing_that_the_queue_would_have() {
    let whole = |id: &str, day: u8| {
        let mut entry = event_entry(id);
        entry.all_day = true;
        entry.start = format!("2026-11-{day}T00:00:00Z").parse().unwrap();
        entry.end = format!("2026-11-{}T00:00:00Z", day + 1).parse().unwrap();
        entry
    };
    let entries = vec![
        asked("asked", "29T10:00", "29T11:00"),
        Entry::of(&event("settled", "26T15:00", "26T16:00"), None),
        whole("away", 28),
        // Only east or west of Greenwich it is on that day.
        Entry::of(&event("late", "27T23:30", "28T00:00"), None),
    ];
    let kept = candidates(entries, &Persons::default(), at("26T09:00"));
    let ids: Vec<&str> = kept.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["asked", "away", "late"]);
}

#[test]
fn the_tally_reads_as_a_sentence() {
    assert_eq!(Tally::default().words(), "nothing waits");
    let tally = Tally {
        invitations: 3,
        proposals: 1,
        overlaps: 2,
        ..Tally::default()
    };
    assert_eq!(tally.words(), "3 invitations · 1 proposal · 2 overlaps");
}
