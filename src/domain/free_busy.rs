//! When other people can come, as far as they let it be seen (Graph: scheduleInformation).

use super::calendar::MailboxSettings;
use super::event::{ShowAs, Slot};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// So many people are asked about in one request (Graph: getSchedule).
pub const AT_ONCE: usize = 20;
/// The longest stretch that is asked about, in days (Graph: getSchedule says less than 42).
pub const DAYS_AT_MOST: i32 = 41;

/// Somebody's time, or why it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub address: Untrusted,
    /// What claims it; only as much as its owner shows.
    pub taken: Vec<Taken>,
    /// Working hours, in the zone of their owner.
    pub hours: Option<MailboxSettings>,
    /// Why nothing is known; then nothing is free either.
    pub trouble: Option<Untrusted>,
}

/// A stretch of time that is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub slot: Slot,
    pub show_as: ShowAs,
}

/// What was told of somebody's time, and when: it holds for these days until something newer is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub schedule: Schedule,
    pub at: Timestamp,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Heard {
    /// The address as it is looked up: those of mailboxes are the same in any case.
    pub fn key(&self) -> String {
        key(&self.schedule.address)
    }

    pub fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from <= from && to <= self.to
    }
}

/// How an address is looked up.
pub fn key(address: &Untrusted) -> String {
    address.raw().to_lowercase()
}

/// A time that Microsoft suggests (Graph: meetingTimeSuggestion).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub slot: Slot,
    /// The chance that everybody comes, 0 to 100, by its own rule.
    pub percent: u8,
}

/// Microsoft's suggestions, best first, or why there are none (Graph: meetingTimeSuggestionsResult).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestions {
    pub times: Vec<Suggestion>,
    /// One word of the server's; empty when there are times.
    pub why_none: Untrusted,
}
