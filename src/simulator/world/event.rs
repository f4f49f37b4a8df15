//! Events as a mailbox stores them: wall time and zone, content, series.
//!
//! Invariant: `Item::span` always follows from `start` and `end`; all-day spans are UTC
//! midnights, whatever the zone (all-day events float).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::simulator::civil::{DAY_MS, Day, Wall};
use crate::simulator::recurrence::{Pattern, Range, expand};
use crate::simulator::zone::Zone;

/// Wall time and zone together (Graph: dateTimeTimeZone).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    pub wall: Wall,
    pub zone: &'static Zone,
}

impl Stamp {
    pub fn instant(self) -> i64 {
        self.zone.instant_of(self.wall)
    }

    pub fn from_instant(ms: i64, zone: &'static Zone) -> Self {
        Self {
            wall: zone.wall_of(ms),
            zone,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Address {
    pub name: String,
    pub address: String,
}

impl Address {
    pub fn new(name: &str, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
        }
    }

    pub fn is(&self, address: &str) -> bool {
        self.address.eq_ignore_ascii_case(address)
    }
}

/// Graph: responseType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    None,
    Organizer,
    Tentative,
    Accepted,
    Declined,
    NotResponded,
}

impl Response {
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Organizer => "organizer",
            Self::Tentative => "tentativelyAccepted",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::NotResponded => "notResponded",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    pub response: Response,
    /// Milliseconds since the epoch; `None` shows as year 1.
    pub at_ms: Option<i64>,
}

impl Reply {
    pub const NONE: Self = Self {
        response: Response::None,
        at_ms: None,
    };
    pub const ORGANIZER: Self = Self {
        response: Response::Organizer,
        at_ms: None,
    };
    pub const UNANSWERED: Self = Self {
        response: Response::NotResponded,
        at_ms: None,
    };
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attendee {
    pub who: Address,
    /// `required`, `optional` or `resource`.
    pub role: &'static str,
    pub reply: Reply,
    pub proposed: Option<(Stamp, Stamp)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Online {
    pub provider: &'static str,
    pub join_url: String,
    pub conference_id: String,
    /// The link shows from this instant on.
    pub ready_ms: i64,
}

/// What one instance shows: a single event, a master, or an exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub subject: Option<String>,
    /// Stored as HTML, as sent.
    pub body: String,
    pub start: Stamp,
    pub end: Stamp,
    /// Shown as the original zone instead of the real one, such as `tzone://Microsoft/Custom`.
    pub zone_label: Option<String>,
    pub is_all_day: bool,
    pub categories: Vec<String>,
    /// Complete `location` objects.
    pub locations: Vec<Value>,
    pub attendees: Vec<Attendee>,
    pub importance: &'static str,
    pub sensitivity: &'static str,
    pub show_as: &'static str,
    pub is_reminder_on: bool,
    pub reminder_minutes: i32,
    pub response_requested: bool,
    pub allow_new_time_proposals: bool,
    pub hide_attendees: bool,
    pub is_cancelled: bool,
    pub online: Option<Online>,
    pub reply: Reply,
    pub created_ms: i64,
    pub modified_ms: i64,
    pub change: u64,
    pub reminder_dismissed: bool,
    pub snoozed_until_ms: Option<i64>,
}

impl Item {
    pub fn new(subject: &str, start: Stamp, end: Stamp) -> Self {
        Self {
            subject: Some(subject.to_owned()),
            body: String::new(),
            start,
            end,
            zone_label: None,
            is_all_day: false,
            categories: Vec::new(),
            locations: Vec::new(),
            attendees: Vec::new(),
            importance: "normal",
            sensitivity: "normal",
            show_as: "busy",
            is_reminder_on: true,
            reminder_minutes: 15,
            response_requested: true,
            allow_new_time_proposals: true,
            hide_attendees: false,
            is_cancelled: false,
            online: None,
            reply: Reply::ORGANIZER,
            created_ms: 0,
            modified_ms: 0,
            change: 0,
            reminder_dismissed: false,
            snoozed_until_ms: None,
        }
    }

    /// Start and end in milliseconds since the epoch, as windows see them.
    pub fn span(&self) -> (i64, i64) {
        if self.is_all_day {
            (self.start.wall.0, self.end.wall.0)
        } else {
            (self.start.instant(), self.end.instant())
        }
    }

