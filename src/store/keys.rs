//! Keys of the replica, ordered so that a window is one range scan. Only the version is a
//! key of sled's own; the others are entries of leaves.
//!
//! ```text
//! d                                     the desk
//! c                                     the engine's counter
//! v                                     schema version
//! k <calendar id>                       its short number
//! w <number> <quarter>                  a window's state
//! e <number> <event id>                 a record
//! m <number> <quarter> <root> 0 <id>    a mark
//! n <number> <event id>                 a declined note
//! ```

use crate::domain::ids::EventId;
use crate::domain::window::Quarter;

/// Changed whenever a stored value changes its shape; an older replica is rebuilt.
pub const SCHEMA: u32 = 6;

pub const DESK: &[u8] = b"d";
pub const COUNTER: &[u8] = b"c";
pub const VERSION: &[u8] = b"v";
pub const CALENDARS: &[u8] = b"k";

/// A calendar's short number in this replica.
pub type Number = u16;

pub fn calendar(id: &str) -> Vec<u8> {
    [b"k", id.as_bytes()].concat()
}

pub fn window(number: Number, quarter: Quarter) -> Vec<u8> {
    let mut key = vec![b'w'];
    push(&mut key, number, quarter);
    key
}

pub fn stale(number: Number, quarter: Quarter) -> Vec<u8> {
    let mut key = vec![b'x'];
    push(&mut key, number, quarter);
    key
}

pub fn windows() -> &'static [u8] {
    b"w"
}

pub fn record(number: Number, id: &EventId) -> Vec<u8> {
    one(b'e', number, id.as_str())
}

pub fn note(number: Number, id: &EventId) -> Vec<u8> {
    one(b'n', number, id.as_str())
}

pub fn mark(number: Number, quarter: Quarter, root: &EventId, id: &EventId) -> Vec<u8> {
    let id = id.as_str().as_bytes();
    let mut key = with_room(root.as_str().len() + 1 + id.len());
    push_series(&mut key, number, quarter, root);
    key.extend_from_slice(id);
    key
}

/// Prefix of all marks of one window.
pub fn marks(number: Number, quarter: Quarter) -> Vec<u8> {
    let mut key = vec![b'm'];
    push(&mut key, number, quarter);
    key
}

/// Prefix of the marks of one series root in one window.
pub fn series(number: Number, quarter: Quarter, root: &EventId) -> Vec<u8> {
    let mut key = with_room(root.as_str().len() + 1);
    push_series(&mut key, number, quarter, root);
    key
}

/// Prefix of everything of one kind in one calendar.
pub fn all_of(kind: u8, number: Number) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// Number and quarter of a window's key.
pub fn read_window(key: &[u8]) -> Option<(Number, Quarter)> {
    let number = key.get(1..3)?.try_into().ok().map(Number::from_be_bytes)?;
    let biased = key.get(3..5)?.try_into().ok().map(u16::from_be_bytes)?;
    Some((number, Quarter(unbias(biased))))
}

/// Root and id of a mark's key.
pub fn read_mark(key: &[u8]) -> Option<(&str, &str)> {
    let rest = key.get(5..)?;
    let split = rest.iter().position(|byte| *byte == 0)?;
    let root = std::str::from_utf8(rest.get(..split)?).ok()?;
    let id = std::str::from_utf8(rest.get(split + 1..)?).ok()?;
    Some((root, id))
}

fn one(kind: u8, number: Number, id: &str) -> Vec<u8> {
    let mut key = with_room(id.len());
    key.push(kind);
    key.extend_from_slice(&number.to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

/// For a kind, a number, a quarter and so many bytes more: keys are made by the thousand.
fn with_room(rest: usize) -> Vec<u8> {
    Vec::with_capacity(5 + rest)
}

fn push_series(key: &mut Vec<u8>, number: Number, quarter: Quarter, root: &EventId) {
    key.push(b'm');
    push(key, number, quarter);
    key.extend_from_slice(root.as_str().as_bytes());
    key.push(0);
}

fn push(key: &mut Vec<u8>, number: Number, quarter: Quarter) {
    key.extend_from_slice(&number.to_be_bytes());
    // Biased, so that byte order is numeric order for years before 0 as well.
    key.extend_from_slice(&bias(quarter.0).to_be_bytes());
}

fn bias(quarter: i16) -> u16 {
    quarter.cast_unsigned() ^ 0x8000
}

fn unbias(biased: u16) -> i16 {
    (biased ^ 0x8000).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_can_be_read_back() {
        let (root, id) = (EventId::new("AAMkAD=-_master"), EventId::new("AAMkAD=-_x"));
        let key = mark(7, Quarter(-3), &root, &id);
        assert_eq!(read_mark(&key), Some((root.as_str(), id.as_str())));
        assert_eq!(read_window(&window(7, Quarter(-3))), Some((7, Quarter(-3))));
    }
}
