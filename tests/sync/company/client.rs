//! One client of the company: an engine with its own memory and outbox, requests of its own under
//! way, and a person who edits what this copy shows.

use super::Company;
use crate::history::person::{seen, span};
use crate::memory::Memory;
use crate::server::{Transport, calendar};
use crate::writes::later;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::{Reply, Respond};
use kalends::domain::edit::{Change, Create, Delete, Edit, Value};
use kalends::domain::event::{Event, Kind};
use kalends::domain::intent::{Act, Intent, IntentId, Stage};
use kalends::domain::remote::{Ask, Failure, FailureKind, Told};
use kalends::domain::replica::LIMBO;
use kalends::domain::text::Untrusted;
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::{BTreeMap, VecDeque};

pub(super) struct Flight {
    ticket: u64,
    ask: Ask,
    result: Option<Result<Told, Failure>>,
}

pub(super) struct Client {
    name: usize,
    pub(super) memory: Memory,
    engine: Engine,
    pub(super) outbox: BTreeMap<IntentId, Intent>,
    flights: Vec<Flight>,
    /// Every act that was acknowledged to this person, and whether it was reported as done.
    pub(super) ledger: BTreeMap<IntentId, (Act, bool)>,
    salt: u64,
}

impl Client {
    pub(super) fn new(name: usize, salt: u64) -> Self {
        let memory = Memory::default();
        let engine = Engine::new(settings(salt), &memory, Vec::new()).unwrap();
        Self {
            name,
            memory,
            engine,
            outbox: BTreeMap::new(),
            flights: Vec::new(),
            ledger: BTreeMap::new(),
            salt,
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.flights.is_empty()
    }

    pub(super) fn due(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.engine.next_due(now)
    }

    /// What this client's next act is called, wherever it leaves a trace.
    fn label(&self) -> String {
        format!("act {} of {}", self.ledger.len() + 1, self.name)
    }
}

fn settings(salt: u64) -> Settings {
    Settings {
        salt,
        back: 0,
        ahead: 1,
    }
}

impl Company {
    pub(super) fn begin(&mut self, which: usize) {
        self.feed(which, Input::Started);
        self.look(which);
    }

    pub(super) fn look(&mut self, which: usize) {
        let from = self.now;
        let to = from + SignedDuration::from_hours(24 * 7);
        self.feed(which, Input::Shown { from, to });
    }

    pub(super) fn tick(&mut self, which: usize) {
        self.feed(which, Input::Ticked);
    }

    pub(super) fn hurry(&mut self, which: usize) {
        self.feed(which, Input::Hurried);
        self.feed(which, Input::SyncNow);
    }

    fn feed(&mut self, which: usize, input: Input) {
        let client = &mut self.clients[which];
        let outputs = client
            .engine
            .handle(&client.memory, input, self.now)
            .unwrap();
        let mut queue: VecDeque<Output> = outputs.into();
        while let Some(output) = queue.pop_front() {
            if !self.is_calm && self.chance.one_in(400) {
                return self.restart(which);
            }
            self.trace
                .add(format_args!("{} client {which} {output:?}", self.now));
            let client = &mut self.clients[which];
            match output {
                Output::Apply(changes) => client.memory.apply(changes),
                Output::Flush => client.memory.flush(),
                Output::Ask { ticket, ask } => client.flights.push(Flight {
                    ticket,
                    ask,
                    result: None,
                }),
                Output::Then(step) => queue.extend(
                    client
                        .engine
                        .handle(&client.memory, Input::Proceed(step), self.now)
                        .unwrap(),
                ),
                Output::Keep(intent) => {
                    if let Stage::NeedsYou { theirs, .. } = &intent.stage {
                        let name = if theirs.is_empty() {
                            "needs the person"
                        } else {
                            "edit conflict"
                        };
                        self.happened.insert(name.into());
                    }
                    client.outbox.insert(intent.id, *intent);
                }
                Output::Finish(intent) => {
                    client.outbox.remove(&intent.id);
                    if let Some((_, is_done)) = client.ledger.get_mut(&intent.id) {
                        *is_done = true;
                    }
                }
                _ => {}
            }
        }
    }

    /// The server carries something out for this client, or an answer arrives there.
    pub(super) fn advance(&mut self, which: usize) {
        if self.clients[which].flights.is_empty() {
            self.now += SignedDuration::from_millis(700);
            return self.tick(which);
        }
        let at = self.chance.below(self.clients[which].flights.len());
        if self.clients[which].flights[at].result.is_none() {
            let ask = self.clients[which].flights[at].ask.clone();
            let result = self.carry_out(&ask);
            self.clients[which].flights[at].result = Some(result);
            if self.chance.one_in(2) {
                return;
            }
        }
        self.now += SignedDuration::from_millis(50);
        let flight = self.clients[which].flights.swap_remove(at);
        self.trace.add(format_args!(
            "{} client {which} told {} {:?}",
            self.now, flight.ticket, flight.result
        ));
        let input = Input::Told {
            ticket: flight.ticket,
            result: Box::new(flight.result.unwrap()),
        };
        self.feed(which, input);
    }

