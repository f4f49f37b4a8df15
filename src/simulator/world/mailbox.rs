//! One mailbox: calendars, settings, events, and the log of changes delta is made from.
//!
//! Invariant: `log` holds, for each change, the event as it was before; together with the
//! present state it answers "what was in this window at change n" for any n it still covers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::event::{Address, Event, Slot};
use super::view::Windows;
use crate::simulator::dice::guid;
use crate::simulator::zone::Zone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Person,
    Room,
    /// outlook.com: no free/busy, places or directory.
    Personal,
}

#[derive(Clone, Debug)]
pub struct Calendar {
    pub key: u64,
    pub name: String,
    pub color: String,
    pub group: u64,
    pub can_edit: bool,
    pub is_removable: bool,
    pub change: u64,
    /// Somebody else's calendar, shown here: mailbox number and calendar key.
    pub shared_from: Option<(usize, u64)>,
    pub permissions: Vec<Permission>,
}

#[derive(Clone, Debug)]
pub struct Permission {
    pub key: u64,
    pub who: Address,
    pub role: String,
    pub is_inside: bool,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub key: u64,
    pub name: String,
    pub class_id: String,
    pub change: u64,
}

#[derive(Clone, Debug)]
pub struct Category {
    pub id: String,
    pub name: String,
    pub color: String,
}

/// Working hours in minutes after midnight of the zone; days count from Sunday.
#[derive(Clone, Debug)]
pub struct Settings {
    /// As the user set it: it may be a name the service cannot convert.
    pub zone_name: String,
    pub work_days: Vec<u8>,
    pub work_start: u32,
    pub work_end: u32,
    pub work_zone: String,
    pub date_format: String,
    pub time_format: String,
    pub language: (String, String),
    pub automatic_replies: Value,
    pub delegate_delivery: String,
}

pub struct Room {
    pub capacity: i32,
    pub building: String,
    pub floor: i32,
}

struct Change {
    number: u64,
    key: u64,
    before: Option<Arc<Event>>,
}

pub struct Mailbox {
    pub index: usize,
    pub address: String,
    /// Sign-in name; mostly the address.
    pub upn: String,
    pub name: String,
    pub oid: String,
    pub kind: Kind,
    pub zone: &'static Zone,
    pub job: String,
    pub room: Option<Room>,
    pub settings: Settings,
    pub calendars: Vec<Calendar>,
    pub groups: Vec<Group>,
    pub categories: Vec<Category>,
    pub providers: Vec<&'static str>,
    /// transactionId -> digest of the body it came with, and the event it made (mailbox, key).
    pub transactions: HashMap<String, (u64, usize, u64)>,
    events: BTreeMap<u64, Arc<Event>>,
    by_uid: HashMap<String, u64>,
    log: Vec<Change>,
    /// Changes up to this one are forgotten.
    forgotten: u64,
    windows: Mutex<Windows>,
}

/// How many changes a mailbox remembers before delta tokens expire by themselves.
const LOG_LIMIT: usize = 50_000;

impl Mailbox {
    #[allow(clippy::too_many_arguments, reason = "called in one place, by World")]
    pub(super) fn new(
        index: usize,
        address: &str,
        name: &str,
        oid: String,
        kind: Kind,
        zone: &'static Zone,
        calendar: u64,
        group: u64,
        seed: u64,
    ) -> Self {
        let group_row = Group {
            key: group,
            name: "My Calendars".to_owned(),
            class_id: "0006f0b7-0000-0000-c000-000000000046".to_owned(),
            change: 0,
        };
        let mut mailbox = Self {
            index,
            address: address.to_owned(),
            upn: address.to_owned(),
            name: name.to_owned(),
            oid,
            kind,
            zone,
            job: String::new(),
            room: None,
            settings: Settings::new(zone),
            calendars: Vec::new(),
            groups: vec![group_row],
            categories: Vec::new(),
            providers: if kind == Kind::Personal {
                Vec::new()
            } else {
                vec!["teamsForBusiness"]
            },
            transactions: HashMap::new(),
            events: BTreeMap::new(),
            by_uid: HashMap::new(),
            log: Vec::new(),
            forgotten: 0,
            windows: Mutex::default(),
        };
        let mut default = Calendar::new(calendar, "Calendar", group, false);
        default.permissions.push(Permission {
            key: calendar,
            who: Address::default(),
            role: "freeBusyRead".to_owned(),
            is_inside: true,
        });
        mailbox.calendars.push(default);
        for (number, (name, color)) in DEFAULT_CATEGORIES.iter().enumerate() {
            let id = guid(seed ^ 0xca7e, index as u64 * 100 + number as u64);
            mailbox.categories.push(Category {
                id,
                name: (*name).to_owned(),
                color: (*color).to_owned(),
            });
        }
        mailbox
    }

    pub fn who(&self) -> Address {
        Address::new(&self.name, &self.address)
    }

    pub fn default_calendar(&self) -> u64 {
        self.calendars.first().map_or(0, |calendar| calendar.key)
    }

    pub fn calendar(&self, key: u64) -> Option<&Calendar> {
        self.calendars.iter().find(|calendar| calendar.key == key)
    }

