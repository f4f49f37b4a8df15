//! Rules that repeat an event, in the six patterns Microsoft 365 knows.
//!
//! Responsible for what a rule means: its words ([`Recurrence::sentence`]), its RFC 5545 form
//! ([`Recurrence::to_rrule`]) and its occurrences ([`Recurrence::expand`]). Refuses everything the six
//! patterns cannot say (sub-daily rules, several rules, extra dates).
//!
//! Invariant: rules live on the wall clock. Nothing here counts in UTC except the final step, which
//! asks `domain::time` what each wall time means.

mod expand;
mod falling;
mod rrule_text;
mod sentence;
mod splitting;
mod weekdays;

pub use expand::{CANDIDATES, Expansion, Occurrence, RecurrenceError};
pub use weekdays::Weekdays;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// A rule (Graph: patternedRecurrence). The first date comes from the event's start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recurrence {
    pub pattern: Pattern,
    pub range: Range,
}

/// How often and on which days. `interval` counts the unit in the pattern's name and is at least 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pattern {
    Daily {
        interval: u16,
    },
    Weekly {
        interval: u16,
        days: Weekdays,
        /// Where weeks begin; matters when `interval` is more than 1. Graph's default is Sunday.
        #[serde(with = "weekdays::as_word")]
        week_start: Weekday,
    },
    /// A day of the month; 29 to 31 mean the last day in months that are shorter.
    AbsoluteMonthly {
        interval: u16,
        day: u8,
    },
    /// Of the dates in a month that fall on any of `days`, the one at `index`.
    RelativeMonthly {
        interval: u16,
        days: Weekdays,
        index: Index,
    },
    /// A date of the year; 29 February means the 28th in common years.
    AbsoluteYearly {
        interval: u16,
        month: u8,
        day: u8,
    },
    RelativeYearly {
        interval: u16,
        month: u8,
        days: Weekdays,
        index: Index,
    },
}

/// Which of the fitting dates of a month (Graph: weekIndex).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Index {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// How long the rule goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Range {
    NoEnd,
    /// The last date on which an occurrence may start, inclusive.
    Until(Date),
    /// How many occurrences there are.
    Count(u32),
}

impl Recurrence {
    /// A rule without an end.
    pub fn forever(pattern: Pattern) -> Self {
        Self {
            pattern,
            range: Range::NoEnd,
        }
    }

    /// Says what is wrong with the rule, if anything; [`Recurrence::expand`] asks the same.
    pub fn check(&self) -> Result<(), RecurrenceError> {
        if self.pattern.interval() == 0 {
            return Err(RecurrenceError::NoInterval);
        }
        if self.range == Range::Count(0) {
            return Err(RecurrenceError::NoOccurrence);
        }
        self.pattern.check()
    }
}

impl Pattern {
    /// Every how many days, weeks, months or years.
    pub fn interval(&self) -> u16 {
        match self {
            Self::Daily { interval }
            | Self::Weekly { interval, .. }
            | Self::AbsoluteMonthly { interval, .. }
            | Self::RelativeMonthly { interval, .. }
            | Self::AbsoluteYearly { interval, .. }
            | Self::RelativeYearly { interval, .. } => *interval,
        }
    }

    fn check(&self) -> Result<(), RecurrenceError> {
        let (days, month, day) = match *self {
            Self::Daily { .. } => (None, 1, 1),
            Self::Weekly { days, .. } | Self::RelativeMonthly { days, .. } => (Some(days), 1, 1),
            Self::RelativeYearly { days, month, .. } => (Some(days), month, 1),
            Self::AbsoluteMonthly { day, .. } => (None, 1, day),
            Self::AbsoluteYearly { month, day, .. } => (None, month, day),
        };
        if days.is_some_and(Weekdays::is_empty) {
            return Err(RecurrenceError::NoWeekday);
        }
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(RecurrenceError::NoSuchDate { month, day });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
