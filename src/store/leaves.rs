//! Many small entries in few sled values.
//!
//! sled pays 15 to 50 µs for an insert, nearly the same for ten bytes as for ten thousand,
//! and a calendar has ten thousand small records. So neighbouring entries share a value, a
//! *leaf*: sled keeps the leaves in order and durable, this module finds the entry in its leaf.
//!
//! Changes wait in memory until `write`, which puts every changed leaf into one atomic batch.
//! What a crash leaves is therefore always what some earlier moment looked like.
//!
//! Invariants: leaves tile the key space, each begins at its key in sled and ends where the
//! next begins; a bound never moves and a leaf is never taken out, an empty one costs nothing;
//! leaves leave memory all together, so a leaf that was split is in memory with all its parts.

use crate::domain::replica::{Lookup, ReplicaError};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Goes before a leaf's bound in sled, where the schema version lies too.
const LEAF: u8 = b'l';
/// A leaf that grows beyond this is split. With 16 to a node of sled's, nodes stay small
/// enough to be read for one entry; twice the size made sled's part an eighth quicker.
const LEAF_BYTES: usize = 16 << 10;
/// What may be in memory while much is read: the records of a busy year.
const BUDGET: usize = 48 << 20;
/// What an entry takes in memory beside its bytes, about.
const ENTRY_BYTES: usize = 40;

type Bytes = Box<[u8]>;

/// Changes to apply in order; the last word on a key holds.
#[derive(Default)]
pub struct Batch(Vec<Edit>);

enum Edit {
    Insert(Entry),
    Remove(Bytes),
}

impl Batch {
    pub fn insert(&mut self, key: &[u8], value: &[u8]) {
        self.0.push(Edit::Insert(Entry::new(key, value)));
    }

    pub fn remove(&mut self, key: &[u8]) {
        self.0.push(Edit::Remove(key.into()));
    }
}

/// A key and its value, one behind the other.
struct Entry {
    bytes: Bytes,
    key_bytes: usize,
    /// What tells its key from its neighbours', here because following a pointer to every key
    /// that is looked at is what a search takes its time for. 0 until it is in a leaf.
    sign: u64,
}

impl Entry {
    fn new(key: &[u8], value: &[u8]) -> Self {
        Self {
            bytes: [key, value].concat().into_boxed_slice(),
            key_bytes: key.len(),
            sign: 0,
        }
    }

    fn key(&self) -> &[u8] {
        self.bytes.get(..self.key_bytes).unwrap_or_default()
    }

    fn value(&self) -> &[u8] {
        self.bytes.get(self.key_bytes..).unwrap_or_default()
    }

    /// What it takes in memory.
    fn size(&self) -> usize {
        self.bytes.len() + ENTRY_BYTES
    }
}

pub struct Leaves {
    db: sled::Db,
    kept: RefCell<Kept>,
}

/// The leaves in memory.
#[derive(Default)]
struct Kept {
    leaves: Vec<Leaf>,
    /// Their places by their lower bounds.
    order: BTreeMap<Bytes, usize>,
    /// The one last used: neighbours are asked for one after the other.
    last: usize,
    bytes: usize,
}

struct Leaf {
    from: Bytes,
    /// Where the next one begins; None for the last.
    until: Option<Bytes>,
    /// So many bytes all its keys begin with alike.
    shared: usize,
    /// Sorted by key, each key once.
    entries: Vec<Entry>,
    bytes: usize,
    is_changed: bool,
}

impl Leaves {
    pub fn new(db: sled::Db) -> Self {
        Self {
            db,
            kept: RefCell::default(),
        }
    }

    /// What `read` makes of the value, or None when there is no such key.
    pub fn get<T>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> Lookup<T>) -> Lookup<Option<T>> {
        let mut kept = self.kept.borrow_mut();
        kept.make_room(&self.db)?;
        let leaf = kept.leaf(&self.db, key)?;
        let Ok(place) = leaf.place(key) else {
            return Ok(None);
        };
        let entry = leaf.entries.get(place);
        entry.map(|entry| read(entry.value())).transpose()
    }

    pub fn has_prefix(&self, prefix: &[u8]) -> Lookup<bool> {
        let mut found = false;
        self.scan(prefix, |_, _| {
            found = true;
            Ok(false)
        })?;
        Ok(found)
    }

    /// Shows each entry whose key begins with `prefix`, in order, while `each` returns true.
    /// `each` must not come back here.
    pub fn scan(
        &self,
        prefix: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Lookup<bool>,
    ) -> Lookup<()> {
        let mut kept = self.kept.borrow_mut();
        let mut from: Bytes = prefix.into();
        loop {
            kept.make_room(&self.db)?;
            let leaf = kept.leaf(&self.db, &from)?;
            let place = leaf.place(&from).unwrap_or_else(|place| place);
            for entry in leaf.entries.iter().skip(place) {
                if !entry.key().starts_with(prefix) || !each(entry.key(), entry.value())? {
                    return Ok(());
                }
            }
            match &leaf.until {
                Some(next) => from = next.clone(),
                None => return Ok(()),
            }
        }
    }

    pub fn apply(&self, batch: Batch) -> Lookup<()> {
        let mut kept = self.kept.borrow_mut();
        for edit in batch.0 {
            kept.edit(&self.db, edit)?;
        }
        kept.make_room(&self.db)
    }

    /// Hands all changes to sled, which survives the end of the process with them once it is
    /// flushed.
    pub fn write(&self) -> Lookup<()> {
        self.kept.borrow_mut().write(&self.db)
    }

    /// Writes, and gives the memory back.
    pub fn rest(&self) -> Lookup<()> {
        let mut kept = self.kept.borrow_mut();
        kept.write(&self.db)?;
        *kept = Kept::default();
        Ok(())
    }

    pub fn db(&self) -> &sled::Db {
        &self.db
    }
}

