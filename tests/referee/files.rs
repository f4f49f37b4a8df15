//! PyPI's icalendar reads the samples, and what is written: both sides must see the same.

use super::judge::{is_wanted, opinions_of};
use super::world::{SAMPLES, events, now, plan, sample, starts, wrapped};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::event::{Details, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::zone::Zones;
use kalends::ical::File;
use kalends::ical::write::{self, Setting, Stored};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::Range;

#[derive(Deserialize)]
struct Opinion {
    starts: Vec<i64>,
    texts: Vec<Vec<String>>,
}

fn window() -> Range<Timestamp> {
    now() - SignedDuration::from_hours(24 * 30)..now() + SignedDuration::from_hours(24 * 600)
}

fn question(ics: &str) -> Value {
    let window = window();
    let window = [window.start.as_second(), window.end.as_second()];
    json!({ "ics": ics, "viewer": "Europe/Lisbon", "window": window })
}

fn asked(texts: &[String]) -> Option<Vec<Opinion>> {
    if !is_wanted() {
        println!("skipped: KALENDS_REFEREES is not 1");
        return None;
    }
    let questions: Vec<Value> = texts.iter().map(|text| question(text)).collect();
    let (judge, opinions) = opinions_of::<Opinion>("files.py", &questions);
    println!("{} files, judged by {judge}", texts.len());
    Some(opinions.into_iter().map(Option::unwrap).collect())
}

fn seconds(starts: &[Timestamp]) -> Vec<i64> {
    starts.iter().map(|start| start.as_second()).collect()
}

fn written(events: Vec<Event>) -> String {
    let zones = Zones::bundled();
    let setting = Setting {
        zones: &zones,
        now: now(),
        name: None,
    };
    let stored = Stored {
        events,
        covered: Vec::new(),
    };
    write::calendar(&[stored], &setting)
}

/// The samples as they are, as they are written again, and with zones that only their rules tell.
#[test]
fn icalendar_sees_the_same_occurrences() {
    let (mut texts, mut wanted) = (Vec::new(), Vec::new());
    for name in SAMPLES {
        let bytes = sample(name);
        let planned = plan(&File::read(&bytes).unwrap());
        let ours = seconds(&starts(&planned, &window()));
        let again = written(events(&planned));
        let mut nameless = again.clone();
        for zone in ["Europe/Berlin", "Europe/Lisbon", "America/New_York"] {
            nameless = nameless.replace(zone, &zone.replace(['/', '_'], "-of-"));
        }
        // calcurse leaves out a T that the standard wants, and the judge insists on.
        let as_it_is = String::from_utf8(bytes)
            .unwrap()
            .replace("-P300S", "-PT300S");
        for text in [as_it_is, again, nameless] {
            texts.push(text);
            wanted.push((name, ours.clone()));
        }
    }
    let Some(opinions) = asked(&texts) else {
        return;
    };
    let mut compared = 0;
    for ((opinion, (name, ours)), text) in opinions.iter().zip(&wanted).zip(&texts) {
        assert_eq!(&opinion.starts, ours, "{name}: {:?}\n{text}", opinion.texts);
        compared += ours.len();
    }
    assert!(compared > 200, "only {compared} starts were compared");
}

/// Every rule in three zones, over changes of the clock, with and without a hole.
#[test]
fn icalendar_sees_the_same_days_of_a_rule() {
    const RULES: [&str; 20] = [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=9;COUNT=30",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270401T000000Z",
        "FREQ=DAILY;BYMONTH=12,3;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=TU,SA;WKST=SU;INTERVAL=2",
        "FREQ=WEEKLY;BYDAY=SU,MO;WKST=MO;INTERVAL=3;COUNT=11",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=9",
        "FREQ=MONTHLY;BYDAY=5TU",
        "FREQ=MONTHLY;BYDAY=-1FR,1MO",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=1,-1;INTERVAL=2",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=1,6;BYDAY=2SU",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
    ];
    let (mut texts, mut wanted) = (Vec::new(), Vec::new());
    for rule in RULES {
        for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"] {
            for hole in ["20270105", "20261124"] {
                let event = format!(
                    "BEGIN:VEVENT\nUID:1\nDTSTAMP:20260101T000000Z\nDTSTART;TZID={zone}:20261124T013000\n\
                     RRULE:{rule}\nEXDATE;TZID={zone}:{hole}T013000\nEND:VEVENT\n"
                );
                let planned = plan(&wrapped(&event));
                assert_eq!(planned.skipped(), 0, "{rule}: {:?}", planned.remarks);
                wanted.push(seconds(&starts(&planned, &window())));
                texts.push(format!(
                    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}END:VCALENDAR\n"
                ));
            }
        }
    }
    let Some(opinions) = asked(&texts) else {
        return;
    };
    let mut compared = 0;
    for ((opinion, ours), text) in opinions.iter().zip(&wanted).zip(&texts) {
        assert_eq!(&opinion.starts, ours, "{:?}\n{text}", opinion.texts);
        compared += ours.len();
    }
    println!("{compared} starts");
    assert!(compared > 5_000, "only {compared} starts were compared");
}

#[test]
fn icalendar_reads_the_texts_that_were_written() {
    let texts = [
        "plain",
        "a, b; c\\d \"e\" ^f: g",
        "line one\nline two\n\n",
        "é日本🚀👩\u{200d}💻 مرحبا",
        "\\n is no line end, \\\\n neither",
        "BEGIN:VEVENT",
        "a very long line that must be folded, more than once, and whose commas, of which there are many, grow by their escapes: ö ö ö ö ö ö ö ö ö",
    ];
    let event = |number: usize, text: &str| Event {
        calendar: CalendarId::new("c"),
        id: EventId::new(format!("e{number}")),
        kind: Kind::Single,
        series: None,
        etag: String::new(),
        before: None,
        start: now(),
        end: now(),
        details: Some(Details {
            subject: text.into(),
            place: text.into(),
            preview: text.into(),
            categories: vec![text.into(), "x".into()],
            ..Details::default()
        }),
    };
    let all = texts.iter().enumerate();
    let all = all.map(|(number, text)| event(number, text)).collect();
    let Some(opinions) = asked(&[written(all)]) else {
        return;
    };
    let wanted: Vec<Vec<&str>> = texts
        .iter()
        .map(|text| vec![*text, text, text, text, "x"])
        .collect();
    assert_eq!(opinions[0].texts, wanted);
}
