//! The outbox: durable intents, in a crash-safe store. Precious: nothing here is
//! ever rebuilt, thrown away or acknowledged before its commit returned.
//!
//! A file is taken only if it holds exactly what was acknowledged: every page is checked, its rows
//! add up to the digest stored with them, and it is not behind its seal (`outbox/seal`). Anything
//! else is refused with one message, and the file stays byte by byte as it was found.

mod rows;
mod seal;

use super::{Folder, StoreError};
use crate::domain::intent::{Intent, IntentId};
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
    WriteTransaction,
};
use rows::{Definition, Rows, counted};
use seal::Seal;
use std::cell::Cell;
use std::os::unix::fs::PermissionsExt;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

const INTENTS: Definition = TableDefinition::new("intents");
/// What has left, for undo: the newest few, with what was seen before.
const LEFT: Definition = TableDefinition::new("left");
/// Taken back before they left, for redo: lists of what went together.
const UNDONE: Definition = TableDefinition::new("undone");
/// What the digest is over, with the names that are in it.
const TABLES: [(Definition, &str); 3] = [(INTENTS, "intents"), (LEFT, "left"), (UNDONE, "undone")];
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// Raised when stored intents change their shape. From 3 on rows have a digest.
const SCHEMA: u64 = 3;
const LEFT_KEPT: u64 = 50;
const UNDONE_KEPT: u64 = 20;
/// A damaged file can keep the database busy; nobody waits longer for it.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Outbox {
    /// None after a failed write, until it is opened anew: redb does not go on by itself.
    db: Mutex<Option<Database>>,
    folder: Folder,
    path: String,
}

impl Outbox {
    /// Opens or makes it. A file that cannot be trusted is left as it is.
    pub fn open(folder: &Folder) -> Result<Self, StoreError> {
        let path = folder.outbox();
        let sealed = Seal::read(&folder.outbox_seal());
        if !path.exists() {
            if let Some(seal) = sealed.filter(|seal| seal.waiting > 0) {
                return Err(StoreError::OutboxMissing {
                    path: path.display().to_string(),
                    waiting: seal.waiting,
                    seal: folder.outbox_seal().display().to_string(),
                });
            }
            let _ = std::fs::remove_file(folder.outbox_seal());
            return Self::create(folder);
        }
        let found = std::fs::read(&path).map_err(|source| StoreError::Read {
            path: path.display().to_string(),
            source,
        })?;
        if found.is_empty() {
            return Err(words(&path.display().to_string(), &"it is empty"));
        }
        let opened = Self::open_checked(folder, sealed);
        if opened.is_err() && std::fs::read(&path).is_ok_and(|now| now != found) {
            super::folder::replace(&path, &found)?;
        }
        opened
    }

    /// A new one, under another name until it is whole: an empty file is always damage.
    fn create(folder: &Folder) -> Result<Self, StoreError> {
        let path = folder.outbox();
        let beside = path.with_extension("new");
        let write = |source| StoreError::Write {
            path: path.display().to_string(),
            source,
        };
        let _ = std::fs::remove_file(&beside);
        let outbox = Self::with(folder, &beside, |builder, path| builder.create(path))?;
        restrict(&beside)?;
        outbox.check_version(None)?;
        std::fs::rename(&beside, &path).map_err(write)?;
        let parent = std::fs::File::open(folder.root()).map_err(write)?;
        parent.sync_all().map_err(write)?;
        Ok(outbox)
    }

    /// In a thread of its own: a database that meets damage may panic, or not come back.
    fn open_checked(folder: &Folder, sealed: Option<Seal>) -> Result<Self, StoreError> {
        let named = folder.outbox().display().to_string();
        let (sender, receiver) = mpsc::channel();
        let folder = folder.clone();
        let attempt = move || {
            let outbox = Self::with(&folder, &folder.outbox(), |builder, path| {
                builder.open(path)
            })?;
            outbox.check_version(sealed)?;
            Ok(outbox)
        };
        let spawned = std::thread::Builder::new()
            .name("open-outbox".into())
            .spawn(move || {
                let opened = std::panic::catch_unwind(AssertUnwindSafe(attempt));
                let _ = sender.send(opened);
            });
        let Ok(thread) = spawned else {
            return Err(words(&named, &"there is no thread to open it in"));
        };
        let opened = receiver
            .recv_timeout(PATIENCE)
            .map_err(|_| words(&named, &"opening it did not end"))?;
        // What it held on the way is closed before the file is looked at again.
        let _ = thread.join();
        opened.unwrap_or_else(|_| Err(words(&named, &"it is damaged")))
    }

