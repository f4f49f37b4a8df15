//! Files that mean harm. Work is bounded by budgets, so that every one of these ends soon even
//! in a slow build; a bound that is lost shows as a test that never ends.

use super::world::{SAMPLES, events, now, plan, sample, wrapped};
use kalends::domain::zone::Zones;
use kalends::ical::write::{self, Setting, Stored};
use kalends::ical::{BYTES_AT_MOST, COMPONENTS_AT_MOST, File, IcalError, PIECES_AT_MOST};
use proptest::prelude::*;

fn all_the_way(bytes: &[u8]) {
    let Ok(file) = File::read(bytes) else { return };
    let plan = plan(&file);
    assert!(plan.creates.len() <= file.events.len().max(1) * PIECES_AT_MOST);
    for create in &plan.creates {
        let span = create.when().unwrap();
        assert!(span.start <= span.end);
    }
    let zones = Zones::bundled();
    let setting = Setting {
        zones: &zones,
        now: now(),
        name: None,
    };
    let stored = Stored {
        events: events(&plan),
        covered: Vec::new(),
    };
    let text = write::calendar(&[stored], &setting);
    assert!(File::read(text.as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_some_end(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        all_the_way(&bytes);
        let mut inside = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261124T090000Z\n".to_vec();
        inside.extend(&bytes);
        inside.extend(b"\nEND:VEVENT\nEND:VCALENDAR\n");
        all_the_way(&inside);
    }

    #[test]
    fn samples_with_wounds_are_read_to_some_end(
        which in 0..SAMPLES.len(), wounds in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..12),
    ) {
        let mut bytes = sample(SAMPLES[which]);
        for (place, byte, kind) in wounds {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                // A whole line twice, or somewhere else.
                _ => {
                    let line: Vec<u8> = bytes[at..].iter().take_while(|byte| **byte != b'\n').copied().collect();
                    bytes.splice(at..at, line);
                }
            }
        }
        all_the_way(&bytes);
    }

    #[test]
    fn any_rule_is_worked_out_within_its_budget(
        rule in "FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=[0-9]{1,5})?(;COUNT=[0-9]{1,5})?(;UNTIL=[0-9]{8})?(;BYDAY=(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,(MO|SA))?)?(;BYMONTH=(1|2|12|2,3))?(;BYMONTHDAY=(-?[0-9]{1,2})(,31)?)?(;BYSETPOS=-?[0-9]{1,3})?",
        day in 0..28u8,
    ) {
        let event = format!("BEGIN:VEVENT\nUID:1\nDTSTART:202001{:02}T100000Z\nRRULE:{rule}\nEND:VEVENT\n", day + 1);
        let plan = plan(&wrapped(&event));
        prop_assert!(plan.creates.len() <= PIECES_AT_MOST);
        prop_assert!(!plan.creates.is_empty() || plan.skipped() > 0);
    }
}

fn words(event: &str) -> Vec<String> {
    let plan = plan(&wrapped(event));
    assert!(plan.creates.is_empty(), "{:?}", plan.creates.len());
    plan.remarks
        .into_iter()
        .map(|remark| remark.words)
        .collect()
}

#[test]
fn rules_made_to_hang_are_refused_with_the_reason() {
    for (rule, reason) in [
        ("FREQ=SECONDLY", "secondly"),
        ("FREQ=MINUTELY;INTERVAL=1", "minutely"),
        ("FREQ=HOURLY", "hourly"),
        ("FREQ=DAILY;COUNT=1000000000", "1000000000 occurrences"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "odd COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "every 0 days"),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "more than can be worked out",
        ),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=DAILY;BYHOUR=8,9,10", "several times a day"),
        // Numbers that have no positive of their size.
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-32768", "an odd BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=-32768MO", "an odd BYDAY"),
        ("INTERVAL=1", "no frequency"),
        ("FREQ=DAILY;UNTIL=20190101", "no occurrence"),
    ] {
        let event =
            format!("BEGIN:VEVENT\nUID:1\nDTSTART:20200101T100000Z\nRRULE:{rule}\nEND:VEVENT\n");
        let said = words(&event);
        assert!(said[0].contains(reason), "{rule}: {said:?}");
    }
}

#[test]
fn ten_thousand_bad_rules_share_one_budget() {
    let mut text = String::new();
    for number in 0..10_000 {
        text.push_str(&format!(
            "BEGIN:VEVENT\nUID:{number}\nDTSTART:16010101T100000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n"
        ));
    }
    let plan = plan(&wrapped(&text));
    assert_eq!(plan.skipped(), 10_000);
}

