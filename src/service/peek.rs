//! Looking without owning: sheets and desk, for the first frame, `next`,
//! `agenda` and second processes. Never waits for sled or the network.

use crate::domain::entry::Entry;
use crate::domain::figures::Figures;
use crate::store::days::Days;
use crate::store::desk::DeskFile;
use crate::store::reading::{Read, Reader};
use crate::store::{Folder, Followed, Hushed, StoreError};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

pub struct Peek {
    folder: Folder,
    reader: Reader,
    pub desk: DeskFile,
    /// Nothing was ever stored here.
    pub is_empty: bool,
}

impl Peek {
    pub fn open(folder: &Folder) -> Result<Self, StoreError> {
        let reader = Reader::new(folder.clone());
        let desk = reader.desk()?;
        let is_empty = desk.is_none();
        Ok(Self {
            folder: folder.clone(),
            reader,
            desk: desk.unwrap_or_default(),
            is_empty,
        })
    }

    /// Re-reads names and colours after a notice.
    pub fn refresh(&mut self) {
        if let Ok(Some(desk)) = self.reader.desk() {
            self.desk = desk;
            self.is_empty = false;
        }
    }

    /// Entries that may touch the dates `[from, to)`, a day wider on both sides;
    /// to be trimmed in the viewer's zone.
    pub fn range(&self, from: Date, to: Date) -> Read {
        self.reader.range(&self.desk, from, to)
    }

    /// Items of the queue that the person wants to hear no more of.
    pub fn hushed(&self) -> BTreeSet<u64> {
        Hushed::open(&self.folder).ids().collect()
    }

    /// The program's own figures by UTC day, and until when they were counted.
    pub fn figures(folder: &Folder) -> (BTreeMap<Date, Figures>, Option<Timestamp>) {
        let Days {
            days, written_at, ..
        } = Days::open(folder);
        (days, written_at)
    }

    /// Whose calendars are followed by their address.
    pub fn followed(&self) -> Vec<String> {
        Followed::open(&self.folder).addresses().to_vec()
    }

    pub fn search(&self, text: &str, around: Date, limit: usize) -> Vec<Entry> {
        self.reader.search(&self.desk, text, around, limit)
    }

    /// For proofs that a start reads the same whatever is stored.
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }
}
