//! Where an occurrence of a series may go: Graph refuses to put it on or past the day of the one
//! before or after it (`ErrorOccurrenceCrossingBoundary`).
//!
//! Invariant: days that were not looked at are not offered, for a neighbour may stand there.

use super::super::State;
use crate::domain::entry::Entry;
use crate::domain::event::Kind;
use crate::domain::ids::EventId;
use jiff::ToSpan;
use jiff::civil::Date;

#[derive(Debug, Clone)]
pub(super) struct Neighbours {
    event: EventId,
    series: EventId,
    /// Where it stands now.
    day: Date,
    /// What was looked at without a gap, `[from, to)`.
    from: Date,
    to: Date,
    /// The nearest one before it, and after it, as far as was looked.
    before: Option<Date>,
    after: Option<Date>,
}

impl Neighbours {
    /// None for what stands alone.
    pub(super) fn of(state: &State, entry: &Entry) -> Option<Self> {
        let is_one_of_many = matches!(entry.kind, Kind::Occurrence | Kind::Exception);
        let series = entry.series.clone().filter(|_| is_one_of_many)?;
        let day = state.viewer.day(entry.start);
        Some(Self {
            event: entry.id.clone(),
            series,
            day,
            from: day,
            to: day.saturating_add(1.day()),
            before: None,
            after: None,
        })
    }

    /// Everything that stands on `[from, to)`.
    pub(super) fn learn(&mut self, state: &State, entries: &[Entry], from: Date, to: Date) {
        if self.to < from || to < self.from {
            return;
        }
        (self.from, self.to) = (self.from.min(from), self.to.max(to));
        let is_other = |entry: &&Entry| {
            entry.series.as_ref() == Some(&self.series)
                && entry.id != self.event
                && !entry.cancelled
        };
        for entry in entries.iter().filter(is_other) {
            let day = state.viewer.day(entry.start);
            if day < self.day {
                self.before = Some(self.before.map_or(day, |known| known.max(day)));
            } else if day > self.day {
                self.after = Some(self.after.map_or(day, |known| known.min(day)));
            }
        }
    }

    /// The days it may stand on, `[from, to)`.
    pub(super) fn room(&self) -> (Date, Date) {
        let from = self.before.map(|day| day.saturating_add(1.day()));
        let from = from.map_or(self.from, |day| day.max(self.from));
        let to = self.after.map_or(self.to, |day| day.min(self.to));
        (from, to)
    }
}
