//! One call in progress, its answer and its refusals.
//!
//! Invariant: rights are asked for before a resource is looked at.

use serde_json::{Value, json};

use super::prefer::Prefer;
use super::query::Query;
use super::subscriptions::Subscriptions;
use super::{DeltaHabits, Grant};
use crate::simulator::civil::Wall;
use crate::simulator::ids::{Form, Id, Thing};
use crate::simulator::world::{Mailbox, World};

pub(crate) const NO_MAILBOX: &str =
    "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";

pub(crate) struct Call<'a> {
    pub world: &'a mut World,
    pub subscriptions: &'a mut Subscriptions,
    /// Whose token it is.
    pub me: usize,
    /// Whose resources are addressed.
    pub owner: usize,
    pub method: String,
    /// Below the version segment, as sent.
    pub path: String,
    pub query: Query,
    pub prefer: Prefer,
    pub if_match: Option<String>,
    pub body: Option<Value>,
    pub grant: &'a Grant,
    pub now: i64,
    pub base: &'a str,
    pub habits: &'a DeltaHabits,
    pub join_url_lag_ms: i64,
}

pub(crate) type Answer = Result<Reply, Fail>;

#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Reply {
    pub fn ok(body: Value) -> Answer {
        Ok(Self {
            status: 200,
            headers: Vec::new(),
            body: Some(body),
        })
    }

    pub fn created(body: Value) -> Answer {
        Ok(Self {
            status: 201,
            headers: Vec::new(),
            body: Some(body),
        })
    }

    pub fn empty(status: u16) -> Answer {
        Ok(Self {
            status,
            headers: Vec::new(),
            body: None,
        })
    }
}

/// A refusal in Graph's error envelope.
#[derive(Clone, Debug)]
pub(crate) struct Fail {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub headers: Vec<(String, String)>,
}

impl Fail {
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            headers: Vec::new(),
        }
    }

    pub fn not_found() -> Self {
        Self::new(
            404,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    }

    pub fn denied() -> Self {
        Self::new(
            403,
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        )
    }

    pub fn invalid(message: &str) -> Self {
        Self::new(
            400,
            "ErrorInvalidRequest",
            &format!("Your request can't be completed. {message}"),
        )
    }

    pub fn parameter(message: &str) -> Self {
        Self::new(400, "ErrorInvalidParameter", message)
    }

    pub fn body_read(message: &str) -> Self {
        Self::new(400, "RequestBodyRead", message)
    }

    pub fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub fn zone(name: &str) -> Self {
        let message = format!(
            "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        );
        Self::new(400, "TimeZoneNotSupportedException", &message)
    }

    pub fn no_method() -> Self {
        Self::new(
            405,
            "ErrorInvalidRequest",
            "The OData request is not supported.",
        )
    }

    pub fn no_route(segment: &str) -> Self {
        Self::new(
            400,
            "BadRequest",
            &format!("Resource not found for the segment '{segment}'."),
        )
    }

    pub fn body(&self, request_id: &str, client_id: &str, now_ms: i64) -> Value {
        let date: String = Wall(now_ms).text().chars().take(19).collect();
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {"date": date, "request-id": request_id, "client-request-id": client_id},
        }})
    }
}

/// A right a call needs; any of the named scopes gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    ReadCalendars,
    WriteCalendars,
    ReadSettings,
    WriteSettings,
    ReadMe,
    SearchUsers,
    ReadPeople,
    ReadContacts,
    ReadPlaces,
    ReadPresence,
    FindMeetingTimes,
}

impl Right {
    fn scopes(self, is_mine: bool) -> &'static [&'static str] {
        match (self, is_mine) {
            (Self::ReadCalendars, true) => &[
                "Calendars.ReadBasic",
                "Calendars.Read",
                "Calendars.ReadWrite",
                "Calendars.Read.Shared",
                "Calendars.ReadWrite.Shared",
            ],
            (Self::ReadCalendars, false) | (Self::FindMeetingTimes, _) => {
                &["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"]
            }
            (Self::WriteCalendars, true) => &["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"],
            (Self::WriteCalendars, false) => &["Calendars.ReadWrite.Shared"],
            (Self::ReadSettings, _) => &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
            (Self::WriteSettings, _) => &["MailboxSettings.ReadWrite"],
            (Self::ReadMe, _) => &[
                "User.Read",
                "User.ReadWrite",
                "User.ReadBasic.All",
                "User.Read.All",
            ],
            (Self::SearchUsers, _) => &["User.ReadBasic.All", "User.Read.All"],
            (Self::ReadPeople, _) => &["People.Read", "People.Read.All"],
            (Self::ReadContacts, _) => &["Contacts.Read", "Contacts.ReadWrite"],
            (Self::ReadPlaces, _) => &["Place.Read.All", "Place.ReadWrite.All"],
            (Self::ReadPresence, _) => &["Presence.Read", "Presence.Read.All"],
        }
    }
}

