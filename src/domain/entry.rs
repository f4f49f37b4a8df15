//! An entry: what a screen, a script or a status line needs of one event. Sheets
//! hold entries; the replica holds events.

use super::answer::Reply;
use super::digest::digest;
use super::edit::Value;
use super::event::{
    Answer, Attendee, Before, Details, Event, Importance, Kind, Person, Role, Sensitivity, ShowAs,
    Slot, When,
};
use super::ids::{CalendarId, EventId};
use super::intent::{Act, Intent, IntentId, Stage};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, btree_map};
use std::sync::LazyLock;

/// What I did to it, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    Answer(Reply),
    Create,
    Change,
    Delete,
    Forward,
}

/// What I did and is on its way: shown at once, marked as not yet confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub intent: IntentId,
    pub deed: Deed,
    /// The server's or our words when it needs the person; None while it is on its way.
    pub trouble: Option<String>,
}

impl Pending {
    pub fn of(intent: &Intent) -> Self {
        let trouble = match &intent.stage {
            Stage::NeedsYou { words, .. } => Some(words.clone()),
            _ => None,
        };
        Self {
            intent: intent.id,
            deed: Deed::of(&intent.act),
            trouble,
        }
    }

    pub fn reply(&self) -> Option<Reply> {
        match self.deed {
            Deed::Answer(reply) => Some(reply),
            _ => None,
        }
    }
}

impl Deed {
    pub fn of(act: &Act) -> Self {
        match act {
            Act::Respond(respond) => Self::Answer(respond.reply),
            Act::Create(_) => Self::Create,
            Act::Change(_) => Self::Change,
            Act::Delete(_) => Self::Delete,
            Act::Forward(_) => Self::Forward,
        }
    }
}

/// What waiting intents lay over one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    pub pending: Pending,
    /// Changed fields. Empty while a conflict waits: others will come at the server's time.
    pub values: Vec<Value>,
    /// An event that the server does not have yet.
    pub draft: Option<Event>,
}

impl Laid {
    /// Laid over each other in the order they were made; what needs the person is said.
    pub fn all<'a>(
        intents: impl Iterator<Item = &'a Intent>,
        calendar: &CalendarId,
    ) -> BTreeMap<EventId, Self> {
        let mut laid: BTreeMap<EventId, Self> = BTreeMap::new();
        for intent in intents.filter(|intent| intent.act.calendar() == calendar) {
            let new = Self::of(intent);
            match laid.entry(intent.act.event()) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(new);
                }
                btree_map::Entry::Occupied(mut place) => {
                    let known = place.get_mut();
                    known.values.extend(new.values);
                    if known.pending.trouble.is_none() {
                        known.pending = new.pending;
                    }
                }
            }
        }
        laid
    }

    fn of(intent: &Intent) -> Self {
        let (values, draft) = match &intent.act {
            Act::Change(change) if !intent.stage.needs_you() => {
                let values = change.edits.iter().map(|edit| edit.mine.clone()).collect();
                (values, None)
            }
            Act::Create(create) => (Vec::new(), create.event()),
            _ => (Vec::new(), None),
        };
        Self {
            pending: Pending::of(intent),
            values,
            draft,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub calendar: CalendarId,
    pub id: EventId,
    pub series: Option<EventId>,
    pub kind: Kind,
    /// UTC instants; for all-day events only their UTC dates mean something.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub start: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub end: Timestamp,
    pub all_day: bool,
    pub subject: Untrusted,
    pub place: Untrusted,
    pub online_url: Option<Untrusted>,
    pub organizer: Person,
    pub is_organizer: bool,
    /// The server's truth; what I just answered is in `pending`.
    pub answer: Answer,
    /// Minutes from the invitation to that answer, where the server tells.
    pub answered_after: Option<u32>,
    pub pending: Option<Pending>,
    pub show_as: ShowAs,
    pub cancelled: bool,
    pub response_requested: bool,
    /// Its organizer may be asked for another time.
    pub allow_proposals: bool,
    pub importance: Importance,
    pub sensitivity: Sensitivity,
    pub categories: Vec<Untrusted>,
    pub has_attachments: bool,
    /// Attendees without me and without rooms' names resolved; 0 for an appointment.
    pub attendees: u16,
    /// Equal for copies of one meeting in several calendars; 0 when unknown.
    pub meeting: u64,
    /// What I had said yes to, when the organizer moved it since.
    pub before: Option<Before>,
    /// Other times that people ask for, of a meeting of mine.
    pub proposals: Vec<Proposal>,
}

/// An attendee asks for another time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub by: Person,
    pub slot: Slot,
}

/// An event of which only the time is known.
static NOTHING: LazyLock<Details> = LazyLock::new(Details::default);

