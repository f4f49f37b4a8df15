//! What the person does: looks, answers, makes, changes and deletes events, takes an act back.

use super::{History, Promise};
use crate::server::calendar;
use crate::writes::later;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::{Reply, Respond, shape_of};
use kalends::domain::edit::{Change, Create, Delete, Edit, Forward, Span, Value};
use kalends::domain::event::{Answer, Event, Kind};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::replica::LIMBO;
use kalends::domain::text::Untrusted;
use kalends::sync::engine::Input;

impl History {
    pub(super) fn show(&mut self) {
        let days = self.chance.range(-20, 100);
        let from = if self.is_calm {
            self.now
        } else {
            self.now + SignedDuration::from_hours(24 * days)
        };
        self.feed(Input::Shown {
            from,
            to: from + SignedDuration::from_hours(24 * 7),
        });
    }

    pub(super) fn answer(&mut self) {
        let candidates: Vec<Event> = self
            .memory
            .records()
            .filter(|record| !record.quarters.is_empty() && record.quarters != [LIMBO])
            .map(|record| record.event.clone())
            .filter(|event| {
                event
                    .details
                    .as_ref()
                    .is_some_and(|details| !details.is_organizer && !details.cancelled)
            })
            .collect();
        if candidates.is_empty() {
            return;
        }
        let event = self.chance.pick(&candidates).clone();
        let reply = *self
            .chance
            .pick(&[Reply::Accept, Reply::Tentative, Reply::Decline]);
        let comment = self.label();
        self.happened.insert("answered".into());
        if reply == Reply::Decline {
            self.happened.insert("declined".into());
        }
        self.queue(Act::Respond(Respond {
            calendar: event.calendar.clone(),
            event: event.id.clone(),
            root: event.root().clone(),
            reply,
            comment: Some(comment),
            tell_organizer: true,
            proposed: None,
            seen: seen(&event),
        }));
    }

    /// Names the next act wherever it leaves a trace.
    pub(super) fn label(&self) -> String {
        format!("intent {}", self.next_intent)
    }

    pub(super) fn queue(&mut self, act: Act) {
        let id = IntentId(self.next_intent);
        self.next_intent += 1;
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
        if let Some(disk) = &self.disk {
            disk.put(&intent);
        }
        self.outbox.insert(id, intent.clone());
        self.ledger.insert(id, (act, Promise::Owed));
        // Acknowledged, and the engine never heard of it.
        if self.dies_now() {
            return self.restart();
        }
        self.feed(Input::Queued(Box::new(intent)));
    }

    pub(super) fn edit_mine(&mut self) {
        let subject = Untrusted::from(self.label());
        let at = self.somewhen();
        let span = span(at, later(at, self.chance.range(1, 5)));
        let candidates: Vec<Event> = self
            .memory
            .records()
            .filter(|record| !record.quarters.is_empty() && record.quarters != [LIMBO])
            .map(|record| record.event.clone())
            .filter(|event| event.details.is_some())
            .collect();
        if candidates.is_empty() || self.chance.one_in(3) {
            self.happened.insert("created".into());
            let transaction = self.label();
            let calendar = calendar(self.chance.below(2));
            return self.queue(Act::Create(Create {
                calendar,
                transaction,
                values: vec![Value::Subject(subject), Value::When(span)],
            }));
        }
        let event = self.chance.pick(&candidates).clone();
        let details = event.details.clone().unwrap_or_default();
        let (calendar, root) = (event.calendar.clone(), event.root().clone());
        // Nobody deletes what is shown as deleted, and the judge tells deletions by the event.
        let is_deleted =
            |(act, _): &(Act, Promise)| matches!(act, Act::Delete(_)) && act.event() == event.id;
        if self.chance.one_in(3) && !self.ledger.values().any(is_deleted) {
            self.happened.insert("deleted".into());
            return self.queue(Act::Delete(Delete {
                calendar,
                event: event.id.clone(),
                root,
                message: None,
                is_my_meeting: details.is_organizer,
                seen: seen(&event),
            }));
        }
        if self.chance.one_in(5) {
            self.happened.insert("forwarded".into());
            let message = self.label();
            return self.queue(Act::Forward(Forward {
                calendar,
                event: event.id.clone(),
                root,
                to: Vec::new(),
                message,
                seen: seen(&event),
            }));
        }
        self.happened.insert("changed".into());
        let mut mine = vec![Value::Subject(subject)];
        if event.kind != Kind::Master && !details.all_day && self.chance.one_in(2) {
            mine.push(Value::When(span));
        }
        let edit = |mine: Value| Edit {
            base: Value::of(mine.field(), &event, &details),
            mine,
        };
        let edits = mine.into_iter().map(edit).collect();
        self.queue(Act::Change(Change {
            calendar,
            event: event.id.clone(),
            root,
            edits,
            seen: seen(&event),
        }));
    }

    pub(super) fn withdraw(&mut self) {
        let newest = self
            .outbox
            .values()
            .rev()
            .find(|intent| intent.stage == Stage::Waiting && intent.tries == 0);
        let Some(intent) = newest.cloned() else {
            return;
        };
        self.happened.insert("withdrawn".into());
        if let Some(disk) = &self.disk {
            disk.withdraw(intent.id);
        }
        self.outbox.remove(&intent.id);
        self.promise(intent.id, Promise::Withdrawn);
        if self.dies_now() {
            return self.restart();
        }
        self.feed(Input::Withdrawn(intent.id));
    }
}

pub fn seen(event: &Event) -> Seen {
    Seen {
        start: event.start,
        end: event.end,
        all_day: false,
        subject: Untrusted::default(),
        answer: Answer::NotResponded,
        shape: shape_of(event),
    }
}

pub fn span(start: Timestamp, end: Timestamp) -> Span {
    let wall = |instant| jiff::tz::TimeZone::UTC.to_datetime(instant);
    Span {
        start,
        end,
        all_day: false,
        wall_start: wall(start),
        wall_end: wall(end),
        zone: "UTC".into(),
    }
}
