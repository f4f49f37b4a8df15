//! Reading sheets, by position and without sled: for the first frame, for
//! scripts, for a second process.
//!
//! Invariant: what is read depends on the days asked for, never on how many
//! events are stored. `Reader::bytes_read` lets a test say so.

use super::desk::DeskFile;
use super::sheet::waiting::{self, Waiting};
use super::sheet::{self, HEADER_BYTES, Header, ROW_BYTES, Row};
use super::{Folder, StoreError};
use crate::domain::entry::Entry;
use crate::domain::event::When;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::window::Quarter;
use jiff::ToSpan;
use jiff::civil::Date;
use std::cell::Cell;
use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

pub struct Reader {
    folder: Folder,
    bytes_read: Cell<u64>,
}

/// A range of dates as read: entries, and the windows whose sheet is missing or damaged.
#[derive(Debug, Default)]
pub struct Read {
    pub entries: Vec<Entry>,
    pub missing: Vec<(CalendarId, Quarter)>,
}

impl Reader {
    pub fn new(folder: Folder) -> Self {
        Self {
            folder,
            bytes_read: Cell::new(0),
        }
    }

    pub fn desk(&self) -> Result<Option<DeskFile>, StoreError> {
        let desk = DeskFile::load(&self.folder)?;
        Ok(desk)
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.get()
    }

    /// Everything that touches the dates `[from, to)` seen from any zone: a day
    /// wider on both sides, to be trimmed in the viewer's zone.
    pub fn range(&self, desk: &DeskFile, from: Date, to: Date) -> Read {
        let first = sheet::days_since_epoch(from.saturating_sub(1.day()));
        let last = sheet::days_since_epoch(to);
        let mut read = Read::default();
        for (calendar, number) in &desk.numbers {
            let mut seen: HashSet<EventId> = HashSet::new();
            let mut day = first;
            while day <= last {
                let quarter = Quarter::of(sheet::date_of(day));
                let end = sheet::days_since_epoch(quarter.end_day()).min(last + 1);
                match self.days(*number, quarter, day, end) {
                    Some(entries) => {
                        for mut entry in entries {
                            if seen.insert(entry.id.clone()) {
                                entry.calendar = calendar.clone();
                                read.entries.push(entry);
                            }
                        }
                    }
                    None => read.missing.push((calendar.clone(), quarter)),
                }
                day = end.max(day + 1);
            }
        }
        read.entries.sort_by(Entry::in_time);
        read
    }

    /// Entries of the UTC days `[from, to)` of one sheet; None when it is missing or damaged.
    fn days(&self, number: u16, quarter: Quarter, from: i32, to: i32) -> Option<Vec<Entry>> {
        let file = self.open(number, quarter)?;
        let (header, rows) = self.index(&file)?;
        let mut entries = Vec::new();
        for day in from..to {
            let place = usize::try_from(day - header.first_day).ok()?;
            let row = rows.get(place)?;
            if row.bytes > 0 {
                entries.extend(self.block(&file, row)?);
            }
        }
        Some(entries)
    }

    fn open(&self, number: u16, quarter: Quarter) -> Option<File> {
        File::open(self.folder.sheets().join(sheet::file_name(number, quarter))).ok()
    }

    fn index(&self, file: &File) -> Option<(Header, Vec<Row>)> {
        // No quarter has more than 92 days: one read brings header and index.
        let mut bytes = vec![0; HEADER_BYTES + 92 * ROW_BYTES + 4];
        let got = self.read_some(file, &mut bytes, 0)?;
        let header = Header::decode(bytes.get(..got)?)?;
        let days = usize::try_from(header.days)
            .ok()
            .filter(|days| *days <= 92)?;
        let rows = bytes.get(HEADER_BYTES..HEADER_BYTES + days * ROW_BYTES)?;
        let end = HEADER_BYTES + days * ROW_BYTES;
        let check = bytes
            .get(end..end + 4)?
            .try_into()
            .ok()
            .map(u32::from_le_bytes)?;
        if crc32fast::hash(rows) != check {
            return None;
        }
        let rows = rows
            .chunks_exact(ROW_BYTES)
            .map(Row::decode)
            .collect::<Option<Vec<_>>>()?;
        Some((header, rows))
    }