impl Entry {
    /// What is shown of an event. An occurrence takes its fields from its master
    /// when that is known (delta sends occurrences bare); an exception has its own.
    pub fn of(event: &Event, master: Option<&Event>) -> Self {
        let inherited = master
            .and_then(|master| master.details.as_ref())
            .filter(|_| event.kind == Kind::Occurrence);
        let details = inherited.or(event.details.as_ref()).unwrap_or(&NOTHING);
        Self {
            calendar: event.calendar.clone(),
            id: event.id.clone(),
            series: event.series.clone(),
            kind: event.kind,
            start: event.start,
            end: event.end,
            all_day: details.all_day,
            subject: details.subject.clone(),
            place: details.place.clone(),
            online_url: details.online_url.clone(),
            organizer: details.organizer.clone(),
            is_organizer: details.is_organizer,
            answer: details.answer,
            answered_after: details.answered_after,
            pending: None,
            show_as: details.show_as,
            cancelled: details.cancelled,
            response_requested: details.response_requested,
            allow_proposals: details.allow_proposals,
            importance: details.importance,
            sensitivity: details.sensitivity,
            categories: details.categories.clone(),
            has_attachments: details.has_attachments,
            attendees: guests(&details.attendees),
            meeting: details
                .uid
                .as_deref()
                .map_or(0, |uid| meeting_key(uid, event)),
            before: event
                .before
                .or_else(|| master.and_then(|master| master.before)),
            proposals: proposals(details),
        }
    }

    /// The entry with what waiting intents change of it.
    pub fn with(mut self, laid: &Laid) -> Self {
        for value in &laid.values {
            match value {
                Value::Subject(subject) => self.subject = subject.clone(),
                Value::When(span) => {
                    (self.start, self.end) = (span.start, span.end);
                    self.all_day = span.all_day;
                }
                Value::Place(place) => self.place = place.clone(),
                Value::ShowAs(show_as) => self.show_as = *show_as,
                Value::Importance(importance) => self.importance = *importance,
                Value::Sensitivity(sensitivity) => self.sensitivity = *sensitivity,
                Value::Categories(categories) => self.categories.clone_from(categories),
                Value::People(people) => self.attendees = guests(people.all()),
                Value::Reminder(_) | Value::Rule(_) | Value::Notes(_) | Value::Online(_) => {}
            }
        }
        self.pending = Some(laid.pending.clone());
        self
    }

    /// The order of every list: by start, then longest first.
    pub fn in_time(&self, other: &Self) -> Ordering {
        let key = |entry: &Self| (entry.start, Reverse(entry.end));
        key(self)
            .cmp(&key(other))
            .then_with(|| self.id.cmp(&other.id))
    }

    /// The id that orders work on this event: its series', or its own.
    pub fn root(&self) -> &EventId {
        self.series.as_ref().unwrap_or(&self.id)
    }

    pub fn when(&self) -> When {
        When::new(self.start, self.end, self.all_day)
    }

    /// The answer to show: mine that is on its way, else the server's.
    pub fn shown_answer(&self) -> Answer {
        self.pending
            .as_ref()
            .and_then(Pending::reply)
            .map_or(self.answer, Reply::as_answer)
    }

    /// Waits for an answer from me.
    pub fn is_unanswered(&self) -> bool {
        !self.is_organizer
            && !self.cancelled
            && self.pending.is_none()
            && self.answer == Answer::NotResponded
    }

    /// An invitation I can answer.
    pub fn is_invitation(&self) -> bool {
        !self.is_organizer && self.answer != Answer::Organizer && self.answer != Answer::None
    }

    /// "single", "occurrence" or "exception", the words of `kalends agenda --json`.
    pub fn series_word(&self) -> &'static str {
        match self.kind {
            Kind::Single | Kind::Master => "single",
            Kind::Occurrence => "occurrence",
            Kind::Exception => "exception",
        }
    }
}

fn proposals(details: &Details) -> Vec<Proposal> {
    let mine = details.attendees.iter().filter(|_| details.is_organizer);
    let proposal = |attendee: &Attendee| {
        Some(Proposal {
            by: attendee.person.clone(),
            slot: attendee.proposed?,
        })
    };
    mine.filter_map(proposal).collect()
}

/// People, without rooms.
fn guests(attendees: &[Attendee]) -> u16 {
    let people = attendees
        .iter()
        .filter(|attendee| attendee.role != Role::Resource);
    u16::try_from(people.count()).unwrap_or(u16::MAX)
}

/// Copies of one meeting share their iCalUId, but so do all occurrences of a
/// series: the start tells those apart.
fn meeting_key(uid: &str, event: &Event) -> u64 {
    let start = event.start.as_second().to_be_bytes();
    digest([uid.as_bytes(), &start]).max(1)
}
