//! The end of a round: what did not come leaves, then the link is written.
//!
//! Invariants: the delta link is written last; everything before it may be replayed. A removal
//! too large to be believed waits for one full round more.

use super::{Engine, Output, Tone};
use crate::domain::ids::EventId;
use crate::domain::remote::Link;
use crate::domain::replica::{Change, LIMBO, Lookup, Mark, Replica};
use crate::domain::window::WindowId;
use crate::sync::bugs::{Bug, planted};
use crate::sync::pace::Pause;
use crate::sync::round::{Ending, Leaving, Round};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A round may take out this many without a second look, or a tenth of the window.
const REMOVALS_UNASKED: usize = 20;

impl Engine {
    /// All pages are in the replica: what did not come leaves, then the link is written.
    pub(super) fn end_round(
        &mut self,
        replica: &dyn Replica,
        id: WindowId,
        link: Option<Link>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let Some(window) = self.windows.get_mut(&id) else {
            return Ok(());
        };
        let Some(mut round) = window.round.take() else {
            return Ok(());
        };
        window.next = None;
        window.in_flight = false;
        let questionable = window.questionable.then_some(window.state.done);
        let ending = round.finish(&id, questionable, replica)?;
        if self.brakes(replica, &id, &round, &ending, out)? {
            return Ok(());
        }
        if round.confirming && ending.leaving.len() > REMOVALS_UNASKED {
            let words = format!(
                "{} events are gone from the server and were removed here",
                ending.leaving.len()
            );
            out.push(Output::Say(Tone::Warning, words));
        }
        if round.skipped > 0 {
            let words = format!(
                "{} events could not be understood and were skipped",
                round.skipped
            );
            out.push(Output::Say(Tone::Warning, words));
        }
        self.take_out(replica, &id, &ending, out)?;
        self.hurry_other_holders(replica, &id, &ending)?;
        let open: Vec<EventId> = ending
            .fetch
            .iter()
            .chain(&ending.questioned)
            .cloned()
            .collect();
        for event in &open {
            self.fetches
                .entry((id.calendar.clone(), event.clone()))
                .or_default();
        }
        out.push(Output::Flush);
        self.write_window(&id, &round, (link, open, ending.undecided), now, out);
        out.push(Output::Sheet(id));
        out.push(Output::Restate);
        Ok(())
    }

    pub(super) fn write_window(
        &mut self,
        id: &WindowId,
        round: &Round,
        (link, open, undecided): (Option<Link>, Vec<EventId>, bool),
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        let fetches = &self.fetches;
        window
            .state
            .open
            .retain(|event| fetches.contains_key(&(id.calendar.clone(), event.clone())));
        window.state.open.extend(open);
        window.state.open.sort();
        window.state.open.dedup();
        window.failures = 0;
        window.broken = 0;
        window.pause = Pause::default();
        // A full sync asked for while this round was under way waits for the next one.
        window.awaited &= window.urgent;
        window.state.link = link;
        window.state.done = round.number;
        window.state.fresh_at = Some(now);
        if round.full {
            window.want_full = false;
            window.confirm = false;
            // A polled window keeps its date, so that delta is tried again tomorrow.
            if !window.state.polled || window.state.full_at.is_none() {
                window.state.full_at = Some(now);
            }
        }
        // What this round questioned is settled by fetches that survive as long as the mark does.
        window.questionable = undecided;
        window.state.provisional = undecided;
        let state = window.state.clone();
        out.push(Output::Apply(vec![Change::PutWindow {
            window: id.clone(),
            state,
        }]));
        self.note_ended(id, round);
    }

    /// Stops a removal that is too large to be believed at once.
    pub(super) fn brakes(
        &mut self,
        replica: &dyn Replica,
        id: &WindowId,
        round: &Round,
        ending: &Ending,
        out: &mut Vec<Output>,
    ) -> Lookup<bool> {
        let limit = REMOVALS_UNASKED.max(replica.count(id)? / 10);
        if round.confirming || ending.leaving.len() <= limit {
            return Ok(false);
        }
        let words = format!(
            "the server reports {} events as gone; nothing is removed before a full comparison confirms it",
            ending.leaving.len()
        );
        out.push(Output::Say(Tone::Warning, words));
        let Some(window) = self.windows.get_mut(id) else {
            return Ok(false);
        };
        window.want_full = true;
        window.confirm = true;
        // A crash now must not resume behind the removals that were held back.
        window.state.link = None;
        let state = window.state.clone();
        out.push(Output::Apply(vec![Change::PutWindow {
            window: id.clone(),
            state,
        }]));
        Ok(true)
    }

    /// Takes what leaves out of the window; what no window holds any more goes to
    /// limbo, where a fetch by id decides.
    pub(super) fn take_out(
        &mut self,
        replica: &dyn Replica,
        id: &WindowId,
        ending: &Ending,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let mut changes = Vec::new();
        let leaving_roots: BTreeSet<&EventId> = ending
            .leaving
            .iter()
            .filter(|leaving| leaving.id == leaving.root)
            .map(|leaving| &leaving.id)
            .collect();
        for Leaving {
            root,
            id: event,
            pruned,
        } in &ending.leaving
        {
            let window = id.clone();
            changes.push(Change::Unmark {
                window,
                root: root.clone(),
                id: event.clone(),
            });
            let Some(mut record) = replica.record(&id.calendar, event)? else {
                continue;
            };
            record.quarters.retain(|quarter| *quarter != id.quarter);
            if record.quarters.is_empty() && !planted(Bug::SetNeverEmptied) {
                self.tally.removed += 1;
                if *pruned {
                    changes.push(Change::Delete {
                        calendar: id.calendar.clone(),
                        id: event.clone(),
                    });
                    continue;
                }
                record.quarters = vec![LIMBO];
                let limbo = WindowId {
                    calendar: id.calendar.clone(),
                    quarter: LIMBO,
                };
                let mark = Mark::Provisional(self.counter);
                changes.push(Change::Mark {
                    window: limbo,
                    root: root.clone(),
                    id: event.clone(),
                    mark,
                });
                // One fetch decides for a whole series when its master left too.
                let target = if leaving_roots.contains(root) {
                    root
                } else {
                    event
                };
                self.fetches
                    .entry((id.calendar.clone(), target.clone()))
                    .or_default();
            }
            changes.push(Change::Put(Box::new(record)));
        }
        if !changes.is_empty() {
            out.push(Output::Apply(changes));
        }
        Ok(())
    }

    /// A master that fell here may still be believed elsewhere.
    pub(super) fn hurry_other_holders(
        &mut self,
        replica: &dyn Replica,
        id: &WindowId,
        ending: &Ending,
    ) -> Lookup<()> {
        if ending.fallen.is_empty() {
            return Ok(());
        }
        let others: Vec<WindowId> = self
            .windows
            .keys()
            .filter(|other| other.calendar == id.calendar && *other != id)
            .cloned()
            .collect();
        for other in others {
            for master in &ending.fallen {
                if !replica.members(&other, Some(master))?.is_empty()
                    && let Some(window) = self.windows.get_mut(&other)
                {
                    window.urgent = true;
                }
            }
        }
        Ok(())
    }
}
