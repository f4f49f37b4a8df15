//! Answers on their way: queued, taken back, made up for.

use crate::domain::answer::{self, Intent, IntentId, Respond, Stage};
use crate::domain::event::{Answer, Event, Kind};
use crate::service::data::Data;
use crate::service::protocol::{Reply, Settle, UndoOutcome};
use crate::sync::engine::Input;
use jiff::SignedDuration;

impl Data {
    /// Writes the answer down, durably, before saying so.
    pub(super) fn respond(&mut self, mut respond: Respond, delay_ms: u64) -> Reply {
        if let Some(words) = self.objection(&respond) {
            return Reply::Refused { words };
        }
        self.sharpen(&mut respond);
        let now = self.options.clock.now();
        let delay = SignedDuration::from_millis(i64::try_from(delay_ms).unwrap_or(0));
        let intent = Intent {
            id: IntentId(self.next_intent),
            respond,
            made_at: now,
            due_at: now + delay,
            stage: Stage::Waiting,
            tries: 0,
            doubt: None,
        };
        if let Err(error) = self.outbox.put(&intent) {
            return Reply::Refused {
                words: error.to_string(),
            };
        }
        self.next_intent += 1;
        self.replace_older(&intent);
        let id = intent.id;
        self.step(Input::Queued(Box::new(intent)));
        Reply::Queued(id)
    }

    /// Known beforehand: no request is needed to learn that it will be refused.
    pub(super) fn objection(&self, respond: &Respond) -> Option<String> {
        let connected = self.connected.as_ref();
        if connected.is_some_and(|connected| !connected.can_write) {
            return Some(
                "you signed in read-only; run kalends login without --read-only to answer".into(),
            );
        }
        let Some((event, _)) = self.completed(&respond.calendar, &respond.event) else {
            return Some(
                "this event is no longer in the calendar; the organizer must invite you again"
                    .into(),
            );
        };
        let details = event.details.unwrap_or_default();
        if details.is_organizer {
            return Some(
                "you are the organizer of this meeting; organizers cannot answer themselves".into(),
            );
        }
        if details.cancelled {
            return Some("the organizer cancelled this meeting; there is nothing to answer".into());
        }
        if respond.comment.is_some() && !respond.tell_organizer {
            return Some(
                "a comment can only go out with an answer that tells the organizer".into(),
            );
        }
        None
    }

    /// What was seen, as far as the replica knows more than the screen.
    pub(super) fn sharpen(&self, respond: &mut Respond) {
        if let Some((event, master)) = self.completed(&respond.calendar, &respond.event) {
            respond.root = event.root().clone();
            respond.seen.shape = if event.is_stub() && master.is_none() {
                None
            } else {
                shape(&event)
            };
        }
    }

    /// A newer answer to the same event replaces those that have not left.
    pub(super) fn replace_older(&mut self, newer: &Intent) {
        let older: Vec<IntentId> = self
            .engine
            .intents()
            .filter(|intent| {
                intent.respond.event == newer.respond.event
                    && intent.respond.calendar == newer.respond.calendar
                    && (matches!(intent.stage, Stage::NeedsYou { .. })
                        || (intent.stage == Stage::Waiting && intent.tries == 0))
            })
            .map(|intent| intent.id)
            .collect();
        for id in older {
            if self.outbox.withdraw(id).is_ok() {
                self.step(Input::Withdrawn(id));
            }
        }
    }

    pub(super) fn settle_intent(&mut self, intent: IntentId, choice: Settle) -> Reply {
        match choice {
            Settle::Retry => self.step(Input::Retried(intent)),
            Settle::Drop => {
                if let Err(error) = self.outbox.withdraw(intent) {
                    return Reply::Refused {
                        words: error.to_string(),
                    };
                }
                self.step(Input::Withdrawn(intent));
            }
        }
        Reply::Done
    }

    /// Takes back the newest answer, or says what holds instead.
    pub(super) fn undo(&mut self) -> UndoOutcome {
        let newest_waiting = self
            .engine
            .intents()
            .filter(|intent| intent.stage == Stage::Waiting && intent.tries == 0)
            .max_by_key(|intent| intent.id)
            .cloned();
        if let Some(intent) = newest_waiting {
            if let Err(error) = self.outbox.withdraw(intent.id) {
                return UndoOutcome::Final {
                    words: error.to_string(),
                };
            }
            self.step(Input::Withdrawn(intent.id));
            return UndoOutcome::Withdrawn(intent);
        }
        let on_its_way = self
            .engine
            .intents()
            .filter(|intent| intent.stage == Stage::Sent)
            .max_by_key(|intent| intent.id);
        let left = self.outbox.left().unwrap_or_default();
        let Some(intent) = on_its_way.cloned().or_else(|| left.last().cloned()) else {
            return UndoOutcome::Nothing;
        };
        self.compensate(&intent)
    }

    pub(super) fn compensate(&mut self, intent: &Intent) -> UndoOutcome {
        let subject = intent.respond.seen.subject.safe_line(None).to_string();
        if intent.respond.reply.is_final() {
            return UndoOutcome::Final {
                words: format!(
                    "declining \u{201c}{subject}\u{201d} was sent and removed it from your calendar; ask the organizer to invite you again"
                ),
            };
        }
        let back = match intent.respond.seen.answer {
            Answer::Accepted => answer::Reply::Accept,
            Answer::Tentative => answer::Reply::Tentative,
            _ => {
                return UndoOutcome::Final {
                    words: format!(
                        "\u{201c}{subject}\u{201d} was not answered before, and an answer cannot be unsaid; r answers anew"
                    ),
                };
            }
        };
        let mut respond = intent.respond.clone();
        respond.reply = back;
        respond.comment = None;
        respond.seen.answer = intent.respond.reply.as_answer();
        let tells = if respond.tell_organizer {
            "this mails the organizer again"
        } else {
            "nobody is told"
        };
        let words = format!(
            "\u{201c}{subject}\u{201d} is {} again; {tells}",
            back.past_tense()
        );
        match self.respond(respond, 0) {
            Reply::Queued(id) => {
                let _ = self.outbox.forget_left(intent.id);
                UndoOutcome::Compensating { intent: id, words }
            }
            Reply::Refused { words } => UndoOutcome::Final { words },
            _ => UndoOutcome::Nothing,
        }
    }
}

/// What the server will show of it when it is looked at before sending: an occurrence has
/// its master's people, and no rule of its own.
fn shape(event: &Event) -> Option<u64> {
    if event.kind != Kind::Occurrence {
        return answer::shape_of(event);
    }
    let mut event = event.clone();
    if let Some(details) = &mut event.details {
        details.recurrence = None;
    }
    answer::shape_of(&event)
}
