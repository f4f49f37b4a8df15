//! Lines as people type them.

use super::{Missing, Quick};
use crate::domain::recurrence::{Index, Pattern, Range, Recurrence, Weekdays};
use crate::domain::zone::Zones;
use jiff::civil::{Date, Time, Weekday, date, time};
use proptest::prelude::*;

/// A Thursday.
const TODAY: Date = date(2026, 11, 26);

fn read(text: &str) -> Quick {
    Quick::read(text, TODAY, date(2026, 12, 1)).unwrap()
}

fn when(text: &str) -> (Date, Option<Time>, i64) {
    let quick = read(text);
    (quick.day, quick.time, quick.minutes)
}

#[test]
fn the_line_of_the_manual() {
    let quick = read("1:1 with Ben tomorrow 14:30 for 45m @ Room 4 every 2 weeks");
    assert_eq!(quick.subject, "1:1 with Ben");
    assert_eq!(quick.day, date(2026, 11, 27));
    assert_eq!((quick.time, quick.minutes), (Some(time(14, 30, 0, 0)), 45));
    assert_eq!(quick.place, "Room 4");
    let rule = quick.rule.as_ref().unwrap();
    assert!(matches!(&rule.pattern, Pattern::Weekly { interval: 2, days, .. } if days.len() == 1));
    assert!(
        quick
            .sentence()
            .starts_with("Fri 27 Nov 2026 14:30–15:15 · Room 4 · ")
    );
}

#[test]
fn times_and_lengths() {
    let at = |hour, minute| Some(time(hour, minute, 0, 0));
    let cursor = date(2026, 12, 1);
    let cases = [
        ("a 14:30", (cursor, at(14, 30), 30)),
        ("a at 9", (cursor, at(9, 0), 30)),
        ("a 2pm", (cursor, at(14, 0), 30)),
        ("a 12am", (cursor, at(0, 0), 30)),
        ("a noon for 1h30", (cursor, at(12, 0), 90)),
        ("a 14:30-15:15", (cursor, at(14, 30), 45)),
        ("a 2-3pm", (cursor, at(14, 0), 60)),
        ("a from 14 to 15:30", (cursor, at(14, 0), 90)),
        ("a 22:00 to 01:00", (cursor, at(22, 0), 180)),
        ("a 10:00 for 2 hours", (cursor, at(10, 0), 120)),
        ("a 10:00 for half an hour", (cursor, at(10, 0), 30)),
        ("a 10:00 for 1.5h", (cursor, at(10, 0), 90)),
        ("a on fri 8:15", (date(2026, 11, 27), at(8, 15), 30)),
        ("a next thursday 8:15", (date(2026, 12, 3), at(8, 15), 30)),
        ("a 8:15 3 feb 2027", (date(2027, 2, 3), at(8, 15), 30)),
        ("a 9:00 for 2 days", (cursor, at(9, 0), 2880)),
        ("a in 3 days", (date(2026, 11, 29), None, 30)),
    ];
    for (text, expected) in cases {
        assert_eq!(when(text), expected, "{text}");
    }
}

/// For who changes an event: what was not said stays as it is.
#[test]
fn what_was_said_is_known() {
    for (text, says_length, says_all_day) in [
        ("a 2026-11-27", false, false),
        ("a tomorrow 9:00", false, false),
        ("a 14:30-15:15", true, false),
        ("a fri for 45m", true, false),
        ("a fri 9:00 for 2 days", true, false),
        ("a fri for 2 days", true, true),
        ("a fri all day", false, true),
    ] {
        let quick = read(text);
        let said = (quick.says_length, quick.says_all_day);
        assert_eq!(said, (says_length, says_all_day), "{text}");
    }
}

#[test]
fn words_that_only_look_like_dates_stay_in_the_subject() {
    for (text, subject) in [
        ("Plan the March budget tomorrow", "Plan the March budget"),
        ("Chapter 4 tomorrow", "Chapter 4"),
        ("Meet Sun Li tomorrow", "Meet Li tomorrow"),
        ("Meet \"Sun Li\" tomorrow", "Meet Sun Li"),
        ("\"Tomorrow 9:00\" review mon", "Tomorrow 9:00 review"),
        ("Friday review tomorrow", "review tomorrow"),
        ("Call for tenders 10:00", "Call for tenders"),
    ] {
        assert_eq!(read(text).subject, subject, "{text}");
    }
}

#[test]
fn rules_and_their_ends() {
    let rule = |text: &str| read(text).rule.unwrap();
    assert!(matches!(
        rule("a every weekday 9:00").pattern,
        Pattern::Weekly { days, .. } if days.len() == 5
    ));
    let said = rule("a every mon and wed 9:00 until 24 dec");
    assert_eq!(said.range, Range::Until(date(2026, 12, 24)));
    assert!(matches!(said.pattern, Pattern::Weekly { days, .. } if days.len() == 2));
    assert_eq!(rule("a monthly 5 times 9:00").range, Range::Count(5));
    assert!(matches!(
        rule("a 31 jan every month").pattern,
        Pattern::AbsoluteMonthly { day: 31, .. }
    ));
    // The first day is the rule's, when none was said.
    assert_eq!(read("a every monday 9:00").day, date(2026, 12, 7));
}