    fn with(
        folder: &Folder,
        path: &Path,
        open: fn(&Builder, &Path) -> Result<Database, redb::DatabaseError>,
    ) -> Result<Self, StoreError> {
        let named = folder.outbox().display().to_string();
        let mut builder = Builder::new();
        builder
            // A tenth of it is for writing: a commit of thousands must not be read back to go on.
            .set_cache_size(64 << 20)
            .set_check_integrity_on_open(true);
        let db = open(&builder, path).map_err(|error| words(&named, &error))?;
        Ok(Self {
            db: Mutex::new(Some(db)),
            folder: folder.clone(),
            path: named,
        })
    }

    /// Durable when this returns.
    pub fn put(&self, intent: &Intent) -> Result<(), StoreError> {
        let json = serde_json::to_string(intent).map_err(|error| words(&self.path, &error))?;
        self.write(|intents, _| intents.insert(intent.id.0, &json))
    }

    /// Something new is done: what it replaces goes, and what was taken back before it stays so.
    /// All of it or nothing, durable when this returns.
    pub fn queue(&self, intents: &[Intent]) -> Result<(), StoreError> {
        let rows = self.rows(intents)?;
        self.commit(|transaction, sum| {
            let mut waiting = Rows::open(transaction, INTENTS, "intents", sum)?;
            put_in(&mut waiting, intents, &rows)?;
            let mut undone = Rows::open(transaction, UNDONE, "undone", sum)?;
            Ok(undone.keep_newest(0)?)
        })
    }

    /// Takes them out, to be put back by [`Outbox::redo`]; what they had replaced waits again.
    pub fn undo(&self, intents: &[Intent]) -> Result<(), StoreError> {
        let json = serde_json::to_string(intents).map_err(|error| words(&self.path, &error))?;
        let replaced = intents.iter().flat_map(|intent| &intent.replaces);
        let replaced: Vec<Intent> = replaced.cloned().collect();
        let rows = self.rows(&replaced)?;
        self.commit(|transaction, sum| {
            let mut waiting = Rows::open(transaction, INTENTS, "intents", sum)?;
            for intent in intents {
                waiting.remove(intent.id.0)?;
            }
            put_in(&mut waiting, &replaced, &rows)?;
            let mut undone = Rows::open(transaction, UNDONE, "undone", sum)?;
            let newest = undone.newest()?;
            undone.insert(newest + 1, &json)?;
            Ok(undone.keep_newest(UNDONE_KEPT)?)
        })
    }

    /// The first of two took effect and is taken back, the second goes: `again` is both, as they
    /// can be done once more. All of it or nothing, durable when this returns.
    pub fn undo_half(&self, again: &[Intent; 2], way_back: &Intent) -> Result<(), StoreError> {
        let json = serde_json::to_string(again).map_err(|error| words(&self.path, &error))?;
        let way_back = std::slice::from_ref(way_back);
        let rows = self.rows(way_back)?;
        let [first, second] = again;
        self.commit(|transaction, sum| {
            let mut waiting = Rows::open(transaction, INTENTS, "intents", sum)?;
            waiting.remove(second.id.0)?;
            put_in(&mut waiting, way_back, &rows)?;
            let mut left = Rows::open(transaction, LEFT, "left", sum)?;
            left.remove(first.id.0)?;
            let mut undone = Rows::open(transaction, UNDONE, "undone", sum)?;
            undone.keep_newest(0)?;
            Ok(undone.insert(1, &json)?)
        })
    }

    /// What was taken back last, together; empty when nothing was.
    pub fn newest_undone(&self) -> Result<Vec<Intent>, StoreError> {
        let newest = self.undone()?.pop();
        Ok(newest.map(|(_, intents)| intents).unwrap_or_default())
    }

    /// What was taken back, oldest first.
    fn undone(&self) -> Result<Vec<(u64, Vec<Intent>)>, StoreError> {
        let rows = self.rows_of(UNDONE)?;
        let lists = rows
            .into_iter()
            .map(|(key, json)| Ok((key, serde_json::from_str(&json)?)));
        let lists: Result<_, serde_json::Error> = lists.collect();
        lists.map_err(|error| words(&self.path, &error))
    }

