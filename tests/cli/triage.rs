//! `triage` and `respond --propose`: what waits, and how a proposal travels between mailboxes.

use super::edits::{control, mails};
use super::world::{NOW, Person, Simulator};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;

const OFFICE: &str = r#"
title = "A Monday on which everything waits"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
events = [
  { subject = "Launch plan", start = "wed 10:00", minutes = 60, attendees = ["ben@contoso.com"] },
  { subject = "Dentist", start = "thu 14:00", minutes = 60 },
  { subject = "Choir", start = "thu 14:30", minutes = 60 },
]
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
events = [
  { subject = "Vendor call", start = "tue 15:00", minutes = 30, attendees = ["ana@contoso.com"] },
  { subject = "Fixed date", start = "fri 15:00", minutes = 30, attendees = ["ana@contoso.com"], noProposals = true },
  { subject = "Retro", start = "tue 11:00", minutes = 30, attendees = ["ana@contoso.com"], answers = { "ana@contoso.com" = "accept" } },
  { subject = "Old sync", start = "wed 16:00", minutes = 30, attendees = ["ana@contoso.com"], answers = { "ana@contoso.com" = "accept" } },
]
"#;

fn office() -> (Simulator, Person, tempfile::NamedTempFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(OFFICE.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let simulator = Simulator::start(&["--scenario", &path]);
    let person = Person::synced("Europe/Berlin", &simulator);
    (simulator, person, file)
}

fn queue(person: &Person) -> Vec<Value> {
    let said = person.call(&["triage", "--json"]).expect(0);
    serde_json::from_str(&said.out).unwrap()
}

fn find<'a>(items: &'a [Value], kind: &str) -> Option<&'a Value> {
    items.iter().find(|item| item["kind"] == kind)
}

/// Synchronizes until the queue has something of this kind: mail takes its time.
fn until(person: &Person, kind: &str) -> Vec<Value> {
    for _ in 0..60 {
        person.call(&["sync"]).expect(0);
        let items = queue(person);
        if find(&items, kind).is_some() {
            return items;
        }
    }
    panic!("nothing {kind} came: {:?}", queue(person));
}

#[test]
fn everything_that_waits_is_in_one_list() {
    assert_eq!(NOW, "2026-11-23T08:00:00Z");
    let (simulator, person, _file) = office();
    let act = |action: Value| control(&simulator, Method::POST, "actions", &action);
    act(json!({"do": "move", "by": "ben@contoso.com", "subject": "Retro", "start": "tue 08:30"}));
    act(json!({"do": "cancel", "by": "ben@contoso.com", "subject": "Old sync"}));
    act(
        json!({"do": "answer", "by": "ben@contoso.com", "subject": "Launch plan",
        "response": "tentative", "propose": "wed 13:00"}),
    );
    until(&person, "cancelled");
    until(&person, "changed");
    let items = until(&person, "proposal");
    let kinds: Vec<&str> = items
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    // What was moved begins within a day; the rest follows by its start.
    assert_eq!(
        kinds,
        [
            "changed",
            "invitation",
            "proposal",
            "cancelled",
            "overlap",
            "invitation"
        ],
        "{items:#?}"
    );
    assert_eq!(items[0]["urgent"], true);
    assert_eq!(items[0]["was"]["start"], "2026-11-24T11:00:00+01:00");
    assert_eq!(items[0]["was"]["response"], "accepted");
    assert_eq!(items[2]["proposed"]["by"]["address"], "ben@contoso.com");
    assert_eq!(items[2]["proposed"]["start"], "2026-11-25T13:00:00+01:00");
    assert_eq!(items[4]["overlaps"]["severity"], "hard");
    let text = person.call(&["triage"]).expect(0).out;
    assert!(
        text.starts_with("1 changed · 1 cancelled · 2 invitations · 1 proposal · 1 overlap"),
        "{text}"
    );
    assert!(text.contains("! Tue 24 Nov 08:30"), "{text}");
    let next = person
        .call(&["next", "--format", "{invitations} {overlaps}"])
        .expect(0);
    assert_eq!(next.out.trim(), "3 1");
    // Everybody is asked again for another time, and what was proposed before proposes nothing.
    act(
        json!({"do": "move", "by": "ana@contoso.com", "subject": "Launch plan", "start": "wed 16:00"}),
    );
    for _ in 0..50 {
        person.call(&["sync"]).expect(0);
        if queue(&person).iter().all(|item| item["kind"] != "proposal") {
            return;
        }
    }
    panic!("the proposal stays: {:?}", queue(&person));
}

#[test]
fn another_time_goes_out_with_the_answer_and_reaches_the_organizer() {
    let (simulator, person, _file) = office();
    let vendor = until(&person, "invitation");
    let id = find(&vendor, "invitation").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let wrong = [
        (["tentative", "tomorrow"], "is no time to propose"),
        (
            ["tentative", "2026-11-24T16:00/15:00"],
            "ends before it begins",
        ),
        (
            ["accept", "2026-11-24T16:00/16:30"],
            "goes with tentative or decline",
        ),
    ];
    for ([answer, time], words) in wrong {
        person
            .call(&["respond", &id, answer, "--propose", time])
            .expect(2)
            .says(&[words]);
    }
    let time = "2026-11-24T16:00/16:30";
    let said = person.call(&[
        "respond",
        &id,
        "tentative",
        "--propose",
        time,
        "--comment",
        "later?",
    ]);
    said.expect(0);
    let mails = mails(&simulator);
    let sent: Vec<&Value> = mails
        .iter()
        .filter(|mail| mail["kind"] == "proposal")
        .collect();
    assert_eq!(sent.len(), 1, "{mails:?}");
    assert_eq!(sent[0]["to"], "ben@contoso.com", "{sent:?}");
    let items = queue(&person);
    let fixed = items
        .iter()
        .find(|item| item["subject"] == "Fixed date")
        .unwrap();
    let id = fixed["id"].as_str().unwrap();
    person
        .call(&[
            "respond",
            id,
            "decline",
            "--propose",
            "2026-11-27T16:00/16:30",
        ])
        .expect(2)
        .says(&["takes no other times"]);
}

#[test]
fn free_times_are_text_to_send_and_json_to_use() {
    let (_simulator, person, _file) = office();
    let days = ["free", "--from", "2026-11-26", "--days", "1"];
    let said = person
        .call(&[&days[..], &["--zone", "Asia/Tokyo"]].concat())
        .expect(0);
    // The dentist and the choir take 14:00 to 15:30.
    assert!(
        said.out
            .starts_with("Thu 26 Nov: 08:00–14:00, 15:30–17:00\n"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("Tokyo: 16:00–22:00, 23:30–Fri 01:00"),
        "{}",
        said.out
    );
    let json = person
        .call(&[&days[..], &["--json", "--min", "120"]].concat())
        .expect(0);
    let rows: Vec<Value> = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        rows,
        [
            json!({"start": "2026-11-26T08:00:00+01:00", "end": "2026-11-26T14:00:00+01:00", "minutes": 360})
        ]
    );
    person
        .call(&["free", "--zone", "Nowhere/Else"])
        .expect(2)
        .says(&["Nowhere/Else"]);
}
