//! The viewer's zone: instants to wall time and days to instants.
//!
//! Refuses to look zones up anywhere but in the database it was handed.

use crate::domain::zone::{Zone, ZoneName};
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

#[derive(Debug, Clone)]
pub struct Viewer {
    /// IANA name.
    pub name: String,
    pub zone: TimeZone,
}

impl Viewer {
    pub fn new(name: impl Into<String>, zone: TimeZone) -> Self {
        Self {
            name: name.into(),
            zone,
        }
    }

    /// By IANA or Windows name; None when the database does not know it.
    pub fn find(book: &TimeZoneDatabase, name: &str) -> Option<Self> {
        let parsed = ZoneName::parse(name);
        let name = parsed.iana().unwrap_or(name);
        let zone = book.get(name).ok()?;
        Some(Self::new(name, zone))
    }

    /// The same, for what is written.
    pub fn as_zone(&self) -> Zone {
        Zone::with_rules(&self.name, self.zone.clone())
    }

    pub fn at(&self, instant: Timestamp) -> Zoned {
        instant.to_zoned(self.zone.clone())
    }

    pub fn wall(&self, instant: Timestamp) -> DateTime {
        self.zone.to_datetime(instant)
    }

    pub fn day(&self, instant: Timestamp) -> Date {
        self.wall(instant).date()
    }

    /// The day an event begins on: of all-day events `start` is a UTC midnight, which is the day
    /// before west of Greenwich.
    pub fn first_day(&self, start: Timestamp, all_day: bool) -> Date {
        if all_day {
            return TimeZone::UTC.to_datetime(start).date();
        }
        self.day(start)
    }

    /// The first instant of a day (00:00 may be skipped, then it is the first one after).
    pub fn midnight(&self, day: Date) -> Timestamp {
        self.zone
            .to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
            .compatible()
            .unwrap_or(if day.year() < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
    }

    /// The place in the zone's name: "Berlin" of "Europe/Berlin".
    pub fn place(&self) -> String {
        self.name
            .rsplit('/')
            .next()
            .unwrap_or(&self.name)
            .replace('_', " ")
    }
}
