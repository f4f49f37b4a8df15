//! Expanded windows of calendars, kept and patched so that paging never expands twice.
//!
//! Invariant: a kept window equals what expanding every event of its calendar would give.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{Event, Slot};

/// How many windows a mailbox keeps expanded.
const KEPT: usize = 48;

#[derive(Default)]
pub(super) struct Windows {
    /// In order of use, the oldest first.
    kept: Vec<Window>,
}

struct Window {
    calendar: u64,
    from: i64,
    to: i64,
    slots: Arc<Vec<Slot>>,
    /// Keys of the slots, each once, ascending; made when first asked for.
    keys: Option<Arc<Vec<u64>>>,
}

impl Windows {
    pub(super) fn get(
        &mut self,
        calendar: u64,
        from: i64,
        to: i64,
        events: &BTreeMap<u64, Arc<Event>>,
    ) -> Arc<Vec<Slot>> {
        let is_same =
            |window: &Window| (window.calendar, window.from, window.to) == (calendar, from, to);
        if let Some(position) = self.kept.iter().position(is_same) {
            let window = self.kept.remove(position);
            let slots = Arc::clone(&window.slots);
            self.kept.push(window);
            return slots;
        }
        let of_calendar = events.values().filter(|event| event.calendar == calendar);
        let mut found: Vec<Slot> = of_calendar
            .flat_map(|event| event.slots(from, to))
            .collect();
        found.sort_unstable();
        let slots = Arc::new(found);
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push(Window {
            calendar,
            from,
            to,
            slots: Arc::clone(&slots),
            keys: None,
        });
        slots
    }

    pub(super) fn keys(
        &mut self,
        calendar: u64,
        from: i64,
        to: i64,
        events: &BTreeMap<u64, Arc<Event>>,
    ) -> Arc<Vec<u64>> {
        let slots = self.get(calendar, from, to, events);
        // The window just asked for is the last one.
        let Some(window) = self.kept.last_mut() else {
            return Arc::default();
        };
        let keys = window.keys.get_or_insert_with(|| {
            let mut keys: Vec<u64> = slots.iter().map(|slot| slot.key).collect();
            keys.sort_unstable();
            keys.dedup();
            Arc::new(keys)
        });
        Arc::clone(keys)
    }

    pub(super) fn replace(&mut self, before: Option<&Event>, after: Option<&Event>) {
        for window in &mut self.kept {
            let was_here = before.is_some_and(|event| event.calendar == window.calendar);
            let is_here = after.is_some_and(|event| event.calendar == window.calendar);
            if !was_here && !is_here {
                continue;
            }
            window.keys = None;
            let slots = Arc::make_mut(&mut window.slots);
            if let Some(event) = before.filter(|_| was_here) {
                slots.retain(|slot| slot.key != event.key);
            }
            if let Some(event) = after.filter(|_| is_here) {
                slots.extend(event.slots(window.from, window.to));
                slots.sort_unstable();
            }
        }
    }
}
