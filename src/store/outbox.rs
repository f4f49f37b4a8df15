//! The outbox: durable intents, in a crash-safe store. Precious: nothing here is
//! ever rebuilt, thrown away or acknowledged before its commit returned.

use super::{Folder, StoreError};
use crate::domain::intent::{Intent, IntentId};
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const INTENTS: TableDefinition<u64, &str> = TableDefinition::new("intents");
/// What has left, for undo: the newest few, with what was seen before.
const LEFT: TableDefinition<u64, &str> = TableDefinition::new("left");
/// Taken back before they left, for redo: lists of what went together.
const UNDONE: TableDefinition<u64, &str> = TableDefinition::new("undone");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// Raised when stored intents change their shape.
const SCHEMA: u64 = 2;
const LEFT_KEPT: usize = 50;
const UNDONE_KEPT: usize = 20;

pub struct Outbox {
    db: Database,
    path: String,
}

impl Outbox {
    /// Opens or makes it. A file that cannot be read is left as it is.
    pub fn open(folder: &Folder) -> Result<Self, StoreError> {
        let path = folder.outbox();
        let named = path.display().to_string();
        let existed = path.exists();
        let db = Builder::new()
            // A tenth of it is for writing: a commit of thousands must not be read back to go on.
            .set_cache_size(64 << 20)
            .create(&path)
            .map_err(|error| words(&named, &error))?;
        let outbox = Self { db, path: named };
        if !existed {
            restrict(&path)?;
        }
        outbox.check_version()?;
        Ok(outbox)
    }

    /// Durable when this returns.
    pub fn put(&self, intent: &Intent) -> Result<(), StoreError> {
        let json = serde_json::to_string(intent).map_err(|error| words(&self.path, &error))?;
        self.write(|intents, _| intents.insert(intent.id.0, json.as_str()).map(drop))
    }

    /// All of them or none, durable when this returns.
    pub fn put_all(&self, intents: &[Intent]) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(intents.len());
        for intent in intents {
            let json = serde_json::to_string(intent).map_err(|error| words(&self.path, &error))?;
            rows.push((intent.id.0, json));
        }
        self.write(|table, _| {
            for (id, json) in &rows {
                table.insert(id, json.as_str())?;
            }
            Ok(())
        })
    }

    /// Takes them out, to be put back by [`Outbox::redo`].
    pub fn undo(&self, intents: &[Intent]) -> Result<(), StoreError> {
        let json = serde_json::to_string(intents).map_err(|error| words(&self.path, &error))?;
        let attempt = || -> Result<(), redb::Error> {
            let transaction = self.db.begin_write()?;
            {
                let mut waiting = transaction.open_table(INTENTS)?;
                for intent in intents {
                    waiting.remove(intent.id.0)?;
                }
                let mut undone = transaction.open_table(UNDONE)?;
                let newest = undone.last()?.map_or(0, |(key, _)| key.value());
                undone.insert(newest + 1, json.as_str())?;
                while undone.len()? > UNDONE_KEPT as u64 {
                    undone.pop_first()?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        attempt().map_err(|error| words(&self.path, &error))
    }

    /// What was taken back last, and with it out of the list; empty when nothing was.
    pub fn redo(&self) -> Result<Vec<Intent>, StoreError> {
        let attempt = || -> Result<Option<String>, redb::Error> {
            let transaction = self.db.begin_write()?;
            let json = {
                let mut undone = transaction.open_table(UNDONE)?;
                let newest = undone.pop_last()?;
                newest.map(|(_, json)| json.value().to_owned())
            };
            transaction.commit()?;
            Ok(json)
        };
        let Some(json) = attempt().map_err(|error| words(&self.path, &error))? else {
            return Ok(Vec::new());
        };
        serde_json::from_str(&json).map_err(|error| words(&self.path, &error))
    }

    /// Something new was done: what was taken back before it stays so.
    pub fn forget_undone(&self) -> Result<(), StoreError> {
        let attempt = || -> Result<(), redb::Error> {
            let transaction = self.db.begin_write()?;
            transaction.delete_table(UNDONE)?;
            transaction.commit()?;
            Ok(())
        };
        attempt().map_err(|error| words(&self.path, &error))
    }

    /// Takes it out without a trace: it never left.
    pub fn withdraw(&self, id: IntentId) -> Result<(), StoreError> {
        self.write(|intents, _| intents.remove(id.0).map(drop))
    }

    /// It took effect: kept among what has left, so that undo knows what was.
    pub fn finish(&self, intent: &Intent) -> Result<(), StoreError> {
        let json = serde_json::to_string(intent).map_err(|error| words(&self.path, &error))?;
        self.write(|intents, left| {
            intents.remove(intent.id.0)?;
            left.insert(intent.id.0, json.as_str())?;
            let surplus: Vec<u64> = left
                .iter()?
                .rev()
                .skip(LEFT_KEPT)
                .flatten()
                .map(|(key, _)| key.value())
                .collect();
            for key in surplus {
                left.remove(key)?;
            }
            Ok(())
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
        self.write(|_, left| left.remove(id.0).map(drop))
    }

    /// Larger than any id ever used here.
    pub fn next_id(&self) -> Result<IntentId, StoreError> {
        let newest = |intents: Vec<Intent>| intents.last().map_or(0, |intent| intent.id.0);
        Ok(IntentId(
            newest(self.intents()?).max(newest(self.left()?)) + 1,
        ))
    }

    fn read(&self, table: TableDefinition<u64, &str>) -> Result<Vec<Intent>, StoreError> {
        let read = self
            .db
            .begin_read()
            .map_err(|error| words(&self.path, &error))?;
        let table = match read.open_table(table) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(words(&self.path, &error)),
        };
        let mut intents = Vec::new();
        for pair in table.iter().map_err(|error| words(&self.path, &error))? {
            let (_, json) = pair.map_err(|error| words(&self.path, &error))?;
            intents.push(
                serde_json::from_str(json.value()).map_err(|error| words(&self.path, &error))?,
            );
        }
        Ok(intents)
    }

    fn write(
        &self,
        change: impl FnOnce(
            &mut redb::Table<'_, u64, &'static str>,
            &mut redb::Table<'_, u64, &'static str>,
        ) -> Result<(), redb::StorageError>,
    ) -> Result<(), StoreError> {
        let attempt = || -> Result<(), redb::Error> {
            // redb commits with an fsync unless told otherwise.
            let transaction = self.db.begin_write()?;
            {
                let mut intents = transaction.open_table(INTENTS)?;
                let mut left = transaction.open_table(LEFT)?;
                change(&mut intents, &mut left)?;
            }
            transaction.commit()?;
            Ok(())
        };
        attempt().map_err(|error| words(&self.path, &error))
    }

    fn check_version(&self) -> Result<(), StoreError> {
        let attempt = || -> Result<Option<u64>, redb::Error> {
            let transaction = self.db.begin_write()?;
            let known = {
                let mut meta = transaction.open_table(META)?;
                let known = meta.get("schema")?.map(|value| value.value());
                // Older intents are still read; an older program must not see newer ones.
                if known.is_none_or(|version| version < SCHEMA) {
                    meta.insert("schema", SCHEMA)?;
                }
                known
            };
            transaction.commit()?;
            Ok(known)
        };
        match attempt().map_err(|error| words(&self.path, &error))? {
            Some(version) if version > SCHEMA => Err(StoreError::TooNew {
                path: self.path.clone(),
            }),
            _ => Ok(()),
        }
    }
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