impl Drop for Leaves {
    fn drop(&mut self) {
        // Nobody is left to be told; the next synchronization brings what is lost.
        let _ = self.write();
    }
}

impl Kept {
    /// The leaf a key belongs to, read from sled when it is not in memory.
    fn leaf(&mut self, db: &sled::Db, key: &[u8]) -> Lookup<&mut Leaf> {
        if !self
            .leaves
            .get(self.last)
            .is_some_and(|leaf| leaf.covers(key))
        {
            let until_here = (Bound::Unbounded, Bound::Included(key));
            let below = self.order.range::<[u8], _>(until_here).next_back();
            self.last = match below.map(|(_, place)| *place) {
                Some(place) if self.leaves.get(place).is_some_and(|it| it.covers(key)) => place,
                _ => self.keep(Leaf::read(db, key)?),
            };
        }
        self.leaves.get_mut(self.last).ok_or_else(garbled)
    }

    fn keep(&mut self, leaf: Leaf) -> usize {
        let place = self.leaves.len();
        self.bytes += leaf.bytes;
        self.order.insert(leaf.from.clone(), place);
        self.leaves.push(leaf);
        place
    }

    fn edit(&mut self, db: &sled::Db, edit: Edit) -> Lookup<()> {
        let leaf = match &edit {
            Edit::Insert(entry) => self.leaf(db, entry.key())?,
            Edit::Remove(key) => self.leaf(db, key)?,
        };
        let before = leaf.bytes;
        match edit {
            Edit::Insert(entry) => leaf.insert(entry),
            Edit::Remove(key) => leaf.remove(&key),
        }
        let after = leaf.bytes;
        let upper = if after > LEAF_BYTES {
            leaf.split()
        } else {
            None
        };
        self.bytes = self.bytes + after - before;
        if let Some(upper) = upper {
            self.bytes -= upper.bytes;
            self.keep(upper);
        }
        Ok(())
    }

    fn write(&mut self, db: &sled::Db) -> Lookup<()> {
        let mut batch = sled::Batch::default();
        // In order, so that sled finds the next where it put the last.
        for (from, place) in &self.order {
            if let Some(leaf) = self.leaves.get_mut(*place).filter(|leaf| leaf.is_changed) {
                batch.insert(sled_key(from), leaf.encode()?);
                leaf.is_changed = false;
            }
        }
        db.apply_batch(batch).map_err(damage)
    }

    fn make_room(&mut self, db: &sled::Db) -> Lookup<()> {
        if self.bytes > BUDGET {
            self.write(db)?;
            *self = Self::default();
        }
        Ok(())
    }
}

impl Leaf {
    /// The leaf that holds `key`.
    fn read(db: &sled::Db, key: &[u8]) -> Lookup<Self> {
        let end = sled_key(key);
        let found = db.range(..=end).next_back().transpose().map_err(damage)?;
        let (from, entries): (Bytes, _) = match &found {
            Some((from, value)) if from.first() == Some(&LEAF) => (
                from.get(1..).unwrap_or_default().into(),
                decode(value).ok_or_else(garbled)?,
            ),
            _ => (Bytes::default(), Vec::new()),
        };
        let after = (Bound::Excluded(sled_key(&from)), Bound::Unbounded);
        let next = db.range(after).next().transpose().map_err(damage)?;
        let until = next
            .filter(|(next, _)| next.first() == Some(&LEAF))
            .map(|(next, _)| next.get(1..).unwrap_or_default().into());
        let bytes = entries.iter().map(Entry::size).sum();
        let mut leaf = Self {
            from,
            until,
            shared: 0,
            entries,
            bytes,
            is_changed: false,
        };
        leaf.sign_all();
        Ok(leaf)
    }

