//! A file, read and planned on a fixed day by somebody in Lisbon.

use jiff::Timestamp;
use kalends::domain::edit::{Create, Value};
use kalends::domain::event::{Event, Kind};
use kalends::domain::ids::CalendarId;
use kalends::domain::recurrence::{CANDIDATES, Recurrence};
use kalends::domain::zone::{Zone, Zones};
use kalends::ical::{File, Plan, Setting};
use std::ops::Range;

pub const SAMPLES: [&str; 5] = [
    "calcurse.ics",
    "khal.ics",
    "thunderbird.ics",
    "outlook.ics",
    "google.ics",
];

pub fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ical/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

pub fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

pub fn plan(file: &File) -> Plan {
    plan_for(file, false)
}

pub fn plan_for(file: &File, invites: bool) -> Plan {
    let zones = Zones::bundled();
    let viewer = zones.find("Europe/Lisbon").unwrap();
    Plan::of(
        file,
        &Setting {
            calendar: &CalendarId::new("c"),
            zones: &zones,
            viewer: &viewer,
            now: now(),
            invites,
            me: "ana@contoso.com",
        },
    )
}

/// A calendar with these components.
pub fn wrapped(components: &str) -> File {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{components}END:VCALENDAR\n");
    File::read(text.as_bytes()).unwrap()
}

/// What was planned, as a server would hold it.
pub fn events(plan: &Plan) -> Vec<Event> {
    let event = |create: &Create| {
        let mut event = create.event().unwrap();
        let details = event.details.as_mut().unwrap();
        if details.recurrence.is_some() {
            event.kind = Kind::Master;
        }
        if let Some(notes) = details.notes.clone() {
            details.preview = notes;
        }
        event
    };
    plan.creates.iter().map(event).collect()
}

/// When everything planned begins within a range, in order.
pub fn starts(plan: &Plan, range: &Range<Timestamp>) -> Vec<Timestamp> {
    let zones = Zones::bundled();
    let mut all = Vec::new();
    for create in &plan.creates {
        let span = create.when().unwrap();
        let rule: Option<&Recurrence> = create.values.iter().find_map(|value| match value {
            Value::Rule(rule) => rule.as_ref(),
            _ => None,
        });
        match rule {
            None => all.extend(range.contains(&span.start).then_some(span.start)),
            Some(rule) => {
                let zone = if span.all_day {
                    Zone::utc()
                } else {
                    zones.find(span.zone.raw()).unwrap()
                };
                let expansion = rule
                    .expand(span.wall_start, &zone, range.clone(), CANDIDATES)
                    .unwrap();
                assert!(!expansion.truncated);
                all.extend(expansion.starts.iter().map(|one| one.instant));
            }
        }
    }
    all.sort_unstable();
    all
}
