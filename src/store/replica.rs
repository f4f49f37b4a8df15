//! The replica over sled, many records to a value (see `leaves`).
//!
//! A list of changes is applied whole or not at all. Values are postcard; their shape is guarded by the schema version. Every
//! error means damage: the caller climbs down the ladder and syncs anew.

use super::encoding;
use super::keys::{self, Number};
use super::leaves::{Batch, Leaves};
use crate::domain::event::{Before, Details, Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::replica::{
    Change, Desk, LIMBO, Lookup, Mark, Note, Record, Replica, ReplicaError, WindowState,
};
use crate::domain::window::{Quarter, WindowId};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

pub struct SledReplica {
    leaves: Leaves,
    path: PathBuf,
    /// Calendars by their short numbers.
    calendars: RefCell<Vec<CalendarId>>,
    /// Windows whose sheet is older than their records; stored too, so that a
    /// crash between the two is noticed.
    stale: RefCell<BTreeSet<WindowId>>,
    /// Windows that have, or had, members.
    marked: RefCell<BTreeSet<WindowId>>,
}

impl SledReplica {
    /// Takes an opened database whose schema was checked (see `ladder`).
    pub fn new(db: sled::Db, path: &Path) -> Lookup<Self> {
        let replica = Self {
            leaves: Leaves::new(db),
            path: path.to_owned(),
            calendars: RefCell::default(),
            stale: RefCell::default(),
            marked: RefCell::default(),
        };
        let mut calendars = Vec::new();
        replica.leaves.scan(keys::CALENDARS, |key, value| {
            let name = key
                .get(1..)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .ok_or_else(garbled)?;
            let number = value
                .try_into()
                .map(Number::from_be_bytes)
                .map_err(|_| garbled())?;
            calendars.push((number, CalendarId::new(name)));
            Ok(true)
        })?;
        calendars.sort();
        if !(0..)
            .zip(&calendars)
            .all(|(place, (number, _))| place == *number)
        {
            return Err(garbled());
        }
        let calendars = calendars
            .into_iter()
            .map(|(_, calendar)| calendar)
            .collect();
        replica.calendars.replace(calendars);
        replica.leaves.scan(b"x", |key, _| {
            let (number, quarter) = keys::read_window(key).ok_or_else(garbled)?;
            if let Some(calendar) = replica.calendar(number) {
                let window = WindowId { calendar, quarter };
                replica.stale.borrow_mut().insert(window);
            }
            Ok(true)
        })?;
        let known = replica.windows()?.into_iter().map(|(window, _)| window);
        replica.marked.borrow_mut().extend(known);
        Ok(replica)
    }

    /// Applies a list of changes atomically.
    pub fn apply(&self, changes: &[Change]) -> Lookup<()> {
        let mut batch = Batch::default();
        let mut touched = BTreeSet::new();
        for change in changes {
            self.stage(change, &mut batch, &mut touched)?;
        }
        for window in touched {
            if window.quarter == LIMBO {
                continue;
            }
            if self.stale.borrow_mut().insert(window.clone()) {
                let number = self.number_for(&window.calendar, &mut batch)?;
                batch.insert(&keys::stale(number, window.quarter), b"");
            }
        }
        self.leaves.apply(batch)
    }

    /// Stages a record, and notes the windows whose screen may change with it: those that hold
    /// it when it is not what it was, and for a master those that hold an occurrence of it.
    fn stage_record(
        &self,
        record: &Record,
        batch: &mut Batch,
        touched: &mut BTreeSet<WindowId>,
    ) -> Lookup<()> {
        let event = &record.event;
        let number = self.number_for(&event.calendar, batch)?;
        let key = keys::record(number, &event.id);
        let mut value = encode(&Body::of(event))?;
        // A postcard value ends by itself, so equal bodies are equal beginnings.
        let same = self.leaves.get(&key, |known| {
            let links = known.strip_prefix(value.as_slice());
            links.map(decode::<Links>).transpose()
        })?;
        let same = same.flatten();
        // One more window holds it: nothing new for the others.
        let held = same.as_ref().map_or(&[][..], |links| &links.quarters);
        let fresh = record.quarters.iter().filter(|it| !held.contains(it));
        touched.extend(fresh.map(|quarter| WindowId {
            calendar: event.calendar.clone(),
            quarter: *quarter,
        }));
        if event.kind == Kind::Master && same.is_none() {
            self.holders_of(&event.calendar, &event.id, touched)?;
        }
        append(&Links::of(record), &mut value)?;
        batch.insert(&key, &value);
        Ok(())
    }

    /// Adds the windows that hold a member of this series.
    fn holders_of(
        &self,
        calendar: &CalendarId,
        master: &EventId,
        touched: &mut BTreeSet<WindowId>,
    ) -> Lookup<()> {
        for window in self.marked.borrow().iter() {
            if window.calendar == *calendar
                && !touched.contains(window)
                && self.has_members(window, master)?
            {
                touched.insert(window.clone());
            }
        }
        Ok(())
    }

    fn has_members(&self, window: &WindowId, root: &EventId) -> Lookup<bool> {
        let Some(number) = self.number(&window.calendar) else {
            return Ok(false);
        };
        self.leaves
            .has_prefix(&keys::series(number, window.quarter, root))
    }

    /// Windows whose sheet must be rebuilt.
    pub fn stale(&self) -> Vec<WindowId> {
        self.stale.borrow().iter().cloned().collect()
    }

    /// The sheet about to be written holds more than the records say (answers laid
    /// over them): it must be looked at again after a crash.
    pub fn sheet_is_provisional(&self, window: &WindowId) -> Lookup<()> {
        if let Some(number) = self.number(&window.calendar) {
            let key = keys::stale(number, window.quarter);
            let mut batch = Batch::default();
            batch.insert(&key, b"");
            self.leaves.apply(batch)?;
        }
        Ok(())
    }

    /// The window's sheet is on disk.
    pub fn sheet_written(&self, window: &WindowId, is_provisional: bool) -> Lookup<()> {
        self.stale.borrow_mut().remove(window);
        if let Some(number) = self.number(&window.calendar)
            && !is_provisional
        {
            let key = keys::stale(number, window.quarter);
            let mut batch = Batch::default();
            batch.remove(&key);
            self.leaves.apply(batch)?;
        }
        Ok(())
    }

    /// Calendars and their short numbers.
    pub fn numbers(&self) -> Vec<(CalendarId, Number)> {
        self.calendars.borrow().iter().cloned().zip(0..).collect()
    }

    fn count_of(&self, prefix: &[u8]) -> Lookup<usize> {
        let mut count = 0;
        self.leaves.scan(prefix, |_, _| {
            count += 1;
            Ok(true)
        })?;
        Ok(count)
    }

    /// Everything applied so far survives power loss: sled's own flush does not
    /// reach the drive's cache, so the file is synced as well.
    pub fn flush(&self) -> Lookup<()> {
        self.leaves.write()?;
        self.leaves.db().flush().map_err(damage)?;
        let file =
            File::open(self.path.join("db")).map_err(|error| ReplicaError(error.to_string()))?;
        file.sync_data()
            .map_err(|error| ReplicaError(error.to_string()))
    }

    /// Nothing is under way: what is in memory for speed may go.
    pub fn rest(&self) -> Lookup<()> {
        self.leaves.rest()
    }

    pub fn size_on_disk(&self) -> u64 {
        self.leaves.db().size_on_disk().unwrap_or(0)
    }

    /// The short number of a calendar, for the names of its sheets.
    pub fn number(&self, calendar: &CalendarId) -> Option<Number> {
        let calendars = self.calendars.borrow();
        let place = calendars.iter().position(|known| known == calendar)?;
        Number::try_from(place).ok()
    }

    fn calendar(&self, number: Number) -> Option<CalendarId> {
        self.calendars.borrow().get(usize::from(number)).cloned()
    }

    fn stage(
        &self,
        change: &Change,
        batch: &mut Batch,
        touched: &mut BTreeSet<WindowId>,
    ) -> Lookup<()> {
        match change {
            Change::Put(record) => self.stage_record(record, batch, touched)?,
            Change::Delete { calendar, id } => {
                // It may have been a master; the marks tell.
                self.holders_of(calendar, id, touched)?;
                if let Some(number) = self.number(calendar) {
                    batch.remove(&keys::record(number, id));
                }
            }
            Change::Mark {
                window,
                root,
                id,
                mark,
            } => {
                let number = self.number_for(&window.calendar, batch)?;
                let key = keys::mark(number, window.quarter, root, id);
                batch.insert(&key, &encode(mark)?);
                if !self.marked.borrow().contains(window) {
                    self.marked.borrow_mut().insert(window.clone());
                }
            }
            Change::Unmark { window, root, id } => {
                touched.insert(window.clone());
                if let Some(number) = self.number(&window.calendar) {
                    batch.remove(&keys::mark(number, window.quarter, root, id));
                }
            }
            Change::PutWindow { window, state } => {
                let number = self.number_for(&window.calendar, batch)?;
                let key = keys::window(number, window.quarter);
                batch.insert(&key, &encode(state)?);
            }
            Change::ForgetWindow(window) => {
                if let Some(number) = self.number(&window.calendar) {
                    batch.remove(&keys::window(number, window.quarter));
                    self.remove_prefix(&keys::marks(number, window.quarter), batch)?;
                }
            }
            Change::ForgetCalendar(calendar) => {
                if let Some(number) = self.number(calendar) {
                    for kind in [b'w', b'e', b'm', b'n'] {
                        self.remove_prefix(&keys::all_of(kind, number), batch)?;
                    }
                }
            }
            Change::PutNote(note) => {
                let number = self.number_for(&note.event.calendar, batch)?;
                let key = keys::note(number, &note.event.id);
                batch.insert(&key, &encode(note.as_ref())?);
            }
            Change::DropNote { calendar, id } => {
                if let Some(number) = self.number(calendar) {
                    batch.remove(&keys::note(number, id));
                }
            }
            Change::PutDesk(desk) => batch.insert(keys::DESK, &encode(desk.as_ref())?),
            Change::Counter(counter) => batch.insert(keys::COUNTER, &encode(counter)?),
        }
        Ok(())
    }

    fn remove_prefix(&self, prefix: &[u8], batch: &mut Batch) -> Lookup<()> {
        self.leaves.scan(prefix, |key, _| {
            batch.remove(key);
            Ok(true)
        })
    }

    fn number_for(&self, calendar: &CalendarId, batch: &mut Batch) -> Lookup<Number> {
        if let Some(number) = self.number(calendar) {
            return Ok(number);
        }
        let taken = self.calendars.borrow().len();
        let number =
            Number::try_from(taken).map_err(|_| ReplicaError("too many calendars".into()))?;
        let key = keys::calendar(calendar.as_str());
        batch.insert(&key, &number.to_be_bytes());
        self.calendars.borrow_mut().push(calendar.clone());
        Ok(number)
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Lookup<Option<T>> {
        self.leaves.get(key, |bytes| decode(bytes))
    }
}

impl Replica for SledReplica {
    fn record(&self, calendar: &CalendarId, id: &EventId) -> Lookup<Option<Record>> {
        let Some(number) = self.number(calendar) else {
            return Ok(None);
        };
        self.leaves.get(&keys::record(number, id), |bytes| {
            read_record(bytes, calendar, id)
        })
    }

    fn members(
        &self,
        window: &WindowId,
        root: Option<&EventId>,
    ) -> Lookup<Vec<(EventId, EventId, Mark)>> {
        let Some(number) = self.number(&window.calendar) else {
            return Ok(Vec::new());
        };
        let prefix = match root {
            Some(root) => keys::series(number, window.quarter, root),
            None => keys::marks(number, window.quarter),
        };
        let mut members = Vec::new();
        self.leaves.scan(&prefix, |key, value| {
            let (root, id) = keys::read_mark(key).ok_or_else(garbled)?;
            let root = match members.last() {
                Some((last, _, _)) if EventId::as_str(last) == root => last.clone(),
                _ => EventId::new(root),
            };
            members.push((root, EventId::new(id), decode(value)?));
            Ok(true)
        })?;
        Ok(members)
    }

    fn mark(&self, window: &WindowId, root: &EventId, id: &EventId) -> Lookup<Option<Mark>> {
        match self.number(&window.calendar) {
            Some(number) => self.get(&keys::mark(number, window.quarter, root, id)),
            None => Ok(None),
        }
    }

    fn count(&self, window: &WindowId) -> Lookup<usize> {
        let Some(number) = self.number(&window.calendar) else {
            return Ok(0);
        };
        self.count_of(&keys::marks(number, window.quarter))
    }

    fn windows(&self) -> Lookup<Vec<(WindowId, WindowState)>> {
        let mut windows = Vec::new();
        self.leaves.scan(keys::windows(), |key, value| {
            let (number, quarter): (Number, Quarter) =
                keys::read_window(key).ok_or_else(garbled)?;
            if let Some(calendar) = self.calendar(number) {
                windows.push((WindowId { calendar, quarter }, decode(value)?));
            }
            Ok(true)
        })?;
        Ok(windows)
    }

    fn notes(&self) -> Lookup<Vec<Note>> {
        let mut notes = Vec::new();
        self.leaves.scan(b"n", |_, value| {
            notes.push(decode(value)?);
            Ok(true)
        })?;
        Ok(notes)
    }

    fn desk(&self) -> Lookup<Option<Desk>> {
        self.get(keys::DESK)
    }

    fn counter(&self) -> Lookup<u64> {
        Ok(self.get(keys::COUNTER)?.unwrap_or(0))
    }
}

/// The event of a record as it lies on disk: what its key says is not said again.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    kind: Kind,
    series: Option<EventId>,
    #[serde(borrow)]
    etag: Cow<'a, str>,
    /// Nanoseconds since 1970 of UTC, as of the end.
    start: i128,
    end: i128,
    details: Option<Cow<'a, Details>>,
    before: Option<Before>,
}

/// The rest of a record, behind its body.
#[derive(Serialize, Deserialize)]
struct Links<'a> {
    quarters: Cow<'a, [Quarter]>,
    learnt: u64,
    round: u64,
}

