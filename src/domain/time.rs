//! The one way between the wall clock and the instant, in both directions.
//!
//! Instants are [`jiff::Timestamp`], wall times [`jiff::civil::DateTime`]; everything that turns one
//! into the other goes through [`Zone::wall`] or [`Zone::instant`]. Refuses to choose silently: a wall
//! time may never happen ([`Resolved::Gap`]) or happen twice ([`Resolved::Fold`]), and the caller says
//! by name which instant it wants.
//!
//! Invariant: `zone.instant(w)` is `Single(t)` only if `zone.wall(t) == w`.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset};
use jiff::{SignedDuration, Timestamp};

use super::zone::Zone;

/// What a wall time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It happens once.
    Single(Timestamp),
    /// It never happens: clocks jump over it.
    Gap {
        /// The wall time read with the offset after the jump: shows as far before the jump.
        before: Timestamp,
        /// The wall time read with the offset before the jump: shows as far after the jump.
        after: Timestamp,
        /// The instant of the jump.
        resumes: Timestamp,
    },
    /// It happens twice: clocks are set back over it.
    Fold {
        /// The first time.
        first: Timestamp,
        /// The second time.
        second: Timestamp,
    },
}

impl Resolved {
    /// The instant, if the wall time happens exactly once.
    pub fn single(self) -> Option<Timestamp> {
        match self {
            Self::Single(instant) => Some(instant),
            Self::Gap { .. } | Self::Fold { .. } => None,
        }
    }

    /// What RFC 5545 3.3.5 asks for: in a gap the offset before it counts (so the clock shows later),
    /// in a fold the first time.
    pub fn compatible(self) -> Timestamp {
        match self {
            Self::Single(instant) => instant,
            Self::Gap { after, .. } => after,
            Self::Fold { first, .. } => first,
        }
    }

    /// The earlier of the instants it could mean.
    pub fn earlier(self) -> Timestamp {
        match self {
            Self::Single(instant) => instant,
            Self::Gap { before, .. } => before,
            Self::Fold { first, .. } => first,
        }
    }

    /// The later of the instants it could mean.
    pub fn later(self) -> Timestamp {
        match self {
            Self::Single(instant) => instant,
            Self::Gap { after, .. } => after,
            Self::Fold { second, .. } => second,
        }
    }

    /// The first instant at which the clock shows this time or more: the end of a gap, the first of a fold.
    pub fn reached(self) -> Timestamp {
        match self {
            Self::Single(instant) => instant,
            Self::Gap { resumes, .. } => resumes,
            Self::Fold { first, .. } => first,
        }
    }
}

impl Zone {
    /// What the wall clock shows at an instant.
    pub fn wall(&self, instant: Timestamp) -> DateTime {
        self.rules.to_datetime(instant)
    }

    /// What a wall time means. Instants outside the range of [`Timestamp`] are clamped to its ends.
    pub fn instant(&self, wall: DateTime) -> Resolved {
        match self.rules.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => Resolved::Single(at_offset(wall, offset)),
            AmbiguousOffset::Gap { before, after } => {
                let earlier = at_offset(wall, after);
                let later = at_offset(wall, before);
                Resolved::Gap {
                    before: earlier,
                    after: later,
                    resumes: self.jump_between(earlier, later, after),
                }
            }
            AmbiguousOffset::Fold { before, after } => Resolved::Fold {
                first: at_offset(wall, before),
                second: at_offset(wall, after),
            },
        }
    }

    /// The calendar date at an instant.
    pub fn date(&self, instant: Timestamp) -> Date {
        self.wall(instant).date()
    }

    /// The instants of one calendar date, half open: 23 to 25 hours in general, starting late where
    /// midnight is skipped, empty where the whole date is (Samoa, 30 December 2011).
    pub fn day(&self, date: Date) -> Range<Timestamp> {
        let start = self.start_of(date);
        let end = date
            .tomorrow()
            .map_or(Timestamp::MAX, |next| self.start_of(next));
        start..end.max(start)
    }

    /// The instants from the start of `first` to the start of `after_last`, half open (an all-day event).
    pub fn days(&self, first: Date, after_last: Date) -> Range<Timestamp> {
        let start = self.start_of(first);
        start..self.start_of(after_last).max(start)
    }

    /// The first instant of a calendar date.
    pub fn start_of(&self, date: Date) -> Timestamp {
        self.instant(date.at(0, 0, 0, 0)).reached()
    }

    /// How long a calendar date lasts.
    pub fn length_of(&self, date: Date) -> SignedDuration {
        let day = self.day(date);
        day.end.duration_since(day.start)
    }

    /// The offset from UTC at an instant, east positive.
    pub fn offset(&self, instant: Timestamp) -> Offset {
        self.rules.to_offset(instant)
    }

    /// The offset as people write it: "+01:00", "-03:30", "+00:00".
    pub fn offset_label(&self, instant: Timestamp) -> String {
        let seconds = self.offset(instant).seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// The abbreviation in force: "CET", "CEST", or "+05" where there is none.
    pub fn abbreviation(&self, instant: Timestamp) -> String {
        self.rules.to_offset_info(instant).abbreviation().to_owned()
    }

    /// The first change of the offset after an instant (for a hint such as "clocks change on Sunday").
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let mut offset = self.offset(after);
        self.rules
            .following(after)
            // Some transitions change only the abbreviation.
            .find(|change| std::mem::replace(&mut offset, change.offset()) != change.offset())
            .map(|change| change.timestamp())
    }

    fn jump_between(&self, earlier: Timestamp, later: Timestamp, offset: Offset) -> Timestamp {
        self.rules
            .following(earlier)
            .take_while(|change| change.timestamp() <= later)
            .find(|change| change.offset() == offset)
            .map_or(later, |change| change.timestamp())
    }
}

fn at_offset(wall: DateTime, offset: Offset) -> Timestamp {
    offset.to_timestamp(wall).unwrap_or(if wall.year() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests;
