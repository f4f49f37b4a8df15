//! Undo: what has not left is taken back unheard; for what has, the nearest thing to it.

use crate::domain::answer::{self, Respond};
use crate::domain::edit::{Change, Create, Delete, Edit};
use crate::domain::event::Answer;
use crate::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use crate::service::data::Data;
use crate::service::protocol::{Level, Reply, UndoOutcome};
use crate::sync::engine::Input;

impl Data {
    /// Takes back the newest act, or says what holds instead.
    pub(super) fn undo(&mut self) -> UndoOutcome {
        let left = self.outbox.left().unwrap_or_default().pop();
        let intents = self.engine.intents();
        let newest = intents
            .filter(|intent| !intent.stage.needs_you())
            .max_by_key(|intent| intent.id);
        // An older one may still wait while a newer one has left.
        let is_newer = |intent: &&Intent| left.as_ref().is_none_or(|left| left.id < intent.id);
        match (newest.filter(is_newer).cloned(), left) {
            (Some(intent), _) if intent.has_not_left() => self.take_back(intent),
            (Some(intent), _) if intent.stage != Stage::Sent => UndoOutcome::Final {
                words: "it is just being sent; try again when it is known how that went".into(),
            },
            (Some(intent), _) | (None, Some(intent)) => self.compensate(&intent),
            (None, None) => UndoOutcome::Nothing,
        }
    }

    /// With what it follows, when that has not left either; else that is compensated.
    fn take_back(&mut self, newest: Intent) -> UndoOutcome {
        let first = newest.follows.and_then(|id| {
            let mut intents = self.engine.intents();
            intents.find(|intent| intent.id == id).cloned()
        });
        if first.as_ref().is_some_and(|first| !first.has_not_left()) {
            return UndoOutcome::Final {
                words: "the first half of it is just being sent; try again in a moment".into(),
            };
        }
        let together: Vec<Intent> = first.iter().chain([&newest]).cloned().collect();
        if let Err(error) = self.outbox.undo(&together) {
            return UndoOutcome::Final {
                words: error.to_string(),
            };
        }
        // Backwards: the second must not leave because the first is gone.
        for intent in together.iter().rev() {
            self.step(Input::Withdrawn(intent.id));
            for replaced in &intent.replaces {
                self.step(Input::Queued(Box::new(replaced.clone())));
            }
        }
        match newest.follows {
            Some(id) if together.len() == 1 => self
                .restore_first(id)
                .unwrap_or(UndoOutcome::Withdrawn(newest)),
            _ => UndoOutcome::Withdrawn(newest),
        }
    }

    /// The first of two took effect and the second will not: the first is taken back.
    fn restore_first(&mut self, first: IntentId) -> Option<UndoOutcome> {
        let left = self.outbox.left().unwrap_or_default();
        let first = left.into_iter().find(|intent| intent.id == first)?;
        Some(self.compensate(&first))
    }

    /// The second of two was refused: nothing half done may stay.
    pub(in crate::service) fn make_whole(&mut self, second: &Intent) {
        let left = self.outbox.left().unwrap_or_default();
        let first = left
            .into_iter()
            .find(|intent| Some(intent.id) == second.follows);
        let (Some(first), Stage::NeedsYou { words: refusal, .. }) = (first, &second.stage) else {
            return;
        };
        if let UndoOutcome::Compensating { words, .. } = self.compensate(&first) {
            // Doing it again does both.
            let again = [&first, second].map(|intent| Intent {
                stage: Stage::Waiting,
                tries: 0,
                doubt: None,
                replaces: Vec::new(),
                ..intent.clone()
            });
            if let Err(error) = self.outbox.undo(&again) {
                return self.say(Level::Error, &error.to_string());
            }
            self.step(Input::Withdrawn(second.id));
            let words = format!("not done: {refusal}. {words}; redo tries both again");
            self.say(Level::Error, &words);
        }
    }

    /// What was taken back last goes out after all, with a new delay.
    pub(super) fn redo(&mut self) -> Reply {
        let now = self.options.clock.now();
        let next = self.next_intent;
        let done = self.outbox.redo(|intents| {
            let mut before = None;
            for (number, intent) in (next..).zip(intents.iter_mut()) {
                let delay = intent.due_at.duration_since(intent.made_at);
                intent.id = IntentId(number);
                intent.follows = intent.follows.and(before);
                (intent.made_at, intent.due_at) = (now, now + delay);
                (intent.stage, intent.tries) = (Stage::Waiting, 0);
                before = Some(intent.id);
                intent.replaces.clear();
            }
            // What waits now is something else than what waited then.
            if let [only] = &mut intents[..] {
                only.replaces = self.replaced_by(only);
            }
        });
        match done {
            Ok(intents) if intents.is_empty() => Reply::Refused {
                words: "there is nothing to do again".into(),
            },
            Ok(intents) => self.set_out(intents),
            Err(error) => Reply::Refused {
                words: error.to_string(),
            },
        }
    }

