//! Calendars and what a mailbox says about its owner's habits.

use super::event::Person;
use super::ids::CalendarId;
use super::text::Untrusted;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// One calendar of an account (Graph: calendar resource).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub id: CalendarId,
    pub name: Untrusted,
    /// `#RRGGBB` when the user picked one, else None.
    pub hex_color: Option<String>,
    /// Graph's `calendarColor` name, e.g. `lightBlue`; `auto` when unset.
    pub color: String,
    pub owner: Person,
    pub can_edit: bool,
    pub is_default: bool,
}

impl Calendar {
    /// Whether it is the main calendar of a followed one's owner: in my own list that is called
    /// after them, or as in their mailbox; followed under another address it has the same id.
    pub fn is_main_of(&self, followed: &Self) -> bool {
        if self.id.mailbox().is_some() {
            return self.id.graph_id() == followed.id.graph_id();
        }
        let owner = &self.owner;
        let is = |name: &str| self.name.raw().trim().eq_ignore_ascii_case(name);
        owner
            .address
            .raw()
            .eq_ignore_ascii_case(followed.owner.address.raw())
            && (is("Calendar")
                || [&owner.name, &owner.address, &followed.name]
                    .iter()
                    .any(|name| is(name.raw().trim())))
    }
}

/// A mailbox category and its colour (Graph: outlookCategory).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Empty when it is not known.
    pub id: String,
    pub name: Untrusted,
    /// 0–24 of Outlook's presets; None is "no colour".
    pub preset: Option<u8>,
}

/// Zone and working hours of the mailbox (Graph: mailboxSettings).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxSettings {
    /// Windows or IANA name, verbatim.
    pub zone: Option<Untrusted>,
    /// ISO weekday numbers, Monday is 1.
    pub working_days: Vec<i8>,
    /// Wall time in `working_zone`.
    pub working_from: Time,
    pub working_to: Time,
    pub working_zone: Option<Untrusted>,
}

impl Default for MailboxSettings {
    fn default() -> Self {
        Self {
            zone: None,
            working_days: vec![1, 2, 3, 4, 5],
            working_from: Time::constant(8, 0, 0, 0),
            working_to: Time::constant(17, 0, 0, 0),
            working_zone: None,
        }
    }
}

/// The signed-in person (Graph: user resource).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Me {
    pub name: Untrusted,
    pub address: Untrusted,
}
