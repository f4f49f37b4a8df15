//! Who is judged: anything that expands a rule in Graph's own shape.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use kalends::domain::recurrence::{CANDIDATES, Index, Pattern, Range, Recurrence, Weekdays};
use kalends::domain::zone::{Zone, Zones};
use kalends::simulator::civil::Wall;
use kalends::simulator::recurrence::json::expand_json;
use serde_json::Value;

/// One question: a series and a window.
#[derive(Debug, Clone)]
pub struct Case {
    /// The first candidate, on the wall clock: "2026-03-29T02:30:00".
    pub start: String,
    /// An IANA name.
    pub zone: String,
    /// Graph: patternedRecurrence.
    pub recurrence: Value,
    /// Half open, in seconds since 1970.
    pub window: (i64, i64),
}

impl Case {
    /// The case as the judge reads it.
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "start": self.start,
            "timeZone": self.zone,
            "recurrence": self.recurrence,
            "window": [self.window.0, self.window.1],
        })
    }
}

/// Something that expands rules.
pub trait Expander {
    /// For messages.
    fn name(&self) -> &'static str;

    /// Starts within the window, in seconds since 1970, in order.
    fn expand(&self, case: &Case) -> Vec<i64>;
}

/// Kalends' own expansion.
pub struct Domain(pub Zones);

impl Expander for Domain {
    fn name(&self) -> &'static str {
        "domain::recurrence"
    }

    fn expand(&self, case: &Case) -> Vec<i64> {
        let rule = read(&case.recurrence);
        let start: DateTime = case.start.parse().unwrap();
        let zone = self.0.find(&case.zone).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let expansion = rule
            .expand(
                start,
                &zone,
                at(case.window.0)..at(case.window.1),
                CANDIDATES,
            )
            .unwrap();
        assert!(!expansion.truncated, "{case:?}");
        expansion
            .starts
            .iter()
            .map(|occurrence| occurrence.instant.as_second())
            .collect()
    }
}

/// The simulator's, written apart from the client's: rules on the wall clock, its own zones.
pub struct Simulated;

impl Expander for Simulated {
    fn name(&self) -> &'static str {
        "simulator::recurrence"
    }

    fn expand(&self, case: &Case) -> Vec<i64> {
        let zone = kalends::simulator::zone::find(&case.zone).unwrap();
        let start = Wall::parse(&case.start).unwrap();
        let (from, to) = (case.window.0 * 1_000, case.window.1 * 1_000);
        // A day wider on the wall clock, cut to the window as instants.
        let day = 86_400_000;
        let walls = expand_json(
            &case.recurrence,
            start,
            Wall(zone.wall_of(from).0 - day),
            Wall(zone.wall_of(to).0 + day),
        );
        let instants = walls.unwrap().into_iter().map(|wall| zone.instant_of(wall));
        instants
            .filter(|instant| (from..to).contains(instant))
            .map(|instant| instant.div_euclid(1_000))
            .collect()
    }
}

/// The well-known mistake: a series stored in UTC, which drifts when clocks change.
pub struct RepeatsInUtc(pub Zones);

impl Expander for RepeatsInUtc {
    fn name(&self) -> &'static str {
        "a series in UTC"
    }

    fn expand(&self, case: &Case) -> Vec<i64> {
        let start: DateTime = case.start.parse().unwrap();
        let first = self.0.find(&case.zone).unwrap().instant(start).compatible();
        let shift = first.as_second() - Zone::utc().instant(start).compatible().as_second();
        let window = (case.window.0 - shift, case.window.1 - shift);
        let shifted = Case {
            zone: "UTC".to_owned(),
            window,
            ..case.clone()
        };
        let starts = Domain(self.0.clone()).expand(&shifted);
        starts.iter().map(|start| start + shift).collect()
    }
}

/// The rule in RFC 5545 form, its end on the case's own wall clock.
pub fn rrule(case: &Case) -> String {
    let start: DateTime = case.start.parse().unwrap();
    read(&case.recurrence).to_rrule_in(&Zone::utc(), start.time())
}

fn read(rule: &Value) -> Recurrence {
    let (pattern, range) = (&rule["pattern"], &rule["range"]);
    let number = |name: &str| u16::try_from(pattern[name].as_u64().unwrap_or(0)).unwrap();
    let (interval, month) = (number("interval"), u8::try_from(number("month")).unwrap());
    let day = u8::try_from(number("dayOfMonth")).unwrap();
    let days: Weekdays = pattern["daysOfWeek"]
        .as_array()
        .into_iter()
        .flatten()
        .map(weekday)
        .collect();
    let index = match pattern["index"].as_str() {
        Some("second") => Index::Second,
        Some("third") => Index::Third,
        Some("fourth") => Index::Fourth,
        Some("last") => Index::Last,
        _ => Index::First,
    };
    let pattern = match pattern["type"].as_str().unwrap() {
        "daily" => Pattern::Daily { interval },
        "weekly" => Pattern::Weekly {
            interval,
            days,
            week_start: weekday(&pattern["firstDayOfWeek"]),
        },
        "absoluteMonthly" => Pattern::AbsoluteMonthly { interval, day },
        "relativeMonthly" => Pattern::RelativeMonthly {
            interval,
            days,
            index,
        },
        "absoluteYearly" => Pattern::AbsoluteYearly {
            interval,
            month,
            day,
        },
        "relativeYearly" => Pattern::RelativeYearly {
            interval,
            month,
            days,
            index,
        },
        other => panic!("{other}"),
    };
    let range = match range["type"].as_str().unwrap() {
        "endDate" => Range::Until(range["endDate"].as_str().unwrap().parse::<Date>().unwrap()),
        "numbered" => {
            Range::Count(u32::try_from(range["numberOfOccurrences"].as_u64().unwrap()).unwrap())
        }
        _ => Range::NoEnd,
    };
    Recurrence { pattern, range }
}

fn weekday(name: &Value) -> Weekday {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let at = names.iter().position(|known| name == known).unwrap();
    Weekday::from_monday_zero_offset(i8::try_from(at).unwrap()).unwrap()
}
