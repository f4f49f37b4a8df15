//! What comes in goes out the same; what goes out comes in the same.

use super::world::{SAMPLES, events, now, plan, plan_for, sample, wrapped};
use kalends::domain::edit::{Create, Field, Value};
use kalends::domain::event::{Details, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::text::is_hostile;
use kalends::domain::zone::{Zone, Zones};
use kalends::ical::File;
use kalends::ical::write::{self, Setting, Stored};
use proptest::prelude::*;

fn written(stored: Stored) -> String {
    let zones = Zones::bundled();
    let setting = Setting {
        zones: &zones,
        now: now(),
        name: Some("Mine; \u{1b}[31m"),
    };
    write::calendar(&[stored], &setting)
}

fn all(events: Vec<Event>) -> Stored {
    Stored {
        events,
        covered: Vec::new(),
    }
}

/// Values in an order of their own, so that two plans can be compared.
fn sorted(creates: &[Create]) -> Vec<Vec<Value>> {
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for create in creates {
        let mut values = create.values.clone();
        values.sort_by_key(Value::field);
        let span = create.when().unwrap();
        all.push((format!("{} {}", span.start, create.subject().raw()), values));
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all.into_iter().map(|(_, values)| values).collect()
}

#[test]
fn samples_survive_the_way_round() {
    for name in SAMPLES {
        let once = plan(&File::read(&sample(name)).unwrap());
        assert!(once.creates.len() >= 4, "{name}: {:?}", once.remarks);
        let text = written(all(events(&once)));
        let twice = plan(&File::read(text.as_bytes()).unwrap());
        assert_eq!(
            sorted(&once.creates),
            sorted(&twice.creates),
            "{name}\n{text}"
        );
        let zones = |plan: &[Create]| {
            let mut zones: Vec<String> = plan
                .iter()
                .filter_map(Create::when)
                .filter(|span| !span.all_day)
                .map(|span| span.zone.raw().to_owned())
                .collect();
            zones.sort();
            zones
        };
        assert_eq!(zones(&once.creates), zones(&twice.creates), "{name}");
    }
}

/// What each sample says, as a person would read it.
#[test]
fn samples_are_understood() {
    let lines = |name: &str| -> Vec<String> {
        let plan = plan(&File::read(&sample(name)).unwrap());
        let zone = Zones::bundled().find("Europe/Lisbon").unwrap();
        plan.creates
            .iter()
            .map(|create| {
                let words = |field: Field| {
                    let value = create.values.iter().find(|value| value.field() == field);
                    value.map_or(String::new(), |value| {
                        value.in_words(&zone).raw().to_owned()
                    })
                };
                format!(
                    "{} | {} | {} | {}",
                    create.subject().raw(),
                    words(Field::When),
                    words(Field::Rule),
                    words(Field::Reminder)
                )
            })
            .collect()
    };
    let mut said = String::new();
    for name in SAMPLES {
        said.push_str(&format!("{name}\n"));
        for line in lines(name) {
            said.push_str(&format!("  {line}\n"));
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn nobody_else_s_zone_rules_are_needed() {
    let file = File::read(&sample("outlook.ics")).unwrap();
    let plan = plan(&file);
    let boston: Vec<&Create> = plan
        .creates
        .iter()
        .filter(|create| create.subject().raw() == "Review with Boston")
        .collect();
    // "Customized Time Zone" keeps New York's clock, and so stays a series.
    let [series] = boston.as_slice() else {
        panic!("{boston:?}");
    };
    assert_eq!(series.when().unwrap().zone.raw(), "America/New_York");
}

#[test]
fn people_are_invited_only_where_it_was_said() {
    let file = File::read(&sample("thunderbird.ics")).unwrap();
    let people = |plan: &kalends::ical::Plan| {
        let values = plan.creates.iter().flat_map(|create| &create.values);
        values
            .filter(|value| value.field() == Field::People)
            .count()
    };
    assert_eq!(people(&plan(&file)), 0);
    let inviting = plan_for(&file, true);
    assert_eq!(inviting.guests.len(), 3);
    assert_eq!(people(&inviting), inviting.mails / 3);
}

fn single(subject: &str, place: &str, notes: &str, category: &str) -> Event {
    let details = Details {
        subject: subject.into(),
        place: place.into(),
        preview: notes.into(),
        categories: vec![category.into()],
        start_zone: Some("Europe/Berlin".into()),
        is_organizer: true,
        ..Details::default()
    };
    Event {
        calendar: CalendarId::new("c"),
        id: EventId::new("e"),
        kind: Kind::Single,
        series: None,
        etag: String::new(),
        before: None,
        start: now(),
        end: now(),
        details: Some(details),
    }
}

/// Controls have no escape in iCalendar; line ends are all one.
fn tamed(text: &str) -> String {
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let tame = |letter: char| {
        if letter != '\n' && letter != '\t' && is_hostile(letter) {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(tame).collect()
}

proptest! {
    #[test]
    fn any_text_comes_back_and_nothing_else_with_it(
        subject in "\\PC{0,80}|.{0,80}", place in "[,;:\\\\\"^\n\r a-zé日🚀]{0,60}", notes in "(?s).{0,200}",
    ) {
        let text = written(all(vec![single(&subject, &place, &notes, "a,b;c")]));
        let is_plain = |letter: char| letter == '\r' || letter == '\n' || letter == '\t' || !is_hostile(letter);
        prop_assert!(text.chars().all(is_plain));
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        let file = File::read(text.as_bytes()).unwrap();
        prop_assert_eq!(file.events.len(), 1);
        let event = &file.events[0];
        prop_assert_eq!(event.subject.raw(), tamed(&subject));
        prop_assert_eq!(event.place.raw(), tamed(&place));
        prop_assert_eq!(&event.notes, &tamed(&notes));
        prop_assert_eq!(event.categories[0].raw(), "a,b;c");
    }
}

/// A series with a hole and a moved occurrence, as the server would hand it out.
#[test]
fn exceptions_of_a_series_go_out_with_it() {
    let zone = Zones::bundled().find("Europe/Berlin").unwrap();
    let source = wrapped(
        "BEGIN:VEVENT\nUID:s\nDTSTART;TZID=Europe/Berlin:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nSUMMARY:S\nEND:VEVENT\n",
    );
    let mut stored = events(&plan(&source));
    let master = stored[0].clone();
    let covered = now()..("2026-12-31T00:00:00Z".parse().unwrap());
    let rule = master.details.clone().unwrap().recurrence.unwrap();
    let expansion = rule
        .expand(zone.wall(master.start), &zone, covered.clone(), 1_000)
        .unwrap();
    for (number, occurrence) in expansion.starts.iter().enumerate() {
        let mut event = master.clone();
        event.id = EventId::new(format!("o{number}"));
        event.series = Some(master.id.clone());
        event.kind = Kind::Occurrence;
        event.start = occurrence.instant;
        event.end = event.start + jiff::SignedDuration::from_hours(1);
        match number {
            1 => continue,
            2 => {
                event.kind = Kind::Exception;
                event.start += jiff::SignedDuration::from_hours(2);
                event.end += jiff::SignedDuration::from_hours(2);
                event.details.as_mut().unwrap().recurrence = None;
            }
            _ => event.details = None,
        }
        stored.push(event);
    }
    let text = written(Stored {
        events: stored,
        covered: vec![covered],
    });
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "{text}");
    assert!(
        text.contains("RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
        "{text}"
    );
    assert!(
        text.contains("EXDATE;TZID=Europe/Berlin:20261130T090000"),
        "{text}"
    );
    assert!(
        text.contains("RECURRENCE-ID;TZID=Europe/Berlin:20261207T090000"),
        "{text}"
    );
    let back = plan(&File::read(text.as_bytes()).unwrap());
    let range = now()..("2026-12-20T00:00:00Z".parse().unwrap());
    let days: Vec<String> = super::world::starts(&back, &range)
        .iter()
        .map(|start| start.strftime("%d %H").to_string())
        .collect();
    assert_eq!(days, ["23 08", "07 10", "14 08"]);
}

#[test]
fn a_zone_nobody_knows_goes_out_in_utc() {
    let mut event = single("x", "", "", "c");
    event.details.as_mut().unwrap().start_zone = Some("Customized Time Zone".into());
    let text = written(all(vec![event]));
    assert!(text.contains("DTSTART:20261123T080000Z"), "{text}");
    assert!(!text.contains("VTIMEZONE"));
    let _ = Zone::utc();
}