    fn covers(&self, key: &[u8]) -> bool {
        *self.from <= *key && self.until.as_deref().is_none_or(|until| key < until)
    }

    /// The first bytes of a key of this leaf behind those that all have, as a number that is
    /// in order as the keys are.
    fn sign(&self, key: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        let tail = key.get(self.shared..).unwrap_or_default();
        bytes
            .iter_mut()
            .zip(tail)
            .for_each(|(byte, own)| *byte = *own);
        u64::from_be_bytes(bytes)
    }

    /// The bounds are new, and with them what all keys have in common.
    fn sign_all(&mut self) {
        self.shared = shared(&self.from, self.until.as_deref());
        let mut entries = std::mem::take(&mut self.entries);
        for entry in &mut entries {
            entry.sign = self.sign(entry.key());
        }
        self.entries = entries;
    }

    /// Where the key is, or belongs.
    fn place(&self, key: &[u8]) -> Result<usize, usize> {
        let sign = self.sign(key);
        self.entries.binary_search_by(|entry| {
            let by_sign = entry.sign.cmp(&sign);
            by_sign.then_with(|| entry.key().cmp(key))
        })
    }

    fn insert(&mut self, mut entry: Entry) {
        entry.sign = self.sign(entry.key());
        match self.place(entry.key()) {
            Ok(place) => {
                let Some(known) = self.entries.get_mut(place) else {
                    return;
                };
                if known.bytes == entry.bytes {
                    return;
                }
                self.bytes = self.bytes + entry.size() - known.size();
                *known = entry;
            }
            Err(place) => {
                self.bytes += entry.size();
                self.entries.insert(place, entry);
            }
        }
        self.is_changed = true;
    }

    fn remove(&mut self, key: &[u8]) {
        if let Ok(place) = self.place(key) {
            self.bytes -= self.entries.remove(place).size();
            self.is_changed = true;
        }
    }

    /// Gives away the upper half. None when there is but one entry.
    fn split(&mut self) -> Option<Self> {
        let mut below = 0;
        let half = self.entries.iter().position(|entry| {
            below += entry.size();
            below * 2 >= self.bytes
        })?;
        let place = half.max(1);
        let from: Bytes = self.entries.get(place)?.key().into();
        let entries = self.entries.split_off(place);
        let bytes = entries.iter().map(Entry::size).sum();
        self.bytes -= bytes;
        let mut upper = Self {
            until: self.until.replace(from.clone()),
            from,
            shared: 0,
            entries,
            bytes,
            is_changed: true,
        };
        self.sign_all();
        upper.sign_all();
        Some(upper)
    }

    /// Each entry as three lengths (what its key shares with the one before, the rest of its
    /// key, its value) and two texts: ids of one mailbox begin alike.
    fn encode(&self) -> Lookup<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.bytes);
        let mut before: &[u8] = &[];
        for entry in &self.entries {
            let key = entry.key();
            let shared = alike(before, key);
            let rest = key.get(shared..).unwrap_or_default();
            for length in [shared, rest.len(), entry.value().len()] {
                let length = u32::try_from(length).map_err(|_| garbled())?;
                bytes.extend_from_slice(&length.to_le_bytes());
            }
            bytes.extend_from_slice(rest);
            bytes.extend_from_slice(entry.value());
            before = key;
        }
        Ok(bytes)
    }
}

/// What every key from `from` up to `until` begins with, in bytes.
fn shared(from: &[u8], until: Option<&[u8]>) -> usize {
    until.map_or(0, |until| alike(from, until))
}

fn alike(first: &[u8], second: &[u8]) -> usize {
    first.iter().zip(second).take_while(|(a, b)| a == b).count()
}

/// None when the bytes are damaged.
fn decode(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    while !bytes.is_empty() {
        let mut length = || -> Option<usize> {
            let (length, rest) = bytes.split_first_chunk()?;
            bytes = rest;
            usize::try_from(u32::from_le_bytes(*length)).ok()
        };
        let (shared, rest, value) = (length()?, length()?, length()?);
        key.truncate(shared);
        let (own, after) = bytes.split_at_checked(rest)?;
        key.extend_from_slice(own);
        let (value, after) = after.split_at_checked(value)?;
        bytes = after;
        if entries
            .last()
            .is_some_and(|last| last.key() >= key.as_slice())
        {
            return None;
        }
        entries.push(Entry::new(&key, value));
    }
    Some(entries)
}

fn sled_key(bound: &[u8]) -> Vec<u8> {
    [&[LEAF], bound].concat()
}

