//! What must hold at every moment, not only at the end.

use super::{History, Promise};
use kalends::domain::ids::EventId;
use kalends::domain::intent::Act;
use kalends::domain::remote::Ask;
use kalends::domain::replica::Change;
use kalends::domain::window::WindowId;
use kalends::sync::engine::{IN_FLIGHT, Output};
use std::collections::{BTreeMap, BTreeSet};

/// One input leads to so many outputs at most; a page has a few items and a mailbox a few dozen.
const OUTPUTS_AT_MOST: usize = 3_000;

/// What is remembered between two looks.
#[derive(Default)]
pub struct Watch {
    /// The first thing that was wrong.
    wrong: Option<String>,
    /// Requests of an engine that was given up; they are not the new one's.
    foreign_flights: usize,
    /// How much of the server's logs was looked at.
    written: usize,
    mails: usize,
    names: BTreeSet<String>,
    comments: BTreeSet<String>,
    newest: BTreeMap<EventId, u64>,
    deeds: usize,
    outputs: usize,
}

impl Watch {
    pub fn new_engine(&mut self, flights: usize) {
        self.foreign_flights = flights;
    }

    pub fn new_input(&mut self) {
        self.outputs = 0;
    }

    pub fn note(&mut self, words: impl FnOnce() -> String) {
        self.wrong.get_or_insert_with(words);
    }
}

impl History {
    pub(super) fn check_along(&mut self) -> Result<(), String> {
        self.memory.check_marks()?;
        self.check_ledger()?;
        self.check_logs()?;
        if self.flights.len() > IN_FLIGHT + self.watch.foreign_flights {
            return Err(format!("{} requests in flight", self.flights.len()));
        }
        match self.watch.wrong.take() {
            Some(words) if !self.has_lied => Err(words),
            _ => Ok(()),
        }
    }

    /// Acknowledged is in the outbox until it took effect, was taken back, or needs the person.
    fn check_ledger(&self) -> Result<(), String> {
        for (id, (act, promise)) in &self.ledger {
            let is_kept = self.outbox.contains_key(id);
            let must_be = matches!(promise, Promise::Owed | Promise::Stuck);
            if is_kept != must_be {
                return Err(format!("{id:?} is {promise:?}, kept: {is_kept}: {act:?}"));
            }
        }
        Ok(())
    }

    /// Nothing takes effect twice, and acts on one series in the order they were made.
    fn check_logs(&mut self) -> Result<(), String> {
        for written in &self.server.written[self.watch.written..] {
            if !self.watch.names.insert(format!("{written:?}")) {
                return Err(format!("took effect twice: {written:?}"));
            }
        }
        self.watch.written = self.server.written.len();
        for comment in &self.server.mails[self.watch.mails..] {
            if !comment.is_empty() && !self.watch.comments.insert(comment.clone()) {
                return Err(format!("mailed twice: {comment}"));
            }
        }
        self.watch.mails = self.server.mails.len();
        for deed in &self.server.deeds[self.watch.deeds..] {
            let Some(number) = number_of(&deed.label) else {
                continue;
            };
            let before = self.watch.newest.insert(deed.root.clone(), number);
            if before.is_some_and(|before| before > number) {
                return Err(format!("{deed:?} came after intent {before:?}"));
            }
        }
        self.watch.deeds = self.server.deeds.len();
        Ok(())
    }

    /// Only what the person did is ever written to the server.
    pub(super) fn watch_ask(&mut self, ask: &Ask) {
        let meant = |wanted: fn(&Act) -> bool, event: &EventId| {
            let mut acts = self.ledger.values().map(|(act, _)| act);
            acts.any(|act| wanted(act) && act.event() == *event)
        };
        let is_meant = match ask {
            Ask::Respond { event, .. } => meant(|act| matches!(act, Act::Respond(_)), event),
            Ask::Change { event, .. } => meant(|act| matches!(act, Act::Change(_)), event),
            Ask::Delete { event, .. } | Ask::Cancel { event, .. } => {
                meant(|act| matches!(act, Act::Delete(_)), event)
            }
            Ask::Create { values, .. } => self
                .ledger
                .values()
                .any(|(act, _)| matches!(act, Act::Create(create) if create.values == *values)),
            _ => true,
        };
        if !is_meant {
            self.watch.note(|| format!("nobody meant this: {ask:?}"));
        }
    }

    /// Nothing is taken away in masses that the server still has.
    pub(super) fn watch_output(&mut self, output: &Output) {
        self.watch.outputs += 1;
        if self.watch.outputs > OUTPUTS_AT_MOST {
            self.watch.note(|| "no end of outputs".to_owned());
        }
        let Output::Apply(changes) = output else {
            return;
        };
        let mut left: BTreeMap<&WindowId, BTreeSet<&EventId>> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Unmark { window, id, .. } => left.entry(window).or_default().insert(id),
                Change::Mark { window, id, .. } => left.entry(window).or_default().remove(id),
                _ => continue,
            };
        }
        for (window, ids) in left.into_iter().filter(|(_, ids)| ids.len() > 20) {
            let (from, to) = window.quarter.requested();
            let there = self.server.view(&window.calendar, from, to);
            let wrongly = there.iter().filter(|event| ids.contains(&event.id)).count();
            if wrongly > 20 {
                let words = format!("{wrongly} events of {window:?} were dropped at once");
                self.watch.note(|| words);
            }
        }
    }
}

/// "intent 17" is number 17.
fn number_of(label: &str) -> Option<u64> {
    label.strip_prefix("intent ")?.parse().ok()
}
