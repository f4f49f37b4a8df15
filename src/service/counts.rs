//! Counts in the header: invitations and overlaps from now on. Invitations are
//! kept per window, so that a changed window costs its own size and an unchanged
//! one nothing; overlaps are counted over the coming fortnight, across calendars.

use crate::domain::calendar::Calendar;
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;
use crate::domain::overlap::{Busy, Persons, overlaps};
use crate::domain::window::{WindowId, midnight};
use crate::store::sheet::waiting::Waiting;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Default)]
pub struct Counts {
    windows: BTreeMap<WindowId, Vec<Waiting>>,
    /// My calendars. What waits in somebody else's does not wait for me.
    mine: BTreeSet<CalendarId>,
    /// When each invitation is over, sorted: being asked costs nothing, a key press asks.
    ends: Vec<i64>,
}

impl Counts {
    pub fn update(&mut self, window: &WindowId, waiting: Vec<Waiting>) {
        self.windows.insert(window.clone(), waiting);
        self.gather();
    }

    /// Only these count. What is kept of calendars that are gone goes.
    pub fn count(&mut self, calendars: &[Calendar], persons: &Persons) {
        let ids = || calendars.iter().map(|calendar| &calendar.id);
        let mine = ids().filter(|id| persons.owner(id) == 0).cloned();
        self.mine = mine.collect();
        self.windows
            .retain(|window, _| ids().any(|id| *id == window.calendar));
        self.gather();
    }

    /// Invitations that are not over; a series counts once.
    pub fn invitations(&self, now: Timestamp) -> u32 {
        let over = self.ends.partition_point(|end| *end <= now.as_second());
        u32::try_from(self.ends.len() - over).unwrap_or(u32::MAX)
    }

    fn gather(&mut self) {
        let mut last: HashMap<u64, i64> = HashMap::new();
        let windows = self.windows.iter();
        let mine = windows.filter(|(window, _)| self.mine.contains(&window.calendar));
        for Waiting { root, end } in mine.flat_map(|(_, waiting)| waiting) {
            let known = last.entry(*root).or_insert(*end);
            *known = (*known).max(*end);
        }
        self.ends = last.into_values().collect();
        self.ends.sort_unstable();
    }
}

/// Pairs of my timed events that claim the same time and matter, not over yet.
/// All-day events need the viewer's zone, which the data side does not know.
pub fn overlaps_of(entries: &[Entry], persons: &Persons, now: Timestamp) -> u32 {
    let is_mine = |entry: &Entry| persons.owner(&entry.calendar) == 0;
    let busy: Vec<Busy> = (0..)
        .zip(entries)
        .filter(|(_, entry)| !entry.all_day && entry.end > now && is_mine(entry))
        .map(|(key, entry)| Busy::of(key, entry, midnight, 0))
        .collect();
    let pairs = overlaps(&busy);
    let serious = pairs
        .iter()
        .filter(|pair| pair.severity.matters() && pair.end > now)
        .count();
    u32::try_from(serious).unwrap_or(u32::MAX)
}
