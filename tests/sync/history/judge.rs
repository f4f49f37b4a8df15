//! After quiet: what the server says, what the replica says, what the sheets say, and what became
//! of everything that was acknowledged.

use super::{History, Promise};
use crate::writes::Written;
use jiff::Timestamp;
use kalends::domain::edit::Value;
use kalends::domain::entry::Entry;
use kalends::domain::event::Answer;
use kalends::domain::ids::EventId;
use kalends::domain::intent::Act;
use kalends::domain::replica::{LIMBO, entries_of};
use kalends::domain::text::Untrusted;
use std::collections::{BTreeMap, BTreeSet};

impl History {
    pub(super) fn judge(&mut self) -> Result<(), String> {
        if let Some(words) = self.hidden.take()
            && !self.has_lied
        {
            return Err(words);
        }
        self.judge_replica()?;
        self.judge_sheets()?;
        self.judge_acts()
    }

    pub(super) fn judge_replica(&self) -> Result<(), String> {
        // Nothing stays between the windows for ever.
        if let Some(record) = self
            .memory
            .records()
            .find(|record| record.quarters == [LIMBO])
        {
            return Err(format!("{:?} was left in limbo", record.event.id));
        }
        let windows = self.memory.window_ids();
        if windows.is_empty() {
            return Err("no window was ever synchronized".into());
        }
        for window in windows {
            if self.poisoned.as_ref() == Some(&window.calendar) {
                continue;
            }
            let (from, to) = window.quarter.requested();
            let expected: BTreeMap<_, _> = self
                .server
                .view(&window.calendar, from, to)
                .iter()
                .map(|event| shown(&Entry::of(event, None)))
                .collect();
            let entries = entries_of(&self.memory, &window, &BTreeMap::new()).unwrap();
            let held: BTreeMap<_, _> = entries.iter().map(shown).collect();
            if expected != held {
                let missing: Vec<_> = expected
                    .iter()
                    .filter(|(id, what)| held.get(*id) != Some(*what))
                    .collect();
                let extra: Vec<_> = held
                    .iter()
                    .filter(|(id, what)| expected.get(*id) != Some(*what))
                    .collect();
                return Err(format!(
                    "{window:?}\n  on the server: {missing:#?}\n  here: {extra:#?}"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn judge_sheets(&self) -> Result<(), String> {
        for window in self.memory.window_ids() {
            let pending = self.laid_over(&window.calendar);
            let fresh = entries_of(&self.memory, &window, &pending).unwrap();
            let sheet = self.sheets.get(&window).cloned().unwrap_or_default();
            if fresh != sheet {
                let wrong: Vec<_> = sheet
                    .iter()
                    .filter(|entry| !fresh.contains(entry))
                    .map(|entry| (&entry.id, &entry.pending))
                    .collect();
                let right: Vec<_> = fresh
                    .iter()
                    .filter(|entry| !sheet.contains(entry))
                    .map(|entry| (&entry.id, &entry.pending))
                    .collect();
                return Err(format!(
                    "the sheet of {window:?} says {wrong:?}, the replica {right:?}"
                ));
            }
        }
        Ok(())
    }

    /// Nothing acknowledged is lost, nothing takes effect twice.
    pub(super) fn judge_acts(&self) -> Result<(), String> {
        let waits_for_person: BTreeSet<EventId> = self
            .outbox
            .values()
            .filter(|intent| intent.stage.needs_you())
            .map(|intent| intent.act.root())
            .collect();
        for (id, (act, promise)) in &self.ledger {
            if self.poisoned.as_ref() == Some(act.calendar()) {
                // Nothing can come of it; it waits, and is kept.
                if *promise == Promise::Owed && !self.outbox.contains_key(id) {
                    return Err(format!("{id:?} is owed and gone: {act:?}"));
                }
                continue;
            }
            let times = self.times_carried_out(act);
            if times > 1 {
                return Err(format!("{id:?} took effect {times} times: {act:?}"));
            }
            if *promise == Promise::Withdrawn && times > 0 {
                return Err(format!("{id:?} was withdrawn and yet sent: {act:?}"));
            }
            if *promise == Promise::Done && times == 0 && matches!(act, Act::Create(_)) {
                return Err(format!("{id:?} is done, and there is no event: {act:?}"));
            }
            let behind_stuck = waits_for_person.contains(&act.root());
            if *promise == Promise::Owed && !behind_stuck {
                return Err(format!("{id:?} is still owed: {:?}", self.outbox.get(id)));
            }
            if *promise == Promise::Stuck && !self.outbox.contains_key(id) {
                return Err(format!("{id:?} needed the person and is gone"));
            }
        }
        Ok(())
    }

    /// How often the server did what this act asks for.
    pub(super) fn times_carried_out(&self, act: &Act) -> usize {
        let written = |wanted: &Written| {
            let log = &self.server.written;
            log.iter().filter(|one| *one == wanted).count()
        };
        let text = |subject: Untrusted| subject.raw().to_owned();
        match act {
            Act::Respond(respond) => {
                let mails = &self.server.mails;
                let mine = |mail: &&String| Some(*mail) == respond.comment.as_ref();
                mails.iter().filter(mine).count()
            }
            Act::Create(create) => written(&Written::Created(text(create.subject()))),
            Act::Change(change) => {
                let names = change.edits.iter().filter_map(|edit| match &edit.mine {
                    Value::Subject(subject) => {
                        Some(written(&Written::Renamed(text(subject.clone()))))
                    }
                    _ => None,
                });
                names.max().unwrap_or(0)
            }
            Act::Forward(forward) => {
                let mails = self.server.mails.iter();
                mails.filter(|mail| **mail == forward.message).count()
            }
            // Ids are never used again, so an event cannot be deleted twice.
            Act::Delete(delete) => written(&Written::Deleted(delete.event.clone())),
        }
    }
}

/// What must be equal on both sides.
pub fn shown(entry: &Entry) -> (EventId, (Timestamp, Timestamp, String, Answer, bool, bool)) {
    let what = (
        entry.start,
        entry.end,
        entry.subject.raw().to_owned(),
        entry.answer,
        entry.all_day,
        entry.cancelled,
    );
    (entry.id.clone(), what)
}
