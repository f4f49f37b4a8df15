//! Masters of series, fetched by id: wanted for their stubs, or asked after because they
//! seemed gone.

use super::{Engine, Output};
use crate::domain::event::Event;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::replica::{Change, LIMBO, Lookup, Mark, Record, Replica};
use crate::domain::window::{Quarter, WindowId};
use crate::sync::round::{add_quarter, overlay, same_version};

impl Engine {
    /// A master: wanted for its stubs, or asked after because it seemed gone. False when another
    /// version was learnt since it was asked for, or when its windows bring it anew.
    pub(super) fn master_told(
        &mut self,
        replica: &dyn Replica,
        master: Event,
        started: u64,
        out: &mut Vec<Output>,
    ) -> Lookup<bool> {
        let calendar = master.calendar.clone();
        let id = master.id.clone();
        let known = replica.record(&calendar, &id)?;
        let limbo = WindowId {
            calendar: calendar.clone(),
            quarter: LIMBO,
        };
        let suspects = replica.members(&limbo, Some(&id))?;
        if !suspects.is_empty() {
            let is_suspect = suspects.iter().any(|(_, event, _)| *event == id);
            self.master_survived(replica, &calendar, &id, suspects, out)?;
            if is_suspect {
                return Ok(false);
            }
        }
        let learnt = self.tick_counter();
        let mut record = match known {
            Some(record) if record.learnt > started => {
                return Ok(same_version(&record.event, &master));
            }
            Some(record) => Record {
                event: overlay(record.event, master),
                learnt,
                round: 0,
                ..record
            },
            None => Record {
                event: master,
                quarters: Vec::new(),
                learnt,
                round: 0,
            },
        };
        let mut changes = Vec::new();
        let windows: Vec<WindowId> = self
            .windows
            .keys()
            .filter(|window| window.calendar == calendar)
            .cloned()
            .collect();
        let mut touched = Vec::new();
        for window in windows {
            let members = replica.members(&window, Some(&id))?;
            // As firmly a member as the occurrences it completes.
            let firmest = members
                .iter()
                .map(|(_, _, mark)| *mark)
                .max_by_key(|mark| mark.counter());
            if let Some(mark) = firmest {
                if !record.quarters.contains(&window.quarter) {
                    add_quarter(&mut record.quarters, window.quarter);
                    changes.push(Change::Mark {
                        window: window.clone(),
                        root: id.clone(),
                        id: id.clone(),
                        mark,
                    });
                }
                touched.push(Output::Sheet(window));
            }
        }
        if !record.quarters.is_empty() {
            changes.push(Change::Put(Box::new(record)));
        }
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        out.extend(touched);
        Ok(true)
    }

    /// Windows that asked after a living series without having anything of it by a round: one held
    /// back what came of a series that was deleted here, and the series came back. Its link is
    /// past that, and a fetch brings no occurrences: a full comparison does.
    pub(super) fn compare_askers(
        &mut self,
        replica: &dyn Replica,
        key: &(CalendarId, EventId),
    ) -> Lookup<()> {
        let (calendar, id) = key;
        for (window, state) in &mut self.windows {
            if window.calendar != *calendar || !state.state.open.contains(id) {
                continue;
            }
            let members = replica.members(window, Some(id))?;
            let is_reported = |mark: &Mark| matches!(mark, Mark::Reported(_));
            state.want_full |= !members.iter().any(|(_, _, mark)| is_reported(mark));
        }
        Ok(())
    }

    /// It was reported as removed and yet exists: its windows are compared whole,
    /// which brings back what is truly there.
    pub(super) fn master_survived(
        &mut self,
        replica: &dyn Replica,
        calendar: &CalendarId,
        id: &EventId,
        suspects: Vec<(EventId, EventId, Mark)>,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        for (_, event, _) in &suspects {
            let Some(record) = replica.record(calendar, event)? else {
                continue;
            };
            if event == id {
                continue;
            }
            for quarter in Quarter::touched_by(record.event.start, record.event.end) {
                let window = WindowId {
                    calendar: calendar.clone(),
                    quarter,
                };
                if let Some(window) = self.windows.get_mut(&window) {
                    window.want_full = true;
                }
            }
        }
        self.erase(calendar, &suspects, out);
        Ok(())
    }
}