#[test]
fn whole_days_places_and_categories() {
    let quick = read("Offsite next friday for 3 days @ Lake house #travel #Team");
    assert_eq!((quick.time, quick.days), (None, 3));
    assert_eq!(quick.place, "Lake house");
    assert_eq!(quick.categories, ["travel", "Team"]);
    let span = quick.span(&Zones::bundled().find("Pacific/Apia").unwrap());
    assert!(span.all_day);
    assert_eq!(span.end.duration_since(span.start).as_hours(), 72);
}

#[test]
fn what_is_missing_is_said() {
    let read = |text| Quick::read(text, TODAY, TODAY).unwrap_err();
    assert_eq!(read(""), Missing::Subject);
    assert_eq!(read("tomorrow 9:00"), Missing::Subject);
    assert_eq!(read("Lunch with Ben"), Missing::When);
}

#[test]
fn a_time_the_clock_skips_is_the_one_after() {
    let quick = Quick::read("a 2:30", TODAY, date(2026, 3, 29)).unwrap();
    let span = quick.span(&Zones::bundled().find("Europe/Berlin").unwrap());
    assert_eq!(span.start.to_string(), "2026-03-29T01:30:00Z");
    assert_eq!(span.wall_start.time(), time(3, 30, 0, 0));
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = Quick::read(&text, TODAY, TODAY);
    }

    #[test]
    fn any_mix_of_phrases_ends(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "every", "2", "weeks", "mon", "and", "until", "3", "feb", "@", "@x", "at", "for", "1h",
            "14:30", "-", "to", "all", "day", "#", "#a", "\"", "next", "in", "days", "times",
            "99999999999999999999", "0", "for", "-1h", "25:00", "9999-12-31", "Ben",
        ]), 0..14))
    {
        let text = words.join(" ");
        if let Ok(quick) = Quick::read(&text, TODAY, TODAY) {
            let zone = Zones::bundled().find("America/St_Johns").unwrap();
            let span = quick.span(&zone);
            prop_assert!(span.start <= span.end, "{}", text);
            let _ = quick.sentence();
        }
    }
}

#[test]
fn what_a_rule_says_is_read_as_the_same_rule() {
    let today = date(2026, 11, 26);
    let first = date(2026, 12, 3);
    let sets = [
        Weekdays::WORKDAYS,
        Weekdays::WEEKEND,
        Weekdays::from_iter([Weekday::Monday]),
        Weekdays::from_iter([Weekday::Tuesday, Weekday::Thursday]),
        Weekdays::from_iter([Weekday::Monday, Weekday::Wednesday, Weekday::Sunday]),
    ];
    let ranks = [
        Index::First,
        Index::Second,
        Index::Third,
        Index::Fourth,
        Index::Last,
    ];
    let mut patterns = Vec::new();
    for interval in [1, 2, 13] {
        patterns.push(Pattern::Daily { interval });
        for days in sets {
            patterns.push(Pattern::Weekly {
                interval,
                days,
                week_start: Weekday::Monday,
            });
            for index in ranks {
                patterns.push(Pattern::RelativeMonthly {
                    interval,
                    days,
                    index,
                });
                patterns.push(Pattern::RelativeYearly {
                    interval,
                    month: 5,
                    days,
                    index,
                });
            }
        }
        for day in [1, 15, 28, 29, 30, 31] {
            patterns.push(Pattern::AbsoluteMonthly { interval, day });
            patterns.push(Pattern::AbsoluteYearly {
                interval,
                month: 2,
                day,
            });
        }
    }
    let ranges = [
        Range::NoEnd,
        Range::Until(date(2027, 3, 3)),
        Range::Count(7),
        Range::Count(1),
    ];
    for pattern in patterns {
        for range in ranges {
            let rule = Recurrence {
                pattern: pattern.clone(),
                range,
            };
            let said = rule.sentence();
            assert_eq!(Quick::rule(&said, today, first), Ok(Some(rule)), "{said}");
        }
    }
}

#[test]
fn a_line_of_a_form_is_a_time_or_a_rule_and_nothing_else() {
    let today = date(2026, 11, 26);
    let when = |text: &str| Quick::when(text, today, today);
    assert_eq!(
        when("27 nov 2026 14:30-15:15").map(|quick| quick.minutes),
        Ok(45)
    );
    assert_eq!(when("fri all day").map(|quick| quick.time), Ok(None));
    assert_eq!(when("14:00").map(|quick| quick.day), Ok(today));
    for text in [
        "",
        "lunch",
        "14:00 lunch",
        "14:00 @ Kitchen",
        "14:00 #a",
        "14:00 every day",
    ] {
        assert_eq!(when(text), Err(Missing::Time), "{text}");
    }
    let rule = |text: &str| Quick::rule(text, today, today);
    assert_eq!(rule("never"), Ok(None));
    assert_eq!(
        rule("Every month").map(|rule| rule.unwrap().sentence()),
        Ok("every month on day 26".into())
    );
    for text in [
        "sometimes",
        "every",
        "every week on",
        "every day until",
        "every day at 9",
    ] {
        assert_eq!(rule(text), Err(Missing::Rule), "{text}");
    }
}
