//! A rule in English words.

use jiff::civil::Weekday;

use super::{Index, Pattern, Range, Recurrence, Weekdays};

impl Recurrence {
    /// "every 2 weeks on Tuesday and Thursday until 3 March 2027". Starts in lower case, no full stop.
    pub fn sentence(&self) -> String {
        let pattern = self.pattern.sentence();
        match self.range {
            Range::NoEnd => pattern,
            Range::Until(date) => {
                format!(
                    "{pattern} until {} {} {}",
                    date.day(),
                    month(date.month().unsigned_abs()),
                    date.year()
                )
            }
            Range::Count(1) => format!("{pattern}, once"),
            Range::Count(count) => format!("{pattern}, {count} times"),
        }
    }
}

impl Pattern {
    fn sentence(&self) -> String {
        let every = |unit: &str| match self.interval() {
            1 => format!("every {unit}"),
            interval => format!("every {interval} {unit}s"),
        };
        match *self {
            Self::Daily { .. } => every("day"),
            Self::Weekly {
                interval: 1,
                days: Weekdays::ALL,
                ..
            } => "every day".to_owned(),
            Self::Weekly {
                interval: 1,
                days: Weekdays::WORKDAYS,
                ..
            } => "every weekday".to_owned(),
            Self::Weekly { days, .. } => format!("{} on {}", every("week"), named(days)),
            Self::AbsoluteMonthly { day: 31, .. } => format!("{} on the last day", every("month")),
            Self::AbsoluteMonthly { day, .. } => {
                format!("{} on day {day}{}", every("month"), fallback(day))
            }
            Self::RelativeMonthly { days, index, .. } => {
                format!("{} on the {}", every("month"), ranked(days, index))
            }
            Self::AbsoluteYearly {
                month: number, day, ..
            } => {
                let is_leap_day = number == 2 && day > 28;
                let otherwise = if is_leap_day {
                    " (or the last day of that month)"
                } else {
                    ""
                };
                format!("{} on {day} {}{otherwise}", every("year"), month(number))
            }
            Self::RelativeYearly {
                month: number,
                days,
                index,
                ..
            } => {
                format!(
                    "{} on the {} of {}",
                    every("year"),
                    ranked(days, index),
                    month(number)
                )
            }
        }
    }
}

fn fallback(day: u8) -> &'static str {
    if day > 28 { " (or the last day)" } else { "" }
}

fn ranked(days: Weekdays, index: Index) -> String {
    let rank = match index {
        Index::First => "first",
        Index::Second => "second",
        Index::Third => "third",
        Index::Fourth => "fourth",
        Index::Last => "last",
    };
    let what = match days {
        Weekdays::ALL => "day".to_owned(),
        Weekdays::WORKDAYS => "weekday".to_owned(),
        Weekdays::WEEKEND => "weekend day".to_owned(),
        _ => joined(days, "or"),
    };
    format!("{rank} {what}")
}

fn named(days: Weekdays) -> String {
    match days {
        Weekdays::WORKDAYS => "weekdays".to_owned(),
        Weekdays::ALL => "all days".to_owned(),
        _ => joined(days, "and"),
    }
}

/// "Monday", "Monday and Friday", "Monday, Tuesday and Friday".
fn joined(days: Weekdays, word: &str) -> String {
    let mut names: Vec<&str> = days.iter().map(weekday).collect();
    match (names.pop(), names.as_slice()) {
        (None, _) => "no day".to_owned(),
        (Some(only), []) => only.to_owned(),
        (Some(last), before) => format!("{} {word} {last}", before.join(", ")),
    }
}

pub(super) fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(number: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES
        .get(usize::from(number).wrapping_sub(1))
        .copied()
        .unwrap_or("an unknown month")
}
