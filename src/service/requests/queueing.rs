//! Acts of a person: checked against what is known, written down durably, then queued.

use crate::domain::answer::{self, Respond};
use crate::domain::edit::{Change, Create, Delete, Edit, Field, Side, Value, is_draft};
use crate::domain::event::{Event, Kind};
use crate::domain::ids::CalendarId;
use crate::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use crate::service::data::Data;
use crate::service::protocol::{Reply, Settle};
use crate::sync::engine::Input;
use jiff::SignedDuration;

/// Answers that replaced one another can be taken back so often.
const REPLACED_KEPT: usize = 8;

impl Data {
    /// Writes the act down, durably, before saying so.
    pub(super) fn queue(&mut self, act: Act, delay_ms: u64) -> Reply {
        if is_draft(&act.event()) && !matches!(act, Act::Create(_)) {
            return self.amend_draft(&act);
        }
        if let Some(words) = self.objection(&act) {
            return Reply::Refused { words };
        }
        let intent = self.intended(act, delay_ms);
        self.queue_durably(vec![intent])
    }

    /// The act with its place in the queue.
    pub(super) fn intended(&self, mut act: Act, delay_ms: u64) -> Intent {
        self.sharpen(&mut act);
        let now = self.options.clock.now();
        let delay = SignedDuration::from_millis(i64::try_from(delay_ms).unwrap_or(0));
        let intent = Intent {
            id: IntentId(self.next_intent),
            act,
            made_at: now,
            due_at: now + delay,
            stage: Stage::Waiting,
            tries: 0,
            follows: None,
            doubt: None,
            replaces: Vec::new(),
        };
        let replaces = self.replaced_by(&intent);
        Intent { replaces, ..intent }
    }

    /// In the outbox, then on their way. The last one's number stands for all.
    fn queue_durably(&mut self, intents: Vec<Intent>) -> Reply {
        if let Err(error) = self.outbox.queue(&intents) {
            return Reply::Refused {
                words: error.to_string(),
            };
        }
        self.set_out(intents)
    }

    /// What is durable goes on its way.
    pub(super) fn set_out(&mut self, intents: Vec<Intent>) -> Reply {
        let Some(last) = intents.last().map(|intent| intent.id) else {
            return Reply::Done;
        };
        self.next_intent = self.next_intent.max(last.0 + 1);
        for intent in intents {
            for replaced in &intent.replaces {
                self.step(Input::Withdrawn(replaced.id));
            }
            self.step(Input::Queued(Box::new(intent)));
        }
        Reply::Queued(last)
    }

    /// Acts that belong together, in one commit. The last one's number stands for all.
    pub(super) fn queue_together(&mut self, acts: Vec<Act>, delay_ms: u64) -> Reply {
        if let Some(words) = acts.iter().find_map(|act| self.objection(act)) {
            return Reply::Refused { words };
        }
        let now = self.options.clock.now();
        let delay = SignedDuration::from_millis(i64::try_from(delay_ms).unwrap_or(0));
        let mut intents: Vec<Intent> = Vec::new();
        for mut act in acts {
            self.sharpen(&mut act);
            let follows = intents.last().map(|before| before.id);
            intents.push(Intent {
                id: follows.map_or(IntentId(self.next_intent), |before| IntentId(before.0 + 1)),
                act,
                made_at: now,
                due_at: now + delay,
                stage: Stage::Waiting,
                tries: 0,
                follows,
                doubt: None,
                replaces: Vec::new(),
            });
        }
        self.queue_durably(intents)
    }

    /// Known beforehand: no request is needed to learn that it will be refused.
    pub(super) fn objection(&self, act: &Act) -> Option<String> {
        let connected = self.connected.as_ref();
        if connected.is_some_and(|connected| !connected.rights.write) {
            return Some(
                "you signed in read-only; run kalends login without --read-only to change anything"
                    .into(),
            );
        }
        match act {
            Act::Respond(respond) => self.objection_to_answer(respond),
            Act::Create(create) => self.objection_to_create(create),
            Act::Forward(forward) => {
                if self.completed(&forward.calendar, &forward.event).is_none() {
                    return Some("this event is no longer in the calendar; R asks anew".into());
                }
                let calendar = &forward.calendar;
                let is_followed = calendar.mailbox().is_some();
                is_followed
                    .then(|| self.objection_to_writing(calendar))
                    .flatten()
            }
            Act::Change(Change {
                calendar, event, ..
            })
            | Act::Delete(Delete {
                calendar, event, ..
            }) => {
                if self.completed(calendar, event).is_none() {
                    return Some("this event is no longer in the calendar; R asks anew".into());
                }
                self.objection_to_writing(calendar)
            }
        }
    }

