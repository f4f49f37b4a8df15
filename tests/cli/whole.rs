//! The whole way: a generated mailbox through HTTP, sync and sheets to the agenda,
//! which must be what the server itself shows, in ten weeks and four zones.
//!
//! `KALENDS_EVENTS` sets the size of the mailbox and `KALENDS_LATENCY` how slow the
//! server is, in milliseconds; the long checks use 10,000 and 50.

use super::world::{Person, Simulator};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use kalends::domain::zone::{Zone, Zones};
use serde_json::Value;
use std::collections::BTreeSet;

const ZONES: [&str; 4] = [
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Asia/Kolkata",
];

/// Both clock changes, quarter edges, and weeks between.
const MONDAYS: [Date; 10] = [
    date(2026, 9, 28),
    date(2026, 10, 19),
    date(2026, 10, 26),
    date(2026, 11, 23),
    date(2026, 12, 28),
    date(2027, 1, 18),
    date(2027, 3, 8),
    date(2027, 3, 29),
    date(2027, 5, 10),
    date(2027, 6, 28),
];

/// What must be equal: id, subject, start and end.
type Line = (String, String, String, String);

#[test]
fn the_agenda_is_what_the_server_shows() {
    let size = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let (events, latency) = (size("KALENDS_EVENTS", "1000"), size("KALENDS_LATENCY", "2"));
    let simulator = Simulator::start(&["--seed", "5", "--events", &events, "--latency", &latency]);
    let person = Person::synced("UTC", &simulator);
    let token = token(&person);
    let zones = Zones::bundled();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut compared = 0;
    for monday in MONDAYS {
        let next = monday.saturating_add(7.days());
        let server = runtime.block_on(shown_by_server(&simulator, &token, monday, next));
        for name in ZONES {
            let zone = zones.find(name).unwrap();
            let expected: BTreeSet<Line> = server
                .iter()
                .filter_map(|event| line(event, &zone, monday, next))
                .collect();
            let held: BTreeSet<Line> = agenda(&person, name, monday, next);
            let missing: Vec<_> = expected.difference(&held).collect();
            let extra: Vec<_> = held.difference(&expected).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{monday} in {name}: missing {missing:#?} extra {extra:#?}"
            );
            compared += held.len();
        }
    }
    assert!(compared > 200, "only {compared} lines were compared");
}

fn agenda(person: &Person, zone: &str, from: Date, to: Date) -> BTreeSet<Line> {
    let (from, to) = (from.to_string(), to.to_string());
    let lines = person.agenda(&["--tz", zone, "--from", &from, "--to", &to]);
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    lines
        .iter()
        .map(|entry| {
            let when = |name: &str| {
                let said = text(entry, name);
                // Dates stay dates; times are compared as instants.
                said.parse::<Timestamp>()
                    .map_or(said, |instant| instant.to_string())
            };
            (
                text(entry, "id"),
                text(entry, "subject"),
                when("start"),
                when("end"),
            )
        })
        .collect()
}

/// The server's event as an agenda of this week in this zone has it, or None.
fn line(event: &Value, zone: &Zone, from: Date, to: Date) -> Option<Line> {
    let time = |name: &str| event[name]["dateTime"].as_str().unwrap().to_owned();
    let (start, end) = (time("start"), time("end"));
    let id = event["id"].as_str().unwrap().to_owned();
    let subject = event["subject"].as_str().unwrap_or("").to_owned();
    if event["isAllDay"] == true {
        let day = |text: &str| text.split('T').next().unwrap().parse::<Date>().unwrap();
        let (first, last) = (day(&start), day(&end));
        return (first < to && last > from)
            .then(|| (id, subject, first.to_string(), last.to_string()));
    }
    let instant = |text: &str| format!("{text}Z").parse::<Timestamp>().unwrap();
    let (start, end) = (instant(&start), instant(&end));
    let week = zone.days(from, to);
    let is_inside = start < week.end && (end > week.start || (start == end && start >= week.start));
    is_inside.then(|| (id, subject, start.to_string(), end.to_string()))
}

/// The server's own calendarView of all calendars, a day wider on both sides.
async fn shown_by_server(simulator: &Simulator, token: &str, from: Date, to: Date) -> Vec<Value> {
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    let get = async |url: String| -> Value {
        let request = client
            .get(url)
            .bearer_auth(token)
            .header("Prefer", "IdType=\"ImmutableId\"");
        request
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    let calendars = get(format!("{}/me/calendars?$top=100", simulator.graph)).await;
    let (from, to) = (from.saturating_sub(1.day()), to.saturating_add(1.day()));
    let mut events = Vec::new();
    for calendar in calendars["value"].as_array().unwrap() {
        let id = calendar["id"].as_str().unwrap();
        let mut next = Some(format!(
            "{}/me/calendars/{id}/calendarView?startDateTime={from}T00:00:00Z&endDateTime={to}T00:00:00Z&$top=500",
            simulator.graph
        ));
        while let Some(url) = next {
            let page = get(url).await;
            events.extend(page["value"].as_array().unwrap().iter().cloned());
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
    }
    events
}

/// The access token the program itself stored.
fn token(person: &Person) -> String {
    let text = std::fs::read_to_string(person.home().join("data/tokens.json")).unwrap();
    find(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn find(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| match value {
            Value::String(text) if name == "access" => Some(text.clone()),
            other => find(other),
        }),
        Value::Array(values) => values.iter().find_map(find),
        _ => None,
    }
}
