//! How I stand to an event: what my calendar shows to others, and what I answered.

use serde::{Deserialize, Serialize};

/// What an event says about my time (Graph: event.showAs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShowAs {
    Free,
    Tentative,
    Busy,
    OutOfOffice,
    WorkingElsewhere,
    /// The server said something newer than this program.
    Unknown,
}

/// My answer to an event (Graph: event.responseStatus).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Nobody asked: an event without attendees.
    None,
    Organizer,
    Tentative,
    Accepted,
    Declined,
    NotResponded,
}
