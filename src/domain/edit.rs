//! What a person changes: fields with the value they were changed from, and new events.
//!
//! Invariants: an edit names only what was touched, with the base of only these fields;
//! start, end, zone and all-day are one field, because they mean nothing apart.

mod notes;
mod people;
mod people_text;
pub mod words;

pub(crate) use notes::merged as merged_notes;
pub use notes::tidied;
pub use people::People;
pub use people_text::{is_address, parts, people, person_text};

use super::event::{Details, Event, Importance, Person, Sensitivity, ShowAs};
use super::ids::{CalendarId, EventId};
use super::intent::Seen;
use super::recurrence::Recurrence;
use super::text::Untrusted;
use super::zone::Zone;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// When something takes place, for writing. Instants are what is compared; the wall clock and
/// the zone's name are what is sent, as the person or the organizer wrote them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Span {
    /// UTC; of an all-day event the midnights of its dates.
    pub start: Timestamp,
    pub end: Timestamp,
    pub all_day: bool,
    pub wall_start: DateTime,
    pub wall_end: DateTime,
    /// Windows or IANA name.
    pub zone: Untrusted,
}

impl PartialEq for Span {
    /// The same time, however it is written.
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end, self.all_day) == (other.start, other.end, other.all_day)
    }
}

impl Eq for Span {}

/// A field and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    Subject(Untrusted),
    When(Span),
    Place(Untrusted),
    ShowAs(ShowAs),
    Importance(Importance),
    Sensitivity(Sensitivity),
    Categories(Vec<Untrusted>),
    /// Minutes before the start; None is off.
    Reminder(Option<i32>),
    /// Only of new events and of series.
    Rule(Option<Recurrence>),
    /// Writing it mails whom it adds and whom it removes.
    People(People),
    /// The whole text, [`tidied`]. Never of an online meeting: its text holds the way in.
    Notes(Untrusted),
    /// A link to join. Once there is one it stays (Graph: isOnlineMeeting).
    Online(bool),
}

/// The names of fields, as the conflict screen and `kalends resolve --field` say them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    Subject,
    When,
    Place,
    ShowAs,
    Importance,
    Sensitivity,
    Categories,
    Reminder,
    Rule,
    People,
    Notes,
    Online,
}

impl Field {
    pub const ALL: [Self; 12] = [
        Self::Subject,
        Self::When,
        Self::Place,
        Self::ShowAs,
        Self::Importance,
        Self::Sensitivity,
        Self::Categories,
        Self::Reminder,
        Self::Rule,
        Self::People,
        Self::Notes,
        Self::Online,
    ];

    /// Whether both sides can hold at once.
    pub fn holds_both(self) -> bool {
        matches!(self, Self::Categories | Self::People | Self::Notes)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::When => "time",
            Self::Place => "place",
            Self::ShowAs => "show as",
            Self::Importance => "importance",
            Self::Sensitivity => "sensitivity",
            Self::Categories => "categories",
            Self::Reminder => "reminder",
            Self::Rule => "rule",
            Self::People => "people",
            Self::Notes => "notes",
            Self::Online => "online",
        }
    }
}

impl Value {
    pub fn field(&self) -> Field {
        match self {
            Self::Subject(_) => Field::Subject,
            Self::When(_) => Field::When,
            Self::Place(_) => Field::Place,
            Self::ShowAs(_) => Field::ShowAs,
            Self::Importance(_) => Field::Importance,
            Self::Sensitivity(_) => Field::Sensitivity,
            Self::Categories(_) => Field::Categories,
            Self::Reminder(_) => Field::Reminder,
            Self::Rule(_) => Field::Rule,
            Self::People(_) => Field::People,
            Self::Notes(_) => Field::Notes,
            Self::Online(_) => Field::Online,
        }
    }

    /// What `event` holds in `field`. Its time is written in UTC: good for comparing.
    pub fn of(field: Field, event: &Event, details: &Details) -> Self {
        match field {
            Field::Subject => Self::Subject(details.subject.clone()),
            Field::When => Self::When(Span::of(event, details)),
            Field::Place => Self::Place(details.place.clone()),
            Field::ShowAs => Self::ShowAs(details.show_as),
            Field::Importance => Self::Importance(details.importance),
            Field::Sensitivity => Self::Sensitivity(details.sensitivity),
            Field::Categories => Self::Categories(details.categories.clone()),
            Field::Reminder => Self::Reminder(details.reminder),
            Field::Rule => Self::Rule(details.recurrence.clone()),
            Field::People => Self::People(People::new(details.attendees.clone())),
            Field::Notes => Self::Notes(details.notes.clone().unwrap_or_default()),
            Field::Online => Self::Online(details.online_url.is_some()),
        }
    }
}

impl Span {
    /// From instants, written on the clock of `zone`; of an all-day event its dates.
    pub fn on_clock(start: Timestamp, end: Timestamp, all_day: bool, zone: &Zone) -> Self {
        let wall = |instant| {
            if all_day {
                jiff::tz::TimeZone::UTC.to_datetime(instant)
            } else {
                zone.wall(instant)
            }
        };
        Self {
            start,
            end,
            all_day,
            wall_start: wall(start),
            wall_end: wall(end),
            zone: zone.name().into(),
        }
    }

    fn of(event: &Event, details: &Details) -> Self {
        Self::on_clock(event.start, event.end, details.all_day, &Zone::utc())
    }
}

/// One field, from what to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub base: Value,
    pub mine: Value,
}

/// Whose value holds, of a field that both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    Mine,
    Theirs,
    /// Of lists and notes.
    Both,
}