    pub fn calendar_named(&self, name: &str) -> Option<u64> {
        self.calendars
            .iter()
            .find(|calendar| calendar.name.eq_ignore_ascii_case(name))
            .map(|calendar| calendar.key)
    }

    pub fn event(&self, key: u64) -> Option<&Arc<Event>> {
        self.events.get(&key)
    }

    pub fn event_by_uid(&self, uid: &str) -> Option<&Arc<Event>> {
        self.by_uid.get(uid).and_then(|key| self.events.get(key))
    }

    pub fn events(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.events.values()
    }

    /// Everything of a calendar that overlaps the window, ascending by start.
    pub fn slots(&self, calendar: u64, from: i64, to: i64) -> Arc<Vec<Slot>> {
        match self.windows.lock() {
            Ok(mut windows) => windows.get(calendar, from, to, &self.events),
            Err(_) => Arc::default(),
        }
    }

    /// Keys of everything of a calendar that overlaps the window, ascending.
    pub fn keys(&self, calendar: u64, from: i64, to: i64) -> Arc<Vec<u64>> {
        match self.windows.lock() {
            Ok(mut windows) => windows.keys(calendar, from, to, &self.events),
            Err(_) => Arc::default(),
        }
    }

    pub(super) fn put(&mut self, event: Event, change: u64) {
        let key = event.key;
        self.by_uid.insert(event.uid.clone(), key);
        let event = Arc::new(event);
        let before = self.events.insert(key, Arc::clone(&event));
        if let Ok(windows) = self.windows.get_mut() {
            windows.replace(before.as_deref(), Some(&event));
        }
        self.remember(Change {
            number: change,
            key,
            before,
        });
    }

    pub(super) fn remove(&mut self, key: u64, change: u64) -> Option<Event> {
        let before = self.events.remove(&key)?;
        if self.by_uid.get(&before.uid) == Some(&key) {
            self.by_uid.remove(&before.uid);
        }
        if let Ok(windows) = self.windows.get_mut() {
            windows.replace(Some(&before), None);
        }
        self.remember(Change {
            number: change,
            key,
            before: Some(Arc::clone(&before)),
        });
        Some((*before).clone())
    }

    /// Whether the log still reaches back to the change.
    pub fn remembers(&self, change: u64) -> bool {
        change >= self.forgotten
    }

    /// Keys changed after `since`, each with the event as it was at `since`.
    pub fn changed_since(&self, since: u64) -> BTreeMap<u64, Option<Arc<Event>>> {
        let first = self.log.partition_point(|change| change.number <= since);
        let mut changed = BTreeMap::new();
        for change in self.log.get(first..).unwrap_or_default() {
            changed
                .entry(change.key)
                .or_insert_with(|| change.before.clone());
        }
        changed
    }

    /// Forgets all history, as a service whose cache was dropped: older tokens get 410.
    pub fn forget_history(&mut self, until: u64) {
        self.forgotten = until;
        self.log.clear();
    }

    fn remember(&mut self, change: Change) {
        self.log.push(change);
        if self.log.len() > LOG_LIMIT {
            let cut = LOG_LIMIT / 2;
            self.forgotten = self
                .log
                .get(cut - 1)
                .map_or(self.forgotten, |change| change.number);
            self.log.drain(..cut);
        }
    }

    /// Drops the log of the initial filling; a new world starts without history.
    pub fn seal(&mut self) {
        self.log.clear();
    }
}

impl Calendar {
    pub fn new(key: u64, name: &str, group: u64, is_removable: bool) -> Self {
        Self {
            key,
            name: name.to_owned(),
            color: "auto".to_owned(),
            group,
            can_edit: true,
            is_removable,
            change: 0,
            shared_from: None,
            permissions: Vec::new(),
        }
    }
}

impl Settings {
    fn new(zone: &'static Zone) -> Self {
        let name = zone.stored_name().to_owned();
        Self {
            zone_name: name.clone(),
            work_days: vec![1, 2, 3, 4, 5],
            work_start: 8 * 60,
            work_end: 17 * 60,
            work_zone: name,
            date_format: "MM/dd/yyyy".to_owned(),
            time_format: "hh:mm tt".to_owned(),
            language: ("en-US".to_owned(), "English (United States)".to_owned()),
            automatic_replies: json!({
                "status": "disabled",
                "externalAudience": "all",
                "internalReplyMessage": "",
                "externalReplyMessage": "",
                "scheduledStartDateTime": {"dateTime": "2016-03-19T02:00:00.0000000", "timeZone": "UTC"},
                "scheduledEndDateTime": {"dateTime": "2016-03-20T02:00:00.0000000", "timeZone": "UTC"},
            }),
            delegate_delivery: "sendToDelegateOnly".to_owned(),
        }
    }
}

const DEFAULT_CATEGORIES: [(&str, &str); 6] = [
    ("Red category", "preset0"),
    ("Orange category", "preset1"),
    ("Yellow category", "preset3"),
    ("Green category", "preset4"),
    ("Blue category", "preset7"),
    ("Purple category", "preset8"),
];
