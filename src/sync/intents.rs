//! Intents on their way: checked against what the person saw, sent once, read
//! back when the outcome is unknown, and kept until the replica shows them.
//!
//! What an act needs, and what a reply means for it, is in `intents/verdict`. Invariants: intents
//! of one series root leave in the order they were made; nothing that mails people is repeated
//! before the server's state was read; a create is repeated with its own transaction only.

mod verdict;

use super::bugs::{Bug, planted};
use super::pace::{back_off, not_absurd};
use crate::domain::edit::{Change, Edit, Value};
use crate::domain::event::Event;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::domain::remote::{Ask, Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use verdict::{Verdict, before_sending, is_done_when_gone, is_shown};

/// How long the replica may take to show what the server accepted.
const CONFIRMATIONS_AT_MOST: u32 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Nothing under way; not before this instant.
    Idle {
        not_before: Timestamp,
    },
    Checking,
    Sending,
    /// Accepted by the server; read until the copy shows it.
    Confirming {
        tries: u32,
        not_before: Timestamp,
        asked: bool,
    },
}

#[derive(Debug, Clone)]
struct Flow {
    intent: Intent,
    step: Step,
    /// The etag read before sending.
    etag: String,
    /// The intent's doubt before this sending: it holds again when that was surely not executed.
    doubted: Option<String>,
    /// How often in a row it could not be done, for waiting longer each time.
    failures: u32,
}

#[derive(Debug, Default)]
pub struct Intents {
    flows: BTreeMap<IntentId, Flow>,
}

/// What an intent wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Read the event, then tell `checked`.
    Check(IntentId, Ask),
    /// Written down as being sent first, if that is to be done.
    Send(IntentId, Ask),
    /// Read the event, then tell `confirmed`.
    Confirm(IntentId, Ask),
}

/// What came of a step, for the engine to put out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its stage changed: write it down, show it.
    Changed(Box<Intent>),
    /// It took effect and the replica shows it (or the event is gone, as declining does).
    Confirmed(Box<Intent>),
    Nothing,
}

impl Intents {
    pub fn add(&mut self, mut intent: Intent) {
        // After a restart "sending" means: nobody knows. It is read back first.
        if intent.stage == Stage::Sending {
            intent.tries = intent.tries.max(1);
            intent.stage = Stage::Waiting;
        }
        let step = match intent.stage {
            Stage::Sent => Step::Confirming {
                tries: 0,
                not_before: intent.due_at,
                asked: false,
            },
            _ => Step::Idle {
                not_before: intent.due_at,
            },
        };
        self.flows.insert(
            intent.id,
            Flow {
                intent,
                step,
                etag: String::new(),
                doubted: None,
                failures: 0,
            },
        );
    }

    /// Nobody will answer what was asked for these, other than those in `busy`: it was lost
    /// before it left, or its answer was, and the server is asked how things are.
    pub fn orphaned(&mut self, busy: &BTreeSet<IntentId>) {
        let orphans = self.flows.iter_mut().filter(|(id, _)| !busy.contains(id));
        for (_, flow) in orphans {
            match &mut flow.step {
                Step::Idle { .. } => {}
                Step::Confirming { asked, .. } => *asked = false,
                Step::Checking | Step::Sending => {
                    if flow.step == Step::Sending {
                        flow.intent.tries = flow.intent.tries.max(1);
                    }
                    flow.intent.stage = Stage::Waiting;
                    flow.step = Step::Idle {
                        not_before: flow.intent.due_at,
                    };
                }
            }
        }
    }

    pub fn withdraw(&mut self, id: IntentId) -> Option<Intent> {
        self.flows.remove(&id).map(|flow| flow.intent)
    }

    /// Ends undo delays: everything that waits is due.
    pub fn hurry(&mut self, now: Timestamp) {
        for flow in self.flows.values_mut() {
            if let Step::Idle { not_before } = &mut flow.step {
                *not_before = (*not_before).min(now);
            }
            flow.intent.due_at = flow.intent.due_at.min(now);
        }
    }

