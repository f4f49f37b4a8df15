//! Rows of one table, and the digest over all rows that follows each of their changes.
//!
//! Each row has a hash of its table, key and text, and the digest is their sum: a change costs the
//! same whether three rows wait or ten thousand.

use crate::domain::digest::digest;
use redb::{
    ReadableTable, ReadableTableMetadata, StorageError, Table, TableDefinition, WriteTransaction,
};
use std::cell::Cell;

pub(super) type Definition = TableDefinition<'static, u64, &'static str>;

pub(super) struct Rows<'t, 's> {
    table: Table<'t, u64, &'static str>,
    name: &'static str,
    sum: &'s Cell<u64>,
}

impl<'t, 's> Rows<'t, 's> {
    pub(super) fn open(
        transaction: &'t WriteTransaction,
        definition: Definition,
        name: &'static str,
        sum: &'s Cell<u64>,
    ) -> Result<Self, redb::Error> {
        Ok(Self {
            table: transaction.open_table(definition)?,
            name,
            sum,
        })
    }

    pub(super) fn insert(&mut self, key: u64, json: &str) -> Result<(), StorageError> {
        let before = self.table.insert(key, json)?;
        let before = before.map(|old| old.value().to_owned());
        if let Some(old) = before {
            self.take_out(key, &old);
        }
        self.sum
            .set(self.sum.get().wrapping_add(hash(self.name, key, json)));
        Ok(())
    }

    pub(super) fn remove(&mut self, key: u64) -> Result<(), StorageError> {
        let before = self.table.remove(key)?;
        let before = before.map(|old| old.value().to_owned());
        if let Some(old) = before {
            self.take_out(key, &old);
        }
        Ok(())
    }

    pub(super) fn pop_newest(&mut self) -> Result<Option<String>, StorageError> {
        let popped = self.table.pop_last()?;
        let popped = popped.map(|(key, json)| (key.value(), json.value().to_owned()));
        Ok(popped.map(|(key, json)| {
            self.take_out(key, &json);
            json
        }))
    }

    /// Forgets the oldest until so many are left.
    pub(super) fn keep_newest(&mut self, most: u64) -> Result<(), StorageError> {
        while self.table.len()? > most {
            let popped = self.table.pop_first()?;
            let popped = popped.map(|(key, json)| (key.value(), json.value().to_owned()));
            if let Some((key, json)) = popped {
                self.take_out(key, &json);
            }
        }
        Ok(())
    }

    pub(super) fn newest(&self) -> Result<u64, StorageError> {
        Ok(self.table.last()?.map_or(0, |(key, _)| key.value()))
    }

    fn take_out(&self, key: u64, json: &str) {
        self.sum
            .set(self.sum.get().wrapping_sub(hash(self.name, key, json)));
    }
}

/// The digest of what is in these tables, row by row.
pub(super) fn counted(
    transaction: &WriteTransaction,
    tables: &[(Definition, &'static str)],
) -> Result<u64, redb::Error> {
    let mut sum = 0_u64;
    for (definition, name) in tables {
        let rows = transaction.open_table(*definition)?;
        for pair in rows.iter()? {
            let (key, json) = pair?;
            sum = sum.wrapping_add(hash(name, key.value(), json.value()));
        }
    }
    Ok(sum)
}

fn hash(name: &str, key: u64, json: &str) -> u64 {
    digest([name.as_bytes(), &key.to_be_bytes(), json.as_bytes()])
}