    /// What was taken back last is in again, as `again`, and out of that list. What is still in it
    /// comes after the same acts as before, by their new numbers.
    pub fn redo(
        &self,
        again: &[Intent],
        numbers: &[(IntentId, IntentId)],
    ) -> Result<(), StoreError> {
        let rows = self.rows(again)?;
        let others = self.renumbered(numbers)?;
        self.commit(|transaction, sum| {
            let mut undone = Rows::open(transaction, UNDONE, "undone", sum)?;
            undone.pop_newest()?;
            for (key, json) in &others {
                undone.insert(*key, json)?;
            }
            let mut waiting = Rows::open(transaction, INTENTS, "intents", sum)?;
            Ok(put_in(&mut waiting, again, &rows)?)
        })
    }

    /// Of what was taken back before the last: those that come after what has a new number now.
    fn renumbered(
        &self,
        numbers: &[(IntentId, IntentId)],
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let mut older = self.undone()?;
        older.pop();
        let mut changed = Vec::new();
        for (key, mut intents) in older {
            let firsts = intents
                .iter_mut()
                .filter_map(|intent| intent.follows.as_mut());
            let mut is_changed = false;
            for first in firsts {
                if let Some((_, new)) = numbers.iter().find(|(old, _)| old == first) {
                    *first = *new;
                    is_changed = true;
                }
            }
            if is_changed {
                let json = serde_json::to_string(&intents);
                changed.push((key, json.map_err(|error| words(&self.path, &error))?));
            }
        }
        Ok(changed)
    }

    fn rows(&self, intents: &[Intent]) -> Result<Vec<String>, StoreError> {
        let rows = intents.iter().map(serde_json::to_string);
        let rows: Result<_, _> = rows.collect();
        rows.map_err(|error| words(&self.path, &error))
    }

    /// Takes them out without a trace: they never left. All or none.
    pub fn withdraw(&self, ids: &[IntentId]) -> Result<(), StoreError> {
        self.write(|intents, _| ids.iter().try_for_each(|id| intents.remove(id.0)))
    }

    /// It took effect: kept among what has left, so that undo knows what was.
    pub fn finish(&self, intent: &Intent) -> Result<(), StoreError> {
        // What it had replaced is history now.
        let kept = Intent {
            replaces: Vec::new(),
            ..intent.clone()
        };
        let json = serde_json::to_string(&kept).map_err(|error| words(&self.path, &error))?;
        self.write(|intents, left| {
            intents.remove(intent.id.0)?;
            left.insert(intent.id.0, &json)?;
            left.keep_newest(LEFT_KEPT)
        })
    }

    /// Waiting, sending, sent or stuck, oldest first.
    pub fn intents(&self) -> Result<Vec<Intent>, StoreError> {
        self.read(INTENTS)
    }

    /// What has left, oldest first.
    pub fn left(&self) -> Result<Vec<Intent>, StoreError> {
        self.read(LEFT)
    }

    /// Taken from what undo may look at, once it was compensated.
    pub fn forget_left(&self, id: IntentId) -> Result<(), StoreError> {
        self.write(|_, left| left.remove(id.0))
    }

    /// Larger than any id ever used here.
    pub fn next_id(&self) -> Result<IntentId, StoreError> {
        let undone = self.undone()?.into_iter().flat_map(|(_, intents)| intents);
        let known = self.intents()?.into_iter().chain(self.left()?);
        let newest = known.chain(undone).map(|intent| intent.id.0).max();
        Ok(IntentId(newest.unwrap_or(0) + 1))
    }

    fn read(&self, table: TableDefinition<u64, &str>) -> Result<Vec<Intent>, StoreError> {
        let rows = self.rows_of(table)?;
        let intents = rows.iter().map(|(_, json)| serde_json::from_str(json));
        let intents: Result<_, _> = intents.collect();
        intents.map_err(|error| words(&self.path, &error))
    }

