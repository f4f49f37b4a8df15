//! Lines and zones on their way out.

use super::lines::Lines;
use super::*;

#[test]
fn lines_are_folded_between_letters() {
    let mut lines = Lines::default();
    lines.text("SUMMARY", &"é🚀".repeat(40));
    let text = lines.into_text();
    assert!(text.lines().count() > 3);
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert_eq!(
        text.replace("\r\n ", ""),
        format!("SUMMARY:{}\r\n", "é🚀".repeat(40))
    );
}

#[test]
fn nothing_leaves_its_place() {
    let mut lines = Lines::default();
    lines.text("SUMMARY", "a\r\nEND:VEVENT\u{1b}]0;x\u{7}\u{9b};,\\");
    let name = "x\";PARTSTAT=DECLINED:mailto:evil\r\n^";
    lines.address("ATTENDEE", &[("CN", name)], "mailto:a b\r\n@x\u{202e}\"");
    let text = lines.into_text().replace("\r\n ", "");
    let rows: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(
        rows,
        [
            "SUMMARY:a\\nEND:VEVENT\u{fffd}]0\\;x\u{fffd}\u{fffd}\\;\\,\\\\",
            "ATTENDEE;CN=\"x^';PARTSTAT=DECLINED:mailto:evil\u{fffd}^n^^\":mailto:a%20b%0D%0A@x%E2%80%AE%22",
        ]
    );
}

/// Offsets by the text alone, as another program would work them out.
fn reads_as(name: &str, from: i16, to: i16) -> usize {
    let zones = Zones::bundled();
    let zone = zones.find(name).unwrap();
    let mut lines = Lines::default();
    zone::write(&mut lines, &zone, from, to);
    // Under a name nobody knows, so that only its rules can help.
    let rules = lines.into_text().replace(name, "Nowhere");
    let mut text = format!("BEGIN:VCALENDAR\r\n{rules}");
    let mut asked = Vec::new();
    for year in from..=to + 8 {
        for month in 1..=12 {
            for day in [2, 17, 29] {
                let Ok(date) = jiff::civil::Date::new(year, month, day) else {
                    continue;
                };
                asked.push(date.at(12, 0, 0, 0));
            }
        }
    }
    for (number, wall) in asked.iter().enumerate() {
        let wall = written(*wall);
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART;TZID=Nowhere:{wall}\r\nEND:VEVENT\r\n"
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    let file = crate::ical::File::read(text.as_bytes()).unwrap();
    let plan = crate::ical::Plan::of(
        &file,
        &crate::ical::Setting {
            calendar: &crate::domain::ids::CalendarId::new("c"),
            zones: &zones,
            viewer: &Zone::utc(),
            now: Timestamp::UNIX_EPOCH,
            invites: false,
            me: "",
        },
    );
    assert_eq!(
        plan.creates.len(),
        asked.len(),
        "{:?}",
        plan.remarks.first()
    );
    for (create, wall) in plan.creates.iter().zip(&asked) {
        let start = create.when().unwrap().start;
        assert_eq!(
            start,
            zone.instant(*wall).compatible(),
            "{name} {wall}\n{rules}"
        );
    }
    rules.matches("RRULE").count()
}

#[test]
fn zones_go_out_with_the_rules_they_have() {
    for (name, rules) in [
        ("Europe/Berlin", 2),
        ("America/New_York", 2),
        ("Australia/Sydney", 2),
        ("Asia/Kolkata", 0),
        ("America/St_Johns", 2),
        // Follows the moon: no rule says it.
        ("Africa/Casablanca", 0),
    ] {
        assert_eq!(reads_as(name, 2024, 2028), rules, "{name}");
    }
    // Rules that were different before.
    reads_as("America/New_York", 2004, 2010);
    reads_as("Pacific/Apia", 2008, 2023);
    reads_as("Europe/Istanbul", 2012, 2018);
}