#[test]
fn exceptions_by_the_thousand_are_bounded() {
    let mut text = "BEGIN:VEVENT\nUID:1\nDTSTART:20200101T100000Z\nRRULE:FREQ=DAILY\n".to_owned();
    for day in 0..2_000 {
        let day = jiff::civil::date(2020, 1, 2) + jiff::Span::new().days(day * 2);
        text.push_str(&format!("EXDATE:{}T100000Z\n", day.strftime("%Y%m%d")));
    }
    assert!(words(&(text + "END:VEVENT\n"))[0].contains("more than 400 events"));
    let far = "BEGIN:VEVENT\nUID:1\nDTSTART:20200101T100000Z\nRRULE:FREQ=DAILY\nEXDATE:44990101T100000Z\nEND:VEVENT\n";
    assert!(words(far)[0].contains("more than can be worked out"));
}

#[test]
fn sizes_beyond_reason_are_refused_by_name() {
    let read = |text: &str| File::read(text.as_bytes()).map(|file| file.events.len());
    let event = "BEGIN:VEVENT\nEND:VEVENT\n";
    let many = format!("BEGIN:VCALENDAR\n{}", event.repeat(COMPONENTS_AT_MOST + 1));
    assert_eq!(read(&many), Err(IcalError::TooMany));
    let fits = format!("BEGIN:VCALENDAR\n{}", event.repeat(COMPONENTS_AT_MOST));
    assert_eq!(read(&fits), Ok(COMPONENTS_AT_MOST));
    assert_eq!(
        read(&"BEGIN:VCALENDAR\n".repeat(100)),
        Err(IcalError::TooDeep { line: 9 })
    );
    assert_eq!(read("hello"), Err(IcalError::NoCalendar));
    assert_eq!(read("BEGIN:VCALENDAR\nVERSION:1.0\n"), Err(IcalError::Old));
    let large = vec![b'x'; usize::try_from(BYTES_AT_MOST).unwrap() + 1];
    assert_eq!(File::read(&large).map(|_| ()), Err(IcalError::TooLarge));
    // One line as long as the file, and one in a million folds.
    let long = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDESCRIPTION:{}\nEND:VEVENT\n",
        "y".repeat(8 << 20)
    );
    let file = File::read(long.as_bytes()).unwrap();
    assert!(file.events[0].notes.len() < 300_000);
    let folds = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{}\nEND:VEVENT\n",
        "\n y".repeat(1 << 20)
    );
    assert_eq!(File::read(folds.as_bytes()).unwrap().events.len(), 1);
}

#[test]
fn zones_by_the_thousand_and_zones_of_lies() {
    let mut text = String::new();
    for number in 0..5_000 {
        text.push_str(&format!(
            "BEGIN:VTIMEZONE\nTZID:Z{number}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0{}17\nTZOFFSETTO:+0117\nRRULE:FREQ=YEARLY;BYMONTH={}\nEND:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VEVENT\nUID:{number}\nDTSTART;TZID=Z{number}:20261124T090000\nEND:VEVENT\n",
            number % 10, number % 12 + 1
        ));
    }
    let planned = plan(&wrapped(&text));
    assert_eq!(planned.creates.len() + planned.skipped(), 5_000);
    let start = planned.creates[0].when().unwrap().start;
    assert_eq!(start.to_string(), "2026-11-24T07:43:00Z");
    for (zone, reason) in [
        ("", "nobody knows the time zone"),
        (
            "BEGIN:VTIMEZONE\nTZID:Mars\nEND:VTIMEZONE\n",
            "cannot be read",
        ),
        (
            "BEGIN:VTIMEZONE\nTZID:Mars\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:x\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n",
            "cannot be read",
        ),
    ] {
        let event =
            format!("{zone}BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Mars:20261124T090000\nEND:VEVENT\n");
        assert!(words(&event)[0].contains(reason), "{zone}");
    }
}

#[test]
fn half_an_event_is_none() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261124T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART:20261124T090000Z\n";
    let file = File::read(text.as_bytes()).unwrap();
    assert_eq!(file.events.len(), 1);
    assert!(file.is_cut_off);
}

#[test]
fn attachments_and_alarms_do_nothing() {
    let file = wrapped(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20261124T090000Z\nATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:aGFsbG8=\n\
         ATTACH:http://127.0.0.1:9/fetch-me\n\
         BEGIN:VALARM\nACTION:PROCEDURE\nATTACH:file:///bin/sh\nTRIGGER:-PT5M\nEND:VALARM\n\
         BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n",
    );
    let plan = plan(&file);
    assert_eq!(plan.creates.len(), 1);
    let said = &plan.remarks[0].words;
    assert!(
        said.contains("an attached file") && said.contains("plays, mails or runs"),
        "{said}"
    );
    let text = format!("{:?}", plan.creates[0].values);
    assert!(text.contains("Reminder(None)"), "{text}");
}