    fn rows_of(&self, table: TableDefinition<u64, &str>) -> Result<Vec<(u64, String)>, StoreError> {
        self.with_db(|db| {
            let table = match db.begin_read()?.open_table(table) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            };
            let mut rows = Vec::new();
            for pair in table.iter()? {
                let (key, json) = pair?;
                rows.push((key.value(), json.value().to_owned()));
            }
            Ok(rows)
        })
    }

    /// Opens it again if the last write failed: there may be room on the disk by now.
    fn with_db<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let open = match db.take() {
            Some(open) => open,
            None => Self::open(&self.folder)?.into_db(&self.path)?,
        };
        let done = work(&open).map_err(|error| words(&self.path, &error));
        *db = done.is_ok().then_some(open);
        done
    }

    fn into_db(self, path: &str) -> Result<Database, StoreError> {
        let db = self.db.into_inner().unwrap_or_else(PoisonError::into_inner);
        db.ok_or_else(|| words(path, &"it cannot be opened again"))
    }

    fn write(
        &self,
        change: impl FnOnce(&mut Rows<'_, '_>, &mut Rows<'_, '_>) -> Result<(), redb::StorageError>,
    ) -> Result<(), StoreError> {
        self.commit(|transaction, sum| {
            let mut intents = Rows::open(transaction, INTENTS, "intents", sum)?;
            let mut left = Rows::open(transaction, LEFT, "left", sum)?;
            Ok(change(&mut intents, &mut left)?)
        })
    }

    /// The one way to change anything: with the digest of what is then in it, and its seal after.
    fn commit<T>(
        &self,
        change: impl FnOnce(&WriteTransaction, &Cell<u64>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let (changed, seal) = self.with_db(|db| {
            // redb commits with an fsync unless told otherwise.
            let transaction = db.begin_write()?;
            let (changed, seal) = {
                let mut meta = transaction.open_table(META)?;
                let sum = Cell::new(meta.get("digest")?.map_or(0, |value| value.value()));
                let changed = change(&transaction, &sum)?;
                let commits = 1 + meta.get("commits")?.map_or(0, |value| value.value());
                meta.insert("commits", commits)?;
                meta.insert("digest", sum.get())?;
                let waiting = transaction.open_table(INTENTS)?.len()?;
                (changed, Seal { commits, waiting })
            };
            transaction.commit()?;
            Ok((changed, seal))
        })?;
        seal.write(&self.folder.outbox_seal());
        Ok(changed)
    }

    /// Whether this is the schema, and everything in it what was put there.
    fn check_version(&self, sealed: Option<Seal>) -> Result<(), StoreError> {
        let found = self.with_db(|db| {
            let transaction = db.begin_write()?;
            let found = {
                let mut meta = transaction.open_table(META)?;
                let number = |name| -> Result<Option<u64>, redb::Error> {
                    Ok(meta.get(name)?.map(|value| value.value()))
                };
                let rows = counted(&transaction, &TABLES)?;
                let found = Found {
                    version: number("schema")?,
                    commits: number("commits")?.unwrap_or(0),
                    is_whole: number("digest")?.is_none_or(|known| known == rows),
                };
                // Older intents are still read; an older program must not see newer ones.
                if found.version.is_none_or(|version| version < SCHEMA) && found.is_whole {
                    meta.insert("schema", SCHEMA)?;
                    meta.insert("digest", rows)?;
                }
                found
            };
            transaction.commit()?;
            Ok(found)
        })?;
        if found.version.is_some_and(|version| version > SCHEMA) {
            return Err(StoreError::TooNew {
                path: self.path.clone(),
            });
        }
        if !found.is_whole {
            return Err(words(&self.path, &"what is in it was changed by damage"));
        }
        if sealed.is_some_and(|seal| seal.commits > found.commits) {
            return Err(words(&self.path, &"the newest of what was in it is gone"));
        }
        Ok(())
    }
}

/// In, and what they replace out.
fn put_in(
    waiting: &mut Rows<'_, '_>,
    intents: &[Intent],
    rows: &[String],
) -> Result<(), redb::StorageError> {
    for (intent, json) in intents.iter().zip(rows) {
        for replaced in &intent.replaces {
            waiting.remove(replaced.id.0)?;
        }
        waiting.insert(intent.id.0, json)?;
    }
    Ok(())
}

struct Found {
    version: Option<u64>,
    commits: u64,
    /// The rows are those of the last commit.
    is_whole: bool,
}

fn restrict(path: &Path) -> Result<(), StoreError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|source| {
        StoreError::Write {
            path: path.display().to_string(),
            source,
        }
    })
}

fn words(path: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Outbox {
        path: path.to_owned(),
        words: error.to_string(),
    }
}
