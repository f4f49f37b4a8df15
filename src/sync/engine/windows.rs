//! Windows and their rounds: pages in, the end of a round, and what happens when
//! a round cannot go on.
//!
//! Invariant: the delta link is written last, after a flush; everything before it
//! may be replayed.

use super::{Engine, Output, Step, Tone, Window, is_passing};
use crate::domain::event::Event;
use crate::domain::ids::EventId;
use crate::domain::remote::{Failure, FailureKind, Item, Link, Page, PageEnd};
use crate::domain::replica::{Change, LIMBO, Lookup, Mark, Replica};
use crate::domain::window::{Quarter, WindowId};
use crate::sync::bugs::{Bug, planted};
use crate::sync::pace;
use crate::sync::round::{Ending, Leaving, Round};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A round may take out this many without a second look, or a tenth of the window.
const REMOVALS_UNASKED: usize = 20;

impl Engine {
    /// Makes sure that every calendar has its windows around now.
    pub(super) fn track_horizon(&mut self, now: Timestamp) {
        let Some(desk) = &self.desk else { return };
        let this = Quarter::at(now);
        let range = this.0 - self.settings.back..=this.0 + self.settings.ahead;
        for calendar in &desk.calendars {
            for quarter in range.clone() {
                let id = WindowId {
                    calendar: calendar.id.clone(),
                    quarter: Quarter(quarter),
                };
                self.windows.entry(id).or_default();
            }
        }
    }

    /// The visible range: by plain view where no round has ended yet, then by rounds.
    pub(super) fn show(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        self.visible = Some((from, to));
        self.used_at = Some(now);
        let Some(desk) = &self.desk else { return };
        let calendars: Vec<_> = desk
            .calendars
            .iter()
            .map(|calendar| calendar.id.clone())
            .collect();
        for calendar in calendars {
            let mut is_new = false;
            for quarter in Quarter::touched_by(from, to) {
                let id = WindowId {
                    calendar: calendar.clone(),
                    quarter,
                };
                let window = self.windows.entry(id).or_default();
                is_new |= window.state.fresh_at.is_none();
                window.state.shown_at = Some(now);
            }
            if is_new {
                self.views.insert(calendar, (from, to));
            }
        }
        out.push(Output::Restate);
    }

    pub(super) fn hurry_visible(&mut self) {
        self.wait_until = self.wait_until.filter(|_| self.failures > 3);
        let visible = self.visible;
        for (id, window) in &mut self.windows {
            if visible.is_none_or(|(from, to)| id.quarter.touches(from, to)) {
                window.urgent = true;
                window.not_before = None;
            }
        }
    }

    pub(super) fn start_full_sync(&mut self) {
        self.full_sync = Some(Vec::new());
        self.desk_due = None;
        self.wait_until = None;
        for window in self.windows.values_mut() {
            window.want_full = true;
            window.awaited = true;
            window.not_before = None;
        }
    }

    /// Tells when a full sync has ended, once the calendars themselves are known.
    pub(super) fn report_full_sync(&mut self, out: &mut Vec<Output>) {
        let Some(troubles) = &self.full_sync else {
            return;
        };
        let mailbox_pending = self.desk_in_flight || self.desk_due.is_none();
        if let super::Link::SignInNeeded(words) | super::Link::Down(words) = &self.link {
            out.push(Output::AllFresh {
                troubles: vec![words.clone()],
            });
            self.full_sync = None;
            return;
        }
        let waiting = self
            .windows
            .values()
            .any(|window| window.awaited || window.state.fresh_at.is_none());
        if mailbox_pending || self.desk.is_none() || waiting || !self.fetches.is_empty() {
            return;
        }
        out.push(Output::AllFresh {
            troubles: troubles.clone(),
        });
        self.full_sync = None;
    }

    pub(super) fn is_reconciliation_due(&self, id: &WindowId, now: Timestamp) -> bool {
        let Some(full_at) = self.windows.get(id).and_then(|window| window.state.full_at) else {
            return true;
        };
        // Staggered over two hours so that not everything is compared at once.
        let spread = pace::mix(u64::from(id.quarter.0.unsigned_abs()) ^ self.settings.salt) % 7_200;
        let spread = SignedDuration::from_secs(i64::try_from(spread).unwrap_or(0));
        full_at > now || now.duration_since(full_at) > pace::RECONCILE + spread
    }

