//! A window: one UTC quarter of one calendar, with its own delta link.
//!
//! Windows are aligned, so rolling forward adds one and jumping to another year
//! fetches one; nothing is ever re-based. The range asked of the server is a day
//! wider on both sides because it matches all-day events as UTC midnights.

use super::ids::CalendarId;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Quarters since January–March of year 0; `year * 4 + (month - 1) / 3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quarter(pub i16);

impl Quarter {
    pub fn of(day: Date) -> Self {
        Self(day.year() * 4 + i16::from((day.month() - 1) / 3))
    }

    pub fn at(instant: Timestamp) -> Self {
        Self::of(instant.to_zoned(TimeZone::UTC).date())
    }

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub fn previous(self) -> Self {
        Self(self.0 - 1)
    }

    /// First day of the quarter.
    pub fn first_day(self) -> Date {
        let year = self.0.div_euclid(4).clamp(1, 9998);
        let month = i8::try_from(self.0.rem_euclid(4) * 3 + 1).unwrap_or(1);
        date(year, month, 1)
    }

    /// First day after the quarter.
    pub fn end_day(self) -> Date {
        self.next().first_day()
    }

    /// What the server is asked for: a day wider on both sides, UTC.
    pub fn requested(self) -> (Timestamp, Timestamp) {
        let from = self.first_day().saturating_sub(1.day());
        let to = self.end_day().saturating_add(1.day());
        (midnight(from), midnight(to))
    }

    /// Whether `[start, end)` touches the requested range (zero length counts as a point).
    pub fn touches(self, start: Timestamp, end: Timestamp) -> bool {
        let (from, to) = self.requested();
        start < to && (end > from || (start == end && start >= from))
    }

    /// All quarters whose requested range `[start, end)` touches; bounded to 64
    /// so that an event from year 1 to 9999 costs nothing special.
    pub fn touched_by(start: Timestamp, end: Timestamp) -> Vec<Quarter> {
        let first = Self::at(start).previous();
        let last = Self::at(end.max(start)).next();
        (first.0..=last.0)
            .take(64)
            .map(Quarter)
            .filter(|quarter| quarter.touches(start, end))
            .collect()
    }
}

/// Midnight UTC at the start of `day`, saturating at the ends of time.
pub fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WindowId {
    pub calendar: CalendarId,
    pub quarter: Quarter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_aligned_and_requested_a_day_wider() {
        let quarter = Quarter::of(date(2026, 11, 22));
        assert_eq!(quarter.first_day(), date(2026, 10, 1));
        assert_eq!(quarter.end_day(), date(2027, 1, 1));
        let (from, to) = quarter.requested();
        assert_eq!(from.to_string(), "2026-09-30T00:00:00Z");
        assert_eq!(to.to_string(), "2027-01-02T00:00:00Z");
    }

    #[test]
    fn an_event_on_the_edge_belongs_to_both_windows() {
        let start: Timestamp = "2026-12-31T22:00:00Z".parse().unwrap();
        let end: Timestamp = "2027-01-01T02:00:00Z".parse().unwrap();
        let touched = Quarter::touched_by(start, end);
        assert_eq!(
            touched,
            vec![
                Quarter::of(date(2026, 12, 1)),
                Quarter::of(date(2027, 1, 1))
            ]
        );
    }
}
