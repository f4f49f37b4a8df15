//! An event of a file, as neutral values: what it says, before anybody decided what that means
//! here. All text in it is as it came.

use super::alarm::Alarm;
use super::rule::Rule;
use crate::domain::event::{Attendee, Importance, Person, Sensitivity, ShowAs};
use crate::domain::text::Untrusted;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A point in time as it was written (RFC 5545 3.3.4, 3.3.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Moment {
    Date(Date),
    /// On whatever clock the reader has.
    Floating(DateTime),
    Utc(Timestamp),
    /// On the clock of this TZID.
    Zoned(DateTime, Arc<str>),
}

impl Moment {
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }
}

/// RFC 5545 3.8.1.11, of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Confirmed,
    Tentative,
    Cancelled,
}

/// One VEVENT.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Incoming {
    /// Where it begins in the file.
    pub line: u32,
    /// Empty when the file gives none.
    pub uid: String,
    pub sequence: i64,
    pub subject: Untrusted,
    pub place: Untrusted,
    pub notes: String,
    pub url: String,
    /// Names of attachments; none is ever opened.
    pub attached: Vec<String>,
    pub start: Option<Moment>,
    pub end: Option<Moment>,
    pub duration: Option<SignedDuration>,
    /// What of the duration is hours and less: RFC 5545 3.3.6 lets time pass for those, and
    /// counts days on the calendar.
    pub exact: SignedDuration,
    pub rules: Vec<Rule>,
    /// Why a rule could not be read.
    pub bad_rule: Option<String>,
    /// RDATE: starts of further occurrences.
    pub extra: Vec<Moment>,
    /// EXDATE.
    pub holes: Vec<Moment>,
    /// RECURRENCE-ID: which occurrence of its series this is.
    pub occurrence: Option<Moment>,
    /// RECURRENCE-ID with RANGE=THISANDFUTURE.
    pub and_later: bool,
    pub status: Status,
    pub is_transparent: bool,
    /// X-MICROSOFT-CDO-BUSYSTATUS.
    pub busy: Option<ShowAs>,
    /// X-MICROSOFT-CDO-ALLDAYEVENT.
    pub is_whole_day: bool,
    pub importance: Importance,
    pub sensitivity: Sensitivity,
    pub categories: Vec<Untrusted>,
    pub organizer: Option<Person>,
    pub guests: Vec<Attendee>,
    pub alarms: Vec<Alarm>,
    /// What of it was left out while it was read.
    pub lost: Vec<String>,
}