    pub(super) fn page_told(
        &mut self,
        replica: &dyn Replica,
        id: WindowId,
        page: Page,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let learnt = self.tick_counter();
        let Some(window) = self.windows.get_mut(&id) else {
            return Ok(());
        };
        let Some(round) = window.round.as_mut() else {
            return Ok(());
        };
        let progress = match &page.end {
            PageEnd::Next(next) => round
                .check_progress(&page, next)
                .map_err(|endless| endless.to_string()),
            PageEnd::Delta(_) => Ok(()),
            PageEnd::Broken => {
                Err("the server ended a page without telling how to go on".to_owned())
            }
        };
        round.skipped += page.skipped;
        let applied = round.apply(&id, page.items, learnt, replica)?;
        self.tally.added += u64::from(applied.added);
        self.tally.changed += u64::from(applied.changed);
        self.tally.pages += 1;
        if planted(Bug::LinkBeforeData)
            && let PageEnd::Delta(link) = &page.end
        {
            let state = super::WindowState {
                link: Some(link.clone()),
                ..window.state.clone()
            };
            out.push(Output::Apply(vec![Change::PutWindow {
                window: id.clone(),
                state,
            }]));
        }
        let mut changes = applied.changes;
        changes.extend(self.doubt(&id, !changes.is_empty()));
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        out.push(Output::Restate);
        match (progress, page.end) {
            (Err(words), _) => self.round_stuck(&id, &words, now, out),
            (Ok(()), PageEnd::Next(next)) => {
                if let Some(window) = self.windows.get_mut(&id) {
                    window.in_flight = false;
                    window.failures = 0;
                    window.next = Some(next);
                }
            }
            (Ok(()), PageEnd::Delta(link)) => out.push(Output::Then(Step::EndRound {
                window: id,
                link: Some(link),
            })),
            (Ok(()), PageEnd::Broken) => {}
        }
        Ok(())
    }

    /// Until the round ends, what its pages brought is in doubt; written together
    /// with the first page that brought something.
    fn doubt(&mut self, id: &WindowId, brought: bool) -> Option<Change> {
        let window = self.windows.get_mut(id)?;
        if !brought || window.state.provisional {
            return None;
        }
        window.state.provisional = true;
        Some(Change::PutWindow {
            window: id.clone(),
            state: window.state.clone(),
        })
    }

    /// A polled window: its plain view stands for a full round.
    pub(super) fn listing_told(
        &mut self,
        replica: &dyn Replica,
        id: WindowId,
        events: Vec<Event>,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let learnt = self.tick_counter();
        let Some(round) = self
            .windows
            .get_mut(&id)
            .and_then(|window| window.round.as_mut())
        else {
            return Ok(());
        };
        // Edges are loose: what ends where the window begins is not a member.
        let (from, to) = id.quarter.requested();
        let inside = events
            .into_iter()
            .filter(|event| event.start < to && (event.end > from || event.start >= from));
        let applied = round.apply(&id, inside.map(Item::Seen).collect(), learnt, replica)?;
        self.tally.added += u64::from(applied.added);
        self.tally.changed += u64::from(applied.changed);
        let mut changes = applied.changes;
        changes.extend(self.doubt(&id, !changes.is_empty()));
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        out.push(Output::Then(Step::EndRound {
            window: id,
            link: None,
        }));
        Ok(())
    }

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

    fn write_window(
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
        window.not_before = None;
        window.awaited = false;
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
    }

