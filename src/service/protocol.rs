//! Requests, replies and notices of the data side: plain serde values, so that
//! the same screen runs beside the data or attached to another process.
//!
//! Invariant: every request that can be superseded carries a ticket; its reply
//! carries the same one.

use crate::domain::calendar::{Calendar, Category, MailboxSettings, Me};
use crate::domain::edit::{Field, Side};
use crate::domain::entry::Entry;
use crate::domain::errand::{Errand, File};
use crate::domain::event::{Attendee, Event};
use crate::domain::free_busy::{Heard, Schedule, Suggestions};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{Act, Intent, IntentId};
use crate::domain::latency::Percentiles;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Chosen by the asker, never reused in one connection.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Ticket(pub u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// What is on screen now: `[from, to)` in dates of the viewer's zone. Answers
    /// from the sheets at once; the server is asked for this range first.
    Show { from: Date, to: Date },
    /// Entries of a range that may lie outside the horizon; asks the server when needed and possible.
    Reach { from: Date, to: Date },
    /// Everything known about one event, its body fetched when it is not cached.
    Detail {
        calendar: CalendarId,
        event: EventId,
    },
    /// The same without its body, at once.
    Known {
        calendar: CalendarId,
        event: EventId,
    },
    /// People and rooms met in events around now, most often met first.
    People,
    /// Entries from now on that may wait for the person, or claim the same time as another.
    Waiting,
    /// Say no more about this item of the queue, or say it again.
    Hush { id: u64, is_hushed: bool },
    /// Subjects, people and places, case-insensitively, best first.
    Search { text: String, limit: u32 },
    /// Queue an act; durable when the reply comes. `delay_ms` is the undo delay.
    Queue { act: Act, delay_ms: u64 },
    /// Queue many acts without an undo delay: all or none are durable when the reply comes. New
    /// events that wait here already, by their transaction, are not queued again.
    QueueAll { acts: Vec<Act> },
    /// How far these intents are.
    Standing { intents: Vec<IntentId> },
    /// Everything that is stored of one calendar, with the masters of series. Answered from the
    /// replica, never from the server.
    Stored { calendar: CalendarId },
    /// Queue acts that belong together, in one commit: each leaves after the one before took
    /// effect, and what cannot be done undoes what was done.
    QueueTogether { acts: Vec<Act>, delay_ms: u64 },
    /// Take back the newest act, or say what holds instead.
    Undo,
    /// Do again what was taken back last, unless something new was done since.
    Redo,
    /// Forget an intent that needs the person, or try it again.
    Settle { intent: IntentId, choice: Settle },
    /// Settle an edit conflict field by field; durable when the reply comes.
    Resolve {
        intent: IntentId,
        sides: Vec<(Field, Side)>,
    },
    /// Show the calendar of somebody who shares it, by their address; replies once it is there.
    Follow { address: String },
    /// No longer; nothing of it stays here.
    Unfollow { address: String },
    /// Do this on the server now, or say why not.
    Errand(Errand),
    /// Wait until an intent left, was refused, or this many milliseconds passed.
    Await { intent: IntentId, patience_ms: u64 },
    /// Make everything on screen due now.
    SyncNow,
    /// One full round of every calendar; replies when it ended.
    FullSync,
    /// Somebody signed in anew: read the sign-in again and connect with it; replies when it holds.
    SignedIn,
    /// How things are.
    Status,
    /// How busy the data side is, and what it did today.
    Vitals,
    /// The person is leaving: end undo delays and send what waits.
    Drain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settle {
    Drop,
    Retry,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    Entries(Vec<Entry>),
    /// Entries known here, while the range could not be fetched.
    EntriesOffline {
        entries: Vec<Entry>,
        words: String,
    },
    Detail(Box<Detail>),
    People(Vec<Attendee>),
    Schedules(Vec<Schedule>),
    /// What was told before of these people in these days; the words say why nothing newer is known.
    SchedulesBefore {
        heard: Vec<Heard>,
        words: String,
    },
    Suggestions(Suggestions),
    Files(Vec<File>),
    Content(Vec<u8>),
    Queued(IntentId),
    /// In the order of the acts.
    QueuedAll(Vec<IntentId>),
    Standing(Standing),
    Stored {
        events: Vec<Event>,
        /// The dates `[from, to)` in UTC where nothing is missing.
        covered: Vec<(Date, Date)>,
    },
    /// The server accepted it.
    Accepted,
    /// It is safe in the outbox and not sent yet; the words say why.
    Waiting {
        words: String,
    },
    Undone(UndoOutcome),
    Synced(SyncReport),
    Status(Box<Status>),
    Vitals(Box<Vitals>),
    /// Everything that waited has left, or this many intents stay queued.
    Drained {
        left: u32,
    },
    Done,
    Refused {
        words: String,
    },
}

/// How far some intents are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Not sent yet, and nobody needs to do anything about it.
    pub left: u32,
    /// Those that need the person, with the words for it.
    pub refused: Vec<(IntentId, String)>,
    /// Why nothing moves, when nothing does.
    pub words: Option<String>,
}