    fn objection_to_writing(&self, calendar: &CalendarId) -> Option<String> {
        let calendars = &self.desk.desk.calendars;
        let known = calendars.iter().find(|known| known.id == *calendar)?;
        let name = known.name.safe_line(Some(40)).into_string();
        (!known.can_edit).then(|| {
            format!(
                "\u{201c}{name}\u{201d} is shared with you for reading only; its owner can allow changes"
            )
        })
    }

    fn objection_to_create(&self, create: &Create) -> Option<String> {
        let Some(span) = create.when() else {
            return Some("a new event needs a time".into());
        };
        if span.end < span.start {
            return Some("it would end before it begins".into());
        }
        self.objection_to_writing(&create.calendar)
    }

    fn objection_to_answer(&self, respond: &Respond) -> Option<String> {
        let Some((event, _)) = self.completed(&respond.calendar, &respond.event) else {
            return Some(
                "this event is no longer in the calendar; the organizer must invite you again"
                    .into(),
            );
        };
        let details = event.details.unwrap_or_default();
        if details.is_organizer {
            let organizer = match respond.calendar.mailbox() {
                Some(owner) => format!("{owner} is"),
                None => "you are".into(),
            };
            return Some(format!(
                "{organizer} the organizer of this meeting; organizers cannot answer themselves"
            ));
        }
        if details.cancelled {
            return Some("the organizer cancelled this meeting; there is nothing to answer".into());
        }
        if respond.comment.is_some() && !respond.tell_organizer {
            return Some(
                "a comment can only go out with an answer that tells the organizer".into(),
            );
        }
        self.objection_to_writing(&respond.calendar)
    }

    /// What was seen, as far as the replica knows more than the screen.
    fn sharpen(&self, act: &mut Act) {
        if let Act::Create(create) = act
            && create.transaction.is_empty()
        {
            create.transaction = uuid::Uuid::new_v4().to_string();
        }
        let (calendar, event) = (act.calendar().clone(), act.event());
        let Some((event, master)) = self.completed(&calendar, &event) else {
            return;
        };
        let shape = if event.is_stub() && master.is_none() {
            None
        } else {
            shape(&event)
        };
        // A change of a series was made on a page that shows the series' own time.
        let is_changed = matches!(act, Act::Change(_));
        let (root, seen): (_, &mut Seen) = match act {
            Act::Respond(respond) => (&mut respond.root, &mut respond.seen),
            Act::Change(change) => (&mut change.root, &mut change.seen),
            Act::Delete(delete) => (&mut delete.root, &mut delete.seen),
            Act::Forward(forward) => (&mut forward.root, &mut forward.seen),
            Act::Create(_) => return,
        };
        root.clone_from(event.root());
        seen.shape = shape;
        if event.kind == Kind::Master && !is_changed {
            // On screen there was one of its occurrences.
            (seen.start, seen.end) = (event.start, event.end);
        }
    }

    /// A newer answer to the same event replaces those that have not left; deleting an event
    /// makes every other thing that waits for it pointless.
    pub(super) fn replaced_by(&self, newer: &Intent) -> Vec<Intent> {
        let is_replaced = |older: &&Intent| match (&older.act, &newer.act) {
            (Act::Respond(_), Act::Respond(_))
            | (Act::Change(_) | Act::Respond(_), Act::Delete(_)) => {
                older.act.event() == newer.act.event()
                    && older.act.calendar() == newer.act.calendar()
            }
            _ => false,
        };
        let older = self.engine.intents().filter(is_replaced);
        // One of two that belong together is not replaced alone.
        let is_alone =
            |older: &&Intent| older.follows.is_none() && self.followers(older.id).is_empty();
        let older = older.filter(|older| older.has_not_left()).filter(is_alone);
        older.map(|older| older.pruned(REPLACED_KEPT)).collect()
    }

    /// An event that the server does not have yet is changed where it waits.
    fn amend_draft(&mut self, act: &Act) -> Reply {
        let draft = act.event();
        let waiting = self
            .engine
            .intents()
            .find(|intent| matches!(intent.act, Act::Create(_)) && intent.act.event() == draft);
        let Some(mut intent) = waiting.filter(|intent| intent.has_not_left()).cloned() else {
            return Reply::Refused {
                words: "it is just being sent; try again in a moment".into(),
            };
        };
        match act {
            Act::Delete(_) => return self.take_out(intent),
            Act::Change(change) => {
                if let Act::Create(create) = &mut intent.act {
                    amend(create, &change.edits);
                }
            }
            Act::Forward(_) => {
                return Reply::Refused {
                    words: "it has to be in the calendar before it can be forwarded".into(),
                };
            }
            Act::Create(_) | Act::Respond(_) => {}
        }
        intent.stage = Stage::Waiting;
        self.put_in_place(intent)
    }

