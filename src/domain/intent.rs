//! What a person wants done on the server: one act, queued durably.

use super::answer::Respond;
use super::edit::{Change, Create, Delete, Edit, Forward, Span, Value};
use super::entry::Entry;
use super::event::Answer;
use super::ids::{CalendarId, EventId};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the person saw when deciding. A difference at sending time goes back
/// to them instead of out to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub start: Timestamp,
    pub end: Timestamp,
    /// Of an event whose dates they are. Older intents did not keep it.
    #[serde(default)]
    pub all_day: bool,
    pub subject: Untrusted,
    /// The answer before this one.
    pub answer: Answer,
    /// A fingerprint of recurrence and attendees; None when they were not known.
    pub shape: Option<u64>,
}

impl Seen {
    /// An entry as it is on screen; its shape is the data side's to know.
    pub fn of(entry: &Entry) -> Self {
        Self {
            start: entry.start,
            end: entry.end,
            all_day: entry.all_day,
            subject: entry.subject.clone(),
            answer: entry.answer,
            shape: None,
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    Respond(Respond),
    Create(Create),
    Change(Change),
    Delete(Delete),
    Forward(Forward),
}

impl Act {
    pub fn calendar(&self) -> &CalendarId {
        match self {
            Self::Respond(respond) => &respond.calendar,
            Self::Create(create) => &create.calendar,
            Self::Change(change) => &change.calendar,
            Self::Delete(delete) => &delete.calendar,
            Self::Forward(forward) => &forward.calendar,
        }
    }

    /// The event it is done to; a new one's is a draft's.
    pub fn event(&self) -> EventId {
        match self {
            Self::Respond(respond) => respond.event.clone(),
            Self::Create(create) => create.draft_id(),
            Self::Change(change) => change.event.clone(),
            Self::Delete(delete) => delete.event.clone(),
            Self::Forward(forward) => forward.event.clone(),
        }
    }

    /// What intents are ordered by: the series root.
    pub fn root(&self) -> EventId {
        match self {
            Self::Respond(respond) => respond.root.clone(),
            Self::Create(create) => create.draft_id(),
            Self::Change(change) => change.root.clone(),
            Self::Delete(delete) => delete.root.clone(),
            Self::Forward(forward) => forward.root.clone(),
        }
    }

    pub fn subject(&self) -> Untrusted {
        match self {
            Self::Respond(respond) => respond.seen.subject.clone(),
            Self::Create(create) => create.subject(),
            Self::Change(change) => change.seen.subject.clone(),
            Self::Delete(delete) => delete.seen.subject.clone(),
            Self::Forward(forward) => forward.seen.subject.clone(),
        }
    }

    /// When the event begins, as it is shown while this waits.
    pub fn start(&self) -> Timestamp {
        match self {
            Self::Respond(respond) => respond.seen.start,
            Self::Create(create) => create
                .when()
                .map_or(Timestamp::UNIX_EPOCH, |span| span.start),
            Self::Change(change) => change
                .moved_to()
                .map_or(change.seen.start, |span| span.start),
            Self::Delete(delete) => delete.seen.start,
            Self::Forward(forward) => forward.seen.start,
        }
    }

    /// Where a change moves its event.
    pub fn moved_to(&self) -> Option<&Span> {
        match self {
            Self::Change(change) => change.moved_to(),
            _ => None,
        }
    }

    /// Its text must be read to tell what the change means for it.
    pub fn touches_notes(&self) -> bool {
        let is_notes = |edit: &Edit| matches!(edit.mine, Value::Notes(_));
        matches!(self, Self::Change(change) if change.edits.iter().any(is_notes))
    }

    /// "accepted", "moved", "deleted": what was done, for one line.
    pub fn past_tense(&self) -> &'static str {
        match self {
            Self::Respond(respond) => respond.reply.past_tense(),
            Self::Create(_) => "created",
            Self::Change(change) if change.moved_to().is_some() => "moved",
            Self::Change(_) => "changed",
            Self::Delete(delete) if delete.is_my_meeting => "cancelled",
            Self::Delete(_) => "deleted",
            Self::Forward(_) => "forwarded",
        }
    }

    /// "the answer", "the change": what is sent.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Respond(_) => "the answer",
            Self::Create(_) => "the new event",
            Self::Change(_) => "the change",
            Self::Delete(_) => "the deletion",
            Self::Forward(_) => "the forwarding",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub u64);

/// Where a queued intent stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// In the undo delay, or waiting for the network.
    Waiting,
    Sending,
    /// The server took it; the replica has not shown it yet.
    Sent,
    /// The server refused it, or the event changed since it was seen: the person decides.
    NeedsYou {
        words: String,
        /// What the fields in conflict hold on the server; empty when it is no edit conflict.
        #[serde(default)]
        theirs: Vec<Value>,
    },
}

impl Stage {
    pub fn needs_you(&self) -> bool {
        matches!(self, Self::NeedsYou { .. })
    }
}

/// An intent in the outbox: precious, never rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Intent {
    pub id: IntentId,
    /// Written as one field with the act's name.
    #[serde(flatten)]
    pub act: Act,
    pub made_at: Timestamp,
    /// Not sent before this instant: the undo delay.
    pub due_at: Timestamp,
    pub stage: Stage,
    /// How often it was sent with an outcome that was not "certainly not executed".
    pub tries: u32,
    /// The second of two that belong together: it leaves when that one took effect.
    pub follows: Option<IntentId>,
    /// The event's version when it was sent with an outcome that nobody knows.
    pub doubt: Option<String>,
    /// What it made pointless before that left. Taking it back brings these back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<Intent>,
}