/// One event for the inspector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    pub entry: Entry,
    /// Completed from its master; attendees and categories included.
    pub event: Event,
    /// The master, for the rule of a series and for answering it whole.
    pub master: Option<Event>,
    /// Plain text of the body; None when offline and never opened before.
    pub body: Option<crate::domain::text::Untrusted>,
    /// When the organizer's zone differs, its name is in `event.details.start_zone`.
    pub fetched_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum UndoOutcome {
    /// It had not left: nobody will hear of it.
    Withdrawn(Intent),
    /// It had left; a compensating answer is queued, and this says whom that mails.
    Compensating {
        intent: IntentId,
        words: String,
    },
    /// It cannot be taken back; says so and names the nearest step.
    Final {
        words: String,
    },
    Nothing,
}

/// What `kalends sync` prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SyncReport {
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
    pub requests: u64,
    pub bytes: u64,
    pub elapsed_ms: u64,
    /// Windows that could not be brought up to date, in words.
    pub troubles: Vec<String>,
}

/// The link to the server, as the header shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum Link {
    /// Nothing was tried yet.
    #[default]
    Starting,
    /// The last request succeeded.
    Live,
    /// No connection; retried by itself.
    Offline { words: String },
    /// The server asked us to wait until then.
    Waiting { until: Timestamp },
    /// A person must sign in again.
    SignInNeeded { words: String },
    /// No account at all: the screen shows what is cached.
    NoAccount,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Status {
    pub account: String,
    pub link: Link,
    /// When what is on screen was last known to equal the server; None: never.
    pub fresh_at: Option<Timestamp>,
    pub progress: Option<Progress>,
    /// Unanswered invitations from now on, within the horizon.
    pub invitations: u32,
    /// Overlaps from now on, within the visible quarter.
    pub overlaps: u32,
    pub intents: Vec<Intent>,
    /// Items of the queue that the person wants to hear no more of.
    pub hushed: Vec<u64>,
    /// Standing banners, e.g. where the tokens are stored.
    pub banners: Vec<String>,
    pub me: Me,
    pub calendars: Vec<Calendar>,
    pub categories: Vec<Category>,
    pub settings: Option<MailboxSettings>,
    /// Whose calendars are followed by their address.
    pub followed: Vec<Followed>,
    pub requests: u64,
    pub bytes: u64,
    pub rights: Rights,
}

/// The data side's own doings, for the box that shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Vitals {
    /// Requests the engine waits for, of at most so many.
    pub in_flight: u32,
    pub slots: u32,
    /// What it would ask if there were room.
    pub waiting: u32,
    pub intents: u32,
    /// Requests left of the budget of ten minutes.
    pub budget_left: u32,
    pub budget: u32,
    /// The server asked us to wait until then.
    pub wait_until: Option<Timestamp>,
    pub round: Option<LastRound>,
    /// Of the UTC day.
    pub requests: u64,
    pub bytes: u64,
    pub failed: u64,
    pub throttled: u64,
    /// In milliseconds.
    pub answers: Percentiles,
    pub rounds: Percentiles,
}

/// The round that ended last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRound {
    pub calendar: CalendarId,
    pub ended: Timestamp,
    pub took_ms: u64,
    pub pages: u32,
    pub full: bool,
}

/// Somebody whose calendar is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub address: String,
    /// Why it is not shown, or not up to date, and what is to be done.
    pub trouble: Option<String>,
}

/// What signing in brought, beyond reading the calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Answering and editing.
    pub write: bool,
    /// Asking for people that no event names.
    pub people: bool,
    /// Making, colouring and removing categories.
    pub categories: bool,
    /// Calendars of others, by their address.
    pub shared: bool,
}

impl Rights {
    pub const ALL: Self = Self {
        write: true,
        people: true,
        categories: true,
        shared: true,
    };
}

/// A first or full round under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub pages: u32,
    pub events: u32,
    pub windows_done: u32,
    pub windows: u32,
}

/// Unasked news from the data side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Notice {
    /// What is on screen may have changed: ask again (`Show`).
    Changed,
    Status(Box<Status>),
    /// Something a person should read once, already in whole sentences.
    Said {
        level: Level,
        words: String,
    },
    /// The data side ended; the screen goes on with what is cached.
    Gone {
        words: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    News,
    Warning,
    Error,
}
