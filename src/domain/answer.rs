//! Answering an invitation: what the person chose, as it is queued and sent.

use super::digest::digest;
use super::event::{Answer, Event, Slot};
use super::ids::{CalendarId, EventId};
use super::intent::Seen;
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
    /// Another time to ask for; only with an answer that is no yes and that tells the organizer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Slot>,
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