    /// Tries it again as it stands. What clashed is mine now: the person saw theirs and stays.
    pub fn retry(&mut self, id: IntentId, now: Timestamp) -> Option<Intent> {
        // What is on its way must not be sent beside itself.
        let flow = self.flows.get_mut(&id).filter(|flow| flow.is_stuck())?;
        if let (Act::Change(change), Stage::NeedsYou { theirs, .. }) =
            (&mut flow.intent.act, &flow.intent.stage)
        {
            rebase(change, theirs);
        }
        flow.intent.stage = Stage::Waiting;
        // The person looked, and wants it.
        flow.intent.doubt = None;
        flow.step = Step::Idle { not_before: now };
        Some(flow.intent.clone())
    }

    pub fn get(&self, id: IntentId) -> Option<&Intent> {
        self.flows.get(&id).map(|flow| &flow.intent)
    }

    pub fn all(&self) -> impl Iterator<Item = &Intent> {
        self.flows.values().map(|flow| &flow.intent)
    }

    /// Neither sent nor stuck: what leaving the program should wait for.
    pub fn unsent(&self) -> usize {
        self.flows
            .values()
            .filter(|flow| matches!(flow.intent.stage, Stage::Waiting | Stage::Sending))
            .count()
    }

    /// The next thing to do, if any intent may take a step now.
    pub fn wish(&mut self, now: Timestamp) -> Option<Wish> {
        let waits = self.that_wait();
        let mut busy_roots: BTreeSet<EventId> = BTreeSet::new();
        for (id, flow) in &mut self.flows {
            // Nothing else waits behind a new event, and there may be thousands of them.
            if matches!(flow.intent.act, Act::Create(_)) && !flow.is_due(now) {
                continue;
            }
            let root = flow.intent.act.root();
            if flow.is_stuck() || waits.contains(id) {
                busy_roots.insert(root);
                continue;
            }
            if busy_roots.contains(&root) {
                continue;
            }
            let (calendar, event) = (flow.intent.act.calendar().clone(), flow.intent.act.event());
            let read = if flow.intent.act.touches_notes() {
                Ask::EventWithNotes { calendar, event }
            } else {
                Ask::Event { calendar, event }
            };
            match &mut flow.step {
                Step::Idle { not_before } if not_absurd(*not_before, now) <= now => {
                    if let Act::Create(create) = &flow.intent.act {
                        let ask = Ask::Create {
                            calendar: create.calendar.clone(),
                            transaction: if planted(Bug::TransactionMadeAnew) {
                                format!("{} {}", create.transaction, flow.intent.tries)
                            } else {
                                create.transaction.clone()
                            },
                            values: create.values.clone(),
                        };
                        flow.sending();
                        return Some(Wish::Send(*id, ask));
                    }
                    flow.step = Step::Checking;
                    return Some(Wish::Check(*id, read));
                }
                Step::Confirming {
                    not_before, asked, ..
                } if !*asked && not_absurd(*not_before, now) <= now => {
                    *asked = true;
                    return Some(Wish::Confirm(*id, read));
                }
                _ => {}
            }
            busy_roots.insert(root);
        }
        None
    }

    /// Seconds of two, while the first has not taken effect.
    fn that_wait(&self) -> BTreeSet<IntentId> {
        let intents = self.all();
        let waiting = intents.filter(|intent| {
            let first = intent.follows;
            first.is_some_and(|first| self.flows.contains_key(&first))
        });
        waiting.map(|intent| intent.id).collect()
    }

