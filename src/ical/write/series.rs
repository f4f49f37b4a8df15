//! Series and their exceptions on their way out.
//!
//! Graph names no occurrence by the time it had before it was changed, so that an exception is
//! given the free place in its series that lies nearest to it. Which of two places it was makes
//! no difference to what a calendar shows.

use super::{Clock, Stored, Writer, utc, written};
use crate::domain::event::{Details, Event, Kind};
use crate::domain::ids::EventId;
use crate::domain::recurrence::{Range, Recurrence};
use crate::domain::zone::Zone;
use crate::ical::rule::{Budget, Rule};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// What is stored of one series.
#[derive(Default)]
struct Members<'e> {
    master: Option<&'e Event>,
    occurrences: Vec<&'e Event>,
    exceptions: Vec<&'e Event>,
}

impl Writer<'_> {
    pub(super) fn calendar(&mut self, stored: &Stored) {
        let mut series: BTreeMap<&EventId, Members<'_>> = BTreeMap::new();
        for event in &stored.events {
            match (event.kind, &event.series) {
                (Kind::Master, _) => series.entry(&event.id).or_default().master = Some(event),
                (Kind::Occurrence, Some(root)) => {
                    series.entry(root).or_default().occurrences.push(event);
                }
                (Kind::Exception, Some(root)) => {
                    series.entry(root).or_default().exceptions.push(event);
                }
                _ => self.single(event, None),
            }
        }
        for members in series.values() {
            self.series(members, stored);
        }
    }

    /// By itself. An occurrence has its master's fields.
    fn single(&mut self, event: &Event, master: Option<&Event>) {
        let own = event.details.as_ref();
        let details = own.or_else(|| master.and_then(|master| master.details.as_ref()));
        let Some(details) = details else { return };
        let clock = self.clock(details);
        let uid = self.uid(event);
        self.body(event, details, &uid, &clock);
        self.end(details);
    }

    fn series(&mut self, members: &Members<'_>, stored: &Stored) {
        let known = members.master.and_then(|master| {
            let details = master.details.as_ref()?;
            Some((master, details, details.recurrence.as_ref()?))
        });
        let rule = known.and_then(|(master, details, rule)| {
            let clock = self.clock(details);
            let zone = match &clock {
                Clock::In(zone) => zone.clone(),
                Clock::AllDay => Zone::utc(),
                // A rule of an unknown zone would move with the wrong clock.
                Clock::Utc if is_utc(details) => Zone::utc(),
                Clock::Utc => return None,
            };
            Some((master, details, rule, clock, zone))
        });
        let Some((master, details, rule, clock, zone)) = rule else {
            let alone = members.occurrences.iter().chain(&members.exceptions);
            for event in alone {
                self.single(event, members.master);
            }
            return;
        };
        let free = free_places(members, stored, rule, master, &zone);
        let (changed, lonely) = placed(&members.exceptions, &free, &zone);
        let uid = self.uid(master);
        self.body(master, details, &uid, &clock);
        let start = zone.wall(master.start);
        let text = match clock {
            Clock::AllDay => rule.to_rrule(),
            _ => rule.to_rrule_in(&zone, start.time()),
        };
        self.lines.raw("RRULE", &text);
        for hole in free.iter().filter(|wall| !changed.contains_key(wall)) {
            self.named("EXDATE", *hole, &clock);
        }
        self.end(details);
        for (place, event) in changed {
            let Some(details) = event.details.as_ref() else {
                continue;
            };
            let own = self.clock(details);
            self.body(event, details, &uid, &own);
            self.named("RECURRENCE-ID", place, &clock);
            self.end(details);
        }
        for event in lonely {
            self.single(event, Some(master));
        }
    }

    /// An occurrence by the time its series gives it.
    fn named(&mut self, name: &str, wall: DateTime, clock: &Clock) {
        match clock {
            Clock::AllDay => {
                let date = wall.date().strftime("%Y%m%d").to_string();
                self.lines.with(name, &[("VALUE", "DATE")], &date);
            }
            Clock::Utc => {
                let instant = TimeZone::UTC.to_timestamp(wall).unwrap_or_default();
                self.lines.raw(name, &utc(instant));
            }
            Clock::In(zone) => {
                self.uses(zone, wall.year());
                self.lines
                    .with(name, &[("TZID", zone.name())], &written(wall));
            }
        }
    }
}

fn is_utc(details: &Details) -> bool {
    let name = details.start_zone.as_ref().map_or("", |zone| zone.raw());
    matches!(name, "UTC" | "tzone://Microsoft/Utc" | "Etc/UTC")
}

/// What the rule names in what was read, and is not there as the rule says.
fn free_places(
    members: &Members<'_>,
    stored: &Stored,
    rule: &Recurrence,
    master: &Event,
    zone: &Zone,
) -> BTreeSet<DateTime> {
    let there: BTreeSet<Date> = members
        .occurrences
        .iter()
        .map(|event| zone.date(event.start))
        .collect();
    let start = zone.wall(master.start);
    let mut free = BTreeSet::new();
    // By the text as others will read it, and without the weight of a second expander.
    let Ok(read) = Rule::read(&rule.to_rrule()) else {
        return free;
    };
    let ends = stored.covered.iter().map(|window| window.end).max();
    let last = match (rule.range, ends) {
        (Range::Until(last), _) => last,
        _ => Date::MAX,
    };
    let mut budget = Budget::new();
    let mut dates = read.dates(start.date());
    while let Some(date) = dates.next(&mut budget).filter(|date| *date <= last) {
        let wall = date.to_datetime(start.time());
        let instant = zone.instant(wall).compatible();
        if ends.is_none_or(|end| instant >= end) {
            break;
        }
        let is_known = stored
            .covered
            .iter()
            .any(|window| window.contains(&instant));
        if is_known && !there.contains(&date) {
            free.insert(wall);
        }
    }
    free
}

/// Each exception in the free place nearest to it, and those that found none.
fn placed<'e>(
    exceptions: &[&'e Event],
    free: &BTreeSet<DateTime>,
    zone: &Zone,
) -> (BTreeMap<DateTime, &'e Event>, Vec<&'e Event>) {
    let mut sorted: Vec<&Event> = exceptions.to_vec();
    sorted.sort_by_key(|event| event.start);
    let mut taken: BTreeMap<DateTime, &Event> = BTreeMap::new();
    let mut lonely = Vec::new();
    for event in sorted {
        let distance = |wall: &DateTime| {
            let place: Timestamp = zone.instant(*wall).compatible();
            place.duration_since(event.start).abs()
        };
        let places = free.iter().filter(|wall| !taken.contains_key(*wall));
        match places.min_by_key(|wall| distance(wall)) {
            Some(wall) => {
                taken.insert(*wall, event);
            }
            None => lonely.push(event),
        }
    }
    (taken, lonely)
}
