//! What the server's log and both copies say about a company.

use super::Company;
use super::client::Client;
use crate::history::judge::shown;
use crate::writes::{Deed, Written};
use kalends::domain::answer::Reply;
use kalends::domain::edit::Value;
use kalends::domain::entry::Entry;
use kalends::domain::intent::{Act, IntentId};
use kalends::domain::replica::{LIMBO, entries_of};
use std::collections::{BTreeMap, BTreeSet};

impl Company {
    /// At every moment: acknowledged is kept or done, and nothing took effect twice.
    pub(super) fn check_along(&self) -> Result<(), String> {
        for client in &self.clients {
            for (id, (act, is_done)) in &client.ledger {
                if client.outbox.contains_key(id) == *is_done {
                    return Err(format!("{id:?} is neither kept nor done, or both: {act:?}"));
                }
            }
        }
        let mut labels = BTreeSet::new();
        for deed in &self.server.deeds {
            if !deed.label.is_empty() && !labels.insert(&deed.label) {
                return Err(format!("took effect twice: {deed:?}"));
            }
        }
        let mut created = BTreeSet::new();
        for written in &self.server.written {
            if let Written::Created(name) = written
                && !created.insert(name)
            {
                return Err(format!("made twice: {name}"));
            }
        }
        Ok(())
    }

    pub(super) fn judge(&self) -> Result<(), String> {
        for client in &self.clients {
            for (id, (act, is_done)) in &client.ledger {
                self.judge_act(client, *id, act, *is_done)?;
            }
            self.judge_copy(client)?;
        }
        Ok(())
    }

    fn judge_act(
        &self,
        client: &Client,
        id: IntentId,
        act: &Act,
        is_done: bool,
    ) -> Result<(), String> {
        if !is_done {
            let needs_you = |other: &Act| other.root() == act.root();
            let is_explained = client
                .outbox
                .values()
                .any(|intent| intent.stage.needs_you() && needs_you(&intent.act));
            if !is_explained {
                return Err(format!("{id:?} is owed: {:?}", client.outbox.get(&id)));
            }
        }
        match act {
            Act::Create(create) => {
                let name = create.subject();
                let made = Written::Created(name.raw().to_owned());
                let is_made = self.server.written.contains(&made);
                if is_done && !is_made {
                    return Err(format!("{id:?} is done, and there is no event: {act:?}"));
                }
            }
            Act::Change(change) => {
                let name = change.edits.iter().find_map(|edit| match &edit.mine {
                    Value::Subject(subject) => Some((subject.raw(), &edit.base)),
                    _ => None,
                });
                let Some((name, base)) = name else {
                    return Ok(());
                };
                match self.deed(name) {
                    None if is_done => {
                        return Err(format!("{id:?} is done and was never sent: {act:?}"));
                    }
                    // Nobody was asked, so nothing may have stood there that nobody had seen.
                    Some(deed) => {
                        let was = Value::Subject(deed.was.clone().unwrap_or_default().into());
                        if was != *base {
                            return Err(format!("{deed:?} went over what was not {base:?}"));
                        }
                    }
                    None => {}
                }
            }
            Act::Respond(respond) => {
                let comment = respond.comment.as_deref().unwrap_or_default();
                // Done without a mail of its own: somebody gave the same answer, to it or to its
                // whole series, or a decline found the event gone.
                let is_same = |other: &&Act| {
                    matches!(other, Act::Respond(one) if one.reply == respond.reply
                        && (one.event == respond.event || one.event == respond.root))
                };
                let acts = self.clients.iter().flat_map(|one| one.ledger.values());
                let same = acts.map(|(act, _)| act).filter(is_same).count();
                let declined = respond.reply == Reply::Decline;
                if is_done && self.deed(comment).is_none() && same < 2 && !declined {
                    return Err(format!("{id:?} is done and nobody was told: {act:?}"));
                }
            }
            Act::Forward(forward) => {
                if is_done && !self.server.mails.contains(&forward.message) {
                    return Err(format!("{id:?} is done and nobody was told: {act:?}"));
                }
            }
            Act::Delete(delete) => {
                let there = self.server.by_id(&delete.calendar, &delete.event);
                if is_done && there.is_some() {
                    return Err(format!("{id:?} is done, and the event is there: {act:?}"));
                }
            }
        }
        Ok(())
    }

    fn deed(&self, label: &str) -> Option<&Deed> {
        self.server.deeds.iter().find(|deed| deed.label == label)
    }

    /// A client's copy is the server's view, in every window it has.
    fn judge_copy(&self, client: &Client) -> Result<(), String> {
        if let Some(record) = client
            .memory
            .records()
            .find(|record| record.quarters == [LIMBO])
        {
            return Err(format!("{:?} was left in limbo", record.event.id));
        }
        let windows = client.memory.window_ids();
        if windows.is_empty() {
            return Err("a client never synchronized".into());
        }
        for window in windows {
            let (from, to) = window.quarter.requested();
            let there: BTreeMap<_, _> = self
                .server
                .view(&window.calendar, from, to)
                .iter()
                .map(|event| shown(&Entry::of(event, None)))
                .collect();
            let entries = entries_of(&client.memory, &window, &BTreeMap::new()).unwrap();
            let here: BTreeMap<_, _> = entries.iter().map(shown).collect();
            if there != here {
                return Err(format!(
                    "{window:?}\n  on the server: {there:#?}\n  here: {here:#?}"
                ));
            }
        }
        Ok(())
    }
}
