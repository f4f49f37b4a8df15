//! A sheet: one window, ready to be read by position. Derived from the replica
//! and the outbox, replaced by atomic rename, never changed in place.
//!
//! ```text
//! header    magic, version, days, first day, entries, waiting, search offset and length, generation, checksum
//! index     one row a day of the quarter: offset, length, checksum of its block
//! blocks    one a day: what touches this UTC day (an all-day event: this date)
//! search    what can be searched, folded to lower case, with day and place of each entry
//! waiting   invitations without my answer, one row a series, and a checksum
//! ```
//!
//! Invariant: header and index have a size that depends on the calendar year only,
//! so reading a week costs the same with a thousand events and with a million.

pub mod waiting;

use super::encoding;
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;
use crate::domain::window::{Quarter, midnight};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

pub const MAGIC: &[u8; 8] = b"KALSHEET";
/// Raised when an entry or the layout changes its shape; older sheets are rebuilt.
pub const VERSION: u32 = 6;
pub const HEADER_BYTES: usize = 8 + 4 + 4 + 4 + 4 + 4 + 8 + 8 + 8 + 4;
pub const ROW_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub days: u32,
    /// Days since 1970-01-01 of the quarter's first day.
    pub first_day: i32,
    pub entries: u32,
    /// Rows of the waiting table, which follows the searchable text.
    pub waiting: u32,
    pub search_at: u64,
    pub search_bytes: u64,
    /// The engine's counter when the sheet was made.
    pub generation: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    pub at: u64,
    pub bytes: u32,
    pub check: u32,
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.days.to_le_bytes());
        bytes.extend_from_slice(&self.first_day.to_le_bytes());
        bytes.extend_from_slice(&self.entries.to_le_bytes());
        bytes.extend_from_slice(&self.waiting.to_le_bytes());
        bytes.extend_from_slice(&self.search_at.to_le_bytes());
        bytes.extend_from_slice(&self.search_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        let check = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&check.to_le_bytes());
        bytes
    }

    /// None when it is not a sheet of this version, or damaged.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let body = bytes.get(..HEADER_BYTES - 4)?;
        let check = u32_at(bytes, HEADER_BYTES - 4)?;
        if body.get(..8)? != MAGIC || crc32fast::hash(body) != check || u32_at(body, 8)? != VERSION
        {
            return None;
        }
        Some(Self {
            days: u32_at(body, 12)?,
            first_day: u32_at(body, 16)?.cast_signed(),
            entries: u32_at(body, 20)?,
            waiting: u32_at(body, 24)?,
            search_at: u64_at(body, 28)?,
            search_bytes: u64_at(body, 36)?,
            generation: u64_at(body, 44)?,
        })
    }
}

impl Row {
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.at.to_le_bytes());
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.check.to_le_bytes());
    }

    pub fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            at: u64_at(bytes, 0)?,
            bytes: u32_at(bytes, 8)?,
            check: u32_at(bytes, 12)?,
        })
    }
}

/// The bytes of a sheet. Entries of another quarter's days only are left out.
pub fn build(quarter: Quarter, mut entries: Vec<Entry>, generation: u64) -> Vec<u8> {
    let first_day = days_since_epoch(quarter.first_day());
    let days = usize::try_from(days_since_epoch(quarter.end_day()) - first_day).unwrap_or(0);
    let mut blocks: Vec<Vec<u8>> = vec![Vec::new(); days];
    let mut counts: Vec<u32> = vec![0; days];
    let mut search = Search::default();
    let waiting = waiting::of(&entries);
    let nowhere = CalendarId::default();
    let mut encoded = Vec::new();
    let mut kept = 0_u32;
    // Entries are large and stay where they are.
    let mut order: Vec<&mut Entry> = entries.iter_mut().collect();
    order.sort_by(|a, b| a.in_time(b));
    for entry in order {
        // The calendar is the file's; a hundred bytes of id in every entry are not needed.
        entry.calendar = nowhere.clone();
        let Some((from, to)) = touched_days(entry, first_day, days) else {
            continue;
        };
        encoded.clear();
        if encoding::append(&*entry, &mut encoded).is_err() {
            continue;
        }
        search.add(entry, from, counts.get(from).copied().unwrap_or(0));
        kept += 1;
        for day in from..=to {
            if let (Some(block), Some(count)) = (blocks.get_mut(day), counts.get_mut(day)) {
                block.extend_from_slice(&encoded);
                *count += 1;
            }
        }
    }
    // What was built from is no longer needed beside what is built.
    drop(entries);
    let header = Header {
        days: u32::try_from(days).unwrap_or(0),
        first_day,
        entries: kept,
        waiting: u32::try_from(waiting.len()).unwrap_or(0),
        search_at: 0,
        search_bytes: 0,
        generation,
    };
    let mut sheet = assemble(header, &blocks, &counts, &search.encode());
    sheet.extend_from_slice(&waiting::encode(&waiting));
    sheet
}

