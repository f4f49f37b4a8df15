//! The entries at hand: what the last answers said about a range of days.
//!
//! Invariant: `entries` are sorted by start, then longest first; what waits for
//! an answer of the data side stays as it was (the screen never goes blank).

use crate::domain::entry::Entry;
use crate::domain::event::{Answer, ShowAs};
use crate::domain::ids::{CalendarId, EventId};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Names one entry on screen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub calendar: CalendarId,
    pub event: EventId,
}

impl Key {
    pub fn of(entry: &Entry) -> Self {
        Self {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Known {
    pub entries: Vec<Entry>,
    /// Same order: not hidden by a calendar's switch, not declined.
    pub visible: Vec<bool>,
    /// Same order: shares time with another visible one that counts.
    pub clashing: Vec<bool>,
    /// The days the entries were asked for; None before the first answer.
    pub range: Option<(Date, Date)>,
    /// Why the range may be incomplete.
    pub gap_words: Option<String>,
}

impl Known {
    pub fn covers(&self, from: Date, to: Date) -> bool {
        self.range
            .is_some_and(|(known_from, known_to)| known_from <= from && to <= known_to)
    }

    pub fn replace(&mut self, mut entries: Vec<Entry>) {
        entries.sort_by(|a, b| (a.start, b.end, &a.id).cmp(&(b.start, a.end, &b.id)));
        // The same event may come from two sheets that both hold it.
        entries.dedup_by(|a, b| a.id == b.id && a.calendar == b.calendar);
        self.entries = entries;
    }

    /// Decides again what is visible and what clashes.
    pub fn settle(&mut self, hidden: &BTreeSet<CalendarId>, show_declined: bool) {
        self.visible = self
            .entries
            .iter()
            .map(|entry| {
                let declined = entry.shown_answer() == Answer::Declined && entry.pending.is_none();
                !hidden.contains(&entry.calendar) && (show_declined || !declined)
            })
            .collect();
        self.clashing = vec![false; self.entries.len()];
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.entries.len() {
            if !self.visible[index] || !counts(&self.entries[index]) {
                continue;
            }
            let start = self.entries[index].start;
            open.retain(|other| self.entries[*other].end > start);
            for other in &open {
                if clash(&self.entries[*other], &self.entries[index]) {
                    self.clashing[*other] = true;
                    self.clashing[index] = true;
                }
            }
            open.push(index);
        }
    }

    /// Index and entry of what is shown, in order.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(index, _)| self.visible.get(*index).copied().unwrap_or(true))
    }

    pub fn find(&self, key: &Key) -> Option<(usize, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .find(|(_, entry)| entry.id == key.event && entry.calendar == key.calendar)
    }

    /// Visible entries that share time with `entry` and count, in order.
    pub fn clashes_with<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Entry> {
        self.shown()
            .map(|(_, other)| other)
            .filter(move |other| Key::of(other) != Key::of(entry))
            .filter(move |other| {
                counts(other) && overlaps(entry, other) && !same_meeting(entry, other)
            })
    }
}

/// Takes my time: timed, not free, cancelled or declined.
pub fn counts(entry: &Entry) -> bool {
    !entry.all_day
        && !entry.cancelled
        && entry.show_as != ShowAs::Free
        && entry.shown_answer() != Answer::Declined
}

/// Both sides hold firmly: accepted or mine, and not merely tentative.
pub fn is_hard(entry: &Entry) -> bool {
    matches!(entry.show_as, ShowAs::Busy | ShowAs::OutOfOffice)
        && matches!(
            entry.shown_answer(),
            Answer::Accepted | Answer::Organizer | Answer::None
        )
}

fn overlaps(a: &Entry, b: &Entry) -> bool {
    a.start < b.end && b.start < a.end
}

/// Copies of one meeting in several calendars do not overlap themselves.
fn same_meeting(a: &Entry, b: &Entry) -> bool {
    a.meeting != 0 && a.meeting == b.meeting && a.start == b.start
}

fn clash(a: &Entry, b: &Entry) -> bool {
    counts(a) && counts(b) && overlaps(a, b) && !same_meeting(a, b)
}
