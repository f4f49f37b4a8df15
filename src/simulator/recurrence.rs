//! Series on the wall clock: Graph's six patterns and three ranges, by arithmetic.
//!
//! Refuses zones: what repeats is the local date, and `zone` places it in time afterwards.
//! Invariant: the n-th occurrence is computed, never searched for, so a window far from the
//! start costs no more than one beside it (Graph: recurrencePattern, recurrenceRange).

use super::civil::{Day, Wall, date_of, day_of, month_length, weekday};

pub mod json;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    Daily {
        interval: u32,
    },
    Weekly {
        interval: u32,
        days: Vec<u8>,
        first_day: u8,
    },
    AbsoluteMonthly {
        interval: u32,
        day: u32,
    },
    RelativeMonthly {
        interval: u32,
        days: Vec<u8>,
        index: Index,
    },
    AbsoluteYearly {
        interval: u32,
        month: u32,
        day: u32,
    },
    RelativeYearly {
        interval: u32,
        month: u32,
        days: Vec<u8>,
        index: Index,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Never,
    /// Inclusive.
    On(Day),
    After(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: Day,
    pub end: End,
}

/// Wall starts of all occurrences whose start lies in `from..to` (wall clock of the series).
/// `start` gives the time of day; its date is not looked at, `range.start` is.
pub fn expand(pattern: &Pattern, range: &Range, start: Wall, from: Wall, to: Wall) -> Vec<Wall> {
    if to <= from {
        return Vec::new();
    }
    let time = start.ms_of_day();
    days(pattern, range, from.day(), to.day())
        .into_iter()
        .map(|day| Wall::at(day, time))
        .filter(|wall| *wall >= from && *wall < to)
        .collect()
}

/// Dates of all occurrences in `from..=to`, ascending.
pub fn days(pattern: &Pattern, range: &Range, from: Day, to: Day) -> Vec<Day> {
    let to = match range.end {
        End::On(last) => to.min(last),
        _ => to,
    };
    let from = from.max(range.start);
    if to < from {
        return Vec::new();
    }
    let skipped = pattern.position(range.start, range.start);
    let mut position = pattern.position(range.start, from);
    let mut found = Vec::new();
    loop {
        if let End::After(count) = range.end
            && position - skipped >= i64::from(count)
        {
            return found;
        }
        let Some(day) = pattern.nth(range.start, position) else {
            return found;
        };
        if day > to {
            return found;
        }
        if day >= from {
            found.push(day);
        }
        position += 1;
    }
}

/// The first date on or after `range.start` that fits.
pub fn first_day(pattern: &Pattern, range: &Range) -> Option<Day> {
    let position = pattern.position(range.start, range.start);
    let day = pattern.nth(range.start, position)?;
    match range.end {
        End::On(last) if day > last => None,
        End::After(0) => None,
        _ => Some(day),
    }
}

impl Pattern {
    /// The number, counted from the period that holds `anchor`, of the first slot on or after `day`.
    fn position(&self, anchor: Day, day: Day) -> i64 {
        let guess = match self {
            Self::Daily { interval } => i64::from(day - anchor).div_euclid(i64::from(*interval)),
            Self::Weekly {
                interval,
                days,
                first_day,
            } => {
                let weeks =
                    i64::from(week_start(day, *first_day) - week_start(anchor, *first_day)) / 7;
                weeks.div_euclid(i64::from(*interval)) * i64::try_from(days.len()).unwrap_or(1)
            }
            Self::AbsoluteMonthly { interval, .. } | Self::RelativeMonthly { interval, .. } => {
                (month_number(day) - month_number(anchor)).div_euclid(i64::from(*interval))
            }
            Self::AbsoluteYearly { interval, .. } | Self::RelativeYearly { interval, .. } => {
                i64::from(date_of(day).0 - date_of(anchor).0).div_euclid(i64::from(*interval))
            }
        };
        let mut position = guess.max(0);
        while self.nth(anchor, position).is_some_and(|slot| slot < day) {
            position += 1;
        }
        position
    }

    /// The n-th slot counted from the period that holds `anchor`; slots before the anchor count too.
    fn nth(&self, anchor: Day, position: i64) -> Option<Day> {
        match self {
            Self::Daily { interval } => {
                Day::try_from(i64::from(anchor) + position * i64::from(*interval))
                    .ok()
                    .filter(|day| in_reach(*day))
            }
            Self::Weekly {
                interval,
                days,
                first_day,
            } => {
                let mut ahead: Vec<i64> = days
                    .iter()
                    .map(|day| i64::from((day + 7 - first_day) % 7))
                    .collect();
                ahead.sort_unstable();
                let count = i64::try_from(ahead.len()).ok().filter(|count| *count > 0)?;
                let week = position.div_euclid(count) * i64::from(*interval);
                let within = ahead.get(usize::try_from(position.rem_euclid(count)).ok()?)?;
                let day = i64::from(week_start(anchor, *first_day)) + week * 7 + within;
                Day::try_from(day).ok().filter(|day| in_reach(*day))
            }
            Self::AbsoluteMonthly { interval, day } => {
                let (year, month) = month_after(anchor, position * i64::from(*interval))?;
                day_of(year, month, (*day).min(month_length(year, month)))
            }
            Self::RelativeMonthly {
                interval,
                days,
                index,
            } => {
                let (year, month) = month_after(anchor, position * i64::from(*interval))?;
                matching_day(year, month, days, *index)
            }
            Self::AbsoluteYearly {
                interval,
                month,
                day,
            } => {
                let year = year_after(anchor, position * i64::from(*interval))?;
                day_of(year, *month, (*day).min(month_length(year, *month)))
            }
            Self::RelativeYearly {
                interval,
                month,
                days,
                index,
            } => {
                let year = year_after(anchor, position * i64::from(*interval))?;
                matching_day(year, *month, days, *index)
            }
        }
    }
}

fn week_start(day: Day, first_day: u8) -> Day {
    day - i32::from((weekday(day) + 7 - first_day) % 7)
}

fn month_number(day: Day) -> i64 {
    let (year, month, _) = date_of(day);
    i64::from(year) * 12 + i64::from(month) - 1
}

fn month_after(anchor: Day, months: i64) -> Option<(i32, u32)> {
    let number = month_number(anchor) + months;
    let year = i32::try_from(number.div_euclid(12))
        .ok()
        .filter(|year| *year <= 9999)?;
    Some((year, u32::try_from(number.rem_euclid(12)).ok()? + 1))
}

fn year_after(anchor: Day, years: i64) -> Option<i32> {
    i32::try_from(i64::from(date_of(anchor).0) + years)
        .ok()
        .filter(|year| *year <= 9999)
}

/// The day of a month that matches any of the weekdays, counted by index.
fn matching_day(year: i32, month: u32, days: &[u8], index: Index) -> Option<Day> {
    let first = day_of(year, month, 1)?;
    let last = day_of(year, month, month_length(year, month))?;
    let mut matching = (first..=last).filter(|day| days.contains(&weekday(*day)));
    match index {
        Index::First => matching.next(),
        Index::Second => matching.nth(1),
        Index::Third => matching.nth(2),
        Index::Fourth => matching.nth(3),
        Index::Last => matching.next_back(),
    }
}

fn in_reach(day: Day) -> bool {
    day < 2_932_896 // 9999-12-31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::civil::{date_text, parse_date};

    fn dates(pattern: &Pattern, start: &str, end: End, from: &str, to: &str) -> Vec<String> {
        let range = Range {
            start: parse_date(start).unwrap(),
            end,
        };
        days(
            pattern,
            &range,
            parse_date(from).unwrap(),
            parse_date(to).unwrap(),
        )
        .into_iter()
        .map(date_text)
        .collect()
    }

    #[test]
    fn day_31_is_clamped_to_short_months() {
        let pattern = Pattern::AbsoluteMonthly {
            interval: 1,
            day: 31,
        };
        let found = dates(
            &pattern,
            "2026-01-31",
            End::After(4),
            "2026-01-01",
            "2027-01-01",
        );
        assert_eq!(
            found,
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
        );
    }

    #[test]
    fn every_second_week_counts_from_its_first_day() {
        let days = vec![0, 2];
        let monday = Pattern::Weekly {
            interval: 2,
            days: days.clone(),
            first_day: 1,
        };
        let sunday = Pattern::Weekly {
            interval: 2,
            days,
            first_day: 0,
        };
        // RFC 5545 3.8.5.3, the WKST example.
        let with_monday = dates(
            &monday,
            "1997-08-05",
            End::After(4),
            "1997-08-01",
            "1997-12-31",
        );
        assert_eq!(
            with_monday,
            ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
        );
        let with_sunday = dates(
            &sunday,
            "1997-08-05",
            End::After(4),
            "1997-08-01",
            "1997-12-31",
        );
        assert_eq!(
            with_sunday,
            ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]
        );
    }

    #[test]
    fn the_last_working_day_is_found() {
        let pattern = Pattern::RelativeMonthly {
            interval: 1,
            days: vec![1, 2, 3, 4, 5],
            index: Index::Last,
        };
        let found = dates(
            &pattern,
            "2026-01-01",
            End::Never,
            "2026-01-01",
            "2026-03-31",
        );
        assert_eq!(found, ["2026-01-30", "2026-02-27", "2026-03-31"]);
    }

    #[test]
    fn a_leap_day_birthday_is_clamped_and_a_far_window_is_cheap() {
        let pattern = Pattern::AbsoluteYearly {
            interval: 1,
            month: 2,
            day: 29,
        };
        let found = dates(
            &pattern,
            "2024-02-29",
            End::Never,
            "2027-01-01",
            "2028-12-31",
        );
        assert_eq!(found, ["2027-02-28", "2028-02-29"]);
        let daily = Pattern::Daily { interval: 3 };
        let far = dates(&daily, "1900-01-01", End::Never, "9000-01-01", "9000-01-06");
        assert_eq!(far.len(), 2);
    }

    #[test]
    fn a_numbered_range_counts_only_real_occurrences() {
        let pattern = Pattern::Weekly {
            interval: 1,
            days: vec![1, 3],
            first_day: 0,
        };
        let found = dates(
            &pattern,
            "2026-10-07",
            End::After(3),
            "2026-10-01",
            "2026-12-31",
        );
        assert_eq!(found, ["2026-10-07", "2026-10-12", "2026-10-14"]);
        assert_eq!(
            dates(
                &pattern,
                "2026-10-07",
                End::After(3),
                "2026-10-13",
                "2026-12-31"
            ),
            ["2026-10-14"]
        );
    }
}