fn damage(error: sled::Error) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn garbled() -> ReplicaError {
    ReplicaError("a page of records is garbled".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says where it broke")]

    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Deed {
        Apply(Vec<(u16, Option<u16>)>),
        Write,
        /// Everything unwritten is lost, as when the process dies.
        Crash,
        Rest,
        Scan(u8),
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let change = (0_u16..2_000, proptest::option::weighted(0.8, 0_u16..3_000));
        prop_oneof![
            8 => proptest::collection::vec(change, 1..300).prop_map(Deed::Apply),
            2 => Just(Deed::Write),
            1 => Just(Deed::Crash),
            2 => Just(Deed::Rest),
            2 => (0_u8..20).prop_map(Deed::Scan),
        ]
    }

    /// Keys of many lengths, with long common beginnings and some that begin others.
    fn key(number: u16) -> Vec<u8> {
        let digits = format!("{:04}", number);
        let tail = usize::from(number % 3) * 40;
        [digits.as_bytes(), &vec![b'x'; tail]].concat()
    }

    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    fn all(leaves: &Leaves, prefix: &[u8]) -> Model {
        let mut found = Model::new();
        let mut last: Option<Vec<u8>> = None;
        leaves
            .scan(prefix, |key, value| {
                assert!(last.as_deref().is_none_or(|last| last < key), "in order");
                last = Some(key.to_vec());
                found.insert(key.to_vec(), value.to_vec());
                Ok(true)
            })
            .unwrap();
        found
    }

    fn temporary() -> sled::Db {
        sled::Config::new()
            .temporary(true)
            .flush_every_ms(None)
            .open()
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn leaves_are_a_sorted_map_that_forgets_what_was_not_written(
            deeds in proptest::collection::vec(deed(), 1..40)
        ) {
            let db = temporary();
            let mut leaves = Leaves::new(db.clone());
            let (mut model, mut written) = (Model::new(), Model::new());
            for deed in deeds {
                match deed {
                    Deed::Apply(changes) => {
                        let mut batch = Batch::default();
                        for (number, size) in changes {
                            let key = key(number);
                            if let Some(size) = size {
                                let value = vec![7; usize::from(size)];
                                batch.insert(&key, &value);
                                model.insert(key, value);
                            } else {
                                batch.remove(&key);
                                model.remove(&key);
                            }
                        }
                        leaves.apply(batch).unwrap();
                    }
                    Deed::Write => {
                        leaves.write().unwrap();
                        written = model.clone();
                    }
                    Deed::Crash => {
                        *leaves.kept.borrow_mut() = Kept::default();
                        leaves = Leaves::new(db.clone());
                        model = written.clone();
                    }
                    Deed::Rest => {
                        leaves.rest().unwrap();
                        written = model.clone();
                    }
                    Deed::Scan(prefix) => {
                        let prefix = format!("{prefix:02}").into_bytes();
                        let mut expected = model.clone();
                        expected.retain(|key, _| key.starts_with(&prefix));
                        prop_assert_eq!(leaves.has_prefix(&prefix).unwrap(), !expected.is_empty());
                        prop_assert_eq!(all(&leaves, &prefix), expected);
                    }
                }
                let counted: usize = leaves.kept.borrow().leaves.iter().map(|leaf| {
                    leaf.entries.iter().map(Entry::size).sum::<usize>()
                }).sum();
                prop_assert_eq!(leaves.kept.borrow().bytes, counted);
            }
            for number in 0..2_000 {
                let key = key(number);
                let found = leaves.get(&key, |value| Ok(value.to_vec())).unwrap();
                prop_assert_eq!(found.as_ref(), model.get(&key));
            }
            prop_assert_eq!(all(&leaves, b""), model);
        }

        #[test]
        fn damaged_leaves_are_noticed_and_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200)
        ) {
            let db = temporary();
            db.insert(sled_key(b""), bytes.clone()).unwrap();
            let leaves = Leaves::new(db);
            let read = leaves.scan(b"", |_, _| Ok(true));
            prop_assert_eq!(read.is_ok(), decode(&bytes).is_some());
        }
    }

    #[test]
    fn more_than_memory_may_hold_goes_to_disk_and_comes_back() {
        let leaves = Leaves::new(temporary());
        let value = vec![1_u8; 4_000];
        let many = u32::try_from(2 * BUDGET / value.len()).unwrap();
        for number in 0..many {
            let mut batch = Batch::default();
            batch.insert(&number.to_be_bytes(), &value);
            leaves.apply(batch).unwrap();
            assert!(leaves.kept.borrow().bytes <= BUDGET);
        }
        let mut seen = 0;
        leaves
            .scan(b"", |key, _| {
                assert_eq!(key, u32::to_be_bytes(seen));
                seen += 1;
                Ok(true)
            })
            .unwrap();
        assert_eq!(seen, many);
    }
}
