//! The entries at hand: what the last answers said about a range of days.
//!
//! Invariant: `entries` are sorted by start, then longest first; what waits for
//! an answer of the data side stays as it was (the screen never goes blank).

use super::Viewer;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, ShowAs};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::overlap::{Busy, Overlap, Persons, overlaps};
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

/// Everything beside the entries that decides what is visible and what clashes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Settled {
    hidden: BTreeSet<CalendarId>,
    show_declined: bool,
    zone: String,
    persons: Persons,
}

#[derive(Debug, Clone, Default)]
pub struct Known {
    pub entries: Vec<Entry>,
    /// Same order: not hidden by a calendar's switch, not declined.
    pub visible: Vec<bool>,
    /// Same order: claims the same time as another visible one.
    pub clashing: Vec<bool>,
    /// The visible ones as the rule table sees them; their keys are places in `entries`.
    busy: Vec<Busy>,
    overlaps: Vec<Overlap>,
    /// What all this was decided for; None when the entries changed since.
    settled: Option<Settled>,
    /// Grows with every change of the above.
    pub version: u64,
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
        entries.sort_by(Entry::in_time);
        // The same event may come from two sheets that both hold it.
        entries.dedup_by(|a, b| a.id == b.id && a.calendar == b.calendar);
        *self.entries_mut() = entries;
    }

    /// For changes that `settle` must see.
    pub fn entries_mut(&mut self) -> &mut Vec<Entry> {
        self.settled = None;
        &mut self.entries
    }

    /// Decides what is visible and what clashes, again only when something changed.
    pub fn settle(
        &mut self,
        hidden: &BTreeSet<CalendarId>,
        show_declined: bool,
        viewer: &Viewer,
        persons: Persons,
    ) {
        let wanted = Settled {
            hidden: hidden.clone(),
            show_declined,
            zone: viewer.name.clone(),
            persons,
        };
        if self.settled.as_ref() == Some(&wanted) {
            return;
        }
        let persons = &wanted.persons;
        self.visible = self
            .entries
            .iter()
            .map(|entry| {
                let declined = entry.shown_answer() == Answer::Declined && entry.pending.is_none();
                !hidden.contains(&entry.calendar) && (show_declined || !declined)
            })
            .collect();
        self.busy = (0..)
            .zip(&self.entries)
            .zip(&self.visible)
            .filter(|(_, is_visible)| **is_visible)
            .map(|((key, entry), _)| {
                let person = persons.owner(&entry.calendar);
                Busy::of(key, entry, |day| viewer.midnight(day), person)
            })
            .collect();
        self.overlaps = serious(&self.busy);
        self.clashing = vec![false; self.entries.len()];
        for key in self
            .overlaps
            .iter()
            .flat_map(|pair| [pair.first, pair.second])
        {
            if let Some(mark) = self.clashing.get_mut(place(key)) {
                *mark = true;
            }
        }
        self.version += 1;
        self.settled = Some(wanted);
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

    /// What claims the same time as `entry`, in order, and how much that matters.
    pub fn clashes_with(&self, entry: &Entry) -> impl Iterator<Item = (&Entry, Overlap)> {
        self.partners(self.find(&Key::of(entry)), &self.overlaps)
    }

    /// What would, once I had accepted it.
    pub fn clashes_if_accepted(&self, entry: &Entry) -> Vec<(&Entry, Overlap)> {
        let found = self.find(&Key::of(entry));
        let mut busy = self.busy.clone();
        for one in &mut busy {
            if found.is_some_and(|(index, _)| index == place(one.key)) {
                one.answer = Answer::Accepted;
                // What the server makes of an invitation until it is answered.
                if one.show_as == ShowAs::Tentative {
                    one.show_as = ShowAs::Busy;
                }
            }
        }
        self.partners(found, &serious(&busy)).collect()
    }

    fn partners(
        &self,
        found: Option<(usize, &Entry)>,
        overlaps: &[Overlap],
    ) -> impl Iterator<Item = (&Entry, Overlap)> {
        let index = found.map(|(index, _)| index);
        let others: Vec<_> = overlaps
            .iter()
            .filter_map(|pair| {
                let (first, second) = (place(pair.first), place(pair.second));
                let other = match index? {
                    index if index == first => second,
                    index if index == second => first,
                    _ => return None,
                };
                Some((self.entries.get(other)?, *pair))
            })
            .collect();
        others.into_iter()
    }
}

fn serious(busy: &[Busy]) -> Vec<Overlap> {
    let mut pairs = overlaps(busy);
    pairs.retain(|pair| pair.severity.matters());
    pairs
}

fn place(key: u32) -> usize {
    usize::try_from(key).unwrap_or(usize::MAX)
}

/// Takes my time: timed, not free, cancelled or declined.
pub fn counts(entry: &Entry) -> bool {
    !entry.all_day
        && !entry.cancelled
        && entry.show_as != ShowAs::Free
        && entry.shown_answer() != Answer::Declined
}
