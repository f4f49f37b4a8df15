//! Counts in the header: invitations and overlaps from now on. Kept per window,
//! so that a changed window costs its own size and an unchanged one nothing.

use crate::domain::window::WindowId;
use crate::store::sheet::waiting::Waiting;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Counts {
    windows: BTreeMap<WindowId, Vec<Waiting>>,
}

impl Counts {
    pub fn update(&mut self, window: &WindowId, waiting: Vec<Waiting>) {
        self.windows.insert(window.clone(), waiting);
    }

    /// Invitations that are not over; a series counts once.
    pub fn invitations(&self, now: Timestamp) -> u32 {
        let now = now.as_second();
        let all = self.windows.values().flatten();
        let roots: BTreeSet<u64> = all
            .filter(|waiting| waiting.end > now)
            .map(|waiting| waiting.root)
            .collect();
        u32::try_from(roots.len()).unwrap_or(u32::MAX)
    }

    pub fn forget_all_but(&mut self, known: &BTreeSet<WindowId>) {
        self.windows.retain(|window, _| known.contains(window));
    }
}
