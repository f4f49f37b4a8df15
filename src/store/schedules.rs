//! What was told of other people's time, so that a time can be looked for without a connection.
//!
//! Not precious: what cannot be read is nothing, and is asked for again. It is replaced whole, and
//! small enough for that: the newest [`KEPT`] people with [`CLAIMS`] claims each.

use super::encoding::{sealed, unsealed};
use super::folder::replace;
use super::{Folder, StoreError};
use crate::domain::free_busy::{Heard, key};
use crate::domain::text::Untrusted;
use jiff::Timestamp;
use std::path::PathBuf;

const VERSION: u32 = 1;
/// People whose time is kept, each for the days that were looked at last.
const KEPT: usize = 200;
/// More than a working week of quarter hours.
const CLAIMS: usize = 400;

/// Only the owner of the folder writes, so nothing is kept open.
#[derive(Debug, Clone)]
pub struct Schedules {
    path: PathBuf,
}

impl Schedules {
    pub fn open(folder: &Folder) -> Self {
        let path = folder.schedules();
        Self { path }
    }

    fn all(&self) -> Vec<Heard> {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        unsealed(VERSION, &bytes).unwrap_or_default()
    }

    /// What is known of these people in all of that time.
    pub fn of(&self, addresses: &[String], from: Timestamp, to: Timestamp) -> Vec<Heard> {
        let wanted = |heard: &Heard| {
            let address = heard.key();
            let is_asked = addresses
                .iter()
                .any(|asked| asked.to_lowercase() == address);
            is_asked && heard.covers(from, to)
        };
        let mut all = self.all();
        all.retain(wanted);
        all
    }

    /// Keeps what is new; what was known of the same people goes.
    pub fn keep(&self, mut news: Vec<Heard>) -> Result<(), StoreError> {
        news.retain(|heard| heard.schedule.trouble.is_none());
        let told: Vec<Untrusted> = news.iter().map(|it| it.schedule.address.clone()).collect();
        let is_new = |heard: &Heard| told.iter().any(|address| key(address) == heard.key());
        let before = self.all().into_iter().filter(|heard| !is_new(heard));
        news.extend(before);
        news.truncate(KEPT);
        for heard in &mut news {
            heard
                .schedule
                .taken
                .sort_unstable_by_key(|taken| taken.slot.start);
            // Half of somebody's claims would show the rest of their time as free.
            if heard.schedule.taken.len() > CLAIMS
                && let Some(last) = heard.schedule.taken.get(CLAIMS)
            {
                heard.to = heard.to.min(last.slot.start);
                heard.schedule.taken.truncate(CLAIMS);
            }
        }
        let bytes =
            sealed(VERSION, &news).map_err(|error| StoreError::Replica(error.to_string()))?;
        replace(&self.path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{ShowAs, Slot};
    use crate::domain::free_busy::{Schedule, Taken};
    use jiff::SignedDuration;

    fn at(hour: i64) -> Timestamp {
        let monday: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        monday + SignedDuration::from_hours(hour)
    }

    fn heard(address: &str, claims: i64) -> Heard {
        let taken = |hour| Taken {
            slot: Slot {
                start: at(hour),
                end: at(hour + 1),
            },
            show_as: ShowAs::Busy,
        };
        Heard {
            schedule: Schedule {
                address: Untrusted::new(address),
                taken: (0..claims).map(taken).collect(),
                hours: None,
                trouble: None,
            },
            at: at(9),
            from: at(0),
            to: at(1_000),
        }
    }

    #[test]
    fn what_was_told_is_known_after_a_restart_for_the_days_it_was_told_of() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let schedules = Schedules::open(&folder);
        schedules
            .keep(vec![
                heard("Ben@contoso.com", 2),
                heard("eva@contoso.com", 1),
            ])
            .unwrap();
        schedules.keep(vec![heard("eva@contoso.com", 3)]).unwrap();
        let asked = ["ben@contoso.com".to_owned(), "EVA@contoso.com".to_owned()];
        let known = Schedules::open(&folder).of(&asked, at(0), at(168));
        let claims: Vec<usize> = known.iter().map(|it| it.schedule.taken.len()).collect();
        assert_eq!(claims, [3, 2], "the newer one of Eva, and Ben");
        assert_eq!(schedules.of(&asked, at(0), at(1_001)), [], "nobody said");
        std::fs::write(folder.schedules(), b"\x01\0\0\0garbage").unwrap();
        assert_eq!(schedules.of(&asked, at(0), at(168)), []);
    }

    #[test]
    fn what_does_not_fit_is_unknown_and_not_free() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let schedules = Schedules::open(&folder);
        schedules.keep(vec![heard("ben@contoso.com", 500)]).unwrap();
        let asked = ["ben@contoso.com".to_owned()];
        assert_eq!(schedules.of(&asked, at(0), at(500)), []);
        assert_eq!(schedules.of(&asked, at(0), at(400)).len(), 1);
        let many = (0..300).map(|n| heard(&format!("p{n}@contoso.com"), 1));
        schedules.keep(many.collect()).unwrap();
        assert_eq!(schedules.all().len(), KEPT);
    }
}
