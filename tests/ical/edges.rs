//! Where clocks jump, where names mean two things, where a day has two occurrences: what a file
//! says is imported as it says, or skipped by name.

use super::world::{events, now, plan, starts, wrapped};
use jiff::Timestamp;
use kalends::domain::zone::Zones;
use kalends::ical::write::{self, Setting, Stored};
use kalends::ical::{File, Plan};

/// Begin and end of everything planned, in order.
fn spans(plan: &Plan) -> Vec<(String, String)> {
    let spans = plan.creates.iter().filter_map(|create| create.when());
    let mut spans: Vec<_> = spans
        .map(|span| (span.start.to_string(), span.end.to_string()))
        .collect();
    spans.sort();
    spans
}

fn said(plan: &Plan) -> String {
    let words = plan.remarks.iter().map(|remark| remark.words.as_str());
    words.collect::<Vec<_>>().join("\n")
}

/// Every piece of a series has all of its text: a small file must not become a large plan.
#[test]
fn text_that_would_be_there_hundreds_of_times_is_refused() {
    let event = |uid: &str, notes: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART:20200131T100000Z\nDURATION:PT1H\n\
             RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=400\nSUMMARY:x\nDESCRIPTION:{notes}\nEND:VEVENT\n"
        )
    };
    let large = event("large", &"y".repeat(200 << 10));
    let planned = plan(&wrapped(&(large + &event("small", "z"))));
    assert_eq!(planned.creates.len(), 400);
    assert_eq!(planned.skipped(), 1);
    assert!(
        said(&planned).contains("more than 64 MiB"),
        "{}",
        said(&planned)
    );
    let many: String = (0..51).map(|uid| event(&uid.to_string(), "z")).collect();
    let planned = plan(&wrapped(&many));
    assert_eq!(planned.creates.len(), 20_000);
    assert_eq!(planned.skipped(), 1);
    assert!(
        said(&planned).contains("more than 20000 events"),
        "{}",
        said(&planned)
    );
}

fn zone(id: &str, rules: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
         TZOFFSETFROM:+0017\nTZOFFSETTO:+0117\n{rules}END:STANDARD\nEND:VTIMEZONE\n"
    )
}

