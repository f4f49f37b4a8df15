//! What the verbs answer when all is well.

use super::world::{Person, Simulator};

const SCENARIO: &str = r#"
title = "A Monday with a clash and an invitation"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
"#;

#[test]
fn sync_then_agenda_next_and_doctor() {
    let simulator = Simulator::start(&["--events", "200", "--seed", "5"]);
    let person = Person::new("Europe/Berlin");
    let said = person.login(&simulator).expect(0);
    assert!(said.out.contains("never enter a code"), "{said:?}");
    assert!(
        said.out.contains("ana@contoso.com") && said.out.contains("Calendars.ReadWrite"),
        "{said:?}"
    );
    assert!(said.out.contains("unencrypted"), "{said:?}");

    let first: serde_json::Value =
        serde_json::from_str(&person.call(&["sync", "--json"]).expect(0).out).unwrap();
    assert!(first["added"].as_u64().unwrap() >= 100, "{first}");
    assert!(
        first["requests"].as_u64().unwrap() > 0 && first["bytes"].as_u64().unwrap() > 0,
        "{first}"
    );
    let again: serde_json::Value =
        serde_json::from_str(&person.call(&["sync", "--json"]).expect(0).out).unwrap();
    assert_eq!(
        (again["added"].as_u64(), again["removed"].as_u64()),
        (Some(0), Some(0)),
        "{again}"
    );

    let week = person.agenda(&["--from", "2026-11-23", "--days", "7"]);
    assert!(!week.is_empty());
    for event in &week {
        for field in [
            "id",
            "calendar",
            "subject",
            "start",
            "end",
            "all_day",
            "show_as",
            "response",
            "organizer",
            "location",
            "online_url",
            "series",
            "overlaps",
        ] {
            assert!(event.get(field).is_some(), "{field} in {event}");
        }
        let start = event["start"].as_str().unwrap();
        let is_date = event["all_day"].as_bool().unwrap();
        assert_eq!(start.len(), if is_date { 10 } else { 25 }, "{start}");
        assert!(is_date || start.ends_with("+01:00"), "{start}");
    }
    overlaps_are_mutual(&week);

    let text = person
        .call(&["agenda", "--from", "2026-11-23", "--days", "7"])
        .expect(0)
        .out;
    assert!(text.contains("Monday 23 November 2026 · today"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe");

    let next = person
        .call(&["next", "--format", "{start}|{subject}|{in}|{invitations}"])
        .expect(0)
        .out;
    assert_eq!(next.trim_end().split('|').count(), 4, "{next}");
    let doctor = person.call(&["doctor"]).expect(0);
    assert!(doctor.out.contains(", as of "), "{doctor:?}");
}

fn overlaps_are_mutual(week: &[serde_json::Value]) {
    for event in week {
        for other in event["overlaps"].as_array().unwrap() {
            let Some(partner) = week.iter().find(|partner| partner["id"] == *other) else {
                continue;
            };
            let back = partner["overlaps"].as_array().unwrap();
            assert!(back.contains(&event["id"]), "{event} and {partner}");
        }
    }
}

/// The same instants in another zone's clothes, and the same dates for all-day events.
#[test]
fn zones_change_the_clock_and_not_the_instant() {
    let simulator = Simulator::start(&["--events", "1500", "--seed", "9"]);
    let person = Person::synced("Asia/Kolkata", &simulator);
    let here = person.agenda(&["--from", "2026-11-24", "--days", "3"]);
    assert!(
        here.iter().all(|event| event["all_day"] == true
            || event["start"].as_str().unwrap().ends_with("+05:30"))
    );
    let there = person.agenda(&[
        "--from",
        "2026-11-23",
        "--days",
        "5",
        "--tz",
        "Pacific/Honolulu",
    ]);
    let instant = |event: &serde_json::Value| -> Option<jiff::Timestamp> {
        event["start"].as_str()?.parse().ok()
    };
    let mut compared = 0;
    for event in &here {
        let Some(twin) = there.iter().find(|twin| twin["id"] == event["id"]) else {
            continue;
        };
        if event["all_day"] == true {
            assert_eq!(event["start"], twin["start"]);
        } else {
            assert_eq!(instant(event), instant(twin));
        }
        compared += 1;
    }
    assert!(compared > 0);
}

/// An invitation is answered from the command line, by the beginning of its id.
#[test]
fn respond_answers_and_the_agenda_shows_it() {
    let simulator = Simulator::start(&["--events", "400", "--seed", "11"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let all = person.agenda(&["--from", "2026-11-23", "--days", "120"]);
    let waiting = all
        .iter()
        .find(|event| event["response"] == "not_responded" && event["series"] == "single");
    let id = waiting.expect("an invitation in the generated calendar")["id"]
        .as_str()
        .unwrap();
    let said = person
        .call(&["respond", id, "tentative", "--comment", "perhaps"])
        .expect(0);
    assert!(said.out.contains("tentatively accepted"), "{said:?}");
    let after = person.agenda(&["--from", "2026-11-23", "--days", "120"]);
    let answered = after.iter().find(|event| event["id"] == id).unwrap();
    assert_eq!(answered["response"], "tentative");
    occurrences_are_answered_too(&person, &all);
    person
        .call(&["respond", "nothing-like-this", "accept"])
        .expect(1)
        .says(&["no event's id begins with"]);
    person.call(&["respond", "", "accept"]).expect(1);
    let own = all
        .iter()
        .find(|event| event["response"] == "organizer")
        .expect("a meeting of my own");
    let own = own["id"].as_str().unwrap();
    person
        .call(&["respond", own, "accept"])
        .expect(1)
        .says(&["organizer"]);
}

fn occurrences_are_answered_too(person: &Person, all: &[serde_json::Value]) {
    let waiting = all
        .iter()
        .find(|event| event["response"] == "not_responded" && event["series"] == "occurrence");
    let id = waiting.expect("an invitation to a series in the generated calendar")["id"]
        .as_str()
        .unwrap();
    person.call(&["respond", id, "accept"]).expect(0);
}

/// Far outside what is stored: asked of the server, and known to be unknown without one.
#[test]
fn a_far_range_is_fetched_or_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.toml");
    std::fs::write(&file, SCENARIO).unwrap();
    let mut simulator = Simulator::start(&["--scenario", file.to_str().unwrap()]);
    let person = Person::synced("UTC", &simulator);
    assert_eq!(
        person
            .agenda(&["--from", "2031-03-01", "--days", "2"])
            .len(),
        0
    );
    simulator.stop();
    let said = person
        .call(&["agenda", "--json", "--from", "2033-03-01", "--days", "2"])
        .expect(4);
    assert_eq!(said.out, "[]\n");
    said.says(&["could not"]);
    person.call(&["agenda"]).expect(0);
    person.call(&["next"]).expect(0);
}
