//! Rules as RFC 5545 3.8.5.3 shows them, and what Microsoft 365 can say of them.

use super::dates::Budget;
use super::*;
use crate::domain::recurrence::{Index, Pattern, Weekdays};
use jiff::civil::{Date, date};

fn days(rule: &str, start: Date, most: usize) -> Vec<String> {
    let rule = Rule::read(rule).unwrap();
    let mut budget = Budget::new();
    let mut dates = rule.dates(start);
    let all = std::iter::from_fn(|| dates.next(&mut budget));
    all.take(most)
        .map(|day| day.strftime("%y%m%d").to_string())
        .collect()
}

#[test]
fn examples_of_the_standard() {
    let tuesday = date(1997, 9, 2);
    for (rule, start, wanted) in [
        ("FREQ=DAILY;COUNT=3", tuesday, "970902 970903 970904"),
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=3",
            tuesday,
            "970902 970912 970922",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            tuesday,
            "970902 970916 970930",
        ),
        (
            "FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH",
            tuesday,
            "970902 970904 970909 970911",
        ),
        (
            "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
            date(1997, 9, 5),
            "970905 971003 971107 971205",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU",
            date(1997, 9, 7),
            "970907 970928 971102 971130",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO",
            date(1997, 9, 22),
            "970922 971020 971117",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            date(1997, 9, 28),
            "970928 971029 971128",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=2,15",
            tuesday,
            "970902 970915 971002",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,-1",
            date(1997, 9, 30),
            "970930 971001 971031",
        ),
        (
            "FREQ=YEARLY;BYMONTH=6,7",
            date(1997, 6, 10),
            "970610 970710 980610",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            date(1997, 5, 19),
            "970519 980518 990517",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            date(1997, 3, 13),
            "970313 970320 970327",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            tuesday,
            "980213 980313 981113",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            date(1997, 9, 13),
            "970913 971011 971108",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            date(1997, 9, 4),
            "970904 971007 971106",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            date(1997, 9, 29),
            "970929 971030 971127",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            date(1997, 8, 5),
            "970805 970810 970819 970824",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            date(1997, 8, 5),
            "970805 970817 970819 970831",
        ),
        ("FREQ=MONTHLY", date(2007, 1, 31), "070131 070331 070531"),
        ("FREQ=YEARLY", date(2020, 2, 29), "200229 240229 280229"),
    ] {
        let wanted: Vec<&str> = wanted.split(' ').collect();
        assert_eq!(days(rule, start, wanted.len()), wanted, "{rule}");
    }
}

#[test]
fn a_rule_that_never_falls_ends_with_its_budget() {
    let rule = Rule::read("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
    let mut budget = Budget::new();
    assert_eq!(rule.dates(date(2020, 1, 1)).next(&mut budget), None);
    assert!(budget.is_spent());
}

fn pattern(rule: &str, first: Date) -> Option<Pattern> {
    Rule::read(rule).unwrap().pattern(first)
}

#[test]
fn what_microsoft_365_can_say_it_says_exactly() {
    let first = date(2026, 11, 24);
    let day = Weekdays::default().with(Weekday::Tuesday);
    for every in [
        "FREQ=WEEKLY",
        "FREQ=DAILY;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=TU",
    ] {
        let Some(Pattern::Weekly {
            interval: 1, days, ..
        }) = pattern(every, first)
        else {
            panic!("{every}");
        };
        assert_eq!(days, day, "{every}");
    }
    for fourth in [
        "FREQ=MONTHLY;BYDAY=4TU",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=4",
        "FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=22,23,24,25,26,27,28",
    ] {
        let Some(Pattern::RelativeMonthly {
            index: Index::Fourth,
            days,
            ..
        }) = pattern(fourth, first)
        else {
            panic!("{fourth}");
        };
        assert_eq!(days, day, "{fourth}");
    }
    for last in [
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
    ] {
        let absolute = Pattern::AbsoluteMonthly {
            interval: 1,
            day: 31,
        };
        assert_eq!(pattern(last, first), Some(absolute));
    }
    let yearly = Pattern::AbsoluteYearly {
        interval: 1,
        month: 11,
        day: 24,
    };
    assert_eq!(pattern("FREQ=YEARLY", first), Some(yearly.clone()));
    assert_eq!(
        pattern("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=24", first),
        Some(yearly)
    );
    for never in [
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYDAY=5TU",
        "FREQ=MONTHLY;BYDAY=1MO,1TU",
        "FREQ=MONTHLY;BYDAY=-2TU",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=1,7",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=100",
        "FREQ=WEEKLY;BYMONTH=1",
    ] {
        assert_eq!(pattern(never, first), None, "{never}");
    }
}

/// What is written here is what is read here.
#[test]
fn patterns_come_back_from_their_rules() {
    use crate::domain::recurrence::Recurrence;
    let first = date(2026, 1, 29);
    let days = Weekdays::WORKDAYS;
    let one = Weekdays::default().with(Weekday::Thursday);
    let mut patterns = vec![
        Pattern::Daily { interval: 3 },
        Pattern::Weekly {
            interval: 2,
            days,
            week_start: Weekday::Sunday,
        },
        Pattern::RelativeMonthly {
            interval: 2,
            days,
            index: Index::Last,
        },
        Pattern::RelativeYearly {
            interval: 1,
            month: 11,
            days: one,
            index: Index::Fourth,
        },
    ];
    for day in 1..=31 {
        patterns.push(Pattern::AbsoluteMonthly { interval: 1, day });
    }
    for (month, day) in [(1, 31), (2, 28), (4, 30), (12, 1)] {
        patterns.push(Pattern::AbsoluteYearly {
            interval: 1,
            month,
            day,
        });
    }
    for wanted in patterns {
        let text = Recurrence::forever(wanted.clone()).to_rrule();
        assert_eq!(pattern(&text, first), Some(wanted), "{text}");
    }
}