/// Header, index, blocks and search, with the places that only now are known.
fn assemble(mut header: Header, blocks: &[Vec<u8>], counts: &[u32], search: &[u8]) -> Vec<u8> {
    let start = HEADER_BYTES + blocks.len() * ROW_BYTES + 4;
    let length = start + blocks.iter().map(|block| block.len() + 4).sum::<usize>() + search.len();
    let mut sheet = Vec::with_capacity(length);
    sheet.resize(start, 0);
    let mut index = Vec::with_capacity(start);
    for (block, count) in blocks.iter().zip(counts) {
        let at = sheet.len();
        if *count > 0 {
            sheet.extend_from_slice(&count.to_le_bytes());
            sheet.extend_from_slice(block);
        }
        let bytes = sheet.get(at..).unwrap_or_default();
        let row = Row {
            at: at as u64,
            bytes: u32::try_from(bytes.len()).unwrap_or(0),
            check: crc32fast::hash(bytes),
        };
        row.encode(&mut index);
    }
    header.search_at = sheet.len() as u64;
    header.search_bytes = search.len() as u64;
    sheet.extend_from_slice(search);
    let check = crc32fast::hash(&index);
    let mut front = header.encode();
    front.extend_from_slice(&index);
    front.extend_from_slice(&check.to_le_bytes());
    if let Some(place) = sheet.get_mut(..start) {
        place.copy_from_slice(&front);
    }
    sheet
}

/// First and last day, counted from the quarter's first, that the entry touches.
fn touched_days(entry: &Entry, first_day: i32, days: usize) -> Option<(usize, usize)> {
    let start = day_of(entry.start);
    let last = entry
        .end
        .saturating_sub(SignedDuration::from_nanos(1))
        .map_or(start, day_of)
        .max(start);
    let from = (start - first_day).max(0);
    let to = (last - first_day).min(i32::try_from(days).ok()? - 1);
    if to < from || to < 0 {
        return None;
    }
    Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?))
}

/// Days since 1970-01-01 in UTC.
pub fn day_of(instant: Timestamp) -> i32 {
    i32::try_from(instant.as_second().div_euclid(86_400)).unwrap_or(i32::MAX)
}

pub fn days_since_epoch(day: Date) -> i32 {
    day_of(midnight(day))
}

/// The date of a day number.
pub fn date_of(day: i32) -> Date {
    Date::constant(1970, 1, 1)
        .checked_add(i64::from(day).days())
        .unwrap_or(Date::MAX)
}

/// The searchable text of a sheet: a blob of folded lines and a table of where
/// each line ends and which entry it belongs to.
#[derive(Default)]
struct Search {
    lines: Vec<u8>,
    table: Vec<u8>,
}

impl Search {
    fn add(&mut self, entry: &Entry, day: usize, ordinal: u32) {
        for part in [
            &entry.subject,
            &entry.place,
            &entry.organizer.name,
            &entry.organizer.address,
        ] {
            let line = self.lines.len();
            fold(part.raw(), &mut self.lines);
            // A line break would end the entry.
            for byte in self
                .lines
                .iter_mut()
                .skip(line)
                .filter(|byte| **byte == b'\n')
            {
                *byte = b' ';
            }
            self.lines.push(0x1f);
        }
        self.lines.push(b'\n');
        self.table.extend_from_slice(
            &u32::try_from(self.lines.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        self.table
            .extend_from_slice(&u16::try_from(day).unwrap_or(0).to_le_bytes());
        self.table
            .extend_from_slice(&u16::try_from(ordinal).unwrap_or(u16::MAX).to_le_bytes());
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = u32::try_from(self.table.len())
            .unwrap_or(0)
            .to_le_bytes()
            .to_vec();
        bytes.extend_from_slice(&self.table);
        bytes.extend_from_slice(&self.lines);
        bytes
    }
}

/// Lower case, as the words searched for are folded.
fn fold(text: &str, lines: &mut Vec<u8>) {
    if text.is_ascii() {
        let from = lines.len();
        lines.extend_from_slice(text.as_bytes());
        lines
            .iter_mut()
            .skip(from)
            .for_each(u8::make_ascii_lowercase);
    } else {
        lines.extend_from_slice(text.to_lowercase().as_bytes());
    }
}

/// Day and place in its block of every entry whose text holds `needle` (folded).
pub fn find(search: &[u8], needle: &[u8]) -> Vec<(u16, u16)> {
    let Some(table_bytes) = u32_at(search, 0).and_then(|bytes| usize::try_from(bytes).ok()) else {
        return Vec::new();
    };
    let (Some(table), Some(lines)) = (
        search.get(4..4 + table_bytes),
        search.get(4 + table_bytes..),
    ) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut row = 0;
    let mut from = 0;
    let finder = memchr::memmem::Finder::new(needle);
    while let Some(hit) = lines.get(from..).and_then(|rest| finder.find(rest)) {
        let place = from + hit;
        while u32_at(table, row * 8).is_some_and(|end| end as usize <= place) {
            row += 1;
        }
        let Some(end) = u32_at(table, row * 8) else {
            break;
        };
        if let (Some(day), Some(ordinal)) = (u16_at(table, row * 8 + 4), u16_at(table, row * 8 + 6))
        {
            found.push((day, ordinal));
        }
        from = end as usize;
    }
    found
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at + 2)?
        .try_into()
        .ok()
        .map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..at + 8)?
        .try_into()
        .ok()
        .map(u64::from_le_bytes)
}

/// The file name of a window's sheet.
pub fn file_name(number: u16, quarter: Quarter) -> String {
    format!("{number}-{}.sheet", quarter.0)
}