    /// When the next intent may take a step by itself; those behind an earlier
    /// one of their series wait for it, not for a time.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let waits = self.that_wait();
        let mut busy_roots: BTreeSet<EventId> = BTreeSet::new();
        let mut soonest: Option<Timestamp> = None;
        for flow in self.flows.values() {
            let is_waiting = flow.is_stuck() || waits.contains(&flow.intent.id);
            if !busy_roots.insert(flow.intent.act.root()) || is_waiting {
                continue;
            }
            let due = match &flow.step {
                Step::Idle { not_before } => *not_before,
                Step::Confirming {
                    not_before,
                    asked: false,
                    ..
                } => *not_before,
                _ => continue,
            };
            let due = not_absurd(due, now);
            soonest = Some(soonest.map_or(due, |known| known.min(due)));
        }
        soonest
    }

    /// The event as it is on the server just before sending.
    pub fn checked(
        &mut self,
        id: IntentId,
        read: Result<&Event, &Failure>,
        now: Timestamp,
    ) -> (Outcome, Option<Wish>) {
        let flow = self.flows.get_mut(&id);
        let Some(flow) = flow.filter(|flow| flow.step == Step::Checking) else {
            return (Outcome::Nothing, None);
        };
        let event = match read {
            Ok(event) => event,
            Err(failure) => return (flow.read_failed(failure, now), None),
        };
        match before_sending(&flow.intent, event) {
            Verdict::Done => (Outcome::Confirmed(Box::new(flow.intent.clone())), None),
            Verdict::Stop { words, theirs } => (flow.stop(words, theirs), None),
            Verdict::Send(ask) => {
                flow.etag.clone_from(&event.etag);
                flow.doubted = flow.intent.doubt.replace(event.etag.clone());
                flow.sending();
                (
                    Outcome::Changed(Box::new(flow.intent.clone())),
                    Some(Wish::Send(id, ask)),
                )
            }
        }
    }

    /// The server's word on the act itself. With the event in it nothing more need be read.
    pub fn sent(
        &mut self,
        id: IntentId,
        result: Result<Option<&Event>, &Failure>,
        now: Timestamp,
    ) -> Outcome {
        // An answer to what is no longer on its way says nothing of what is here now.
        let flow = self.flows.get_mut(&id);
        let Some(flow) = flow.filter(|flow| flow.step == Step::Sending) else {
            return Outcome::Nothing;
        };
        match result {
            Ok(told)
                if told.is_some()
                    || matches!(flow.intent.act, Act::Delete(_) | Act::Forward(_)) =>
            {
                Outcome::Confirmed(Box::new(flow.intent.clone()))
            }
            Ok(_) => {
                flow.intent.stage = Stage::Sent;
                flow.step = Step::Confirming {
                    tries: 0,
                    not_before: now,
                    asked: false,
                };
                Outcome::Changed(Box::new(flow.intent.clone()))
            }
            Err(failure) => match failure.kind {
                // Somebody else was quicker: the check merges, and sends again.
                FailureKind::Conflict if matches!(flow.intent.act, Act::Change(_)) => {
                    flow.wait(failure, now)
                }
                FailureKind::Refused | FailureKind::Forbidden | FailureKind::Conflict => {
                    flow.stop(verdict::refused(&flow.intent.act, failure), Vec::new())
                }
                FailureKind::NotFound => flow.not_found(),
                // Certainly not executed, or nobody knows: the check reads it back.
                _ => flow.wait(failure, now),
            },
        }
    }

    /// The event after the server accepted the answer.
    pub fn confirmed(
        &mut self,
        id: IntentId,
        read: Result<&Event, &Failure>,
        now: Timestamp,
    ) -> Outcome {
        let Some(flow) = self.flows.get_mut(&id) else {
            return Outcome::Nothing;
        };
        let Step::Confirming { tries, .. } = flow.step else {
            return Outcome::Nothing;
        };
        let is_shown = match read {
            Ok(event) => is_shown(&flow.intent.act, event) && event.etag != flow.etag,
            Err(failure) => failure.kind == FailureKind::NotFound,
        };
        // The server queues answers: it may take a while, but not for ever.
        if is_shown || tries >= CONFIRMATIONS_AT_MOST {
            return Outcome::Confirmed(Box::new(flow.intent.clone()));
        }
        let wait = back_off(tries + 1, SignedDuration::from_secs(30), id.0);
        flow.step = Step::Confirming {
            tries: tries + 1,
            not_before: now + wait,
            asked: false,
        };
        Outcome::Nothing
    }

    /// It took effect, but what was read of it came too late to be learnt: read once more. None
    /// for a new event, whose id is not known here, and when that was tried often enough.
    pub fn read_again(&mut self, id: IntentId, now: Timestamp) -> Option<Outcome> {
        let flow = self.flows.get_mut(&id)?;
        let tries = match flow.step {
            Step::Confirming { tries, .. } => tries + 1,
            _ => 0,
        };
        if matches!(flow.intent.act, Act::Create(_)) || tries > CONFIRMATIONS_AT_MOST {
            return None;
        }
        flow.intent.stage = Stage::Sent;
        flow.step = Step::Confirming {
            tries,
            not_before: now,
            asked: false,
        };
        // What it showed is what is waited for, whatever its version.
        flow.etag.clear();
        Some(Outcome::Changed(Box::new(flow.intent.clone())))
    }

    /// An answer that took effect leaves the queue.
    pub fn remove(&mut self, id: IntentId) {
        self.flows.remove(&id);
    }
}

