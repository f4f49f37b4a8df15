//! Answers on their way: checked against what the person saw, sent once, read
//! back when the outcome is unknown, and kept until the replica shows them.
//!
//! Invariants: intents of one series root leave in the order they were made;
//! nothing that mails people is repeated before the server's state was read.

use super::pace::{back_off, not_absurd};
use crate::domain::answer::{Intent, IntentId, Reply, Stage, shape_of};
use crate::domain::event::{Answer, Event};
use crate::domain::ids::EventId;
use crate::domain::remote::{Ask, Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The server's copy wants no mail, whatever the person chose.
    silent: bool,
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
                silent: false,
            },
        );
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

    pub fn retry(&mut self, id: IntentId, now: Timestamp) -> Option<Intent> {
        let flow = self.flows.get_mut(&id)?;
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
        let mut busy_roots: BTreeSet<EventId> = BTreeSet::new();
        for (id, flow) in &mut self.flows {
            let root = &flow.intent.respond.root;
            if matches!(flow.intent.stage, Stage::NeedsYou { .. }) {
                busy_roots.insert(root.clone());
                continue;
            }
            if busy_roots.contains(root) {
                continue;
            }
            let respond = &flow.intent.respond;
            let read = Ask::Event {
                calendar: respond.calendar.clone(),
                event: respond.event.clone(),
            };
            match &mut flow.step {
                Step::Idle { not_before } if not_absurd(*not_before, now) <= now => {
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
            busy_roots.insert(root.clone());
        }
        None
    }

    /// When the next intent may take a step by itself; those behind an earlier
    /// one of their series wait for it, not for a time.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut busy_roots: BTreeSet<&EventId> = BTreeSet::new();
        let mut soonest: Option<Timestamp> = None;
        for flow in self.flows.values() {
            if !busy_roots.insert(&flow.intent.respond.root) || flow.is_stuck() {
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
        let Some(flow) = self.flows.get_mut(&id) else {
            return (Outcome::Nothing, None);
        };
        let event = match read {
            Ok(event) => event,
            Err(failure) => return (flow.read_failed(failure, now), None),
        };
        let details = event.details.clone().unwrap_or_default();
        if flow.intent.tries > 0 && details.answer == flow.intent.respond.reply.as_answer() {
            // An earlier try took effect after all.
            return (Outcome::Confirmed(Box::new(flow.intent.clone())), None);
        }
        if flow
            .intent
            .doubt
            .as_ref()
            .is_some_and(|sent_to| *sent_to != event.etag)
        {
            // Whoever changed it may have undone the answer with it: sending again could be a
            // second mail.
            let words = "the answer may have gone out, and the meeting was changed just after; look again and answer anew";
            return (flow.stop(words.into()), None);
        }
        if let Some(words) = flow.objection(event) {
            return (flow.stop(words), None);
        }
        flow.etag.clone_from(&event.etag);
        flow.silent = !details.response_requested;
        flow.intent.doubt = Some(event.etag.clone());
        flow.intent.stage = Stage::Sending;
        flow.intent.tries += 1;
        flow.step = Step::Sending;
        let respond = &flow.intent.respond;
        let tell_organizer = respond.tell_organizer && !flow.silent;
        let ask = Ask::Respond {
            calendar: respond.calendar.clone(),
            event: respond.event.clone(),
            reply: respond.reply,
            comment: respond.comment.clone().filter(|_| tell_organizer),
            tell_organizer,
        };
        (
            Outcome::Changed(Box::new(flow.intent.clone())),
            Some(Wish::Send(id, ask)),
        )
    }

    /// The server's word on the answer itself.
    pub fn sent(&mut self, id: IntentId, result: Result<(), &Failure>, now: Timestamp) -> Outcome {
        let Some(flow) = self.flows.get_mut(&id) else {
            return Outcome::Nothing;
        };
        match result {
            Ok(()) => {
                flow.intent.stage = Stage::Sent;
                flow.step = Step::Confirming {
                    tries: 0,
                    not_before: now,
                    asked: false,
                };
                Outcome::Changed(Box::new(flow.intent.clone()))
            }
            Err(failure) => match failure.kind {
                FailureKind::Refused | FailureKind::Forbidden | FailureKind::Conflict => {
                    flow.stop(failure.words.clone())
                }
                FailureKind::NotFound if flow.intent.respond.reply == Reply::Decline => {
                    Outcome::Confirmed(Box::new(flow.intent.clone()))
                }
                FailureKind::NotFound => flow.stop(gone_words()),
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
            Ok(event) => {
                let answer = event
                    .details
                    .as_ref()
                    .map_or(Answer::None, |details| details.answer);
                answer == flow.intent.respond.reply.as_answer() && event.etag != flow.etag
            }
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

    /// Why the answer must not go out as things are now.
    fn objection(&self, event: &Event) -> Option<String> {
        let seen = &self.intent.respond.seen;
        let details = event.details.as_ref()?;
        if details.cancelled {
            return Some("the organizer cancelled this meeting meanwhile".into());
        }
        if details.is_organizer {
            return Some("you are the organizer of this meeting".into());
        }
        if (event.start, event.end) != (seen.start, seen.end) {
            return Some(
                "the meeting was moved since you looked; look again and answer anew".into(),
            );
        }
        match (seen.shape, shape_of(event)) {
            (Some(seen), Some(now)) if seen != now => {
                Some("the people or the rule of this meeting changed since you looked; look again and answer anew".into())
            }
            _ => None,
        }
    }

    fn read_failed(&mut self, failure: &Failure, now: Timestamp) -> Outcome {
        match failure.kind {
            FailureKind::NotFound if self.intent.respond.reply == Reply::Decline => {
                Outcome::Confirmed(Box::new(self.intent.clone()))
            }
            FailureKind::NotFound => self.stop(gone_words()),
            FailureKind::Forbidden | FailureKind::Refused => self.stop(failure.words.clone()),
            _ => self.wait(failure, now),
        }
    }

    fn stop(&mut self, words: String) -> Outcome {
        self.intent.stage = Stage::NeedsYou { words };
        self.step = Step::Idle {
            not_before: Timestamp::MAX,
        };
        Outcome::Changed(Box::new(self.intent.clone()))
    }

    fn wait(&mut self, failure: &Failure, now: Timestamp) -> Outcome {
        let never_arrived = matches!(
            failure.kind,
            FailureKind::Offline | FailureKind::Throttled | FailureKind::SignIn
        );
        if self.step == Step::Sending && never_arrived {
            self.intent.doubt = None;
        }
        let asked = failure.retry_after_ms.and_then(|ms| i64::try_from(ms).ok());
        let wait = asked.map_or_else(
            || {
                back_off(
                    self.intent.tries.max(1),
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

fn gone_words() -> String {
    "this meeting is no longer in your calendar; the organizer must invite you again".into()
}