/// The changes of a zone are kept for each year that is asked for.
#[test]
fn a_zone_of_a_thousand_dates_is_refused() {
    let dates = "RDATE:19800101T000000,19800601T000000\n";
    let event = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Mars:20261124T090000\nEND:VEVENT\n";
    let fine = plan(&wrapped(&(zone("Mars", &dates.repeat(500)) + event)));
    assert_eq!(fine.creates.len(), 1, "{}", said(&fine));
    let refused = plan(&wrapped(&(zone("Mars", &dates.repeat(501)) + event)));
    assert!(refused.creates.is_empty());
    assert!(
        said(&refused).contains("cannot be read"),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_zone_that_means_two_things_means_nothing() {
    let event = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Customized:20261124T090000\nEND:VEVENT\n";
    let mine = zone("Customized", "");
    let other = mine.replace("+0117", "+0217");
    let same = plan(&wrapped(&format!("{mine}{mine}{event}")));
    assert_eq!(same.creates.len(), 1, "{}", said(&same));
    let two = plan(&wrapped(&format!("{mine}{event}{other}")));
    assert!(two.creates.is_empty());
    assert!(said(&two).contains("Customized"), "{}", said(&two));
}

/// RFC 5545 3.3.6: hours are time that passes, whatever the clock does meanwhile.
#[test]
fn hours_of_a_duration_pass_through_a_jump() {
    let end = |start: &str, length: &str| {
        let event = format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:{start}\nDURATION:{length}\nEND:VEVENT\n"
        );
        spans(&plan(&wrapped(&event)))[0].1.clone()
    };
    assert_eq!(end("20260328T220000", "PT8H"), "2026-03-29T05:00:00Z");
    assert_eq!(end("20260328T220000", "PT24H"), "2026-03-29T21:00:00Z");
    assert_eq!(end("20260328T220000", "P1D"), "2026-03-29T20:00:00Z");
    assert_eq!(end("20260328T220000", "P1DT1H"), "2026-03-29T21:00:00Z");
    assert_eq!(end("20261024T220000", "PT8H"), "2026-10-25T04:00:00Z");
}

/// 25 October 2026, 02:30 in Berlin happens twice.
#[test]
fn the_second_half_of_a_fold_comes_back() {
    let source = wrapped(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20261025T013000\nDURATION:PT2H\nSUMMARY:x\nEND:VEVENT\n",
    );
    let mut stored = events(&plan(&source));
    stored[0].end = "2026-10-25T01:30:00Z".parse::<Timestamp>().unwrap();
    let zones = Zones::bundled();
    let text = |stored: Vec<kalends::domain::event::Event>| {
        let setting = Setting {
            zones: &zones,
            now: now(),
            name: None,
        };
        let covered = Vec::new();
        write::calendar(
            &[Stored {
                events: stored,
                covered,
            }],
            &setting,
        )
    };
    let back = |stored| spans(&plan(&File::read(text(stored).as_bytes()).unwrap()));
    let expected = |start: &str| vec![(start.to_owned(), "2026-10-25T01:30:00Z".to_owned())];
    assert!(text(stored.clone()).contains("DTEND:20261025T013000Z"));
    assert_eq!(back(stored.clone()), expected("2026-10-24T23:30:00Z"));
    stored[0].start = "2026-10-25T01:00:00Z".parse().unwrap();
    assert_eq!(back(stored), expected("2026-10-25T01:00:00Z"));
}

/// 29 March 2026, 02:30 in Berlin never happens.
#[test]
fn a_series_that_begins_in_a_gap_is_late_only_that_day() {
    let series = |more: &str| {
        plan(&wrapped(&format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20260329T023000\n\
             DTEND;TZID=Europe/Berlin:20260329T030000\nRRULE:{more}\nEND:VEVENT\n"
        )))
    };
    let daily = series("FREQ=DAILY");
    let pair = |start: &str, end: &str| (start.to_owned(), end.to_owned());
    assert_eq!(
        spans(&daily),
        [
            pair("2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"),
            pair("2026-03-30T00:30:00Z", "2026-03-30T01:00:00Z"),
        ]
    );
    let range = "2026-03-01T00:00:00Z".parse().unwrap()..now();
    let counted = starts(&series("FREQ=DAILY;COUNT=4"), &range);
    assert_eq!(counted.len(), 4);
    // Where every occurrence is in a gap there is still a series.
    let yearly = series("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU");
    assert_eq!(yearly.creates.len(), 2, "{}", said(&yearly));
}

/// A moment in UTC is a date on the event's clock, not on that of Greenwich.
#[test]
fn whole_days_at_a_zoned_midnight_keep_their_exceptions() {
    let planned = plan(&wrapped(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20261124T000000\nDTEND;TZID=Europe/Berlin:20261125T000000\n\
         X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nRRULE:FREQ=DAILY;UNTIL=20261127T230000Z\nEXDATE:20261125T230000Z\nEND:VEVENT\n",
    ));
    let range = now().."2026-12-30T00:00:00Z".parse().unwrap();
    let days: Vec<String> = starts(&planned, &range)
        .iter()
        .map(|start| start.strftime("%d").to_string())
        .collect();
    assert_eq!(days, ["24", "25", "27", "28"], "{}", said(&planned));
}

#[test]
fn a_change_of_guests_or_attachments_alone_is_a_change() {
    let planned = |own: &str| {
        let start =
            "DURATION:PT1H\nSUMMARY:x\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bo@contoso.com\n";
        plan(&wrapped(&format!(
            "BEGIN:VEVENT\nUID:u\nDTSTART:20261201T090000Z\n{start}RRULE:FREQ=DAILY;COUNT=5\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T090000Z\n{}{own}END:VEVENT\n",
            start.replace("NEEDS-ACTION", "ACCEPTED")
        )))
    };
    // An answer changes nothing.
    assert_eq!(planned("").creates.len(), 1);
    assert_eq!(planned("ATTENDEE:mailto:cy@contoso.com\n").creates.len(), 3);
    let attached = planned("ATTACH:https://contoso.com/a.pdf\n");
    assert_eq!(attached.creates.len(), 3);
    let lost = planned("ATTENDEE:mailto:cy@contoso.com\nATTACH;ENCODING=BASE64:aGFsbG8=\n");
    assert!(said(&lost).contains("an attached file"), "{}", said(&lost));
}