impl Flow {
    /// Waits for the person.
    fn is_stuck(&self) -> bool {
        matches!(self.intent.stage, Stage::NeedsYou { .. })
    }

    /// May take a step by itself now.
    fn is_due(&self, now: Timestamp) -> bool {
        match self.step {
            Step::Idle { not_before } => not_absurd(not_before, now) <= now,
            Step::Confirming {
                not_before, asked, ..
            } => !asked && not_absurd(not_before, now) <= now,
            Step::Checking | Step::Sending => false,
        }
    }

    fn sending(&mut self) {
        self.intent.stage = Stage::Sending;
        self.intent.tries += 1;
        self.step = Step::Sending;
    }

    fn read_failed(&mut self, failure: &Failure, now: Timestamp) -> Outcome {
        match failure.kind {
            FailureKind::NotFound => self.not_found(),
            FailureKind::Forbidden | FailureKind::Refused => {
                self.stop(failure.words.clone(), Vec::new())
            }
            _ => self.wait(failure, now),
        }
    }

    fn not_found(&mut self) -> Outcome {
        if is_done_when_gone(&self.intent.act) {
            return Outcome::Confirmed(Box::new(self.intent.clone()));
        }
        self.stop(verdict::gone_words(&self.intent.act).to_owned(), Vec::new())
    }

    /// The server's answer says that what is being sent had no effect: it was no try, and an
    /// answer that shows there is somebody else's.
    fn not_executed(&mut self) {
        if self.step == Step::Sending {
            self.intent.tries = self.intent.tries.saturating_sub(1);
            self.intent.doubt = self.doubted.take();
        }
    }

    /// Only known before it was sent, or from a definite refusal.
    fn stop(&mut self, words: String, theirs: Vec<Value>) -> Outcome {
        self.not_executed();
        self.intent.stage = Stage::NeedsYou { words, theirs };
        self.step = Step::Idle {
            not_before: Timestamp::MAX,
        };
        Outcome::Changed(Box::new(self.intent.clone()))
    }

    fn wait(&mut self, failure: &Failure, now: Timestamp) -> Outcome {
        let is_certain = matches!(
            failure.kind,
            FailureKind::Offline
                | FailureKind::NotRecorded
                | FailureKind::Throttled
                | FailureKind::SignIn
                | FailureKind::Conflict
        );
        if is_certain {
            self.not_executed();
        }
        // Without a line everything waits for the line, and then goes at once.
        if failure.kind != FailureKind::Offline {
            self.failures = self.failures.saturating_add(1);
        }
        let asked = failure.retry_after_ms.and_then(|ms| i64::try_from(ms).ok());
        let wait = asked.map_or_else(
            || {
                back_off(
                    self.failures.max(1),
                    SignedDuration::from_secs(60),
                    self.intent.id.0,
                )
            },
            SignedDuration::from_millis,
        );
        self.step = Step::Idle {
            not_before: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
        };
        self.intent.stage = Stage::Waiting;
        Outcome::Changed(Box::new(self.intent.clone()))
    }
}

/// What was seen of theirs is the new base.
fn rebase(change: &mut Change, theirs: &[Value]) {
    for value in theirs {
        let same = |edit: &&mut Edit| edit.mine.field() == value.field();
        if let Some(edit) = change.edits.iter_mut().find(same) {
            edit.base = value.clone();
        }
    }
}