/// Changes to an event that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub calendar: CalendarId,
    pub event: EventId,
    /// What intents are ordered by: the series root.
    pub root: EventId,
    pub edits: Vec<Edit>,
    pub seen: Seen,
}

/// A new event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    pub calendar: CalendarId,
    /// Made once for the person's one intention and written down before the first POST
    /// (Graph: transactionId): however often it is sent, there is one event.
    pub transaction: String,
    /// `Subject` and `When` at least.
    pub values: Vec<Value>,
}

/// An event to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    pub calendar: CalendarId,
    pub event: EventId,
    pub root: EventId,
    /// To the attendees of a meeting of mine; None deletes without a word of mine
    /// (the server tells them all the same).
    pub message: Option<String>,
    /// I am the organizer and others are invited: they are told.
    pub is_my_meeting: bool,
    pub seen: Seen,
}

/// An event to be sent to more people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    pub calendar: CalendarId,
    pub event: EventId,
    pub root: EventId,
    pub to: Vec<Person>,
    pub message: String,
    pub seen: Seen,
}

impl Create {
    pub fn when(&self) -> Option<&Span> {
        self.values.iter().find_map(|value| match value {
            Value::When(span) => Some(span),
            _ => None,
        })
    }

    pub fn invites(&self) -> bool {
        let mut values = self.values.iter();
        values.any(|value| matches!(value, Value::People(people) if !people.is_empty()))
    }

    pub fn subject(&self) -> Untrusted {
        let subject = self.values.iter().find_map(|value| match value {
            Value::Subject(subject) => Some(subject.clone()),
            _ => None,
        });
        subject.unwrap_or_default()
    }

    /// The id it goes by until the server gave it one.
    pub fn draft_id(&self) -> EventId {
        EventId::new(format!("{DRAFT}{}", self.transaction))
    }

    /// As it will be shown, before the server has seen it.
    pub fn event(&self) -> Option<Event> {
        let span = self.when()?;
        let mut event = Event {
            calendar: self.calendar.clone(),
            id: self.draft_id(),
            kind: super::event::Kind::Single,
            series: None,
            etag: String::new(),
            before: None,
            start: span.start,
            end: span.end,
            details: None,
        };
        let mut details = Details {
            is_organizer: true,
            answer: super::event::Answer::Organizer,
            ..Details::default()
        };
        for value in &self.values {
            value.lay_over(&mut event, &mut details);
        }
        event.details = Some(details);
        Some(event)
    }
}

/// No id of Graph's begins like this: theirs are base64url.
const DRAFT: &str = "draft:";

/// Whether this id is one of ours, of an event that the server has not named yet.
pub fn is_draft(event: &EventId) -> bool {
    event.as_str().starts_with(DRAFT)
}

impl Value {
    /// Puts this value into an event.
    pub fn lay_over(&self, event: &mut Event, details: &mut Details) {
        match self {
            Self::Subject(subject) => details.subject = subject.clone(),
            Self::When(span) => {
                (event.start, event.end) = (span.start, span.end);
                details.all_day = span.all_day;
                details.start_zone = Some(span.zone.clone());
                details.end_zone = Some(span.zone.clone());
            }
            Self::Place(place) => details.place = place.clone(),
            Self::ShowAs(show_as) => details.show_as = *show_as,
            Self::Importance(importance) => details.importance = *importance,
            Self::Sensitivity(sensitivity) => details.sensitivity = *sensitivity,
            Self::Categories(categories) => details.categories.clone_from(categories),
            Self::Reminder(reminder) => details.reminder = *reminder,
            Self::Rule(rule) => details.recurrence.clone_from(rule),
            Self::People(people) => details.attendees = people.all().to_vec(),
            Self::Notes(notes) => details.notes = Some(notes.clone()),
            // The link itself is the server's to make.
            Self::Online(_) => {}
        }
    }
}

/// Everything of both, where a field holds that.
fn both(mine: &Value, theirs: &Value) -> Option<Value> {
    Some(match (mine, theirs) {
        (Value::People(mine), Value::People(theirs)) => {
            let nobody = People::default();
            let theirs = theirs.in_roles_of(mine);
            Value::People(People::merged(&nobody, mine, &theirs)?)
        }
        (Value::Categories(mine), Value::Categories(theirs)) => {
            let mut all = theirs.clone();
            all.extend(mine.iter().filter(|name| !theirs.contains(name)).cloned());
            Value::Categories(all)
        }
        (Value::Notes(mine), Value::Notes(theirs)) => {
            Value::Notes(tidied(&format!("{}\n\n{}", theirs.raw(), mine.raw())))
        }
        _ => return None,
    })
}

impl Change {
    /// Settles what clashes with `theirs`, field by field: theirs drops the edit, mine is made on
    /// their value now.
    ///
    /// # Errors
    /// A field that nobody chose for, or that cannot hold both.
    pub fn settle(&mut self, theirs: &[Value], sides: &[(Field, Side)]) -> Result<(), Field> {
        for value in theirs {
            let field = value.field();
            let chosen = sides.iter().rev().find(|(of, _)| *of == field);
            match chosen.map(|(_, side)| *side) {
                None => return Err(field),
                Some(Side::Theirs) => self.edits.retain(|edit| edit.mine.field() != field),
                Some(side) => {
                    let mut same = self.edits.iter_mut();
                    if let Some(edit) = same.find(|edit| edit.mine.field() == field) {
                        edit.base = value.clone();
                        if side == Side::Both {
                            edit.mine = both(&edit.mine, value).ok_or(field)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The new time, when that is among the changes.
    pub fn moved_to(&self) -> Option<&Span> {
        self.edits.iter().find_map(|edit| match &edit.mine {
            Value::When(span) => Some(span),
            _ => None,
        })
    }
}
