//! The replica over sled: one tree, so that a list of changes is one atomic batch.
//!
//! Values are postcard; their shape is guarded by the schema version. Every
//! error means damage: the caller climbs down the ladder and syncs anew.

use super::keys::{self, Number};
use crate::domain::event::Kind;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::replica::{
    Change, Desk, LIMBO, Lookup, Mark, Note, Record, Replica, ReplicaError, WindowState,
};
use crate::domain::window::{Quarter, WindowId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

pub struct SledReplica {
    db: sled::Db,
    path: PathBuf,
    numbers: RefCell<HashMap<CalendarId, Number>>,
    names: RefCell<HashMap<Number, CalendarId>>,
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
            db,
            path: path.to_owned(),
            numbers: RefCell::default(),
            names: RefCell::default(),
            stale: RefCell::default(),
            marked: RefCell::default(),
        };
        for pair in replica.db.scan_prefix(keys::CALENDARS) {
            let (key, value) = pair.map_err(damage)?;
            let name = key
                .get(1..)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .ok_or_else(garbled)?;
            let number = value
                .as_ref()
                .try_into()
                .map(Number::from_be_bytes)
                .map_err(|_| garbled())?;
            replica.remember(CalendarId::new(name), number);
        }
        for key in replica.db.scan_prefix(b"x").keys() {
            let (number, quarter) = keys::read_window(&key.map_err(damage)?).ok_or_else(garbled)?;
            if let Some(calendar) = replica.names.borrow().get(&number).cloned() {
                replica
                    .stale
                    .borrow_mut()
                    .insert(WindowId { calendar, quarter });
            }
        }
        let known = replica.windows()?.into_iter().map(|(window, _)| window);
        replica.marked.borrow_mut().extend(known);
        Ok(replica)
    }

    /// Applies a list of changes atomically.
    pub fn apply(&self, changes: &[Change]) -> Lookup<()> {
        let mut batch = sled::Batch::default();
        for change in changes {
            self.stage(change, &mut batch)?;
        }
        for window in self.touched_by(changes)? {
            if self.stale.borrow_mut().insert(window.clone()) {
                let number = self.number_for(&window.calendar, &mut batch)?;
                batch.insert(keys::stale(number, window.quarter), b"");
            }
        }
        self.db.apply_batch(batch).map_err(damage)
    }

    /// Windows whose screen may change with these changes: those that hold the
    /// record, and for a master those that hold an occurrence of it.
    fn touched_by(&self, changes: &[Change]) -> Lookup<BTreeSet<WindowId>> {
        let mut touched: BTreeSet<WindowId> = changes.iter().flat_map(touched).collect();
        for change in changes {
            if let Change::Mark { window, .. } = change {
                self.marked.borrow_mut().insert(window.clone());
            }
        }
        for change in changes {
            let (calendar, master) = match change {
                Change::Put(record) if record.event.kind == Kind::Master => {
                    (&record.event.calendar, &record.event.id)
                }
                // It may have been one; the marks tell.
                Change::Delete { calendar, id } => (calendar, id),
                _ => continue,
            };
            for window in self.marked.borrow().iter() {
                if window.calendar == *calendar
                    && !touched.contains(window)
                    && self.has_members(window, master)?
                {
                    touched.insert(window.clone());
                }
            }
        }
        touched.retain(|window| window.quarter != LIMBO);
        Ok(touched)
    }

    fn has_members(&self, window: &WindowId, root: &EventId) -> Lookup<bool> {
        let Some(number) = self.number(&window.calendar) else {
            return Ok(false);
        };
        let prefix = keys::series(number, window.quarter, root);
        let first = self.db.scan_prefix(prefix).keys().next();
        first
            .transpose()
            .map(|found| found.is_some())
            .map_err(damage)
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
            self.db.insert(key, b"").map_err(damage)?;
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
            self.db.remove(key).map_err(damage)?;
        }
        Ok(())
    }

    /// Calendars and their short numbers.
    pub fn numbers(&self) -> Vec<(CalendarId, Number)> {
        let mut numbers: Vec<_> = self
            .numbers
            .borrow()
            .iter()
            .map(|(id, number)| (id.clone(), *number))
            .collect();
        numbers.sort_by_key(|(_, number)| *number);
        numbers
    }

    /// How many records there are, masters and declined ones included.
    pub fn records(&self) -> usize {
        self.db.scan_prefix(b"e").keys().count()
    }

    /// Everything applied so far survives power loss: sled's own flush does not
    /// reach the drive's cache, so the file is synced as well.
    pub fn flush(&self) -> Lookup<()> {
        self.db.flush().map_err(damage)?;
        let file =
            File::open(self.path.join("db")).map_err(|error| ReplicaError(error.to_string()))?;
        file.sync_data()
            .map_err(|error| ReplicaError(error.to_string()))
    }

    pub fn size_on_disk(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }

    /// The short number of a calendar, for the names of its sheets.
    pub fn number(&self, calendar: &CalendarId) -> Option<Number> {
        self.numbers.borrow().get(calendar).copied()
    }

    fn stage(&self, change: &Change, batch: &mut sled::Batch) -> Lookup<()> {
        match change {
            Change::Put(record) => {
                let number = self.number_for(&record.event.calendar, batch)?;
                batch.insert(
                    keys::record(number, &record.event.id),
                    encode(record.as_ref())?,
                );
            }
            Change::Delete { calendar, id } => {
                if let Some(number) = self.number(calendar) {
                    batch.remove(keys::record(number, id));
                }
            }
            Change::Mark {
                window,
                root,
                id,
                mark,
            } => {
                let number = self.number_for(&window.calendar, batch)?;
                batch.insert(keys::mark(number, window.quarter, root, id), encode(mark)?);
            }
            Change::Unmark { window, root, id } => {
                if let Some(number) = self.number(&window.calendar) {
                    batch.remove(keys::mark(number, window.quarter, root, id));
                }
            }
            Change::PutWindow { window, state } => {
                let number = self.number_for(&window.calendar, batch)?;
                batch.insert(keys::window(number, window.quarter), encode(state)?);
            }
            Change::ForgetWindow(window) => {
                if let Some(number) = self.number(&window.calendar) {
                    batch.remove(keys::window(number, window.quarter));
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
                batch.insert(keys::note(number, &note.event.id), encode(note.as_ref())?);
            }
            Change::DropNote { calendar, id } => {
                if let Some(number) = self.number(calendar) {
                    batch.remove(keys::note(number, id));
                }
            }
            Change::PutDesk(desk) => batch.insert(keys::DESK, encode(desk.as_ref())?),
            Change::Counter(counter) => batch.insert(keys::COUNTER, encode(counter)?),
        }
        Ok(())
    }

    fn remove_prefix(&self, prefix: &[u8], batch: &mut sled::Batch) -> Lookup<()> {
        for key in self.db.scan_prefix(prefix).keys() {
            batch.remove(key.map_err(damage)?);
        }
        Ok(())
    }

    fn number_for(&self, calendar: &CalendarId, batch: &mut sled::Batch) -> Lookup<Number> {
        if let Some(number) = self.number(calendar) {
            return Ok(number);
        }
        let taken = self.names.borrow().len();
        let number =
            Number::try_from(taken).map_err(|_| ReplicaError("too many calendars".into()))?;
        batch.insert(keys::calendar(calendar.as_str()), &number.to_be_bytes());
        self.remember(calendar.clone(), number);
        Ok(number)
    }

    fn remember(&self, calendar: CalendarId, number: Number) {
        self.numbers.borrow_mut().insert(calendar.clone(), number);
        self.names.borrow_mut().insert(number, calendar);
    }

    fn get<T: DeserializeOwned>(&self, key: impl AsRef<[u8]>) -> Lookup<Option<T>> {
        self.db
            .get(key)
            .map_err(damage)?
            .map(|bytes| decode(&bytes))
            .transpose()
    }
}

