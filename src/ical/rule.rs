//! Recurrence rules (RFC 5545 3.3.10) as files write them, down to days.
//!
//! Refuses what repeats within a day, and counts beyond any calendar: those are how a few bytes
//! keep a program busy for hours. Invariant: everything made of a rule is made lazily and against
//! a budget of days ([`dates`]).

mod dates;
mod pattern;

pub(super) use dates::Budget;

use super::event::Moment;
use super::{COUNT_AT_MOST, value};
use crate::domain::recurrence::{Range, Recurrence};
use crate::domain::zone::Zone;
use jiff::civil::{Date, Weekday};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day of the week, all of them or the nth (from the end when negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByDay {
    pub nth: Option<i16>,
    pub day: Weekday,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub frequency: Frequency,
    /// At least 1.
    pub interval: u16,
    pub until: Option<Moment>,
    pub count: Option<u32>,
    pub by_day: Vec<ByDay>,
    pub by_month: Vec<i8>,
    pub by_month_day: Vec<i8>,
    pub by_position: Vec<i16>,
    pub week_start: Weekday,
    /// BYHOUR, BYMINUTE, BYSECOND: fine as long as they repeat the start.
    by_clock: Vec<(Clock, Vec<i8>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Hour,
    Minute,
    Second,
}

impl Rule {
    /// # Errors
    /// Why it is not read, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut frequency = None;
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            until: None,
            count: None,
            by_day: Vec::new(),
            by_month: Vec::new(),
            by_month_day: Vec::new(),
            by_position: Vec::new(),
            week_start: Weekday::Monday,
            by_clock: Vec::new(),
        };
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| "its rule cannot be read".to_owned())?;
            let name = name.trim().to_ascii_uppercase();
            if name == "FREQ" {
                frequency = Some(read_frequency(value)?);
            } else {
                rule.take(&name, value.trim())?;
            }
        }
        rule.frequency = frequency.ok_or("its rule has no frequency")?;
        rule.is_consistent()?;
        Ok(rule)
    }

    fn take(&mut self, name: &str, text: &str) -> Result<(), String> {
        let odd = || format!("its rule has an odd {name}");
        match name {
            "INTERVAL" => {
                let number: u16 = text.parse().map_err(|_| odd())?;
                if number == 0 {
                    return Err("its rule repeats every 0 days".into());
                }
                self.interval = number;
            }
            "COUNT" => {
                let number: u64 = text.parse().map_err(|_| odd())?;
                if number == 0 || number > COUNT_AT_MOST.into() {
                    return Err(format!(
                        "its rule counts {number} occurrences; 1 to {COUNT_AT_MOST} are read"
                    ));
                }
                self.count = u32::try_from(number).ok();
            }
            "UNTIL" => self.until = Some(value::moment(text, None).ok_or_else(odd)?),
            "BYDAY" => self.by_day = list(text, by_day).ok_or_else(odd)?,
            "BYMONTH" => self.by_month = numbers(text, 1, 12).ok_or_else(odd)?,
            "BYMONTHDAY" => self.by_month_day = numbers(text, 1, 31).ok_or_else(odd)?,
            "BYSETPOS" => {
                let positions: Vec<i16> = list(text, |one| one.parse().ok()).ok_or_else(odd)?;
                if positions
                    .iter()
                    .any(|at| *at == 0 || at.unsigned_abs() > 366)
                {
                    return Err(odd());
                }
                self.by_position = positions;
            }
            "WKST" => self.week_start = weekday(text).ok_or_else(odd)?,
            "BYHOUR" => self.clock(Clock::Hour, text).ok_or_else(odd)?,
            "BYMINUTE" => self.clock(Clock::Minute, text).ok_or_else(odd)?,
            "BYSECOND" => self.clock(Clock::Second, text).ok_or_else(odd)?,
            "BYYEARDAY" | "BYWEEKNO" => {
                return Err(format!("its rule has {name}, which is not supported"));
            }
            // RFC 7529: another calendar than the Gregorian.
            "RSCALE" if !text.eq_ignore_ascii_case("GREGORIAN") => {
                return Err(format!("its rule counts in another calendar ({name})"));
            }
            "SKIP" if !text.eq_ignore_ascii_case("OMIT") => {
                return Err(format!("its rule has {name}, which is not supported"));
            }
            _ => {}
        }
        Ok(())
    }

    fn clock(&mut self, part: Clock, text: &str) -> Option<()> {
        self.by_clock
            .push((part, list(text, |one| one.parse().ok())?));
        Some(())
    }

    fn is_consistent(&self) -> Result<(), String> {
        let has_nth = self.by_day.iter().any(|by| by.nth.is_some());
        let counts_weeks = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        if has_nth && !counts_weeks {
            return Err("its rule counts weekdays of no month".into());
        }
        if !self.by_position.is_empty() && self.by_day.is_empty() && self.by_month_day.is_empty() {
            return Err("its rule chooses by position from nothing".into());
        }
        Ok(())
    }

    /// The same as Microsoft 365 says it, for a series whose first day is `first`; an end in UTC
    /// is a date on the clock of `zone`.
    ///
    /// # Errors
    /// Why there is no such rule, in words.
    pub fn recurrence(&self, first: Date, zone: &Zone) -> Result<Recurrence, String> {
        if !self.by_clock.is_empty() {
            return Err("a rule with hours or minutes cannot be kept".into());
        }
        let none = || "no rule of Microsoft 365 says the same".to_owned();
        let pattern = self.pattern(first).ok_or_else(none)?;
        let range = match (self.count, &self.until) {
            (Some(_), Some(_)) => return Err("its rule has both COUNT and UNTIL".into()),
            (Some(count), None) => Range::Count(count),
            (None, Some(Moment::Date(last))) => Range::Until(*last),
            (None, Some(Moment::Floating(wall) | Moment::Zoned(wall, _))) => {
                Range::Until(wall.date())
            }
            (None, Some(Moment::Utc(last))) => Range::Until(zone.wall(*last).date()),
            (None, None) => Range::NoEnd,
        };
        Ok(Recurrence { pattern, range })
    }

    /// Whether BYHOUR and its kin only repeat when the event starts.
    pub fn is_once_a_day(&self, start: jiff::civil::Time) -> bool {
        self.by_clock.iter().all(|(part, values)| {
            let own = match part {
                Clock::Hour => start.hour(),
                Clock::Minute => start.minute(),
                Clock::Second => start.second(),
            };
            *values == [own]
        })
    }
}

