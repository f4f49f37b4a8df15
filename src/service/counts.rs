//! Counts in the header: invitations and overlaps from now on. Kept per window,
//! so that a changed window costs its own size and an unchanged one nothing.

use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use crate::domain::window::WindowId;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Counts {
    windows: BTreeMap<WindowId, Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    root: EventId,
    end: Timestamp,
}

impl Counts {
    pub fn update(&mut self, window: &WindowId, entries: &[Entry]) {
        let mut last: BTreeMap<EventId, Timestamp> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.is_unanswered()) {
            let root = entry.series.clone().unwrap_or_else(|| entry.id.clone());
            let end = last.entry(root).or_insert(entry.end);
            *end = (*end).max(entry.end);
        }
        let waiting = last
            .into_iter()
            .map(|(root, end)| Waiting { root, end })
            .collect();
        self.windows.insert(window.clone(), waiting);
    }

    /// Invitations that are not over; a series counts once.
    pub fn invitations(&self, now: Timestamp) -> u32 {
        let roots: BTreeSet<&EventId> = self
            .windows
            .values()
            .flatten()
            .filter(|waiting| waiting.end > now)
            .map(|waiting| &waiting.root)
            .collect();
        u32::try_from(roots.len()).unwrap_or(u32::MAX)
    }

    pub fn forget_all_but(&mut self, known: &BTreeSet<WindowId>) {
        self.windows.retain(|window, _| known.contains(window));
    }
}
