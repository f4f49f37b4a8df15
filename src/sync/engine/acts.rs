//! Intents through the engine: what their steps mean for the replica.

use super::{Engine, Job, Output, Tone};
use crate::domain::answer::Reply;
use crate::domain::event::{Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::domain::remote::{Failure, FailureKind, Told};
use crate::domain::replica::{Change, LIMBO, Lookup, Note, Replica};
use crate::domain::window::WindowId;
use crate::sync::intents::{Outcome, Wish};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Engine {
    pub(super) fn queue(
        &mut self,
        replica: &dyn Replica,
        intent: Intent,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        // Of one that is there already it takes the place in one step: what follows it waits on.
        let old = self.intents.withdraw(intent.id);
        let act = intent.act.clone();
        self.intents.add(intent);
        if let Some(old) = old {
            self.redraw(replica, &old.act, out)?;
        }
        self.redraw(replica, &act, out)
    }

    pub(super) fn queue_all(
        &mut self,
        replica: &dyn Replica,
        intents: Vec<Intent>,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        for intent in intents {
            self.intents.add(intent);
        }
        self.redraw_all(replica, out)
    }

    /// The sheets that show waiting intents, each once, after a restart for one.
    pub(super) fn redraw_all(&self, replica: &dyn Replica, out: &mut Vec<Output>) -> Lookup<()> {
        let mut windows = BTreeSet::new();
        for intent in self.intents.all() {
            let event = intent.act.event();
            windows.extend(self.shown_in(replica, &intent.act, &event)?);
        }
        if !windows.is_empty() {
            out.push(Output::Restate);
        }
        out.extend(windows.into_iter().map(Output::Redraw));
        Ok(())
    }

    pub(super) fn withdraw(
        &mut self,
        replica: &dyn Replica,
        id: IntentId,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        if let Some(intent) = self.intents.withdraw(id) {
            self.redraw(replica, &intent.act, out)?;
        }
        Ok(())
    }

    pub(super) fn retry(
        &mut self,
        replica: &dyn Replica,
        id: IntentId,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        if let Some(intent) = self.intents.retry(id, now) {
            out.push(Output::Keep(Box::new(intent.clone())));
            self.redraw(replica, &intent.act, out)?;
        }
        Ok(())
    }

    pub(super) fn checked(
        &mut self,
        replica: &dyn Replica,
        id: IntentId,
        started: u64,
        result: Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        // Others were told to wait while this was read: so does the act, and is read again then.
        let wait = self.pause.until(now).map(|until| postponed(until, now));
        let read = match (as_event(&result), &wait) {
            (Ok(_), Some(wait)) => Err(wait),
            (read, _) => read,
        };
        let (outcome, wish) = self.intents.checked(id, read, now);
        let outcome = self.learn_confirmed(replica, outcome, &result, started, now, out)?;
        self.put_out(replica, outcome, now, out)?;
        if let Some(Wish::Send(intent, ask)) = wish {
            // The stage is written down before the request leaves: after a crash
            // "sending" means that the outcome must be read back.
            self.tickets += 1;
            self.budget.spend(now);
            let started = self.tick_counter();
            self.jobs
                .insert(self.tickets, Job::Send { intent, started });
            out.push(Output::Ask {
                ticket: self.tickets,
                ask,
            });
        }
        Ok(())
    }

    pub(super) fn sent(
        &mut self,
        replica: &dyn Replica,
        id: IntentId,
        started: u64,
        result: Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let told = match &result {
            Ok(Told::Event(event)) => Ok(Some(event)),
            Ok(_) => Ok(None),
            Err(failure) => Err(failure),
        };
        let outcome = self.intents.sent(id, told, now);
        let outcome = self.learn_confirmed(replica, outcome, &result, started, now, out)?;
        self.put_out(replica, outcome, now, out)
    }

    pub(super) fn confirmed(
        &mut self,
        replica: &dyn Replica,
        id: IntentId,
        started: u64,
        result: Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let outcome = self.intents.confirmed(id, as_event(&result), now);
        let outcome = self.learn_confirmed(replica, outcome, &result, started, now, out)?;
        self.put_out(replica, outcome, now, out)
    }

    /// The event of an act that took effect, as the server has it now. Where the replica learnt
    /// another version meanwhile, nobody can tell which is newer: the act stays laid over it and
    /// is read once more, or the screen would show for a while what was before.
    fn learn_confirmed(
        &mut self,
        replica: &dyn Replica,
        outcome: Outcome,
        result: &Result<Told, Failure>,
        started: u64,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<Outcome> {
        let (Outcome::Confirmed(intent), Ok(Told::Event(event))) = (&outcome, result) else {
            return Ok(outcome);
        };
        let mut event = event.clone();
        if let Some(details) = &mut event.details {
            details.notes = None;
        }
        let is_learnt = if event.kind == Kind::Master {
            self.master_told(replica, event, started, out)?
        } else {
            let mut touched = BTreeSet::new();
            let is_learnt = self.learn(replica, event, started, &mut touched, out)?;
            out.extend(touched.into_iter().map(Output::Sheet));
            is_learnt
        };
        if is_learnt {
            return Ok(outcome);
        }
        let read_again = self.intents.read_again(intent.id, now);
        Ok(read_again.unwrap_or(outcome))
    }

    fn put_out(
        &mut self,
        replica: &dyn Replica,
        outcome: Outcome,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        match outcome {
            Outcome::Nothing => {}
            Outcome::Changed(intent) => {
                if let Stage::NeedsYou { words, .. } = &intent.stage {
                    let noun = intent.act.noun();
                    out.push(Output::Say(
                        Tone::Error,
                        format!("{noun} was not sent: {words}"),
                    ));
                }
                let act = intent.act.clone();
                out.push(Output::Keep(intent));
                self.redraw(replica, &act, out)?;
            }
            Outcome::Confirmed(intent) => {
                let act = intent.act.clone();
                self.intents.remove(intent.id);
                match &act {
                    Act::Respond(respond) if respond.reply == Reply::Decline => {
                        self.note_declined(replica, &respond.calendar, &respond.event, now, out)?;
                    }
                    Act::Delete(delete) => {
                        let key = (delete.calendar.clone(), delete.event.clone());
                        self.fetches.remove(&key);
                        self.graves
                            .bury(&delete.calendar, &delete.event, self.counter + 1);
                        self.gone(replica, &delete.calendar, &delete.event, out)?;
                    }
                    _ => {}
                }
                out.push(Output::Finish(intent));
                self.redraw(replica, &act, out)?;
                self.hurry_holders(replica, &act)?;
            }
        }
        out.push(Output::Restate);
        Ok(())
    }

    /// Declining moves the event to Deleted Items: its id dies, a note of it stays.
    fn note_declined(
        &mut self,
        replica: &dyn Replica,
        calendar: &CalendarId,
        id: &EventId,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        if let Some(record) = replica.record(calendar, id)? {
            let note = Note {
                event: record.event,
                declined_at: now,
            };
            out.push(Output::Apply(vec![Change::PutNote(Box::new(note))]));
        }
        self.fetches.remove(&(calendar.clone(), id.clone()));
        self.graves.bury(calendar, id, self.counter + 1);
        self.gone(replica, calendar, id, out)
    }

    /// The sheets that show this event or its occurrences, where they are and where they go: with
    /// this act, and with the others that wait for the same event, which show again without it.
    fn redraw(&mut self, replica: &dyn Replica, act: &Act, out: &mut Vec<Output>) -> Lookup<()> {
        let mut windows = self.shown_in(replica, act, &act.event())?;
        let key = (act.calendar(), act.event());
        for other in self.intents.all().map(|intent| &intent.act) {
            if other.moved_to().is_some() && (other.calendar(), other.event()) == key {
                windows.extend(self.moved_into(other));
            }
        }
        out.extend(windows.into_iter().map(Output::Redraw));
        out.push(Output::Restate);
        Ok(())
    }

    /// What a waiting act moves is shown where it goes from a record that is no member there. When
    /// that record changes, or its master does, nothing else makes that sheet stale.
    pub(super) fn redraw_moved(&self, out: &mut Vec<Output>) {
        let mut changed: BTreeSet<(&CalendarId, &EventId)> = BTreeSet::new();
        for output in &*out {
            let Output::Apply(changes) = output else {
                continue;
            };
            changed.extend(changes.iter().filter_map(|change| match change {
                Change::Put(record) => Some((&record.event.calendar, &record.event.id)),
                Change::Delete { calendar, id } => Some((calendar, id)),
                _ => None,
            }));
        }
        if changed.is_empty() {
            return;
        }
        let mut windows = BTreeSet::new();
        for act in self.intents.all().map(|intent| &intent.act) {
            let is_changed = |id: EventId| changed.contains(&(act.calendar(), &id));
            if act.moved_to().is_some() && (is_changed(act.event()) || is_changed(act.root())) {
                windows.extend(self.moved_into(act));
            }
        }
        out.extend(windows.into_iter().map(Output::Redraw));
    }

    /// After an act the series comes anew: soon rather than late.
    fn hurry_holders(&mut self, replica: &dyn Replica, act: &Act) -> Lookup<()> {
        for id in self.shown_in(replica, act, &act.root())? {
            if let Some(window) = self.windows.get_mut(&id) {
                window.urgent = true;
            }
        }
        Ok(())
    }

    fn shown_in(
        &self,
        replica: &dyn Replica,
        act: &Act,
        event: &EventId,
    ) -> Lookup<BTreeSet<WindowId>> {
        let mut windows = match act {
            // A draft is nobody's member yet.
            Act::Create(_) => BTreeSet::new(),
            _ => self.holders(replica, act.calendar(), event)?,
        };
        windows.extend(self.moved_into(act));
        Ok(windows)
    }

    /// The windows of the time that the act gives its event.
    fn moved_into(&self, act: &Act) -> impl Iterator<Item = WindowId> {
        let span = match act {
            Act::Create(create) => create.when(),
            _ => act.moved_to(),
        };
        let here = self.windows.keys().filter(move |window| {
            window.calendar == *act.calendar()
                && span
                    .as_ref()
                    .is_some_and(|span| window.quarter.touches(span.start, span.end))
        });
        here.cloned()
    }

    fn holders(
        &self,
        replica: &dyn Replica,
        calendar: &CalendarId,
        id: &EventId,
    ) -> Lookup<BTreeSet<WindowId>> {
        let mut holders = BTreeSet::new();
        if let Some(record) = replica.record(calendar, id)? {
            let quarters = record
                .quarters
                .into_iter()
                .filter(|quarter| *quarter != LIMBO);
            holders.extend(quarters.map(|quarter| WindowId {
                calendar: calendar.clone(),
                quarter,
            }));
        }
        for window in self
            .windows
            .keys()
            .filter(|window| window.calendar == *calendar)
        {
            if !holders.contains(window) && !replica.members(window, Some(id))?.is_empty() {
                holders.insert(window.clone());
            }
        }
        Ok(holders)
    }
}

/// Not sent now, which is nobody's failure.
fn postponed(until: Timestamp, now: Timestamp) -> Failure {
    Failure {
        kind: FailureKind::Offline,
        status: 0,
        code: String::new(),
        words: "the server asked to wait".into(),
        retry_after_ms: u64::try_from(until.duration_since(now).as_millis()).ok(),
    }
}

/// What a check or confirmation read; an answer of another shape counts as unknown.
fn as_event(result: &Result<Told, Failure>) -> Result<&Event, &Failure> {
    static ODD: std::sync::LazyLock<Failure> = std::sync::LazyLock::new(|| Failure {
        kind: FailureKind::Unknown,
        status: 0,
        code: String::new(),
        words: "the server answered something else than an event".into(),
        retry_after_ms: None,
    });
    match result {
        Ok(Told::Event(event)) => Ok(event),
        Ok(_) => Err(&ODD),
        Err(failure) => Err(failure),
    }
}
