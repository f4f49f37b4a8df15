//! Undo: what has not left is taken back unheard; for what has, the nearest thing to it.

use crate::domain::answer::{self, Respond};
use crate::domain::edit::{Change, Create, Delete, Edit, is_draft};
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
            (Some(intent), _) | (None, Some(intent)) => self.compensate_whole(&intent),
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
        if first.is_none()
            && let Some(left) = self.first_that_left(&newest)
        {
            return self.compensate_half(&left, &newest);
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
        UndoOutcome::Withdrawn(newest)
    }

    fn first_that_left(&self, second: &Intent) -> Option<Intent> {
        let left = self.outbox.left().unwrap_or_default();
        let is_first = |intent: &Intent| Some(intent.id) == second.follows;
        left.into_iter().find(is_first)
    }

    /// The second of two was refused: nothing half done may stay.
    pub(in crate::service) fn make_whole(&mut self, second: &Intent) {
        let Stage::NeedsYou { words: refusal, .. } = &second.stage else {
            return;
        };
        let Some(first) = self.first_that_left(second) else {
            return;
        };
        if let UndoOutcome::Compensating { words, .. } = self.compensate_half(&first, second) {
            let words = format!("not done: {refusal}. {words}; redo tries both again");
            self.say(Level::Error, &words);
        }
    }

    /// The first of two took effect and the second will not: the first is taken back, in one
    /// commit, or nothing happens at all. Doing it again does both.
    fn compensate_half(&mut self, first: &Intent, second: &Intent) -> UndoOutcome {
        let (act, words) = match self.way_back(first) {
            Ok(way_back) => way_back,
            Err(words) => return UndoOutcome::Final { words },
        };
        let way_back = self.intended(act, 0);
        let again = [once_more(first), untried(second)];
        if let Err(error) = self.outbox.undo_half(&again, &way_back) {
            return UndoOutcome::Final {
                words: error.to_string(),
            };
        }
        self.step(Input::Withdrawn(second.id));
        let intent = way_back.id;
        self.set_out(vec![way_back]);
        UndoOutcome::Compensating { intent, words }
    }

    /// What was taken back last goes out after all, with a new delay.
    pub(super) fn redo(&mut self) -> Reply {
        let refused = |words: String| Reply::Refused { words };
        let undone = match self.outbox.newest_undone() {
            Ok(undone) => undone,
            Err(error) => return refused(error.to_string()),
        };
        let Some(oldest) = undone.first() else {
            return refused("there is nothing to do again".into());
        };
        if self.is_without_first(oldest) {
            return refused("what it was to come after was given up; make it anew".into());
        }
        let numbers = (self.next_intent..).map(IntentId);
        let numbers: Vec<_> = undone.iter().map(|intent| intent.id).zip(numbers).collect();
        let again = self.renewed(undone, &numbers);
        match self.outbox.redo(&again, &numbers) {
            Ok(()) => self.set_out(again),
            Err(error) => refused(error.to_string()),
        }
    }

    /// The second of two, and its first is neither done nor to be done.
    fn is_without_first(&self, intent: &Intent) -> bool {
        let Some(first) = intent.follows else {
            return false;
        };
        let waits = self.engine.intents().any(|other| other.id == first);
        !waits && self.first_that_left(intent).is_none()
    }

    /// Under new numbers, each after the same one as before.
    fn renewed(&self, undone: Vec<Intent>, numbers: &[(IntentId, IntentId)]) -> Vec<Intent> {
        let now = self.options.clock.now();
        let number = |old: IntentId| {
            let found = numbers.iter().find(|(known, _)| *known == old);
            found.map_or(old, |(_, new)| *new)
        };
        let renew = |intent: Intent| Intent {
            id: number(intent.id),
            follows: intent.follows.map(number),
            made_at: now,
            due_at: now + intent.due_at.duration_since(intent.made_at),
            stage: Stage::Waiting,
            tries: 0,
            replaces: Vec::new(),
            ..intent
        };
        let mut again: Vec<Intent> = undone.into_iter().map(renew).collect();
        // What waits now is something else than what waited then.
        if let [only] = &mut again[..]
            && only.follows.is_none()
        {
            only.replaces = self.replaced_by(only);
        }
        again
    }

    /// With a second that stands: what it was to come after will not be there.
    fn compensate_whole(&mut self, intent: &Intent) -> UndoOutcome {
        let is_second = |other: &&Intent| other.follows == Some(intent.id) && other.has_not_left();
        let second = self.engine.intents().find(is_second).cloned();
        match second {
            Some(second) => self.compensate_half(intent, &second),
            None => self.compensate(intent),
        }
    }

    fn compensate(&mut self, intent: &Intent) -> UndoOutcome {
        let (act, words) = match self.way_back(intent) {
            Ok(way_back) => way_back,
            Err(words) => return UndoOutcome::Final { words },
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

    /// The act that comes nearest to taking this one back, or why there is none.
    fn way_back(&self, intent: &Intent) -> Result<(Act, String), String> {
        let (act, words) = match &intent.act {
            Act::Respond(respond) => unanswered(respond)?,
            Act::Change(change) => changed_back(change, self.tells_of(change)),
            Act::Create(create) => self.uncreated(create).ok_or_else(|| {
                let words = if create.invites() {
                    "its people were invited; x cancels it, and tells them"
                } else {
                    "the new event cannot be told from others here; select it, and x deletes it"
                };
                words.to_owned()
            })?,
            Act::Forward(_) => return Err("it was forwarded, and that cannot be taken back".into()),
            Act::Delete(delete) => {
                let subject = delete.seen.subject.safe_line(None);
                return Err(if delete.is_my_meeting {
                    format!(
                        "cancelling \u{201c}{subject}\u{201d} was sent and its people were told; invite them again with a new event"
                    )
                } else {
                    format!(
                        "\u{201c}{subject}\u{201d} was deleted on the server; Outlook's Deleted Items still has it"
                    )
                });
            }
        };
        match self.objection(&act) {
            Some(words) => Err(words),
            None => Ok((act, words)),
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
                && !is_draft(&entry.id)
                && (entry.start, entry.end) == (span.start, span.end)
                && entry.subject == subject
        });
        // Of two that look alike nobody knows which one it is, whatever waits for one of them.
        let (Some(entry), None) = (made.next(), made.next()) else {
            return None;
        };
        if entry.pending.is_some() {
            return None;
        }
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

/// As if nobody had tried it.
fn untried(intent: &Intent) -> Intent {
    Intent {
        stage: Stage::Waiting,
        tries: 0,
        doubt: None,
        replaces: Vec::new(),
        ..intent.clone()
    }
}

/// To be done once more. The server remembers the transaction of what it made, also when that is
/// gone: what is made again is another event.
fn once_more(done: &Intent) -> Intent {
    let mut again = untried(done);
    if let Act::Create(create) = &mut again.act {
        create.transaction = uuid::Uuid::new_v4().to_string();
    }
    again
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
