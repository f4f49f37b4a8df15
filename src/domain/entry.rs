//! An entry: what a screen, a script or a status line needs of one event. Sheets
//! hold entries; the replica holds events.

use super::answer::{IntentId, Reply};
use super::event::{Answer, Importance, Kind, Person, Sensitivity, ShowAs, When};
use super::ids::{CalendarId, EventId};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// My answer that is on its way: shown at once, marked as not yet confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub intent: IntentId,
    pub reply: Reply,
    /// The server's or our words when it needs the person; None while it is on its way.
    pub trouble: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub calendar: CalendarId,
    pub id: EventId,
    pub series: Option<EventId>,
    pub kind: Kind,
    /// UTC instants; for all-day events only their UTC dates mean something.
    pub start: Timestamp,
    pub end: Timestamp,
    pub all_day: bool,
    pub subject: Untrusted,
    pub place: Untrusted,
    pub online_url: Option<Untrusted>,
    pub organizer: Person,
    pub is_organizer: bool,
    /// The server's truth; what I just answered is in `pending`.
    pub answer: Answer,
    pub pending: Option<Pending>,
    pub show_as: ShowAs,
    pub cancelled: bool,
    pub response_requested: bool,
    pub importance: Importance,
    pub sensitivity: Sensitivity,
    pub categories: Vec<Untrusted>,
    pub has_attachments: bool,
    /// Attendees without me and without rooms' names resolved; 0 for an appointment.
    pub attendees: u16,
    /// Equal for copies of one meeting in several calendars; 0 when unknown.
    pub meeting: u64,
}

impl Entry {
    pub fn when(&self) -> When {
        When::new(self.start, self.end, self.all_day)
    }

    /// The answer to show: mine that is on its way, else the server's.
    pub fn shown_answer(&self) -> Answer {
        self.pending
            .as_ref()
            .map_or(self.answer, |pending| pending.reply.as_answer())
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
