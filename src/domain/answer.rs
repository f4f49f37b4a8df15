//! Answering an invitation: what the person chose, as it is queued and sent.

use super::digest::digest;
use super::event::{Answer, Event};
use super::ids::{CalendarId, EventId};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The three answers that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    Accept,
    Tentative,
    Decline,
}

impl Reply {
    /// The answer the server shows once it took effect.
    pub fn as_answer(self) -> Answer {
        match self {
            Self::Accept => Answer::Accepted,
            Self::Tentative => Answer::Tentative,
            Self::Decline => Answer::Declined,
        }
    }

    /// Declining deletes my copy and its id with it; nothing takes that back.
    pub fn is_final(self) -> bool {
        self == Self::Decline
    }

    pub fn past_tense(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Tentative => "tentatively accepted",
            Self::Decline => "declined",
        }
    }
}

/// What the person saw when answering. A difference at sending time goes back
/// to them instead of out to the organizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub start: Timestamp,
    pub end: Timestamp,
    pub subject: Untrusted,
    /// The answer before this one.
    pub answer: Answer,
    /// A fingerprint of recurrence and attendees; None when they were not known.
    pub shape: Option<u64>,
}

/// An answer as intended, before it has a place in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respond {
    pub calendar: CalendarId,
    /// The event that is answered: an occurrence's own id, or the master's for a whole series.
    pub event: EventId,
    /// What intents are ordered by: the series root.
    pub root: EventId,
    pub reply: Reply,
    pub comment: Option<String>,
    /// False: the organizer is not told.
    pub tell_organizer: bool,
    pub seen: Seen,
}

/// Recurrence and attendees of an event, as one number to compare.
pub fn shape_of(event: &Event) -> Option<u64> {
    let details = event.details.as_ref()?;
    let recurrence = serde_json::to_vec(&details.recurrence).unwrap_or_default();
    let mut addresses: Vec<String> = details
        .attendees
        .iter()
        .map(|attendee| attendee.person.address.raw().to_lowercase())
        .collect();
    addresses.sort();
    let addresses = addresses.iter().map(String::as_bytes);
    Some(digest(std::iter::once(&recurrence[..]).chain(addresses)))
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
    },
}

/// An intent in the outbox: precious, never rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    pub respond: Respond,
    pub made_at: Timestamp,
    /// Not sent before this instant: the undo delay.
    pub due_at: Timestamp,
    pub stage: Stage,
    /// How often sending was tried.
    pub tries: u32,
    /// The event's version when it was sent with an outcome that nobody knows.
    #[serde(default)]
    pub doubt: Option<String>,
}
