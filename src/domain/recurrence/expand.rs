//! From a rule to its occurrences.
//!
//! The rrule crate walks the wall clock as if it were UTC, where no hour is missing or doubled; each
//! result is then localised. Work is bounded three ways: the window, a number of candidates, and, for
//! rules without a count, a start moved forward by whole periods, so that a series that is ten years
//! old costs no more than a new one.

use std::ops::{ControlFlow, Range as Instants};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::{Pattern, Range, Recurrence};
use crate::domain::zone::Zone;

/// The usual budget: how many occurrences are looked at, in the window or before it.
pub const CANDIDATES: u32 = 100_000;

/// One occurrence of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The start by the rule, on the wall clock. In a gap, a time the clock never shows.
    pub wall: DateTime,
    /// The start as an instant; gaps and folds by RFC 5545 (`Resolved::compatible`).
    pub instant: Timestamp,
}

/// The occurrences of a rule in a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// In order of time.
    pub starts: Vec<Occurrence>,
    /// True when the budget ended before the window or the rule did.
    pub truncated: bool,
}

/// Why a rule has no occurrences to speak of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    #[error("cannot repeat an event every 0 days, weeks, months or years; use 1 or more")]
    NoInterval,
    #[error("cannot repeat an event 0 times; use 1 or more")]
    NoOccurrence,
    #[error("cannot repeat an event on no weekday; choose at least one")]
    NoWeekday,
    #[error("cannot repeat an event on day {day} of month {month}; choose a date that exists")]
    NoSuchDate { month: u8, day: u8 },
    #[error("cannot repeat an event that starts in the year {year}; use 1 to 9998")]
    YearOutOfRange { year: i16 },
    #[error("cannot expand the rule {rule}: {reason}")]
    Refused { rule: String, reason: String },
}

#[derive(PartialEq, Eq)]
enum Walked {
    ToTheEnd,
    OutOfBudget,
}

impl Recurrence {
    /// The occurrences that start in `window` (half open), for a series whose first candidate is
    /// `start` on the clock of `zone`. A start that does not fit the pattern is no occurrence itself.
    /// At most `budget` candidates are looked at ([`CANDIDATES`]).
    pub fn expand(
        &self,
        start: DateTime,
        zone: &Zone,
        window: Instants<Timestamp>,
        budget: u32,
    ) -> Result<Expansion, RecurrenceError> {
        // Two days of margin, as the rule is walked before its times become instants.
        let upper = zone.wall(window.end).saturating_add(2.days());
        let mut expansion = Expansion::default();
        let walked = self.walk(start, zone, window.start, budget, |occurrence| {
            if occurrence.wall > upper {
                return ControlFlow::Break(());
            }
            if window.contains(&occurrence.instant) {
                expansion.starts.push(occurrence);
            }
            ControlFlow::Continue(())
        })?;
        expansion.truncated = walked == Walked::OutOfBudget;
        Ok(expansion)
    }

    /// The first `most` occurrences at or after `from`: "the next five are …", or with `from` before
    /// the start the date to which a start that does not fit the pattern moves.
    pub fn upcoming(
        &self,
        start: DateTime,
        zone: &Zone,
        from: Timestamp,
        most: usize,
    ) -> Result<Expansion, RecurrenceError> {
        let mut expansion = Expansion::default();
        let walked = self.walk(start, zone, from, CANDIDATES, |occurrence| {
            if expansion.starts.len() == most {
                return ControlFlow::Break(());
            }
            if occurrence.instant >= from {
                expansion.starts.push(occurrence);
            }
            ControlFlow::Continue(())
        })?;
        expansion.truncated = walked == Walked::OutOfBudget;
        Ok(expansion)
    }