impl<'a> Body<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            kind: event.kind,
            series: event.series.clone(),
            etag: event.etag.as_str().into(),
            start: event.start.as_nanosecond(),
            end: event.end.as_nanosecond(),
            details: event.details.as_ref().map(Cow::Borrowed),
            before: event.before,
        }
    }
}

impl<'a> Links<'a> {
    fn of(record: &'a Record) -> Self {
        Self {
            quarters: Cow::Borrowed(&record.quarters),
            learnt: record.learnt,
            round: record.round,
        }
    }
}

fn read_record(bytes: &[u8], calendar: &CalendarId, id: &EventId) -> Lookup<Record> {
    let instant = |nanosecond| Timestamp::from_nanosecond(nanosecond).map_err(|_| garbled());
    let (body, links) = postcard::take_from_bytes::<Body>(bytes).map_err(refused)?;
    let links: Links = decode(links)?;
    Ok(Record {
        event: Event {
            calendar: calendar.clone(),
            id: id.clone(),
            kind: body.kind,
            series: body.series,
            etag: body.etag.into_owned(),
            start: instant(body.start)?,
            end: instant(body.end)?,
            details: body.details.map(Cow::into_owned),
            before: body.before,
        },
        quarters: links.quarters.into_owned(),
        learnt: links.learnt,
        round: links.round,
    })
}

fn append<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Lookup<()> {
    encoding::append(value, bytes).map_err(refused)
}

fn encode<T: Serialize>(value: &T) -> Lookup<Vec<u8>> {
    // Most values are short; growing by halves costs more than asking for enough.
    let mut bytes = Vec::with_capacity(512);
    append(value, &mut bytes)?;
    Ok(bytes)
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Lookup<T> {
    postcard::from_bytes(bytes).map_err(refused)
}

fn refused(error: postcard::Error) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn damage(error: sled::Error) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn garbled() -> ReplicaError {
    ReplicaError("a key is garbled".into())
}
