//! Quarter edges seen from the ends of the earth: all-day, multi-day and midnight
//! events on both sides of each edge, through engine, sheets on disk and reader.

use crate::chance::Chance;
use crate::memory::Memory;
use crate::server::{Body, Server, Thing, calendar};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kalends::domain::entry::Entry;
use kalends::domain::event::{Answer, When};
use kalends::domain::replica::entries_of;
use kalends::domain::window::{Quarter, midnight};
use kalends::domain::zone::{Zone, Zones};
use kalends::store::desk::DeskFile;
use kalends::store::reading::{Reader, touches};
use kalends::store::{Folder, folder, sheet};
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const ZONES: [&str; 4] = [
    "Pacific/Kiritimati",
    "Pacific/Honolulu",
    "Asia/Kolkata",
    "Europe/Berlin",
];

#[test]
fn no_day_is_lost_at_a_quarter_edge_seen_from_anywhere() {
    let edges = [
        date(2026, 10, 1),
        date(2027, 1, 1),
        date(2027, 4, 1),
        date(2027, 7, 1),
    ];
    let mut server = Server::new();
    for edge in edges {
        fill(&mut server, edge);
    }
    let memory = synchronize(&mut server, "2026-11-26T09:00:00Z".parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path());
    folder.create().unwrap();
    let windows = memory.window_ids().into_iter();
    for window in windows.filter(|window| window.calendar == calendar(0)) {
        let entries = entries_of(&memory, &window, &BTreeMap::new()).unwrap();
        let bytes = sheet::build(window.quarter, entries, 1);
        folder::replace(
            &folder.sheets().join(sheet::file_name(0, window.quarter)),
            &bytes,
        )
        .unwrap();
    }
    let desk = DeskFile {
        numbers: vec![(calendar(0), 0)],
        ..DeskFile::default()
    };
    let reader = Reader::new(folder);
    let zones = Zones::bundled();
    for edge in edges {
        for name in ZONES {
            let zone = zones.find(name).unwrap();
            for offset in -2..=3 {
                let day = edge.saturating_add(i64::from(offset).days());
                let shown = seen(&reader, &desk, &zone, day);
                let expected = truth(&server, &zone, day);
                assert_eq!(shown, expected, "{day} in {name}");
                assert!(!expected.is_empty());
            }
        }
    }
}

/// Around `edge`: every kind of event that has ever been lost at one.
fn fill(server: &mut Server, edge: Date) {
    for offset in -3..=3 {
        let day = midnight(edge.saturating_add(i64::from(offset).days()));
        for length in [1, 2, 5, 120] {
            add(
                server,
                day,
                day + SignedDuration::from_hours(24 * length),
                true,
            );
        }
        // Midnight itself, just before, just after, across, and without any length.
        for (from, to) in [
            (0, 60),
            (-60, 0),
            (-30, 30),
            (0, 0),
            (-720, 720),
            (600, 2_400),
        ] {
            let minutes = SignedDuration::from_mins;
            add(server, day + minutes(from), day + minutes(to), false);
        }
    }
}

fn add(server: &mut Server, start: Timestamp, end: Timestamp, all_day: bool) {
    let id = server.name();
    let version = server.version();
    let body = Body {
        subject: format!("event {version}"),
        answer: Answer::Accepted,
        all_day,
        cancelled: false,
        mine: false,
        version,
    };
    server
        .things
        .insert((calendar(0), id), Thing::Single { start, end, body });
}

/// A whole, undisturbed synchronization.
fn synchronize(server: &mut Server, now: Timestamp) -> Memory {
    let mut memory = Memory::default();
    let mut chance = Chance::new(1);
    let mut engine = Engine::new(Settings::default(), &memory, Vec::new()).unwrap();
    let mut inputs = VecDeque::from([Input::Started, Input::Ticked]);
    while let Some(input) = inputs.pop_front() {
        for output in engine.handle(&memory, input, now).unwrap() {
            match output {
                Output::Apply(changes) => memory.apply(changes),
                Output::Flush => memory.flush(),
                Output::Ask { ticket, ask } => {
                    let result = Box::new(server.perform(&ask, None, &mut chance));
                    inputs.push_back(Input::Told { ticket, result });
                }
                Output::Then(step) => inputs.push_front(Input::Proceed(step)),
                Output::Say(_, words) => panic!("{words}"),
                _ => {}
            }
        }
    }
    memory
}

fn seen(reader: &Reader, desk: &DeskFile, zone: &Zone, day: Date) -> BTreeSet<String> {
    let next = day.tomorrow().unwrap();
    let span = zone.day(day);
    let read = reader.range(desk, day, next);
    assert!(read.missing.is_empty(), "{:?}", read.missing);
    read.entries
        .iter()
        .filter(|entry| touches(entry, day, next, span.start, span.end))
        .map(|entry| entry.subject.raw().to_owned())
        .collect()
}

/// From the server's list itself, by the plain meaning of a day.
fn truth(server: &Server, zone: &Zone, day: Date) -> BTreeSet<String> {
    let span = zone.day(day);
    server
        .view(&calendar(0), Timestamp::MIN, Timestamp::MAX)
        .iter()
        .map(|event| Entry::of(event, None))
        .filter(|entry| match entry.when() {
            When::AllDay { first, end } => first <= day && day < end,
            When::Timed { start, end } if start == end => span.contains(&start),
            When::Timed { start, end } => start < span.end && end > span.start,
        })
        .map(|entry| entry.subject.raw().to_owned())
        .collect()
}

#[test]
fn a_sheet_costs_the_same_whatever_else_is_stored() {
    let mut costs = BTreeSet::new();
    for others in [10_i64, 1_000, 20_000] {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        folder.create().unwrap();
        let mut server = Server::new();
        let week = date(2026, 11, 23);
        add(
            &mut server,
            midnight(week) + SignedDuration::from_hours(9),
            midnight(week) + SignedDuration::from_hours(10),
            false,
        );
        for n in 0..others {
            // All over the quarter, but not in this week.
            let start = midnight(date(2026, 10, 2)) + SignedDuration::from_mins(n % 50_000);
            add(
                &mut server,
                start,
                start + SignedDuration::from_mins(5),
                false,
            );
        }
        let quarter = Quarter::of(week);
        let (from, to) = quarter.requested();
        let entries = server
            .view(&calendar(0), from, to)
            .iter()
            .map(|event| Entry::of(event, None))
            .collect();
        let bytes = sheet::build(quarter, entries, 1);
        folder::replace(&folder.sheets().join(sheet::file_name(0, quarter)), &bytes).unwrap();
        let desk = DeskFile {
            numbers: vec![(calendar(0), 0)],
            ..DeskFile::default()
        };
        let reader = Reader::new(folder);
        let read = reader.range(&desk, week, week.saturating_add(7.days()));
        assert_eq!(read.entries.len(), 1);
        costs.insert(reader.bytes_read());
    }
    assert_eq!(costs.len(), 1, "bytes read: {costs:?}");
}
