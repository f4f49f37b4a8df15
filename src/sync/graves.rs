//! Events that this client deleted or declined. A request that began before may still report
//! them when it is answered, and they would be on screen again until the next round.

use crate::domain::event::Event;
use crate::domain::ids::{CalendarId, EventId};
use std::collections::BTreeMap;

/// Grows with what one person deletes while the program runs. A restart needs none of it: what
/// was under way dies with the process.
#[derive(Debug, Default)]
pub struct Graves(BTreeMap<(CalendarId, EventId), u64>);

impl Graves {
    /// Seen to be gone when the engine's counter stood at `counter`.
    pub fn bury(&mut self, calendar: &CalendarId, id: &EventId, counter: u64) {
        self.0.insert((calendar.clone(), id.clone()), counter);
    }

    /// Which of the deleted this event is, or belongs to, if what was asked for at `started`
    /// says nothing about it any more.
    pub fn hold(&self, event: &Event, started: u64) -> Option<&EventId> {
        if self.0.is_empty() {
            return None;
        }
        [Some(&event.id), event.series.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|id| {
                let key = (event.calendar.clone(), id.clone());
                let ((_, id), buried) = self.0.get_key_value(&key)?;
                (started < *buried).then_some(id)
            })
    }
}