fn read_frequency(text: &str) -> Result<Frequency, String> {
    let word = text.trim().to_ascii_uppercase();
    match word.as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "SECONDLY" | "MINUTELY" | "HOURLY" => Err(format!(
            "it repeats {}, which no calendar of Microsoft 365 can hold",
            word.to_ascii_lowercase()
        )),
        _ => Err("its rule has an unknown frequency".into()),
    }
}

/// A comma list without doubles; as long as any honest rule's.
fn list<T: PartialEq>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut values = Vec::new();
    for (taken, one) in text.split(',').enumerate() {
        let value = read(one.trim())?;
        if taken > 366 {
            return None;
        }
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Some(values)
}

/// Numbers from `least` to `most`, or as far from the end where that makes sense.
fn numbers(text: &str, least: i8, most: i8) -> Option<Vec<i8>> {
    let range = least..=most;
    list(text, |one| {
        let number: i8 = one.parse().ok()?;
        let is_day = most == 31 && range.contains(&number.checked_neg()?);
        (range.contains(&number) || is_day).then_some(number)
    })
}

fn by_day(text: &str) -> Option<ByDay> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = match nth {
        "" => None,
        digits => Some(digits.parse::<i16>().ok().filter(|nth| *nth != 0)?),
    };
    let is_sane = nth.is_none_or(|nth| nth.unsigned_abs() <= 53);
    is_sane.then_some(ByDay {
        nth,
        day: weekday(day)?,
    })
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.trim().to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