    /// Of five writes one takes effect without an answer, and one of ten is lost before.
    fn carry_out(&mut self, ask: &Ask) -> Result<Told, Failure> {
        if self.is_calm {
            return self.server.perform(ask, None, &mut self.chance);
        }
        if ask.is_write() {
            if let Ask::Create { transaction, .. } = ask
                && self.server.transactions.contains_key(transaction)
            {
                self.happened.insert("transaction repeated".into());
            }
            if self.chance.one_in(5) {
                self.happened.insert("answer to a write lost".into());
                let _ = self.server.perform(ask, None, &mut self.chance);
                return Err(Transport::UnavailableAfter.failure(&mut self.chance));
            }
            if self.chance.one_in(10) {
                self.happened.insert("write lost on the way".into());
                return Err(Transport::ResetBefore.failure(&mut self.chance));
            }
        } else if self.chance.one_in(12) {
            return Err(Transport::TimedOut.failure(&mut self.chance));
        }
        let result = self.server.perform(ask, None, &mut self.chance);
        if matches!(&result, Err(failure) if failure.kind == FailureKind::Conflict) {
            self.happened.insert("etag refused".into());
        }
        result
    }

    /// The process dies, sometimes with the power. What it had sent may still arrive.
    pub(super) fn restart(&mut self, which: usize) {
        self.happened.insert("killed".into());
        let client = &mut self.clients[which];
        if self.chance.one_in(2) {
            self.happened.insert("power cut".into());
            let survivors = self.chance.below(client.memory.unflushed() + 1);
            client.memory.cut(survivors);
        }
        for flight in std::mem::take(&mut client.flights) {
            if flight.result.is_none() && self.chance.one_in(2) {
                let _ = self.server.perform(&flight.ask, None, &mut self.chance);
            }
        }
        client.salt += 2;
        let intents = client.outbox.values().cloned().collect();
        client.engine = Engine::new(settings(client.salt), &client.memory, intents).unwrap();
        self.begin(which);
    }

    // ---- the person ----

    pub(super) fn edit(&mut self, which: usize) {
        let client = &self.clients[which];
        let label = client.label();
        let candidates: Vec<Event> = client
            .memory
            .records()
            .filter(|record| !record.quarters.is_empty() && record.quarters != [LIMBO])
            .map(|record| record.event.clone())
            .filter(|event| event.details.is_some())
            .collect();
        if candidates.is_empty() || self.chance.one_in(4) {
            let at = self.soon();
            let span = span(at, later(at, self.chance.range(1, 5)));
            self.happened.insert("created".into());
            let create = Create {
                calendar: calendar(self.chance.below(2)),
                transaction: label.clone(),
                values: vec![Value::Subject(Untrusted::from(label)), Value::When(span)],
            };
            return self.queue(which, Act::Create(create));
        }
        let event = self.chance.pick(&candidates).clone();
        let details = event.details.clone().unwrap_or_default();
        let is_taken = |one: &Client| {
            let mut acts = one.ledger.values().map(|(act, _)| act);
            acts.any(|act| act.root() == *event.root())
        };
        if self.clients.iter().all(is_taken) {
            self.happened.insert("both wrote to one event".into());
        }
        let act = match self.chance.below(5) {
            0 | 1 if !details.is_organizer => Act::Respond(Respond {
                calendar: event.calendar.clone(),
                event: event.id.clone(),
                root: event.root().clone(),
                reply: *self
                    .chance
                    .pick(&[Reply::Accept, Reply::Tentative, Reply::Decline]),
                comment: Some(label),
                tell_organizer: true,
                proposed: None,
                seen: seen(&event),
            }),
            2 if self.chance.one_in(2) => Act::Delete(Delete {
                calendar: event.calendar.clone(),
                event: event.id.clone(),
                root: event.root().clone(),
                message: details.is_organizer.then_some(label),
                is_my_meeting: details.is_organizer,
                seen: seen(&event),
            }),
            _ => {
                let mut mine = vec![Value::Subject(Untrusted::from(label))];
                if event.kind != Kind::Master && self.chance.one_in(2) {
                    let at = self.soon();
                    mine.push(Value::When(span(at, later(at, 2))));
                }
                let edit = |mine: Value| Edit {
                    base: Value::of(mine.field(), &event, &details),
                    mine,
                };
                Act::Change(Change {
                    calendar: event.calendar.clone(),
                    event: event.id.clone(),
                    root: event.root().clone(),
                    edits: mine.into_iter().map(edit).collect(),
                    seen: seen(&event),
                })
            }
        };
        let name = match &act {
            Act::Respond(_) => "answered",
            Act::Delete(_) => "deleted",
            _ => "changed",
        };
        self.happened.insert(name.into());
        self.queue(which, act);
    }

    fn queue(&mut self, which: usize, act: Act) {
        let client = &mut self.clients[which];
        let id = IntentId(client.ledger.len() as u64 + 1);
        let intent = Intent {
            id,
            act: act.clone(),
            made_at: self.now,
            due_at: self.now + SignedDuration::from_secs(5),
            stage: Stage::Waiting,
            tries: 0,
            follows: None,
            doubt: None,
            replaces: Vec::new(),
        };
        client.outbox.insert(id, intent.clone());
        client.ledger.insert(id, (act, false));
        self.feed(which, Input::Queued(Box::new(intent)));
    }
}