impl Replica for SledReplica {
    fn record(&self, calendar: &CalendarId, id: &EventId) -> Lookup<Option<Record>> {
        match self.number(calendar) {
            Some(number) => self.get(keys::record(number, id)),
            None => Ok(None),
        }
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
        for pair in self.db.scan_prefix(prefix) {
            let (key, value) = pair.map_err(damage)?;
            let (root, id) = keys::read_mark(&key).ok_or_else(garbled)?;
            members.push((root, id, decode(&value)?));
        }
        Ok(members)
    }

    fn mark(&self, window: &WindowId, root: &EventId, id: &EventId) -> Lookup<Option<Mark>> {
        match self.number(&window.calendar) {
            Some(number) => self.get(keys::mark(number, window.quarter, root, id)),
            None => Ok(None),
        }
    }

    fn count(&self, window: &WindowId) -> Lookup<usize> {
        let Some(number) = self.number(&window.calendar) else {
            return Ok(0);
        };
        Ok(self
            .db
            .scan_prefix(keys::marks(number, window.quarter))
            .keys()
            .count())
    }

    fn windows(&self) -> Lookup<Vec<(WindowId, WindowState)>> {
        let mut windows = Vec::new();
        for pair in self.db.scan_prefix(keys::windows()) {
            let (key, value) = pair.map_err(damage)?;
            let (number, quarter): (Number, Quarter) =
                keys::read_window(&key).ok_or_else(garbled)?;
            let Some(calendar) = self.names.borrow().get(&number).cloned() else {
                continue;
            };
            windows.push((WindowId { calendar, quarter }, decode(&value)?));
        }
        Ok(windows)
    }

    fn notes(&self) -> Lookup<Vec<Note>> {
        let mut notes = Vec::new();
        for value in self.db.scan_prefix(b"n").values() {
            notes.push(decode(&value.map_err(damage)?)?);
        }
        Ok(notes)
    }

    fn desk(&self) -> Lookup<Option<Desk>> {
        self.get(keys::DESK)
    }

    fn counter(&self) -> Lookup<u64> {
        Ok(self.get(keys::COUNTER)?.unwrap_or(0))
    }
}

/// Windows whose screen may change with this change.
fn touched(change: &Change) -> Vec<WindowId> {
    match change {
        Change::Put(record) => record
            .quarters
            .iter()
            .map(|quarter| WindowId {
                calendar: record.event.calendar.clone(),
                quarter: *quarter,
            })
            .collect(),
        Change::Unmark { window, .. } => vec![window.clone()],
        _ => Vec::new(),
    }
}

fn encode<T: Serialize>(value: &T) -> Lookup<Vec<u8>> {
    postcard::to_stdvec(value).map_err(|error| ReplicaError(error.to_string()))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Lookup<T> {
    postcard::from_bytes(bytes).map_err(|error| ReplicaError(error.to_string()))
}

fn damage(error: sled::Error) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn garbled() -> ReplicaError {
    ReplicaError("a key is garbled".into())
}
