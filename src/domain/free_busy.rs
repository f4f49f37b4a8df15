//! When other people can come, as far as they let it be seen (Graph: scheduleInformation).

use super::calendar::MailboxSettings;
use super::event::{ShowAs, Slot};
use super::text::Untrusted;
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
