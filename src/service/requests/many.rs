//! Acts by the thousand, as a file brings them, and events by the calendar, as a file takes them.

use crate::domain::event::Event;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::domain::replica::{LIMBO, Lookup, Replica};
use crate::service::data::Data;
use crate::service::protocol::{Reply, Standing};
use crate::sync::engine::{Input, Link};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Data {
    /// One commit for all. What waits already, by its transaction, keeps its place.
    pub(super) fn queue_all(&mut self, acts: Vec<Act>) -> Reply {
        let refused = acts.iter().find_map(|act| match act {
            Act::Create(create) if create.transaction.is_empty() => {
                Some("a new event of many needs a transaction of its own".to_owned())
            }
            Act::Create(_) => self.objection(act),
            _ => Some("only new events are queued together".to_owned()),
        });
        if let Some(words) = refused {
            return Reply::Refused { words };
        }
        let creates = self
            .engine
            .intents()
            .filter(|intent| matches!(intent.act, Act::Create(_)));
        let mut waiting: HashMap<EventId, IntentId> = creates
            .map(|intent| (intent.act.event(), intent.id))
            .collect();
        let now = self.options.clock.now();
        let mut next = self.next_intent;
        let mut ids = Vec::with_capacity(acts.len());
        let mut new = Vec::with_capacity(acts.len());
        for act in acts {
            let id = *waiting.entry(act.event()).or_insert(IntentId(next));
            ids.push(id);
            if id.0 == next {
                next += 1;
                new.push(Intent {
                    id,
                    act,
                    made_at: now,
                    due_at: now,
                    stage: Stage::Waiting,
                    tries: 0,
                    follows: None,
                    doubt: None,
                    replaces: Vec::new(),
                });
            }
        }
        if let Err(error) = self.outbox.queue(&new) {
            let words = error.to_string();
            return Reply::Refused { words };
        }
        self.next_intent = next;
        self.step(Input::QueuedAll(new));
        Reply::QueuedAll(ids)
    }

    pub(super) fn standing(&self, asked: &[IntentId]) -> Reply {
        let asked: BTreeSet<IntentId> = asked.iter().copied().collect();
        let mut standing = Standing::default();
        for intent in self
            .engine
            .intents()
            .filter(|intent| asked.contains(&intent.id))
        {
            match &intent.stage {
                Stage::NeedsYou { words, .. } => standing.refused.push((intent.id, words.clone())),
                Stage::Sent => {}
                Stage::Waiting | Stage::Sending => standing.left += 1,
            }
        }
        if standing.left > 0 {
            standing.words = match self.engine.link() {
                Link::Down(words) | Link::SignInNeeded(words) => Some(words.clone()),
                _ if self.connected.is_none() => Some("nobody is signed in".into()),
                _ => None,
            };
        }
        Reply::Standing(standing)
    }

    pub(super) fn stored(&self, calendar: &CalendarId) -> Reply {
        match self.stored_events(calendar) {
            Ok(reply) => reply,
            Err(error) => Reply::Refused {
                words: error.to_string(),
            },
        }
    }

    /// An event that waits to be made is not among them.
    fn stored_events(&self, calendar: &CalendarId) -> Lookup<Reply> {
        let mut found: BTreeMap<EventId, Event> = BTreeMap::new();
        let mut roots: BTreeSet<EventId> = BTreeSet::new();
        let mut covered = Vec::new();
        for (window, state) in self.replica.windows()? {
            if window.calendar != *calendar || window.quarter == LIMBO {
                continue;
            }
            if state.fresh_at.is_some() {
                covered.push((window.quarter.first_day(), window.quarter.end_day()));
            }
            for (root, id, _) in self.replica.members(&window, None)? {
                if let Some(record) = self.replica.record(calendar, &id)? {
                    found.insert(id, record.event);
                }
                roots.insert(root);
            }
        }
        for root in roots {
            if !found.contains_key(&root)
                && let Some(record) = self.replica.record(calendar, &root)?
            {
                found.insert(root, record.event);
            }
        }
        Ok(Reply::Stored {
            events: found.into_values().collect(),
            covered,
        })
    }
}
