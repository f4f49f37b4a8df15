//! Invitations of a window that wait for my answer, so that counting them at a start reads
//! a few bytes of each sheet and no event.

use crate::domain::digest::digest;
use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use jiff::Timestamp;
use std::collections::BTreeMap;

const ROW_BYTES: usize = 16;
const CHECK_BYTES: usize = 4;

/// One invitation; a series is one, however often it takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Names the series root, the same in every window that holds it.
    pub root: u64,
    /// When the last of it in this window is over, in whole seconds of UTC.
    pub end: i64,
}

/// What waits among these entries.
pub fn of(entries: &[Entry]) -> Vec<Waiting> {
    let mut last: BTreeMap<&EventId, Timestamp> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_unanswered()) {
        let root = entry.series.as_ref().unwrap_or(&entry.id);
        let end = last.entry(root).or_insert(entry.end);
        *end = (*end).max(entry.end);
    }
    last.into_iter()
        .map(|(root, end)| Waiting {
            root: digest([root.as_str().as_bytes()]),
            end: end.as_second(),
        })
        .collect()
}

pub fn encode(waiting: &[Waiting]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length(waiting.len()));
    for Waiting { root, end } in waiting {
        bytes.extend_from_slice(&root.to_le_bytes());
        bytes.extend_from_slice(&end.to_le_bytes());
    }
    let check = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&check.to_le_bytes());
    bytes
}

/// None when the bytes are damaged.
pub fn decode(bytes: &[u8]) -> Option<Vec<Waiting>> {
    let (rows, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_BYTES)?)?;
    if crc32fast::hash(rows).to_le_bytes() != check {
        return None;
    }
    rows.chunks_exact(ROW_BYTES)
        .map(|row| {
            let (root, end) = row.split_at_checked(8)?;
            Some(Waiting {
                root: u64::from_le_bytes(root.try_into().ok()?),
                end: i64::from_le_bytes(end.try_into().ok()?),
            })
        })
        .collect()
}

/// Bytes of a table with so many rows.
pub fn length(rows: usize) -> usize {
    rows * ROW_BYTES + CHECK_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_back_and_damage_noticed() {
        let waiting = [
            Waiting { root: 7, end: -3 },
            Waiting {
                root: u64::MAX,
                end: 1_800_000_000,
            },
        ];
        let mut bytes = encode(&waiting);
        assert_eq!(bytes.len(), length(2));
        assert_eq!(decode(&bytes), Some(waiting.to_vec()));
        bytes[3] ^= 1;
        assert_eq!(decode(&bytes), None);
        assert_eq!(decode(&encode(&[])), Some(Vec::new()));
        assert_eq!(decode(&[]), None);
    }
}
