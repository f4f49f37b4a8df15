//! `import` and `export` against the real simulator: what goes in comes out, nothing twice,
//! and nobody is mailed who was not to be.

use super::edits::{called, lose_answers, mails};
use super::world::{Person, Simulator};
use serde_json::Value;
use std::path::{Path, PathBuf};

const WEEKS: [&str; 4] = ["--from", "2026-11-23", "--days", "40"];

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ical");
    path.join(name).to_str().unwrap().to_owned()
}

/// A file in the person's home.
fn file(person: &Person, name: &str, events: &str) -> String {
    let path: PathBuf = person.home().join(name);
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    std::fs::write(&path, text.replace("\r\n", "\n").replace('\n', "\r\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

const STANDUP: &str = "BEGIN:VEVENT
UID:standup@example.com
DTSTART;TZID=Europe/Berlin:20261124T093000
DTEND;TZID=Europe/Berlin:20261124T094500
RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261204T225959Z
EXDATE;TZID=Europe/Berlin:20261126T093000
SUMMARY:Stand-up
LOCATION:Room 4\\, left
END:VEVENT
BEGIN:VEVENT
UID:standup@example.com
RECURRENCE-ID;TZID=Europe/Berlin:20261201T093000
DTSTART;TZID=Europe/Berlin:20261201T110000
DTEND;TZID=Europe/Berlin:20261201T111500
SUMMARY:Stand-up
END:VEVENT
";

const PARTY: &str = "BEGIN:VEVENT
UID:party@example.com
DTSTART;TZID=Europe/Berlin:20261127T180000
DURATION:PT3H
SUMMARY:Party
DESCRIPTION:Bring a cake
ORGANIZER;CN=Eve:mailto:eve@example.com
ATTENDEE;CN=Ben;PARTSTAT=ACCEPTED:mailto:ben@contoso.com
ATTENDEE;CN=Ana:mailto:ana@contoso.com
ATTENDEE;CN=Zoë;ROLE=OPT-PARTICIPANT:mailto:zoe@example.com
END:VEVENT
";

fn starts(events: &[&Value]) -> Vec<String> {
    let start = |event: &&Value| event["start"].as_str().unwrap().to_owned();
    events.iter().map(start).collect()
}

#[test]
fn a_file_is_told_then_imported_and_twice_is_once() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let path = file(&person, "a.ics", STANDUP);
    let said = person.call(&["import", &path, "--dry-run"]).expect(0);
    assert!(said.out.contains("would add 4 events"), "{said:?}");
    assert!(
        said.out
            .contains("cut at 2 exceptions into 3 series and 1 single event"),
        "{said:?}"
    );
    person.call(&["sync"]).expect(0);
    assert!(called(&person.agenda(&WEEKS), "Stand-up").is_empty());
    for _ in 0..2 {
        let said = person.call(&["import", &path]).expect(0);
        assert!(said.out.contains("\n4 events in"), "{said:?}");
        person.call(&["sync"]).expect(0);
        let agenda = person.agenda(&WEEKS);
        let days: Vec<String> = starts(&called(&agenda, "Stand-up"));
        let wanted = [
            "2026-11-24T09:30:00+01:00",
            "2026-11-25T09:30:00+01:00",
            "2026-11-27T09:30:00+01:00",
            "2026-11-30T09:30:00+01:00",
            "2026-12-01T11:00:00+01:00",
            "2026-12-02T09:30:00+01:00",
            "2026-12-03T09:30:00+01:00",
            "2026-12-04T09:30:00+01:00",
        ];
        assert_eq!(days, wanted);
    }
}

#[test]
fn lost_answers_and_a_lost_line_double_nothing() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let path = file(&person, "a.ics", STANDUP);
    lose_answers(&simulator, "POST");
    lose_answers(&simulator, "POST");
    person.call(&["import", &path]).expect(0);
    person.call(&["sync"]).expect(0);
    assert_eq!(called(&person.agenda(&WEEKS), "Stand-up").len(), 8);
}

#[test]
fn without_a_network_a_file_waits_once() {
    let mut simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    simulator.stop();
    let path = file(&person, "a.ics", PARTY);
    for _ in 0..2 {
        person
            .call(&["import", &path])
            .expect(4)
            .says(&["1 event is queued and safe"]);
        let agenda = person.agenda(&WEEKS);
        assert_eq!(
            called(&agenda, "Party").len(),
            1,
            "shown while it waits, once"
        );
    }
}

#[test]
fn guests_are_words_until_they_are_invited() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let path = file(&person, "a.ics", PARTY);
    let said = person.call(&["import", &path]).expect(0);
    assert!(said.out.contains("nobody is mailed"), "{said:?}");
    assert_eq!(mails(&simulator), Vec::<Value>::new());
    person.call(&["sync"]).expect(0);
    let ics = person.call(&[
        "export",
        "--ics",
        "--from",
        "2026-11-27",
        "--to",
        "2026-11-28",
    ]);
    let text = ics.expect(0).out.replace("\r\n ", "");
    assert!(text.contains("Bring a cake"), "{text}");
    assert!(text.contains("Zoë <zoe@example.com>\\, optional"), "{text}");
    assert!(!text.contains("ATTENDEE"), "{text}");

    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let path = file(&person, "a.ics", PARTY);
    let said = person
        .call(&["import", &path, "--invite", "--dry-run"])
        .expect(0);
    assert!(said.out.contains("2 people will be mailed"), "{said:?}");
    assert_eq!(mails(&simulator), Vec::<Value>::new());
    let said = person.call(&["import", &path, "--invite"]).expect(0);
    assert!(said.out.contains("2 people will be mailed"), "{said:?}");
    let mails = mails(&simulator);
    let mut to: Vec<&str> = mails
        .iter()
        .filter_map(|mail| mail["to"].as_str())
        .collect();
    to.sort_unstable();
    assert_eq!(to, ["ben@contoso.com", "zoe@example.com"], "{mails:?}");
}

#[test]
fn what_cannot_be_imported_is_said() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    person
        .call(&["import", "nowhere.ics"])
        .expect(1)
        .says(&["cannot read nowhere.ics"]);
    let path = person.home().join("x.ics");
    std::fs::write(&path, "\u{1b}]0;title\u{7} nothing").unwrap();
    person
        .call(&["import", path.to_str().unwrap()])
        .expect(1)
        .says(&["no iCalendar file"]);
    let events = "BEGIN:VEVENT\nUID:1\nDTSTART:20261124T090000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:Tick \u{1b}[31m\nEND:VEVENT\n";
    let path = file(&person, "y.ics", events);
    let said = person.call(&["import", &path]).expect(1);
    assert!(
        said.out.contains("skipped: it repeats secondly"),
        "{said:?}"
    );
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
    person
        .call(&["import", &fixture("google.ics"), "--calendar", "nowhere"])
        .expect(2)
        .says(&["there are"]);
}
