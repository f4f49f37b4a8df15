//! The program's own figures, a line a day.
//!
//! Not precious: figures that are lost are figures of the past. So the file is replaced whole,
//! without an fsync and seldom, and what cannot be read in it is as if it had not been.

use super::folder::replace;
use super::{Folder, StoreError};
use crate::domain::figures::Figures;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

/// Days that are kept, the newest.
pub const KEPT: usize = 90;
/// Nothing that we wrote is larger.
const READ_AT_MOST: u64 = 1 << 20;
const HEAD: &str = "figures 1 ";

pub struct Days {
    path: PathBuf,
    pub days: BTreeMap<Date, Figures>,
    /// What the file holds ends here; None while there is none.
    pub written_at: Option<Timestamp>,
}

impl Days {
    /// A file that is missing, cannot be read or is of another kind holds nothing.
    pub fn open(folder: &Folder) -> Self {
        let path = folder.days();
        let mut bytes = Vec::new();
        if let Ok(file) = std::fs::File::open(&path) {
            let _ = file.take(READ_AT_MOST).read_to_end(&mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        let head = lines.next().and_then(|line| line.strip_prefix(HEAD));
        let written_at = head.and_then(|at| at.parse().ok());
        let days = match written_at {
            Some(_) => lines.filter_map(Figures::parse).collect(),
            None => BTreeMap::new(),
        };
        Self {
            path,
            days,
            written_at,
        }
    }

    /// The figures of the day that `now` is in.
    pub fn at(&mut self, now: Timestamp) -> &mut Figures {
        self.days.entry(utc_day(now)).or_default()
    }

    /// Keeps the newest days.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&mut self, now: Timestamp) -> Result<(), StoreError> {
        while self.days.len() > KEPT {
            self.days.pop_first();
        }
        let mut text = format!("{HEAD}{now}\n");
        for (day, figures) in &self.days {
            text.push_str(&figures.line(*day));
            text.push('\n');
        }
        replace(&self.path, text.as_bytes())?;
        self.written_at = Some(now);
        Ok(())
    }
}

fn utc_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn now() -> Timestamp {
        "2026-11-23T23:59:00Z".parse().unwrap()
    }

    #[test]
    fn days_are_known_after_a_restart_and_garbage_is_as_nothing() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let mut days = Days::open(&folder);
        assert_eq!((days.days.len(), days.written_at), (0, None));
        for minutes in [0, 1, 2] {
            days.at(now() + minutes.minutes()).requests += 1;
        }
        days.write(now()).unwrap();
        let again = Days::open(&folder);
        assert_eq!((&again.days, again.written_at), (&days.days, Some(now())));
        let requests: Vec<u64> = again.days.values().map(|day| day.requests).collect();
        assert_eq!(requests, [1, 2], "two days are two");
        let whole = std::fs::read(folder.days()).unwrap();
        // However it is damaged, at worst it starts anew.
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x80;
            std::fs::write(folder.days(), &bytes).unwrap();
            assert!(Days::open(&folder).days.len() <= 2);
            std::fs::write(folder.days(), &whole[..at]).unwrap();
            assert!(Days::open(&folder).days.len() <= 2);
        }
        std::fs::write(folder.days(), "figures 2 2026-11-23T23:59:00Z\n").unwrap();
        assert!(Days::open(&folder).days.is_empty());
    }

    #[test]
    fn the_newest_ninety_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let mut days = Days::open(&folder);
        for day in 0..120 {
            days.at(now() + (24 * day).hours()).bytes = 1;
        }
        days.write(now()).unwrap();
        let again = Days::open(&folder);
        assert_eq!(again.days.len(), KEPT);
        let last = again.days.keys().next_back().copied();
        assert_eq!(last, Some(utc_day(now() + (24 * 119).hours())));
    }
}
