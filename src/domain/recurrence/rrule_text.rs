//! A rule as RFC 5545 writes it.
//!
//! RRULE skips months without a 31st, Microsoft 365 uses their last day. So days 29 to 31 are written
//! as "the last of 28, 29 … day" (BYMONTHDAY with BYSETPOS=-1), which names exactly one date a month.

use jiff::civil::{Time, Weekday};

use super::{Index, Pattern, Range, Recurrence, Weekdays};
use crate::domain::zone::Zone;

impl Recurrence {
    /// The value of an RRULE property. An end date is written as a DATE, right for all-day events;
    /// timed events in a zone need [`Recurrence::to_rrule_in`].
    pub fn to_rrule(&self) -> String {
        let until = |date: jiff::civil::Date| date.strftime("%Y%m%d").to_string();
        self.with_range(until)
    }

    /// As [`Recurrence::to_rrule`] for a timed event: the end as the UTC instant of the last possible
    /// start (RFC 5545 3.3.10: with a zoned DTSTART, UNTIL is in UTC).
    pub fn to_rrule_in(&self, zone: &Zone, starts_at: Time) -> String {
        let until = |date: jiff::civil::Date| {
            let last = zone.instant(date.to_datetime(starts_at)).later();
            Zone::utc()
                .wall(last)
                .strftime("%Y%m%dT%H%M%SZ")
                .to_string()
        };
        self.with_range(until)
    }

    fn with_range(&self, until: impl Fn(jiff::civil::Date) -> String) -> String {
        let pattern = self.pattern.to_rrule();
        match self.range {
            Range::NoEnd => pattern,
            Range::Until(date) => format!("{pattern};UNTIL={}", until(date)),
            Range::Count(count) => format!("{pattern};COUNT={count}"),
        }
    }
}

impl Pattern {
    /// The pattern without UNTIL or COUNT.
    pub(super) fn to_rrule(&self) -> String {
        match *self {
            Self::Daily { interval } => format!("FREQ=DAILY;INTERVAL={interval}"),
            Self::Weekly {
                interval,
                days,
                week_start,
            } => {
                format!(
                    "FREQ=WEEKLY;INTERVAL={interval};BYDAY={};WKST={}",
                    list(days),
                    short(week_start)
                )
            }
            Self::AbsoluteMonthly { interval, day } => {
                format!("FREQ=MONTHLY;INTERVAL={interval};{}", month_day(day))
            }
            Self::RelativeMonthly {
                interval,
                days,
                index,
            } => {
                format!("FREQ=MONTHLY;INTERVAL={interval};{}", ranked(days, index))
            }
            Self::AbsoluteYearly {
                interval,
                month,
                day,
            } => {
                format!(
                    "FREQ=YEARLY;INTERVAL={interval};BYMONTH={month};{}",
                    day_of(month, day)
                )
            }
            Self::RelativeYearly {
                interval,
                month,
                days,
                index,
            } => {
                format!(
                    "FREQ=YEARLY;INTERVAL={interval};BYMONTH={month};{}",
                    ranked(days, index)
                )
            }
        }
    }
}

/// Only 29 February needs more than its number, and days a month never has.
fn day_of(month: u8, day: u8) -> String {
    let longest = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day <= longest {
        return format!("BYMONTHDAY={day}");
    }
    month_day(day)
}

fn month_day(day: u8) -> String {
    match day {
        29 => "BYMONTHDAY=28,29;BYSETPOS=-1".to_owned(),
        30 => "BYMONTHDAY=28,29,30;BYSETPOS=-1".to_owned(),
        31 => "BYMONTHDAY=-1".to_owned(),
        _ => format!("BYMONTHDAY={day}"),
    }
}

/// The date at `index` among all dates of the month on any of `days`.
fn ranked(days: Weekdays, index: Index) -> String {
    let position = match index {
        Index::First => 1,
        Index::Second => 2,
        Index::Third => 3,
        Index::Fourth => 4,
        Index::Last => -1,
    };
    if days.len() == 1 {
        return format!("BYDAY={position}{}", list(days));
    }
    format!("BYDAY={};BYSETPOS={position}", list(days))
}

fn list(days: Weekdays) -> String {
    days.iter().map(short).collect::<Vec<_>>().join(",")
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
