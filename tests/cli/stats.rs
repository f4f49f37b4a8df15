//! `stats`: what was counted, for eyes and for scripts.

use super::world::{Person, Simulator};
use serde_json::{Value, json};
use std::io::Write;

const OFFICE: &str = r#"
title = "A week with three meetings"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
events = [
  { subject = "Launch plan", start = "tue 10:00", minutes = 60, attendees = ["ben@contoso.com"], categories = ["Launch"] },
  { subject = "Dentist", start = "thu 14:00", minutes = 45 },
]
[[people]]
address = "ben@contoso.com"
name = "Ben \u202eOkafor"
zone = "Europe/Berlin"
events = [
  { subject = "Vendor call", start = "tue 11:00", minutes = 30, attendees = ["ana@contoso.com"], answers = { "ana@contoso.com" = "accept" } },
  { subject = "Retro", start = "tue 11:15", minutes = 45, attendees = ["ana@contoso.com"] },
]
"#;

#[test]
fn a_week_is_counted() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(OFFICE.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let simulator = Simulator::start(&["--scenario", path]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let said = person.call(&["stats", "--weeks", "2", "--json"]).expect(0);
    let load: Value = serde_json::from_str(&said.out).unwrap();
    let days = (&load["from"], &load["to"], &load["complete"]);
    let wanted = (&json!("2026-11-16"), &json!("2026-11-30"), &json!(true));
    assert_eq!(days, wanted);
    let week = &load["weeks"][1];
    assert_eq!(week["week"], "2026-W48");
    assert_eq!(
        (&week["meetings"], &week["minutes"]),
        (&json!(3), &json!(120))
    );
    assert_eq!(week["focus_minutes"], 45, "{week}");
    assert_eq!(load["weeks"][0]["minutes"], 0);
    assert_eq!(
        load["organizers"],
        json!([
            { "name": "Ben \u{202e}Okafor", "meetings": 2, "minutes": 75 },
            { "name": "Ana Vidal", "meetings": 1, "minutes": 60 },
        ])
    );
    assert_eq!(load["categories"][1]["name"], "Launch", "{load}");
    let run = json!({ "count": 1, "longest_minutes": 120, "longest_meetings": 3 });
    assert_eq!(load["runs"], run);
    assert_eq!(load["answers"]["not_responded"], 1);
    assert!(!said.out.contains('\u{202e}'));
    let text = person.call(&["stats"]).expect(0).out;
    let sentence = "2 h in meetings this week, 2 h more than the week before; longest free stretch";
    assert!(text.starts_with(sentence), "{text}");
    assert!(text.contains("1 run of three meetings or more"), "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
    let bars: Vec<&str> = text.lines().filter(|line| line.contains('#')).collect();
    assert!(bars.len() > 5, "{text}");
    for line in bars {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // What was never fetched is not told to be free of meetings.
    let said = person
        .call(&["stats", "--from", "2019-01-01", "--json"])
        .expect(4);
    let load: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(load["complete"], false);
}

#[test]
fn focus_time_is_held_once() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(OFFICE.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let simulator = Simulator::start(&["--scenario", path]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let rows = |args: &[&str]| -> Vec<Value> {
        let said = person.call(args).expect(0);
        serde_json::from_str(&said.out).unwrap()
    };
    let shown = rows(&["focus", "--json"]);
    assert_eq!(shown.len(), 3, "six hours in blocks of two: {shown:?}");
    assert!(
        shown
            .iter()
            .all(|row| row["minutes"] == 120 && row["held"] == false)
    );
    assert_eq!(rows(&["focus", "--json"]).len(), 3, "nothing was made");
    let held = rows(&["focus", "--apply", "--json"]);
    assert_eq!(held.len(), 3);
    let agenda = person.call(&["agenda", "--days", "7"]).expect(0).out;
    assert_eq!(agenda.matches("Focus time").count(), 3, "{agenda}");
    // Once is enough; more is asked for by name.
    let again = person.call(&["focus", "--apply"]).expect(0).out;
    assert!(
        again.contains("nothing more to hold: 6 h are held"),
        "{again}"
    );
    assert_eq!(rows(&["focus", "--hours", "8", "--json"]).len(), 1);
}

/// A world of its own, somebody who has it all, and the file that must outlive both.
fn office(more: &str) -> (Simulator, Person, tempfile::NamedTempFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("{OFFICE}{more}").as_bytes())
        .unwrap();
    let simulator = Simulator::start(&["--scenario", file.path().to_str().unwrap()]);
    let person = Person::synced("Europe/Berlin", &simulator);
    (simulator, person, file)
}

fn fates(rows: &str) -> Vec<(Value, Value)> {
    let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
    let fate = |row: &Value| (row["held"].clone(), row["fate"].clone());
    rows.iter().map(fate).collect()
}

#[test]
fn without_a_connection_every_block_of_focus_time_is_queued() {
    let (mut simulator, person, _file) = office("");
    simulator.stop();
    let said = person
        .call(&["focus", "--apply", "--json"])
        .expect(4)
        .says(&["of 3 blocks of focus time 3 queued"]);
    let queued = (json!(false), json!("queued"));
    assert_eq!(fates(&said.out), vec![queued; 3]);
    let agenda = person.call(&["agenda", "--days", "7"]).out;
    assert_eq!(agenda.matches("Focus time").count(), 3, "{agenda}");
}

#[test]
fn a_block_that_is_refused_is_named_and_the_others_are_held() {
    let refused = "\n[[faults]]\nmethod = \"POST\"\npath = \"events\"\nnth = 2\n\
        fault = { kind = \"status\", status = 400, code = \"ErrorInvalidRequest\", message = \"Not this one\" }\n";
    let (_simulator, person, _file) = office(refused);
    let said = person.call(&["focus", "--apply"]).expect(1);
    let said = said.says(&[
        "of 3 blocks of focus time 2 held, 1 refused",
        "Not this one",
    ]);
    let parts: Vec<&str> = said.out.split("refused, see kalends conflicts:").collect();
    assert_eq!(parts.len(), 2, "{said:?}");
    let times = |text: &str| text.matches('\u{2013}').count();
    assert_eq!((times(parts[0]), times(parts[1])), (2, 1), "{said:?}");
    let waiting = person.call(&["conflicts", "--json"]).expect(0).out;
    let waiting: Vec<Value> = serde_json::from_str(&waiting).unwrap();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let events = person.agenda(&["--days", "7"]);
    let ours = events
        .iter()
        .filter(|event| event["subject"] == "Focus time");
    let is_sent = |event: &&Value| !event["id"].as_str().unwrap().starts_with("draft:");
    assert_eq!(ours.filter(is_sent).count(), 2, "{events:?}");
}

/// Ana answers after an hour, after two days and not at all; somebody else is no matter of hers.
const SLOW: &str = r#"
title = "Invitations and how long they waited"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "UTC"
events = [
  { subject = "Mine", start = "tue 08:00", attendees = ["ben@contoso.com"], answers = { "ben@contoso.com" = "accept" }, answerMinutes = 7 },
]
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "UTC"
events = [
  { subject = "Call", start = "tue 11:00", attendees = ["ana@contoso.com"], answers = { "ana@contoso.com" = "accept" }, answerMinutes = 60 },
  { subject = "Stand-up", start = "mon 09:00", minutes = 15, attendees = ["ana@contoso.com"], answers = { "ana@contoso.com" = "tentative" }, answerMinutes = 2885, recurrence = { pattern = { type = "daily", interval = 1 }, range = { type = "noEnd" } } },
  { subject = "Retro", start = "tue 14:00", attendees = ["ana@contoso.com"] },
]
"#;

#[test]
fn how_long_invitations_waited_for_an_answer() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SLOW.as_bytes()).unwrap();
    let simulator = Simulator::start(&["--scenario", file.path().to_str().unwrap()]);
    let person = Person::synced("UTC", &simulator);
    let told = || -> Value {
        let said = person.call(&["stats", "--weeks", "1", "--json"]).expect(0);
        let load: Value = serde_json::from_str(&said.out).unwrap();
        load["response_time"].clone()
    };
    let before = json!({
        "answered": 2, "median_minutes": 60, "p90_minutes": 2885, "unknown": 0, "not_answered": 1,
    });
    assert_eq!(told(), before, "seven times a series, and one answer");
    let text = person.call(&["stats", "--weeks", "1"]).expect(0).out;
    let line = "answered in 1 h at the median, 2 d at the longest: 2 answers, 1 missing";
    assert!(text.contains(line), "{text}");
    // What is answered from here is told by the server, a week after it came.
    let agenda = person.agenda(&["--from", "2026-11-23", "--days", "7"]);
    let retro = agenda.iter().find(|event| event["subject"] == "Retro");
    let id = retro.unwrap()["id"].as_str().unwrap();
    person.call(&["respond", id, "accept"]).expect(0);
    person.call(&["sync"]).expect(0);
    let after = told();
    assert_eq!(
        (&after["answered"], &after["not_answered"]),
        (&json!(3), &json!(0))
    );
    let waited = after["p90_minutes"].as_i64().unwrap();
    assert!((7 * 1440..7 * 1440 + 10).contains(&waited), "{after}");
}

fn client(person: &Person, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["stats", "--client", "--json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    serde_json::from_str(&person.call(&all).expect(0).out).unwrap()
}

#[test]
fn what_the_program_itself_did_is_counted_by_day() {
    let simulator = Simulator::start(&["--events", "60", "--latency", "40"]);
    let person = Person::new("Pacific/Kiritimati");
    person.login(&simulator).expect(0);
    let said = person.call(&["stats", "--client"]);
    said.expect(4).says(&["nothing was counted yet"]);
    let sync = || -> Value {
        let said = person.call(&["sync", "--json"]).expect(0);
        serde_json::from_str(&said.out).unwrap()
    };
    let (first, second) = (sync(), sync());
    let told = client(&person, &[]);
    assert_eq!(
        (&told["zone"], &told["to"]),
        (&json!("UTC"), &json!("2026-11-24"))
    );
    assert!(
        told["as_of"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-23T08:0"),
        "{told}"
    );
    let (total, number) = (&told["total"], |value: &Value| value.as_u64().unwrap());
    assert_eq!(told["days"].as_array().unwrap().len(), 1);
    let requests = number(&total["requests"]);
    assert!(requests >= number(&first["requests"]) + number(&second["requests"]));
    assert!(number(&total["counted"]) > requests, "batches: {total}");
    assert!(
        number(&total["bytes"]) >= number(&first["bytes"]),
        "{total}"
    );
    assert_eq!(
        (&total["throttled"], &total["failed"]),
        (&json!(0), &json!(0))
    );
    let (answers, rounds) = (&total["answers_ms"], &total["rounds_ms"]);
    assert!(
        number(&answers["count"]) > 5 && number(&rounds["count"]) > 5,
        "{total}"
    );
    for times in [answers, rounds] {
        let [p50, p95, p99, most] = ["p50", "p95", "p99", "max"].map(|name| number(&times[name]));
        assert!(p50 >= 36, "the server takes 40 ms: {total}");
        assert!(p50 <= p95 && p95 <= p99 && p99 <= most, "{total}");
    }
    // Somebody else owns the calendar, and does not even answer.
    let accounts = std::fs::read_dir(person.home().join("data/accounts"));
    let account = accounts.unwrap().next().unwrap().unwrap().path();
    let owned = kalends::store::Folder::new(&account);
    let owner = owned.own().unwrap();
    assert_eq!(client(&person, &[])["total"], *total);
    drop(owner);
    // The next day, with a token that has run out.
    let mut tomorrow = person.command(&["sync"]);
    let ended = tomorrow.env("KALENDS_NOW", "2026-11-24T08:00:00Z").status();
    assert!(ended.unwrap().success());
    let mut later = person.command(&["stats", "--client", "--json"]);
    let said = later.env("KALENDS_NOW", "2026-11-24T09:00:00Z").output();
    let told: Value = serde_json::from_slice(&said.unwrap().stdout).unwrap();
    let days = told["days"].as_array().unwrap();
    assert_eq!(days.len(), 2, "{told}");
    assert_eq!(days[0]["requests"], requests, "{told}");
    assert_eq!(days[1]["renewals"], 1, "{told}");
    let mut one = person.command(&["stats", "--client", "--days", "1"]);
    let said = one.env("KALENDS_NOW", "2026-11-24T09:00:00Z").output();
    let text = String::from_utf8(said.unwrap().stdout).unwrap();
    assert!(text.starts_with("counted until 2026-11-24 08:0"), "{text}");
    assert_eq!(text.matches("2026-11-24 ").count(), 3, "{text}");
    assert!(!text.contains("2026-11-23"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn days_are_of_the_client_and_weeks_are_not() {
    let person = Person::new("UTC");
    for wrong in [
        &["stats", "--days", "3"][..],
        &["stats", "--client", "--weeks", "2"],
        &["stats", "--client", "--days", "91"],
    ] {
        person.call(wrong).expect(2);
    }
}

#[test]
fn that_the_server_asked_to_slow_down_is_counted() {
    let busy = "\n[[faults]]\npath = \"/calendarView\"\nnth = 1\n\
        fault = { kind = \"status\", status = 429, retryAfter = \"1\" }\n";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("{OFFICE}{busy}").as_bytes())
        .unwrap();
    let path = file.path().to_str().unwrap();
    let simulator = Simulator::start(&["--scenario", path]);
    let person = Person::synced("UTC", &simulator);
    let told = client(&person, &["--days", "1"]);
    let (total, one) = (&told["total"], &json!(1));
    assert_eq!(
        (&total["throttled"], &total["failed"]),
        (one, one),
        "{told}"
    );
}