    fn compensate(&mut self, intent: &Intent) -> UndoOutcome {
        let (act, words) = match &intent.act {
            Act::Respond(respond) => match unanswered(respond) {
                Ok(made_up) => made_up,
                Err(words) => return UndoOutcome::Final { words },
            },
            Act::Change(change) => changed_back(change, self.tells_of(change)),
            Act::Create(create) => match self.uncreated(create) {
                Some(made_up) => made_up,
                None if create.invites() => {
                    return UndoOutcome::Final {
                        words: "its people were invited; x cancels it, and tells them".into(),
                    };
                }
                None => {
                    return UndoOutcome::Final {
                        words: "the new event cannot be told from others here; select it, and x deletes it"
                            .into(),
                    };
                }
            },
            Act::Forward(_) => {
                return UndoOutcome::Final {
                    words: "it was forwarded, and that cannot be taken back".into(),
                };
            }
            Act::Delete(delete) => {
                let subject = delete.seen.subject.safe_line(None);
                let words = if delete.is_my_meeting {
                    format!(
                        "cancelling \u{201c}{subject}\u{201d} was sent and its people were told; invite them again with a new event"
                    )
                } else {
                    format!(
                        "\u{201c}{subject}\u{201d} was deleted on the server; Outlook's Deleted Items still has it"
                    )
                };
                return UndoOutcome::Final { words };
            }
        };
        match self.queue(act, 0) {
            Reply::Queued(id) => {
                let _ = self.outbox.forget_left(intent.id);
                UndoOutcome::Compensating { intent: id, words }
            }
            Reply::Refused { words } => UndoOutcome::Final { words },
            _ => UndoOutcome::Nothing,
        }
    }

    /// Who hears of a change to this event.
    fn tells_of(&self, change: &Change) -> String {
        let known = self.completed(&change.calendar, &change.event);
        let details = known
            .and_then(|(event, _)| event.details)
            .unwrap_or_default();
        match details.attendees.len() {
            others @ 1.. if details.is_organizer => format!("this mails {others} people again"),
            _ => "nobody is told".into(),
        }
    }

    /// The event that a create made is deleted again. It is found by what was written: the
    /// server's echo brought it, under the server's own id.
    fn uncreated(&self, create: &Create) -> Option<(Act, String)> {
        let span = create.when()?;
        let day = span.start.to_zoned(jiff::tz::TimeZone::UTC).date();
        let read = self.reader.range(&self.desk, day, day.tomorrow().ok()?);
        let subject = create.subject();
        let mut made = read.entries.into_iter().filter(|entry| {
            entry.calendar == create.calendar
                && entry.is_organizer
                && entry.attendees == 0
                && entry.pending.is_none()
                && (entry.start, entry.end) == (span.start, span.end)
                && entry.subject == subject
        });
        // Of two that look alike nobody knows which one it is.
        let (Some(entry), None) = (made.next(), made.next()) else {
            return None;
        };
        let root = entry.root().clone();
        let act = Act::Delete(Delete {
            calendar: entry.calendar.clone(),
            event: root.clone(),
            root,
            message: None,
            is_my_meeting: false,
            seen: Seen::of(&entry),
        });
        let shown = subject.safe_line(None);
        Some((
            act,
            format!("\u{201c}{shown}\u{201d} is deleted again; nobody is told"),
        ))
    }
}

/// The same fields, from mine back to what they were.
fn changed_back(change: &Change, tells: String) -> (Act, String) {
    let edits = change.edits.iter().map(|edit| Edit {
        base: edit.mine.clone(),
        mine: edit.base.clone(),
    });
    let mut seen = change.seen.clone();
    if let Some(span) = change.moved_to() {
        (seen.start, seen.end) = (span.start, span.end);
    }
    let back = Change {
        edits: edits.collect(),
        seen,
        ..change.clone()
    };
    let subject = change.seen.subject.safe_line(None);
    let words = format!("\u{201c}{subject}\u{201d} is as it was; {tells}");
    (Act::Change(back), words)
}

/// The answer before this one, or why there is no way back.
fn unanswered(respond: &Respond) -> Result<(Act, String), String> {
    let subject = respond.seen.subject.safe_line(None).to_string();
    if respond.reply.is_final() {
        return Err(format!(
            "declining \u{201c}{subject}\u{201d} was sent and removed it from your calendar; ask the organizer to invite you again"
        ));
    }
    let back = match respond.seen.answer {
        Answer::Accepted => answer::Reply::Accept,
        Answer::Tentative => answer::Reply::Tentative,
        _ => {
            return Err(format!(
                "\u{201c}{subject}\u{201d} was not answered before, and an answer cannot be unsaid; r answers anew"
            ));
        }
    };
    let mut again = respond.clone();
    again.reply = back;
    again.comment = None;
    again.proposed = None;
    again.seen.answer = respond.reply.as_answer();
    let tells = if again.tell_organizer {
        "this mails the organizer again"
    } else {
        "nobody is told"
    };
    let words = format!(
        "\u{201c}{subject}\u{201d} is {} again; {tells}",
        back.past_tense()
    );
    Ok((Act::Respond(again), words))
}