    /// Visits occurrences in order, beginning shortly before `from`, until the visitor has enough.
    fn walk(
        &self,
        start: DateTime,
        zone: &Zone,
        from: Timestamp,
        budget: u32,
        mut visit: impl FnMut(Occurrence) -> ControlFlow<()>,
    ) -> Result<Walked, RecurrenceError> {
        self.check()?;
        if !(1..=9998).contains(&start.year()) {
            return Err(RecurrenceError::YearOutOfRange { year: start.year() });
        }
        let last = match self.range {
            Range::Until(date) => date.to_datetime(Time::MAX),
            Range::NoEnd | Range::Count(_) => DateTime::MAX,
        };
        let first = self.first_candidate(start, zone.wall(from).saturating_sub(2.days()));
        for (looked_at, candidate) in (0..).zip(&self.candidates(first)?) {
            let Some(wall) = from_chrono(candidate.naive_utc()).filter(|wall| *wall <= last) else {
                break;
            };
            if looked_at == budget {
                return Ok(Walked::OutOfBudget);
            }
            let instant = zone.instant(wall).compatible();
            if visit(Occurrence { wall, instant }).is_break() {
                break;
            }
        }
        Ok(Walked::ToTheEnd)
    }

    /// `start`, moved forward by whole periods to shortly before `lower`. A count must be counted
    /// from the start, so such rules stay.
    fn first_candidate(&self, start: DateTime, lower: DateTime) -> DateTime {
        if matches!(self.range, Range::Count(_)) || lower <= start {
            return start;
        }
        self.pattern
            .skip(start.date(), lower.date())
            .map_or(start, |date| date.to_datetime(start.time()))
    }

    fn candidates(&self, first: DateTime) -> Result<RRuleSet, RecurrenceError> {
        let text = self.pattern.to_rrule();
        let refused = |reason: &dyn ToString| RecurrenceError::Refused {
            rule: text.clone(),
            reason: reason.to_string(),
        };
        let mut rule: RRule<Unvalidated> = text.parse().map_err(|error| refused(&error))?;
        if let Range::Count(count) = self.range {
            rule = rule.count(count);
        }
        let first = to_chrono(first).ok_or_else(|| refused(&"its start is out of range"))?;
        let set = rule
            .build(first.and_utc().with_timezone(&Tz::UTC))
            .map_err(|error| refused(&error))?;
        Ok(set.limit())
    }
}

impl Pattern {
    /// A day some whole periods after `start` and at least one before `lower`; none when that would
    /// not be later than `start`. In its period it may stand late, but the next begins before `lower`.
    fn skip(&self, start: Date, lower: Date) -> Option<Date> {
        let interval = i64::from(self.interval());
        // One period less than fits, as days of the first may lie before it.
        let whole = |units: i64| (units / interval - 1).max(0) * interval;
        let days = i64::from(start.until(lower).ok()?.get_days());
        let months = (i64::from(lower.year()) - i64::from(start.year())) * 12
            + i64::from(lower.month())
            - i64::from(start.month());
        let moved = match self {
            Self::Daily { .. } => start.checked_add(whole(days).days()),
            Self::Weekly { .. } => start.checked_add(whole(days / 7).weeks()),
            Self::AbsoluteMonthly { .. } | Self::RelativeMonthly { .. } => {
                start.first_of_month().checked_add(whole(months).months())
            }
            Self::AbsoluteYearly { .. } | Self::RelativeYearly { .. } => start
                .first_of_year()
                .checked_add(whole(months / 12).years()),
        };
        moved.ok().filter(|date| *date > start)
    }
}

fn to_chrono(wall: DateTime) -> Option<NaiveDateTime> {
    let part = |number: i8| u32::try_from(number).ok();
    NaiveDate::from_ymd_opt(
        i32::from(wall.year()),
        part(wall.month())?,
        part(wall.day())?,
    )?
    .and_hms_opt(
        part(wall.hour())?,
        part(wall.minute())?,
        part(wall.second())?,
    )
}

fn from_chrono(wall: NaiveDateTime) -> Option<DateTime> {
    let part = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(wall.year()).ok()?;
    let (month, day) = (part(wall.month())?, part(wall.day())?);
    DateTime::new(
        year,
        month,
        day,
        part(wall.hour())?,
        part(wall.minute())?,
        part(wall.second())?,
        0,
    )
    .ok()
}