    /// Stops a removal that is too large to be believed at once.
    fn brakes(
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
    fn take_out(
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
    fn hurry_other_holders(
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

    /// A round that cannot end: give it up, show it, and poll the plain view
    /// until tomorrow's comparison.
    fn round_stuck(&mut self, id: &WindowId, words: &str, now: Timestamp, out: &mut Vec<Output>) {
        out.push(Output::Say(
            Tone::Warning,
            format!("synchronizing a calendar was stopped: {words}"),
        ));
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.in_flight = false;
        window.next = None;
        window.round = None;
        window.failures += 1;
        if window.failures >= 3 {
            window.state.polled = true;
            window.state.full_at = Some(now);
        }
        window.state.link = None;
        window.want_full = true;
        let wait = pace::back_off(
            window.failures,
            SignedDuration::from_mins(5),
            u64::from(id.quarter.0.unsigned_abs()),
        );
        window.not_before = Some(now + wait);
        let state = window.state.clone();
        out.push(Output::Apply(vec![Change::PutWindow {
            window: id.clone(),
            state,
        }]));
    }

    pub(super) fn window_failed(
        &mut self,
        id: &WindowId,
        failure: Option<&Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let salt = u64::from(id.quarter.0.unsigned_abs());
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.in_flight = false;
        window.failures += 1;
        let wait = pace::back_off(window.failures, SignedDuration::from_mins(5), salt);
        match failure.map(|failure| (failure.kind, failure)) {
            Some((FailureKind::ResyncRequired, _)) => {
                window.round = None;
                window.next = None;
                window.state.link = None;
                window.want_full = true;
                // The first time at once; a server that keeps saying so must wait.
                window.not_before = (window.failures > 1).then(|| now + wait);
                let state = window.state.clone();
                out.push(Output::Apply(vec![Change::PutWindow {
                    window: id.clone(),
                    state,
                }]));
            }
            Some((FailureKind::Throttled | FailureKind::Offline | FailureKind::SignIn, _)) => {
                // The whole mailbox waits; then the same link again.
                window.failures -= 1;
                if window.next.is_none() {
                    window.urgent = true;
                }
            }
            Some((FailureKind::Forbidden | FailureKind::NotFound, failure)) => {
                let on_later_page = window.round.as_ref().is_some_and(|round| round.pages > 0);
                window.round = None;
                window.next = None;
                // Page two refused (delegated calendars), or rights revoked: look at
                // the calendars again before anything is dropped.
                if on_later_page || window.failures > 1 {
                    window.state.polled = true;
                    window.state.full_at = Some(now);
                }
                window.not_before = Some(now + wait);
                window.urgent = true;
                self.desk_due = Some(now);
                if window.failures == 2 {
                    out.push(Output::Say(
                        Tone::Warning,
                        format!("a calendar could not be read: {}", failure.words),
                    ));
                }
                if window.failures > 3 {
                    self.give_up_on(id, failure);
                }
            }
            Some((FailureKind::ForeignLink, failure)) => {
                let words = failure.words.clone();
                self.round_stuck(id, &words, now, out);
            }
            Some((_, failure)) => {
                // A 5xx on one link can last: after a while start over, smaller.
                let passing = is_passing(failure);
                if !passing || window.failures > 4 {
                    window.round = None;
                    window.next = None;
                    window.state.link = None;
                    window.want_full = true;
                }
                window.urgent = true;
                window.not_before = Some(now + wait);
                if window.failures > 8 {
                    self.give_up_on(id, failure);
                }
            }
            None => {
                window.round = None;
                window.next = None;
                window.urgent = true;
                window.not_before = Some(now + wait);
            }
        }
        out.push(Output::Restate);
    }

    /// A full sync does not wait for ever for one window.
    fn give_up_on(&mut self, id: &WindowId, failure: &Failure) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if std::mem::take(&mut window.awaited)
            && let Some(troubles) = &mut self.full_sync
        {
            troubles.push(failure.words.clone());
        }
    }

    /// Learnt outside a round: a member of every tracked window its time touches.
    pub(super) fn provisional_windows(&self, event: &Event) -> Vec<WindowId> {
        Quarter::touched_by(event.start, event.end)
            .into_iter()
            .filter(|quarter| self.is_tracked(&event.calendar, *quarter))
            .map(|quarter| WindowId {
                calendar: event.calendar.clone(),
                quarter,
            })
            .collect()
    }

    pub(super) fn expect_confirmation(
        &mut self,
        id: &WindowId,
        urgent: bool,
        out: &mut Vec<Output>,
    ) {
        let window: &mut Window = self.windows.entry(id.clone()).or_default();
        window.urgent |= urgent;
        window.questionable = true;
        if !window.state.provisional {
            window.state.provisional = true;
            let state = window.state.clone();
            out.push(Output::Apply(vec![Change::PutWindow {
                window: id.clone(),
                state,
            }]));
        }
    }
}
