//! What the server said, in our words: the values that travel from `graph` to
//! `sync`. Neither of those two knows the other.

use super::answer::Reply;
use super::calendar::{Calendar, Category, MailboxSettings, Me};
use super::edit::Value;
use super::errand::{Errand, File};
use super::event::{Attendee, Event, Person, Slot};
use super::free_busy::{Schedule, Suggestions};
use super::ids::{CalendarId, EventId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A delta or next link: opaque, secret (it opens a calendar without asking),
/// followed verbatim. Never logged: `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({} bytes)", self.0.len())
    }
}

/// One element of a delta page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Single, exception or master in full; or an occurrence, with or without details.
    Seen(Event),
    /// `@removed`, whatever its reason: no longer in this view.
    Removed(EventId),
}

impl Item {
    pub fn id(&self) -> &EventId {
        match self {
            Self::Seen(event) => &event.id,
            Self::Removed(id) => id,
        }
    }
}

/// How a page ends. A well-behaved server gives exactly one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEnd {
    Next(Link),
    Delta(Link),
    /// Neither link, or both: the round cannot be trusted.
    Broken,
}

/// A page of a delta answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub items: Vec<Item>,
    pub end: PageEnd,
    /// Items that could not be understood and were skipped, so that one poisoned
    /// event never stops the others.
    pub skipped: u32,
    /// A hash of the page's items, to notice rotating links with equal content.
    pub fingerprint: u64,
}

/// What a request ended with when it did not end well. `words` is the server's
/// own text (hostile until sanitized) or ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// HTTP status, 0 when no answer came.
    pub status: u16,
    /// Graph's `error.code`, empty when there was none.
    pub code: String,
    pub words: String,
    /// What the server asked us to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Failure {
    /// The server had asked to wait, so this never left.
    pub fn is_unsent(&self) -> bool {
        self.kind == FailureKind::Throttled && self.status == 0
    }
}

/// What a failure means for the caller; decided once, in `graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// No connection, TLS, DNS: we are offline.
    Offline,
    /// Never sent: that it is on its way could not be written down first.
    NotRecorded,
    /// The request may or may not have taken effect (timeout, reset, 5xx, garbage).
    Unknown,
    /// 429 and relatives: certainly not executed, wait.
    Throttled,
    /// The person must sign in, consent or pass a check.
    SignIn,
    /// 403: rights are missing.
    Forbidden,
    /// 404: not there (any more).
    NotFound,
    /// 410 and relatives: the delta link is dead, start a full round.
    ResyncRequired,
    /// 412: somebody else changed it.
    Conflict,
    /// Other 4xx: the server understood and refused.
    Refused,
    /// A link pointed to a foreign host; it was not followed.
    ForeignLink,
}

/// Lists that describe a mailbox, fetched rarely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub me: Me,
    pub calendars: Vec<Calendar>,
    /// One for each address that was asked about, in the order asked.
    pub followed: Vec<Followed>,
    /// None when the scope is missing: the client degrades to local habits.
    pub settings: Option<MailboxSettings>,
    pub categories: Option<Vec<Category>>,
}

/// What became of asking for somebody's calendar by their address; each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub address: String,
    pub calendar: Result<Calendar, Failure>,
}

/// One thing the data side may want from the server. `sync` decides, `graph` performs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Who I am, my calendars, settings and categories, and the main calendars of these addresses.
    Mailbox { followed: Vec<String> },
    /// The plain view of a range, all pages: occurrences, exceptions and singles in full.
    View {
        calendar: CalendarId,
        from: Timestamp,
        to: Timestamp,
    },
    /// The first page of a full round of a window.
    RoundStart {
        calendar: CalendarId,
        from: Timestamp,
        to: Timestamp,
    },
    /// Any later page, or the next round: the link verbatim.
    RoundNext { calendar: CalendarId, link: Link },
    /// One event by id, in this calendar (an event moved elsewhere is not found).
    Event {
        calendar: CalendarId,
        event: EventId,
    },
    /// The same with its whole text, for a change that touches it.
    EventWithNotes {
        calendar: CalendarId,
        event: EventId,
    },
    /// The body of one event as plain text.
    Body {
        calendar: CalendarId,
        event: EventId,
    },
    /// Send an answer.
    Respond {
        calendar: CalendarId,
        event: EventId,
        reply: Reply,
        comment: Option<String>,
        tell_organizer: bool,
        /// Goes out only with an answer that tells the organizer and is no yes.
        proposed: Option<Slot>,
    },
    /// Make an event. May be repeated: the transaction makes it one event.
    Create {
        calendar: CalendarId,
        transaction: String,
        values: Vec<Value>,
    },
    /// Write fields, if the event still is what this etag names.
    Change {
        calendar: CalendarId,
        event: EventId,
        etag: String,
        values: Vec<Value>,
    },
    /// Delete; attendees of a meeting of mine are told by the server.
    Delete {
        calendar: CalendarId,
        event: EventId,
    },
    /// Send the event to more people. Mails them, and the organizer when that is somebody else.
    Forward {
        event: EventId,
        calendar: CalendarId,
        to: Vec<Person>,
        message: String,
    },
    /// Done at once or not at all.
    Errand(Errand),
    /// Cancel a meeting of mine, with words to its attendees.
    Cancel {
        calendar: CalendarId,
        event: EventId,
        message: String,
    },
}

impl Ask {
    /// What an intent does, for others to see.
    pub fn is_act(&self) -> bool {
        matches!(
            self,
            Self::Respond { .. }
                | Self::Create { .. }
                | Self::Change { .. }
                | Self::Delete { .. }
                | Self::Forward { .. }
                | Self::Cancel { .. }
        )
    }

    /// Mails people or changes something: its outcome must not be guessed.
    pub fn is_write(&self) -> bool {
        self.is_act() || matches!(self, Self::Errand(errand) if errand.is_write())
    }
}

/// What came back when it went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Mailbox(Mailbox),
    Events(Vec<Event>),
    Page(Page),
    Event(Event),
    Body(super::text::Untrusted),
    /// People and rooms, most relevant first.
    People(Vec<Attendee>),
    Schedules(Vec<Schedule>),
    Suggestions(Suggestions),
    /// The files of an event.
    Files(Vec<File>),
    /// The content of one file.
    Content(Vec<u8>),
    /// 202: queued by the server, no content.
    Accepted,
}