impl Intent {
    /// With so many generations of what it replaced: the store must not grow without an end.
    pub fn pruned(&self, generations: usize) -> Self {
        let older = self.replaces.iter().filter(|_| generations > 0);
        Self {
            replaces: older.map(|older| older.pruned(generations - 1)).collect(),
            ..self.clone()
        }
    }

    /// Nobody can have heard of it yet.
    pub fn has_not_left(&self) -> bool {
        self.stage.needs_you() || (self.stage == Stage::Waiting && self.tries == 0)
    }
}

/// An intent as it is written: one of the acts, and only one. Reading through plain fields
/// spares the program a second reader of everything an act may hold.
#[derive(Deserialize)]
struct Written {
    id: IntentId,
    respond: Option<Respond>,
    create: Option<Create>,
    change: Option<Change>,
    delete: Option<Delete>,
    forward: Option<Forward>,
    made_at: Timestamp,
    due_at: Timestamp,
    stage: Stage,
    tries: u32,
    follows: Option<IntentId>,
    doubt: Option<String>,
    #[serde(default)]
    replaces: Vec<Intent>,
}

impl TryFrom<Written> for Intent {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let mut acts = [
            written.respond.map(Act::Respond),
            written.create.map(Act::Create),
            written.change.map(Act::Change),
            written.delete.map(Act::Delete),
            written.forward.map(Act::Forward),
        ]
        .into_iter()
        .flatten();
        let (Some(act), None) = (acts.next(), acts.next()) else {
            return Err("an intent is one act");
        };
        Ok(Self {
            id: written.id,
            act,
            made_at: written.made_at,
            due_at: written.due_at,
            stage: written.stage,
            tries: written.tries,
            follows: written.follows,
            doubt: written.doubt,
            replaces: written.replaces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_comes_back_from_the_outbox_as_it_was() {
        use crate::domain::quick::Quick;
        use crate::domain::zone::Zone;
        let today = jiff::civil::date(2026, 11, 26);
        let quick = Quick::read("x tomorrow 9:00 every week #a @ b", today, today).unwrap();
        let create = quick.create(CalendarId::new("c"), &Zone::utc());
        let mine = create.values.first().cloned().unwrap();
        let when = create.values.get(1).cloned().unwrap();
        let seen = Seen {
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::MAX,
            all_day: false,
            subject: "x".into(),
            answer: Answer::Organizer,
            shape: Some(u64::MAX),
        };
        let edit = |value: Value| crate::domain::edit::Edit {
            base: value.clone(),
            mine: value,
        };
        let acts = [
            Act::Create(create.clone()),
            Act::Change(Change {
                calendar: CalendarId::new("c"),
                event: EventId::new("e"),
                root: EventId::new("r"),
                edits: vec![edit(mine), edit(when.clone())],
                seen: seen.clone(),
            }),
            Act::Delete(Delete {
                calendar: CalendarId::new("c"),
                event: EventId::new("e"),
                root: EventId::new("r"),
                message: Some("sorry".into()),
                is_my_meeting: true,
                seen,
            }),
        ];
        for act in acts {
            let intent = Intent {
                id: IntentId(1),
                act,
                made_at: Timestamp::UNIX_EPOCH,
                due_at: Timestamp::UNIX_EPOCH,
                stage: Stage::NeedsYou {
                    words: "no".into(),
                    theirs: vec![when.clone()],
                },
                tries: 1,
                follows: Some(IntentId(0)),
                doubt: Some("W/\"1\"".into()),
                replaces: Vec::new(),
            };
            let json = serde_json::to_string(&intent).unwrap();
            assert_eq!(serde_json::from_str::<Intent>(&json).unwrap(), intent);
        }
    }

    /// As the first release wrote them.
    #[test]
    fn intents_of_the_first_release_are_still_read() {
        let old = r#"{"id":7,"respond":{"calendar":"c","event":"e","root":"r","reply":"accept","comment":null,
            "tell_organizer":true,"seen":{"start":"2026-11-23T09:00:00Z","end":"2026-11-23T10:00:00Z","subject":"x",
            "answer":"NotResponded","shape":12345678901234567890}},"made_at":"2026-11-22T09:00:00Z",
            "due_at":"2026-11-22T09:00:05Z","stage":{"NeedsYou":{"words":"no"}},"tries":1}"#;
        let intent: Intent = serde_json::from_str(old).unwrap();
        assert_eq!(intent.act.event(), EventId::new("e"));
        assert!(intent.stage.needs_you());
        let again: Intent = serde_json::from_str(&serde_json::to_string(&intent).unwrap()).unwrap();
        assert_eq!(again, intent);
    }

    #[test]
    fn an_intent_is_one_act() {
        let forward = Forward {
            calendar: CalendarId::new("c"),
            event: EventId::new("e"),
            root: EventId::new("r"),
            to: Vec::new(),
            message: String::new(),
            seen: Seen {
                start: Timestamp::UNIX_EPOCH,
                end: Timestamp::UNIX_EPOCH,
                all_day: false,
                subject: "x".into(),
                answer: Answer::None,
                shape: None,
            },
        };
        let one = Intent {
            id: IntentId(1),
            act: Act::Forward(forward),
            made_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            stage: Stage::Waiting,
            tries: 0,
            follows: None,
            doubt: None,
            replaces: Vec::new(),
        };
        let one = serde_json::to_value(one).unwrap();
        let (mut none, mut two) = (one.clone(), one.clone());
        none.as_object_mut().unwrap().remove("forward");
        two["create"] = serde_json::json!({"calendar": "c", "values": [], "transaction": "t"});
        assert!(serde_json::from_value::<Intent>(one).is_ok());
        for (value, what) in [(none, "no act"), (two, "two acts")] {
            let error = serde_json::from_value::<Intent>(value).unwrap_err();
            assert!(error.to_string().contains("one act"), "{what}: {error}");
        }
    }
}
