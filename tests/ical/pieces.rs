//! A series and its exceptions, cut into pieces, has exactly the occurrences it had.

use super::world::{now, plan, starts, wrapped};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rule() -> impl Strategy<Value = String> {
    let pattern = prop_oneof![
        (1..5u8).prop_map(|every| format!("FREQ=DAILY;INTERVAL={every}")),
        Just("FREQ=DAILY;BYDAY=MO,WE,FR".to_owned()),
        (
            1..4u8,
            prop::sample::subsequence(vec!["MO", "TU", "TH", "SA", "SU"], 1..4),
            prop::bool::ANY
        )
            .prop_map(|(every, days, sunday)| {
                let start = if sunday { "SU" } else { "MO" };
                format!(
                    "FREQ=WEEKLY;INTERVAL={every};BYDAY={};WKST={start}",
                    days.join(",")
                )
            }),
        (1..4u8, 1..32u8)
            .prop_map(|(every, day)| format!("FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={day}")),
        Just("FREQ=MONTHLY;BYMONTHDAY=-1".to_owned()),
        Just("FREQ=MONTHLY;BYMONTHDAY=1,15".to_owned()),
        (
            prop::sample::select(vec!["1", "2", "4", "5", "-1", "-2"]),
            prop::sample::select(vec!["MO", "FR", "SU"])
        )
            .prop_map(|(nth, day)| format!("FREQ=MONTHLY;BYDAY={nth}{day}")),
        Just("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1".to_owned()),
        Just("FREQ=YEARLY".to_owned()),
        Just("FREQ=YEARLY;BYMONTH=3,9;BYDAY=2TU".to_owned()),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1..60u8).prop_map(|count| format!(";COUNT={count}")),
        (0..700i64).prop_map(|days| {
            let last = date(2026, 3, 1).saturating_add(days.days());
            format!(";UNTIL={}", last.strftime("%Y%m%d"))
        }),
    ];
    (pattern, end).prop_map(|(pattern, end)| format!("{pattern}{end}"))
}

fn event(start: Date, rule: &str, holes: &[Date]) -> String {
    let mut text = format!(
        "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Europe/Berlin:{}T013000\nDURATION:PT30M\nRRULE:{rule}\nSUMMARY:x\n",
        start.strftime("%Y%m%d")
    );
    for hole in holes {
        text.push_str(&format!(
            "EXDATE;TZID=Europe/Berlin:{}T013000\n",
            hole.strftime("%Y%m%d")
        ));
    }
    text + "END:VEVENT\n"
}

/// Where even a rule without a pattern is written out.
fn range() -> std::ops::Range<Timestamp> {
    "2025-12-01T00:00:00Z".parse().unwrap()..now() + jiff::SignedDuration::from_hours(24 * 700)
}

/// 01:30 in Berlin, whatever the season.
fn day_of(start: &Timestamp) -> Date {
    let utc = start.to_zoned(jiff::tz::TimeZone::UTC);
    (utc + 2.hours()).date()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn pieces_have_the_occurrences_of_the_series(
        rule in rule(), shift in 0..60i64, picks in prop::collection::btree_set(0..40usize, 0..8),
    ) {
        let first = date(2026, 2, 1).saturating_add(shift.days());
        let whole = plan(&wrapped(&event(first, &rule, &[])));
        let all = starts(&whole, &range());
        let holes: BTreeSet<Date> = picks.iter().filter_map(|pick| all.get(*pick)).map(day_of).collect();
        let holes: Vec<Date> = holes.into_iter().collect();
        let cut = plan(&wrapped(&event(first, &rule, &holes)));
        let left: Vec<Timestamp> = all.iter().filter(|start| !holes.contains(&day_of(start))).copied().collect();
        prop_assert_eq!(starts(&cut, &range()), left, "{} without {:?}: {:?}", rule, holes, cut.remarks);
        let transactions: BTreeSet<&str> = cut.creates.iter().map(|create| create.transaction.as_str()).collect();
        prop_assert_eq!(transactions.len(), cut.creates.len());
    }
}

#[test]
fn what_is_added_and_changed_is_there_once() {
    let file = wrapped(
        "BEGIN:VEVENT\nUID:u\nDTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\n\
         RDATE:20261203T090000Z,20261210T120000Z\nSUMMARY:x\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T090000Z\nDURATION:PT1H\nSUMMARY:y\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261204T090000Z\nDTSTART:20261204T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261205T090000Z\nDTSTART:20261205T090000Z\nDURATION:PT1H\nSUMMARY:x\nEND:VEVENT\n",
    );
    let plan = plan(&file);
    let days: Vec<String> = starts(&plan, &range())
        .iter()
        .map(|start| start.strftime("%d %H").to_string())
        .collect();
    assert_eq!(
        days,
        ["01 09", "02 09", "03 09", "05 09", "10 12"],
        "{:?}",
        plan.remarks
    );
    let changed: Vec<_> = plan
        .creates
        .iter()
        .filter(|create| create.subject().raw() == "y")
        .collect();
    assert_eq!(changed.len(), 1);
}

#[test]
fn a_rule_without_a_pattern_says_what_became_of_it() {
    let finite = plan(&wrapped(&event(
        date(2026, 1, 31),
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=6",
        &[],
    )));
    assert_eq!(finite.creates.len(), 6);
    assert!(
        finite.remarks[0].words.contains("6 single events"),
        "{:?}",
        finite.remarks
    );
    let endless = plan(&wrapped(&event(
        date(2020, 1, 31),
        "FREQ=MONTHLY;BYMONTHDAY=31",
        &[],
    )));
    // Seven months have a 31st: three years around now.
    assert_eq!(endless.creates.len(), 21, "{:?}", endless.remarks);
    assert!(
        endless.remarks[0].words.contains("from 2025-11-23"),
        "{:?}",
        endless.remarks
    );
    assert!(!endless.remarks[0].is_skipped);
}

/// RFC 5545 3.8.5.3: the start is an occurrence, and counts, whatever the rule says.
#[test]
fn a_start_outside_its_rule_is_an_occurrence() {
    // A Tuesday, of Mondays.
    let days = |end: &str, holes: &[Date]| -> Vec<String> {
        let rule = format!("FREQ=WEEKLY;BYDAY=MO{end}");
        let plan = plan(&wrapped(&event(date(2026, 12, 1), &rule, holes)));
        let range = now()..now() + jiff::SignedDuration::from_hours(24 * 30);
        let starts = starts(&plan, &range);
        starts
            .iter()
            .map(|start| day_of(start).strftime("%m%d").to_string())
            .collect()
    };
    assert_eq!(days("", &[]), ["1201", "1207", "1214", "1221"]);
    assert_eq!(days(";COUNT=3", &[]), ["1201", "1207", "1214"]);
    let hole = date(2026, 12, 7);
    assert_eq!(days(";COUNT=3", &[hole]), ["1201", "1214"]);
}
