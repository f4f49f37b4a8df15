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