    /// Of an intent that is there already: what follows it waits on.
    fn put_in_place(&mut self, intent: Intent) -> Reply {
        if let Err(error) = self.outbox.put(&intent) {
            return Reply::Refused {
                words: error.to_string(),
            };
        }
        let id = intent.id;
        self.step(Input::Queued(Box::new(intent)));
        Reply::Queued(id)
    }

    /// With what was to come after it, as if nobody had thought of it; to be done again.
    fn take_out(&mut self, intent: Intent) -> Reply {
        let id = intent.id;
        let mut together = vec![intent];
        let intents = self.engine.intents();
        together.extend(intents.filter(|other| other.follows == Some(id)).cloned());
        if let Err(error) = self.outbox.undo(&together) {
            return Reply::Refused {
                words: error.to_string(),
            };
        }
        // Backwards: nobody may leave because the one before is gone.
        for intent in together.iter().rev() {
            self.step(Input::Withdrawn(intent.id));
        }
        Reply::Done
    }

    /// A conflict was settled: what is left of the change goes out again.
    pub(super) fn resolve(&mut self, id: IntentId, sides: &[(Field, Side)]) -> Reply {
        let found = self.engine.intents().find(|intent| intent.id == id);
        let Some(before) = found.filter(|intent| intent.stage.needs_you()).cloned() else {
            return Reply::Refused {
                words: "nothing of that number needs you; kalends conflicts lists what does".into(),
            };
        };
        let mut intent = before.clone();
        let theirs = match &intent.stage {
            Stage::NeedsYou { theirs, .. } => theirs.clone(),
            _ => Vec::new(),
        };
        let Act::Change(change) = &mut intent.act else {
            return Reply::Refused {
                words: "this is no edit conflict: it can be tried again or dropped".into(),
            };
        };
        if let Err(field) = change.settle(&theirs, sides) {
            return Reply::Refused {
                words: format!("choose whose {} holds as well", field.name()),
            };
        }
        let is_void = change.edits.iter().all(|edit| edit.base == edit.mine);
        // What follows was meant to come after mine.
        let is_mine = |(_, side): &(Field, Side)| *side == Side::Mine;
        let has_followers = !self.followers(id).is_empty();
        if is_void || (has_followers && !sides.iter().all(is_mine)) {
            // As it was: done again it asks again, and what follows it waits.
            return self.take_out(before);
        }
        intent.stage = Stage::Waiting;
        intent.doubt = None;
        intent.due_at = self.options.clock.now();
        self.put_in_place(intent)
    }

    fn followers(&self, first: IntentId) -> Vec<IntentId> {
        let intents = self.engine.intents();
        let followers = intents.filter(|intent| intent.follows == Some(first));
        followers.map(|intent| intent.id).collect()
    }

    pub(super) fn settle_intent(&mut self, intent: IntentId, choice: Settle) -> Reply {
        let found = self.engine.intents().find(|other| other.id == intent);
        let (needs_you, is_out) = found.map_or((false, false), |intent| {
            let is_out = matches!(intent.stage, Stage::Sending | Stage::Sent);
            (intent.stage.needs_you(), is_out)
        });
        let is_here = found.is_some();
        match choice {
            // It goes out by itself, or has gone already.
            Settle::Retry if !needs_you => {}
            Settle::Retry => self.step(Input::Retried(intent)),
            // What follows it may be on its way already.
            Settle::Drop if !is_here => {
                let words = "it does not wait here any more";
                return Reply::Refused {
                    words: words.into(),
                };
            }
            Settle::Drop if is_out => {
                let words = "it is being sent: whether it arrived is read back first";
                return Reply::Refused {
                    words: words.into(),
                };
            }
            Settle::Drop => {
                // What was to come after it has nothing to come after.
                let mut dropped = self.followers(intent);
                dropped.push(intent);
                if let Err(error) = self.outbox.withdraw(&dropped) {
                    return Reply::Refused {
                        words: error.to_string(),
                    };
                }
                for id in dropped {
                    self.step(Input::Withdrawn(id));
                }
            }
        }
        Reply::Done
    }
}

fn amend(create: &mut Create, edits: &[Edit]) {
    for edit in edits {
        let field = |value: &Value| value.field() == edit.mine.field();
        match create.values.iter_mut().find(|value| field(value)) {
            Some(value) => *value = edit.mine.clone(),
            None => create.values.push(edit.mine.clone()),
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
