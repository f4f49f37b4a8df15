//! Free times against every minute, and how they read.

use super::*;
use crate::domain::event::{Details, Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::zone::Zones;
use jiff::civil::date;
use proptest::prelude::*;

fn entry(start: Timestamp, end: Timestamp, show_as: ShowAs, answer: Answer) -> Entry {
    let event = Event {
        calendar: CalendarId::new("work"),
        id: EventId::new(format!("{start}{end}")),
        kind: Kind::Single,
        series: None,
        etag: String::new(),
        start,
        end,
        details: Some(Details {
            show_as,
            answer,
            ..Details::default()
        }),
        before: None,
    };
    Entry::of(&event, None)
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}:00Z").parse().unwrap()
}

fn berlin() -> Zone {
    Zones::bundled().find("Europe/Berlin").unwrap()
}

fn ask<'a>(zone: &'a Zone, hours: &'a MailboxSettings, now: &str) -> Question<'a> {
    Question {
        from: date(2026, 11, 26),
        to: date(2026, 11, 30),
        zone,
        now: at(now),
        hours,
        least: SignedDuration::from_mins(30),
    }
}

#[test]
fn working_hours_without_what_claims_them() {
    let (zone, hours) = (berlin(), MailboxSettings::default());
    let busy = |from, to| entry(at(from), at(to), ShowAs::Busy, Answer::Accepted);
    let entries = [
        // 10:00–12:00 in Berlin, twice over.
        busy("26T09:00", "26T10:30"),
        busy("26T10:00", "26T11:00"),
        // Twenty minutes to the next one are no use.
        busy("26T11:20", "26T12:00"),
        entry(
            at("26T14:00"),
            at("26T15:00"),
            ShowAs::Tentative,
            Answer::NotResponded,
        ),
        entry(
            at("27T07:00"),
            at("27T16:00"),
            ShowAs::Free,
            Answer::Accepted,
        ),
        entry(
            at("27T07:00"),
            at("27T16:00"),
            ShowAs::Busy,
            Answer::Declined,
        ),
    ];
    let days = free(
        &entries,
        &Persons::default(),
        &ask(&zone, &hours, "26T07:37"),
    );
    assert_eq!(
        text(&days, &zone, &[]),
        "Thu 26 Nov: 08:45–10:00, 13:00–15:00, 16:00–17:00\nFri 27 Nov: 08:00–17:00\n(times in Berlin)"
    );
    let tokyo = Zones::bundled().find("Asia/Tokyo").unwrap();
    let shown = text(&days[1..], &zone, &[tokyo]);
    assert!(shown.contains("    Tokyo: 16:00–Sat 01:00"), "{shown}");
    assert_eq!(text(&[], &zone, &[]), "no free time");
}

#[test]
fn a_day_of_a_clock_change_has_its_own_length() {
    let zone = berlin();
    let night = MailboxSettings {
        working_from: jiff::civil::time(0, 0, 0, 0),
        working_to: jiff::civil::time(6, 0, 0, 0),
        working_days: vec![7],
        ..MailboxSettings::default()
    };
    let question = Question {
        from: date(2026, 10, 25),
        to: date(2026, 10, 26),
        now: at("01T00:00") - SignedDuration::from_hours(24 * 60),
        ..ask(&zone, &night, "01T00:00")
    };
    let days = free(&[], &Persons::default(), &question);
    let slot = days[0].1[0];
    assert_eq!(slot.end.duration_since(slot.start).as_hours(), 7);
}

proptest! {
    /// Minute by minute: free is what is in working hours and in nothing that claims it.
    #[test]
    fn equal_to_looking_at_every_minute(
        spans in proptest::collection::vec((0_i64..5_000, 1_i64..400, 0_u8..4), 0..12),
        least in 1_i64..90,
    ) {
        let (zone, hours) = (Zone::utc(), MailboxSettings::default());
        let midnight = at("26T00:00");
        let minute = |n: i64| midnight + SignedDuration::from_mins(n);
        let shows = [ShowAs::Busy, ShowAs::Tentative, ShowAs::Free, ShowAs::OutOfOffice];
        let entries: Vec<Entry> = spans
            .iter()
            .map(|(start, long, show)| {
                entry(minute(*start), minute(start + long), shows[usize::from(*show)], Answer::Accepted)
            })
            .collect();
        let question = Question {
            least: SignedDuration::from_mins(least),
            ..ask(&zone, &hours, "26T00:00")
        };
        let found = free(&entries, &Persons::default(), &question);
        let is_free = |n: i64| {
            let (day, of_day) = (n / 1440, n % 1440);
            // 26 November 2026 is a Thursday.
            day < 2 && (480..1020).contains(&of_day)
                && spans.iter().all(|(start, long, show)| *show == 2 || n < *start || n >= start + long)
        };
        let mut expected = Vec::new();
        let mut began = None;
        for n in 0..4 * 1440 {
            match (is_free(n), began) {
                (true, None) => began = Some(n),
                (false, Some(from)) => {
                    if n - from >= least {
                        expected.push(Slot { start: minute(from), end: minute(n) });
                    }
                    began = None;
                }
                _ => {}
            }
        }
        let found: Vec<Slot> = found.into_iter().flat_map(|(_, slots)| slots).collect();
        prop_assert_eq!(found, expected);
    }
}
