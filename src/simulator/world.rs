//! Who exists and what is in their calendars: the state behind the simulated Graph.
//!
//! Refuses HTTP and JSON of requests. Invariant: every mutation of an event goes through
//! `Mailbox::put` or `Mailbox::remove`, so that views, change keys and delta never disagree.

use std::collections::BTreeMap;

use super::civil::Day;
use super::dice::{Dice, digest, guid};
use super::zone::Zone;

pub mod event;
pub mod exchange;
pub mod happening;
pub mod mailbox;
pub mod view;

pub use event::{Address, Attendee, Event, Item, Reply, Response, Series, Stamp};
pub use mailbox::{Calendar, Category, Group, Kind, Mailbox, Settings};

/// A mail the service would have sent.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Mail {
    pub from: String,
    pub to: String,
    /// `invitation`, `update`, `cancellation`, `accepted`, `tentative`, `declined`,
    /// `proposal`, `forward` or `forwardNotice`.
    pub kind: String,
    pub subject: String,
    pub comment: String,
    /// iCalUId of the meeting.
    pub uid: String,
    /// Milliseconds since the epoch.
    pub at_ms: i64,
}

/// Something on its way between mailboxes.
#[derive(Clone, Debug)]
pub(crate) enum Parcel {
    /// The organizer's copy, to be shown in the recipient's calendar.
    Request {
        to: String,
        copy: Box<Event>,
        was_rescheduled: bool,
    },
    Cancellation {
        to: String,
        uid: String,
        day: Option<i32>,
    },
    Answer {
        organizer: String,
        from: String,
        uid: String,
        day: Option<i32>,
        response: Response,
        proposed: Option<(Stamp, Stamp)>,
    },
    RoomDecides {
        room: String,
        uid: String,
    },
    Scripted(Box<happening::Action>),
    /// Somebody in the living office does something, and the next one is planned.
    Stir(Box<Dice>),
}

/// All mailboxes, and what is on its way between them.
pub struct World {
    pub seed: u64,
    pub mailboxes: Vec<Mailbox>,
    pub mails: Vec<Mail>,
    /// How long a mail travels.
    pub mail_delay_ms: i64,
    /// People who have no mailbox here but appear in people searches.
    pub strangers: Vec<Address>,
    /// The date that relative times of scenario files count from.
    pub today: Day,
    next_key: u64,
    change: u64,
    parcels: BTreeMap<(i64, u64), Parcel>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            mailboxes: Vec::new(),
            mails: Vec::new(),
            mail_delay_ms: 2_000,
            strangers: Vec::new(),
            today: 0,
            next_key: 1,
            change: 0,
            parcels: BTreeMap::new(),
        }
    }

    /// Adds a mailbox with its default calendar and groups; gives its number.
    pub fn add_mailbox(
        &mut self,
        address: &str,
        name: &str,
        kind: Kind,
        zone: &'static Zone,
    ) -> usize {
        let index = self.mailboxes.len();
        let (calendar, group) = (self.new_key(), self.new_key());
        let oid = guid(self.seed, digest(address));
        self.mailboxes.push(Mailbox::new(
            index, address, name, oid, kind, zone, calendar, group, self.seed,
        ));
        index
    }

    pub fn new_key(&mut self) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        key
    }

    pub fn new_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// The number of the last change anywhere.
    pub fn last_change(&self) -> u64 {
        self.change
    }

    /// By object id or sign-in name, as in `/users/{id | userPrincipalName}`.
    pub fn find_user(&self, user: &str) -> Option<usize> {
        self.mailboxes.iter().position(|mailbox| {
            mailbox.upn.eq_ignore_ascii_case(user) || mailbox.oid.eq_ignore_ascii_case(user)
        })
    }

    /// By address or object id, without regard to case.
    pub fn find_mailbox(&self, user: &str) -> Option<usize> {
        self.mailboxes.iter().position(|mailbox| {
            mailbox.address.eq_ignore_ascii_case(user) || mailbox.oid.eq_ignore_ascii_case(user)
        })
    }

    pub fn mailbox(&self, index: usize) -> Option<&Mailbox> {
        self.mailboxes.get(index)
    }

    /// Stores a new or changed event and gives it a new change key.
    pub fn put(&mut self, index: usize, mut event: Event, now_ms: i64) {
        let change = self.new_change();
        event.item.change = change;
        event.item.modified_ms = now_ms;
        if let Some(series) = &mut event.series {
            for item in series.exceptions.values_mut() {
                // The service touches every instance of a series that changed.
                item.change = change;
            }
        }
        if let Some(mailbox) = self.mailboxes.get_mut(index) {
            mailbox.put(event, change);
        }
    }

    pub fn remove(&mut self, index: usize, key: u64) -> Option<Event> {
        let change = self.new_change();
        self.mailboxes.get_mut(index)?.remove(key, change)
    }

    /// A GlobalObjectId as Exchange writes `iCalUId`.
    pub fn new_uid(&mut self) -> String {
        let key = self.new_key();
        let parts = guid(self.seed ^ 0x1ca1, key)
            .replace('-', "")
            .to_uppercase();
        format!("040000008200E00074C5B7101A82E00800000000{parts}00000000000000001000000{parts}")
    }

    pub(crate) fn post(&mut self, due_ms: i64, parcel: Parcel) {
        let order = self.new_key();
        self.parcels.insert((due_ms, order), parcel);
    }

    pub(crate) fn due_parcel(&mut self, now_ms: i64) -> Option<(i64, Parcel)> {
        let (&(due, order), _) = self.parcels.first_key_value()?;
        if due > now_ms {
            return None;
        }
        self.parcels
            .remove(&(due, order))
            .map(|parcel| (due, parcel))
    }

    /// When the next thing happens by itself, in milliseconds since the epoch.
    pub fn next_due(&self) -> Option<i64> {
        self.parcels.first_key_value().map(|((due, _), _)| *due)
    }
}