impl Call<'_> {
    pub fn needs(&self, right: Right) -> Result<(), Fail> {
        let wanted = right.scopes(self.me == self.owner);
        let has = self.grant.scopes.iter().any(|scope| {
            let name = scope.rsplit('/').next().unwrap_or(scope);
            wanted.iter().any(|known| known.eq_ignore_ascii_case(name))
        });
        match (has, right) {
            (true, _) => Ok(()),
            (false, Right::SearchUsers | Right::ReadPresence) => Err(Fail::new(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )),
            (false, _) => Err(Fail::denied()),
        }
    }

    pub fn mailbox(&self) -> Result<&Mailbox, Fail> {
        self.world.mailbox(self.owner).ok_or_else(Fail::not_found)
    }

    pub fn mailbox_mut(&mut self) -> Result<&mut Mailbox, Fail> {
        self.world
            .mailboxes
            .get_mut(self.owner)
            .ok_or_else(Fail::not_found)
    }

    pub fn form(&self) -> Form {
        if self.prefer.is_immutable {
            Form::Immutable
        } else {
            Form::Default
        }
    }

    /// Writes an id of something in the addressed mailbox.
    pub fn id(&self, thing: Thing, store: usize, key: u64, day: i32, moves: u32) -> String {
        let viewer = u16::try_from(self.owner).unwrap_or(0);
        let store = u16::try_from(store).unwrap_or(0);
        Id {
            thing,
            viewer,
            store,
            key,
            day,
            moves,
        }
        .write(self.world.seed, self.form())
    }

    /// Reads an id: malformed before not found, and not found in another mailbox.
    pub fn read_id(&self, text: &str, things: &[Thing]) -> Result<(Id, Form), Fail> {
        let (id, form) = Id::read(text, self.world.seed).map_err(|_| Fail::malformed_id())?;
        if !things.contains(&id.thing) {
            return Err(Fail::malformed_id());
        }
        if usize::from(id.viewer) != self.owner {
            return Err(Fail::not_found());
        }
        Ok((id, form))
    }

    /// The calendar a path means; without an id the default one.
    pub fn folder(&self, id: Option<&str>) -> Result<Folder, Fail> {
        let mailbox = self.mailbox()?;
        let key = match id {
            None => mailbox.default_calendar(),
            Some(text) => self.read_id(text, &[Thing::Calendar])?.0.key,
        };
        let calendar = mailbox.calendar(key).ok_or_else(Fail::not_found)?;
        let (store, store_calendar) = calendar.shared_from.unwrap_or((self.owner, key));
        let sight = self.sight(store, store_calendar);
        if sight == Sight::Nothing {
            return Err(Fail::denied());
        }
        let role = self.role_in(store, store_calendar);
        let is_delegate = role.is_none_or(|role| role.starts_with("delegate"));
        Ok(Folder {
            key,
            store,
            store_calendar,
            can_edit: calendar.can_edit && (is_delegate || role == Some("write")),
            is_delegate,
            sight,
        })
    }

    /// What the owner of a calendar lets the caller do; None: it is the caller's own.
    fn role_in(&self, store: usize, calendar: u64) -> Option<&str> {
        if store == self.me {
            return None;
        }
        let Some(me) = self.world.mailbox(self.me) else {
            return Some("none");
        };
        let owner = self.world.mailbox(store);
        let rows = owner
            .and_then(|owner| owner.calendar(calendar))
            .map_or(&[][..], |calendar| &calendar.permissions);
        let mine = rows.iter().find(|row| row.who.is(&me.address));
        // That everybody may know when somebody is busy is for getSchedule, it opens no folder.
        let everybody = || {
            let mut rows = rows.iter().filter(|row| row.who.address.is_empty());
            rows.find(|row| row.role != "freeBusyRead")
        };
        let row = mine.or_else(everybody);
        Some(row.map_or("none", |row| row.role.as_str()))
    }

    /// How much of the events in a calendar the caller sees.
    pub fn sight(&self, store: usize, calendar: u64) -> Sight {
        match self.role_in(store, calendar) {
            None | Some("delegateWithPrivateEventAccess") => Sight::Everything,
            Some("none") => Sight::Nothing,
            Some("freeBusyRead") => Sight::Times,
            Some("limitedRead") => Sight::Titles,
            Some(_) => Sight::NotPrivate,
        }
    }
}

/// How much of an event somebody sees who is not its owner (Graph: calendarRoleType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    Nothing,
    Times,
    /// And places.
    Titles,
    NotPrivate,
    Everything,
}

/// A calendar as addressed, and where its events really are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folder {
    pub key: u64,
    pub store: usize,
    pub store_calendar: u64,
    pub can_edit: bool,
    /// The caller's own, or one in which the caller acts for its owner.
    pub is_delegate: bool,
    pub sight: Sight,
}