fn hours(plan: &Plan) -> Vec<String> {
    let range = now().."2026-12-30T00:00:00Z".parse().unwrap();
    let starts = starts(plan, &range);
    let shown = starts
        .iter()
        .map(|start| start.strftime("%d %H").to_string());
    shown.collect()
}

const TWICE: &str = "BEGIN:VEVENT\nUID:u\nDTSTART:20261124T090000Z\nDURATION:PT1H\n\
    RRULE:FREQ=DAILY;COUNT=3\nRDATE:20261125T150000Z\nSUMMARY:x\n";

#[test]
fn of_two_occurrences_on_a_day_the_named_one_is_left_out() {
    let without = |more: &str| hours(&plan(&wrapped(&format!("{TWICE}{more}END:VEVENT\n"))));
    assert_eq!(
        without("EXDATE:20261125T090000Z\n"),
        ["24 09", "25 15", "26 09"]
    );
    assert_eq!(
        without("EXDATE:20261125T150000Z\n"),
        ["24 09", "25 09", "26 09"]
    );
    // Another time than the series has, and none: the rule's.
    assert_eq!(
        without("EXDATE:20261125T080000Z\n"),
        ["24 09", "25 15", "26 09"]
    );
    assert_eq!(
        without("EXDATE;VALUE=DATE:20261125\n"),
        ["24 09", "25 15", "26 09"]
    );
    let both = "EXDATE:20261125T150000Z,20261125T090000Z,20261125T150000Z\n";
    assert_eq!(without(both), ["24 09", "26 09"]);
    // Added, though the rule has it, and taken away.
    assert_eq!(
        without("RDATE:20261126T090000Z\nEXDATE:20261126T090000Z\n"),
        ["24 09", "25 09", "25 15"]
    );
    let dates = |more: &str| {
        hours(&plan(&wrapped(&format!(
            "BEGIN:VEVENT\nUID:u\nDTSTART:20261124T090000Z\nDURATION:PT1H\nRDATE:20261124T150000Z,20261125T150000Z\n{more}END:VEVENT\n"
        ))))
    };
    assert_eq!(dates("EXDATE:20261124T090000Z\n"), ["24 15", "25 15"]);
    assert_eq!(dates("EXDATE:20261124T150000Z\n"), ["24 09", "25 15"]);
    assert_eq!(dates("EXDATE;VALUE=DATE:20261125\n"), ["24 09", "24 15"]);
}

#[test]
fn two_changes_of_one_day_are_two_events() {
    let change = |from: &str, to: &str| {
        format!(
            "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261125T{from}0000Z\nDTSTART:20261125T{to}0000Z\nDURATION:PT1H\nSUMMARY:y\nEND:VEVENT\n"
        )
    };
    let planned = |changes: &str| plan(&wrapped(&format!("{TWICE}END:VEVENT\n{changes}")));
    let transaction = |plan: &Plan, start: &str| {
        let mut creates = plan.creates.iter();
        let found = creates.find(|one| one.when().unwrap().start == start.parse().unwrap());
        found.unwrap().transaction.clone()
    };
    let alone = planned(&change("09", "10"));
    let both = planned(&(change("09", "10") + &change("15", "16")));
    assert_eq!(hours(&alone), ["24 09", "25 10", "25 15", "26 09"]);
    assert_eq!(hours(&both), ["24 09", "25 10", "25 16", "26 09"]);
    let (first, second) = ("2026-11-25T10:00:00Z", "2026-11-25T16:00:00Z");
    // What was imported before is the same event.
    assert_eq!(transaction(&alone, first), transaction(&both, first));
    assert_ne!(transaction(&both, first), transaction(&both, second));
}