    fn block(&self, file: &File, row: &Row) -> Option<Vec<Entry>> {
        let bytes = self.read_exactly(file, row.at, u64::from(row.bytes))?;
        if crc32fast::hash(&bytes) != row.check {
            return None;
        }
        let count = bytes.get(..4)?.try_into().ok().map(u32::from_le_bytes)?;
        let mut rest = bytes.get(4..)?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let (entry, left) = postcard::take_from_bytes::<Entry>(rest).ok()?;
            entries.push(entry);
            rest = left;
        }
        Some(entries)
    }

    /// Entries of every sheet whose subject, place or organizer holds `text`,
    /// nearest to `around` first.
    pub fn search(&self, desk: &DeskFile, text: &str, around: Date, limit: usize) -> Vec<Entry> {
        let needle = text.to_lowercase();
        if needle.trim().is_empty() {
            return Vec::new();
        }
        let middle = sheet::days_since_epoch(around);
        let mut hits: Vec<(i32, u16, Quarter, u16)> = Vec::new();
        for (_, number) in &desk.numbers {
            for quarter in self.quarters_of(*number) {
                let Some(found) = self.find(*number, quarter, needle.as_bytes()) else {
                    continue;
                };
                let first = sheet::days_since_epoch(quarter.first_day());
                hits.extend(
                    found
                        .into_iter()
                        .map(|(day, ordinal)| (first + i32::from(day), *number, quarter, ordinal)),
                );
            }
        }
        hits.sort_by_key(|(day, number, _, ordinal)| {
            (day.abs_diff(middle), *day, *number, *ordinal)
        });
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashSet::new();
        for (day, number, quarter, ordinal) in hits {
            if entries.len() >= limit {
                break;
            }
            let calendar = desk
                .numbers
                .iter()
                .find(|(_, of)| *of == number)
                .map(|(id, _)| id.clone());
            let entry = self
                .days(number, quarter, day, day + 1)
                .and_then(|found| found.into_iter().nth(ordinal.into()));
            if let (Some(mut entry), Some(calendar)) = (entry, calendar)
                && seen.insert((entry.id.clone(), entry.start))
            {
                entry.calendar = calendar;
                entries.push(entry);
            }
        }
        entries
    }

    fn find(&self, number: u16, quarter: Quarter, needle: &[u8]) -> Option<Vec<(u16, u16)>> {
        let file = self.open(number, quarter)?;
        let mut head = vec![0; HEADER_BYTES];
        let got = self.read_some(&file, &mut head, 0)?;
        let header = Header::decode(head.get(..got)?)?;
        let search = self.read_exactly(&file, header.search_at, header.search_bytes)?;
        Some(sheet::find(&search, needle))
    }

    /// Invitations that wait in this window; None when its sheet is missing or damaged.
    pub fn waiting(&self, number: u16, quarter: Quarter) -> Option<Vec<Waiting>> {
        let file = self.open(number, quarter)?;
        let mut head = vec![0; HEADER_BYTES];
        let got = self.read_some(&file, &mut head, 0)?;
        let header = Header::decode(head.get(..got)?)?;
        let at = header.search_at.checked_add(header.search_bytes)?;
        let length = waiting::length(usize::try_from(header.waiting).ok()?);
        waiting::decode(&self.read_exactly(&file, at, length as u64)?)
    }

    fn quarters_of(&self, number: u16) -> Vec<Quarter> {
        let Ok(files) = std::fs::read_dir(self.folder.sheets()) else {
            return Vec::new();
        };
        let mut quarters: Vec<Quarter> = files
            .flatten()
            .filter_map(|file| {
                let name = file.file_name();
                let (of, quarter) = name.to_str()?.strip_suffix(".sheet")?.split_once('-')?;
                (of.parse::<u16>().ok()? == number).then_some(Quarter(quarter.parse().ok()?))
            })
            .collect();
        quarters.sort();
        quarters
    }

    fn read_some(&self, file: &File, bytes: &mut [u8], at: u64) -> Option<usize> {
        let got = file.read_at(bytes, at).ok()?;
        self.bytes_read.set(self.bytes_read.get() + got as u64);
        Some(got)
    }

    fn read_exactly(&self, file: &File, at: u64, length: u64) -> Option<Vec<u8>> {
        // A damaged length must not ask for all memory there is.
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= 256 << 20)?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at).ok()?;
        self.bytes_read.set(self.bytes_read.get() + length as u64);
        Some(bytes)
    }
}

/// Whether an entry touches the dates `[from, to)` given the instants at which
/// those days begin in the viewer's zone; all-day events go by their dates.
pub fn touches(
    entry: &Entry,
    from: Date,
    to: Date,
    begins: jiff::Timestamp,
    ends: jiff::Timestamp,
) -> bool {
    match entry.when() {
        When::AllDay { first, end } => first < to && end > from,
        When::Timed { start, end } => {
            start < ends && (end > begins || (start == end && start >= begins))
        }
    }
}