    pub fn is_meeting(&self) -> bool {
        !self.attendees.is_empty()
    }

    /// The same item moved so that it starts at `wall`.
    pub fn at(&self, wall: Wall) -> Self {
        let shift = wall.0 - self.start.wall.0;
        let mut item = self.clone();
        item.start.wall = wall;
        item.end.wall = Wall(self.end.wall.0 + shift);
        item
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub pattern: Pattern,
    pub range: Range,
    pub zone: &'static Zone,
    /// By date of the original slot.
    pub exceptions: BTreeMap<Day, Item>,
    pub cancelled: BTreeSet<Day>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    pub key: u64,
    pub name: String,
    pub content_type: String,
    /// Base64, as sent.
    pub content: String,
    pub is_inline: bool,
    pub modified_ms: i64,
}

/// One item of a calendar folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub key: u64,
    pub calendar: u64,
    /// Counts moves between calendars.
    pub moves: u32,
    pub uid: String,
    pub transaction: Option<String>,
    pub organizer: Address,
    pub is_organizer: bool,
    pub item: Item,
    pub series: Option<Series>,
    pub attachments: Vec<Attachment>,
    /// `(id, value)`
    pub properties: Vec<(String, String)>,
}

/// One thing a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub start_ms: i64,
    pub end_ms: i64,
    pub key: u64,
    /// Date of the original slot for members of a series.
    pub day: Option<Day>,
}

impl Event {
    /// Everything that overlaps `from..to` (milliseconds since the epoch).
    pub fn slots(&self, from: i64, to: i64) -> Vec<Slot> {
        let slot = |(start_ms, end_ms): (i64, i64), day| Slot {
            start_ms,
            end_ms,
            key: self.key,
            day,
        };
        let Some(series) = &self.series else {
            let span = self.item.span();
            return if overlaps(span, from, to) {
                vec![slot(span, None)]
            } else {
                Vec::new()
            };
        };
        let length = self.item.end.wall.0 - self.item.start.wall.0;
        // Two days cover every difference between wall clocks and UTC.
        let first = Wall(from - length.max(0) - 2 * DAY_MS);
        let mut found: Vec<Slot> = expand(
            &series.pattern,
            &series.range,
            self.item.start.wall,
            first,
            Wall(to + 2 * DAY_MS),
        )
        .into_iter()
        .filter(|wall| {
            !series.cancelled.contains(&wall.day()) && !series.exceptions.contains_key(&wall.day())
        })
        .map(|wall| (self.occurrence_span(wall, length), wall.day()))
        .filter(|(span, _)| overlaps(*span, from, to))
        .map(|(span, day)| slot(span, Some(day)))
        .collect();
        let moved = series
            .exceptions
            .iter()
            .map(|(day, item)| slot(item.span(), Some(*day)));
        found.extend(moved.filter(|slot| overlaps((slot.start_ms, slot.end_ms), from, to)));
        found
    }

    fn occurrence_span(&self, start: Wall, length: i64) -> (i64, i64) {
        let end = Wall(start.0 + length);
        if self.item.is_all_day {
            (start.0, end.0)
        } else {
            (
                self.item.start.zone.instant_of(start),
                self.item.end.zone.instant_of(end),
            )
        }
    }

    /// The item of an occurrence or exception; `None` where the series has no such date.
    pub fn occurrence(&self, day: Day) -> Option<Item> {
        let series = self.series.as_ref()?;
        if let Some(item) = series.exceptions.get(&day) {
            return Some(item.clone());
        }
        let wall = Wall::at(day, self.item.start.wall.ms_of_day());
        let exists = !series.cancelled.contains(&day)
            && expand(&series.pattern, &series.range, wall, wall, Wall(wall.0 + 1)).contains(&wall);
        exists.then(|| self.item.at(wall))
    }

    pub fn is_exception(&self, day: Day) -> bool {
        self.series
            .as_ref()
            .is_some_and(|series| series.exceptions.contains_key(&day))
    }
}

/// Zero-length events count where they are.
fn overlaps((start, end): (i64, i64), from: i64, to: i64) -> bool {
    start < to && (end > from || (start == end && start >= from))
}
