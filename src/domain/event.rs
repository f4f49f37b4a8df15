//! One event as the server knows it, in our words.
//!
//! Invariant: `start` and `end` are instants exactly as received in UTC. An
//! all-day event floats: its instants are UTC midnights and only their *dates*
//! mean something; they are never shifted into another zone (Graph: all-day events).

use super::ids::{CalendarId, EventId};
use super::recurrence::Recurrence;
use super::text::Untrusted;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Graph's `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    Single,
    Occurrence,
    Exception,
    Master,
}

/// Graph's `freeBusyStatus` of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ShowAs {
    Free,
    Tentative,
    #[default]
    Busy,
    OutOfOffice,
    WorkingElsewhere,
    Unknown,
}

/// Graph's `responseStatus.response`: my own answer, or an attendee's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Answer {
    #[default]
    None,
    Organizer,
    Tentative,
    Accepted,
    Declined,
    NotResponded,
}

/// Somebody said yes, perhaps or no.
pub fn answered(answer: Answer) -> bool {
    matches!(
        answer,
        Answer::Accepted | Answer::Tentative | Answer::Declined
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Importance {
    Low,
    #[default]
    Normal,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Sensitivity {
    #[default]
    Normal,
    Personal,
    Private,
    Confidential,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    pub name: Untrusted,
    pub address: Untrusted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Role {
    #[default]
    Required,
    Optional,
    Resource,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attendee {
    pub person: Person,
    pub role: Role,
    /// Only meaningful in the organizer's copy.
    pub answer: Answer,
    /// Another time that this person asks for. Only in the organizer's copy.
    pub proposed: Option<Slot>,
}

/// A stretch of time (Graph: timeSlot). Half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// What I had said yes to, before the organizer moved it and so took back my answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub slot: Slot,
    pub answer: Answer,
}

/// When something takes place, ready to be compared and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum When {
    /// Half open: an event that ends when the next starts does not touch it.
    Timed { start: Timestamp, end: Timestamp },
    /// Floating dates, `end` exclusive.
    AllDay { first: Date, end: Date },
}

impl When {
    /// From instants as received; all-day events keep the dates of their UTC midnights.
    pub fn new(start: Timestamp, end: Timestamp, all_day: bool) -> Self {
        if !all_day {
            return Self::Timed { start, end };
        }
        let first = start.to_zoned(TimeZone::UTC).date();
        let end = end.to_zoned(TimeZone::UTC).date();
        // A broken server may send an empty all-day event; it still has its day.
        let end = if end <= first {
            first.tomorrow().unwrap_or(first)
        } else {
            end
        };
        Self::AllDay { first, end }
    }

    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay { .. })
    }
}

/// Everything but identity and time. Occurrences in a delta answer come without
/// it: theirs is the master's (Graph: delta of a calendar view).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Details {
    pub subject: Untrusted,
    /// About 255 characters of plain text. Never written back as a body.
    pub preview: Untrusted,
    pub place: Untrusted,
    pub online_url: Option<Untrusted>,
    pub web_link: Option<Untrusted>,
    pub organizer: Person,
    pub is_organizer: bool,
    pub attendees: Vec<Attendee>,
    pub all_day: bool,
    pub show_as: ShowAs,
    pub answer: Answer,
    /// Whole minutes from when the invitation came to my answer; None where the server does not
    /// tell both (a plain view never does).
    pub answered_after: Option<u32>,
    /// The organizer wants to be told.
    pub response_requested: bool,
    pub allow_proposals: bool,
    pub cancelled: bool,
    pub importance: Importance,
    pub sensitivity: Sensitivity,
    pub categories: Vec<Untrusted>,
    pub has_attachments: bool,
    /// Minutes before the start, when a reminder is on.
    pub reminder: Option<i32>,
    /// Zone names as the organizer set them, Windows or IANA, kept verbatim for editing.
    pub start_zone: Option<Untrusted>,
    pub end_zone: Option<Untrusted>,
    /// Masters only.
    pub recurrence: Option<Recurrence>,
    /// The whole text, when it was asked for; the replica never holds it.
    #[serde(skip)]
    pub notes: Option<Untrusted>,
    /// Same in every attendee's copy of one meeting (RFC 5545 UID as Graph's iCalUId).
    pub uid: Option<String>,
}

/// An event of one calendar of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub calendar: CalendarId,
    pub id: EventId,
    pub kind: Kind,
    /// The master's id, on occurrences and exceptions.
    pub series: Option<EventId>,
    /// `@odata.etag` as received; only equality means anything.
    pub etag: String,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub start: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub end: Timestamp,
    /// None on an occurrence stub.
    pub details: Option<Details>,
    /// Never on the wire: what the copy here remembers. Of a series, on its master.
    pub before: Option<Before>,
}

impl Event {
    /// This version after that one: a meeting that was moved asks again, and what was
    /// answered before is worth knowing until it is answered.
    pub fn after(mut self, known: &Self) -> Self {
        if let (Some(new), Some(old)) = (&mut self.details, &known.details)
            && new.answer == old.answer
        {
            new.answered_after = new.answered_after.or(old.answered_after);
        }
        let (Some(new), Some(old)) = (&self.details, &known.details) else {
            self.before = known.before;
            return self;
        };
        let is_yes = |answer| matches!(answer, Answer::Accepted | Answer::Tentative);
        // Some servers say "none" of an answer that was taken back (Graph: responseStatus).
        let is_open = |answer| matches!(answer, Answer::NotResponded | Answer::None);
        self.before = if new.is_organizer || !is_open(new.answer) {
            None
        } else if is_yes(old.answer) && (known.start, known.end) != (self.start, self.end) {
            let (start, end) = (known.start, known.end);
            Some(Before {
                slot: Slot { start, end },
                answer: old.answer,
            })
        } else {
            known.before
        };
        self
    }

    /// The id that orders work on this event: its series', or its own.
    pub fn root(&self) -> &EventId {
        self.series.as_ref().unwrap_or(&self.id)
    }

    pub fn is_stub(&self) -> bool {
        self.details.is_none()
    }
}
