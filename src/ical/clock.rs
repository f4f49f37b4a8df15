//! What a TZID of a file means: a zone we know, under any of the names calendars give it, or
//! the rules the file brings along (RFC 5545 3.6.5).
//!
//! Refuses to guess: a name nobody knows with no rules in the file has no clock. Rules of a file
//! that say in every sampled month what a known zone says are taken as that zone, so that a series
//! stays a series.

use super::event::Moment;
use super::lines::Line;
use super::rule::{Budget, Rule};
use super::value;
use crate::domain::text::Safe;
use crate::domain::time::Resolved;
use crate::domain::zone::{Zone, Zones};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Dates of one zone, and how many STANDARD and DAYLIGHT it may have.
const ONSETS_AT_MOST: usize = 1_000;
pub(super) const OBSERVANCES_AT_MOST: usize = 64;
/// Zones of one file that are compared with all known ones.
const TWINS_AT_MOST: usize = 100;

/// One STANDARD or DAYLIGHT.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Observance {
    start: Option<DateTime>,
    /// Seconds east of UTC, before and after.
    from: i32,
    to: i32,
    rule: Option<Rule>,
    /// Something in it could not be read.
    is_odd: bool,
    dates: Vec<DateTime>,
}

impl Observance {
    pub fn take(&mut self, line: &Line<'_>) {
        if line.is("DTSTART") {
            self.start = value::wall(line.value());
        } else if line.is("TZOFFSETFROM") {
            self.is_odd |= value::offset(line.value()).is_none();
            self.from = value::offset(line.value()).unwrap_or_default();
        } else if line.is("TZOFFSETTO") {
            self.is_odd |= value::offset(line.value()).is_none();
            self.to = value::offset(line.value()).unwrap_or_default();
        } else if line.is("RRULE") {
            match Rule::read(line.value()) {
                Ok(rule) => self.rule = Some(rule),
                Err(_) => self.is_odd = true,
            }
        } else if line.is("RDATE") {
            let dates = line.value().split(',').filter_map(value::wall);
            self.dates.extend(dates.take(ONSETS_AT_MOST + 1));
            // Half of them would be another clock.
            self.is_odd |= self.dates.len() > ONSETS_AT_MOST;
            self.dates.truncate(ONSETS_AT_MOST);
        }
    }

    /// When it begins anew, on the clock before it, in the years around `year`. None when that
    /// is more work than a zone is worth.
    fn onsets(&self, year: i16, budget: &mut Budget) -> Option<Vec<DateTime>> {
        let start = self.start?;
        let mut onsets = self.dates.clone();
        onsets.push(start);
        let Some(rule) = &self.rule else {
            return Some(onsets);
        };
        // Zone rules begin in 1601 or 1970: what is long past is jumped over by whole periods.
        let mut first = start.date();
        let step = i16::try_from(rule.interval).unwrap_or(i16::MAX).max(1);
        let ahead = (year - 3 - first.year()).max(0);
        let ahead = ahead - ahead % step;
        if rule.count.is_none() && ahead > 0 {
            let year = first.year() + ahead;
            first = Date::new(year, first.month(), first.day()).unwrap_or(first);
        }
        budget.next_rule();
        let mut dates = rule.dates(first);
        while let Some(date) = dates.next(budget) {
            let onset = date.to_datetime(start.time());
            if date.year() > year + 1 || self.is_over(onset) {
                break;
            }
            onsets.push(onset);
        }
        (!budget.is_spent()).then_some(onsets)
    }

    fn is_over(&self, onset: DateTime) -> bool {
        let until = self.rule.as_ref().and_then(|rule| rule.until.as_ref());
        match until {
            Some(Moment::Utc(until)) => seconds_back(onset, self.from) > *until,
            Some(Moment::Date(until)) => onset.date() > *until,
            Some(Moment::Floating(until) | Moment::Zoned(until, _)) => onset > *until,
            None => false,
        }
    }
}

/// A VTIMEZONE.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Foreign {
    pub id: String,
    /// X-LIC-LOCATION: the zone's name in the zone database, when the writer knew it.
    pub location: String,
    pub observances: Vec<Observance>,
}

impl Foreign {
    fn is_usable(&self) -> bool {
        let are_fine = |observance: &Observance| observance.start.is_some() && !observance.is_odd;
        let dates: usize = self.observances.iter().map(|one| one.dates.len()).sum();
        let has_some = !self.observances.is_empty() && dates <= ONSETS_AT_MOST;
        has_some && self.observances.iter().all(are_fine)
    }
}

/// When the clock changes, as its wall shows it before; offsets before and after.
type Change = (DateTime, i32, i32);

/// Rules of a file at work.
#[derive(Debug)]
pub(super) struct Brought {
    zone: Foreign,
    /// Changes around a year.
    years: RefCell<HashMap<i16, Rc<Vec<Change>>>>,
}

impl Brought {
    fn new(zone: &Foreign) -> Self {
        Self {
            zone: zone.clone(),
            years: RefCell::default(),
        }
    }

    fn changes(&self, year: i16, budget: &mut Budget) -> Option<Rc<Vec<Change>>> {
        if let Some(known) = self.years.borrow().get(&year) {
            return Some(Rc::clone(known));
        }
        let mut changes: Vec<Change> = Vec::new();
        for observance in &self.zone.observances {
            let onsets = observance.onsets(year, budget)?.into_iter();
            changes.extend(onsets.map(|onset| (onset, observance.from, observance.to)));
        }
        // They are kept for every year that is asked for.
        if !budget.take_of_file(changes.len()) {
            return None;
        }
        changes.sort_unstable();
        let changes = Rc::new(changes);
        self.years.borrow_mut().insert(year, Rc::clone(&changes));
        Some(changes)
    }

    /// RFC 5545 3.3.5: in a gap the clock before it counts, in a fold the first time.
    fn instant(&self, wall: DateTime, budget: &mut Budget) -> Option<Timestamp> {
        let changes = self.changes(wall.year(), budget)?;
        let later = changes.partition_point(|(onset, ..)| *onset <= wall);
        let before = later.checked_sub(1).and_then(|at| changes.get(at));
        let offset = match (before, changes.first()) {
            (Some((onset, from, to)), _) => {
                let gap = i64::from((to - from).max(0));
                let is_in_gap = wall.duration_since(*onset).as_secs() < gap;
                if is_in_gap { *from } else { *to }
            }
            (None, Some((_, from, _))) => *from,
            (None, None) => return None,
        };
        Some(seconds_back(wall, offset))
    }
}

fn seconds_back(wall: DateTime, offset: i32) -> Timestamp {
    let utc = TimeZone::UTC
        .to_timestamp(wall)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    utc.checked_sub(SignedDuration::from_secs(offset.into()))
        .unwrap_or(utc)
}

/// How a wall time of the file becomes an instant.
#[derive(Debug, Clone)]
pub(super) enum Clock {
    Known(Zone),
    Brought(Rc<Brought>),
}

/// What a TZID turned out to be.
#[derive(Debug, Clone)]
enum Found {
    Named(Zone),
    /// A zone that keeps the clock of these rules in the years that were compared.
    Twin(Zone, Rc<Brought>),
    Rules(Rc<Brought>),
}

/// The zones of a file by their names, and the names that mean several.
fn by_id(zones: &[Foreign]) -> (HashMap<&str, &Foreign>, HashSet<&str>) {
    let mut known: HashMap<&str, &Foreign> = HashMap::new();
    let mut ambiguous = HashSet::new();
    for zone in zones {
        let first = known.entry(&zone.id).or_insert(zone);
        if *first != zone {
            ambiguous.insert(zone.id.as_str());
        }
    }
    (known, ambiguous)
}

/// The clocks of one file.
pub(super) struct Clocks<'a> {
    zones: &'a Zones,
    /// The clock of what floats.
    viewer: &'a Zone,
    foreign: HashMap<&'a str, &'a Foreign>,
    /// Names under which the file has several sets of rules: two calendars in one file.
    ambiguous: HashSet<&'a str>,
    known: HashMap<Arc<str>, Result<Found, String>>,
    twins: usize,
    names: Vec<String>,
    /// Somebody's rules were more work than they are worth: what came of them is wrong.
    is_lost: bool,
    budget: Budget,
}

impl<'a> Clocks<'a> {
    pub fn new(zones: &'a Zones, viewer: &'a Zone, foreign: &'a [Foreign]) -> Self {
        let (by_id, ambiguous) = by_id(foreign);
        Self {
            zones,
            viewer,
            foreign: by_id,
            ambiguous,
            known: HashMap::new(),
            twins: 0,
            names: Vec::new(),
            is_lost: false,
            budget: Budget::new(),
        }
    }

    /// # Errors
    /// A TZID that nobody knows, in words.
    pub fn of(&mut self, moment: &Moment) -> Result<Clock, String> {
        match moment {
            Moment::Date(_) | Moment::Floating(_) => Ok(Clock::Known(self.viewer.clone())),
            Moment::Utc(_) => Ok(Clock::Known(Zone::utc())),
            Moment::Zoned(wall, id) => {
                let known = self.known.get(id).cloned();
                let found = known.unwrap_or_else(|| {
                    let found = self.look_up(id);
                    self.known.insert(Arc::clone(id), found.clone());
                    found
                })?;
                Ok(match found {
                    Found::Named(zone) => Clock::Known(zone),
                    Found::Twin(zone, rules) if self.agree(&zone, &rules, *wall) => {
                        Clock::Known(zone)
                    }
                    Found::Twin(_, rules) | Found::Rules(rules) => Clock::Brought(rules),
                })
            }
        }
    }

    /// Whether they still agree on the years of one event.
    fn agree(&mut self, zone: &Zone, rules: &Brought, wall: DateTime) -> bool {
        let mut months = (0..12).map(|month: i64| wall.saturating_add(month.months()));
        months.all(|wall| {
            let instant = rules.instant(wall, &mut self.budget);
            instant == Some(zone.instant(wall).compatible())
        })
    }

    fn look_up(&mut self, id: &str) -> Result<Found, String> {
        if let Some(zone) = self.named(id) {
            return Ok(Found::Named(zone));
        }
        let shown = Safe::line(id, Some(60));
        if self.ambiguous.contains(id) {
            return Err(format!(
                "the file has different rules for the time zone \u{201c}{shown}\u{201d}"
            ));
        }
        let foreign = self.foreign.get(id).copied();
        let location = foreign.map(|foreign| foreign.location.as_str());
        if let Some(zone) = location.and_then(|location| self.named(location)) {
            return Ok(Found::Named(zone));
        }
        let Some(foreign) = foreign else {
            return Err(format!(
                "nobody knows the time zone \u{201c}{shown}\u{201d}, and the file does not say its rules"
            ));
        };
        if !foreign.is_usable() {
            return Err(format!(
                "the rules of the time zone \u{201c}{shown}\u{201d} cannot be read"
            ));
        }
        let rules = Rc::new(Brought::new(foreign));
        Ok(match self.twin(&rules) {
            Some(zone) => Found::Twin(zone, rules),
            None => Found::Rules(rules),
        })
    }

    /// `Europe/Berlin`, `W. Europe Standard Time`, `/mozilla.org/20070129_1/Europe/Berlin`.
    fn named(&self, id: &str) -> Option<Zone> {
        if let Ok(zone) = self.zones.find(id) {
            return Some(zone);
        }
        let id = id.get(..id.floor_char_boundary(200))?;
        let parts: Vec<&str> = id.trim_matches(['/', '"', ' ']).split('/').collect();
        (1..=3.min(parts.len())).rev().find_map(|many| {
            let tail = parts.get(parts.len() - many..)?.join("/");
            // "EST" or "Navajo" at the end of a path is too little to go by.
            let is_enough = many > 1 || parts.len() == 1;
            self.zones.find(&tail).ok().filter(|_| is_enough)
        })
    }

    /// The zone that keeps the same clock as these rules, as far as samples tell.
    fn twin(&mut self, brought: &Brought) -> Option<Zone> {
        const MONTHS: i8 = 12;
        self.twins += 1;
        if self.twins > TWINS_AT_MOST {
            return None;
        }
        let mut samples = Vec::new();
        for year in [2024, 2025, 2026, 2027] {
            for month in 1..=MONTHS {
                for day in [1, 15, 28] {
                    let wall = Date::new(year, month, day).ok()?.at(12, 0, 0, 0);
                    samples.push((wall, brought.instant(wall, &mut self.budget)?));
                }
            }
        }
        let agrees = |zone: &Zone| {
            let mut all = samples.iter();
            all.all(|(wall, instant)| zone.instant(*wall) == Resolved::Single(*instant))
        };
        if agrees(self.viewer) {
            return Some(self.viewer.clone());
        }
        if self.names.is_empty() {
            self.names = self.zones.names();
        }
        let mut zones = self
            .names
            .iter()
            .filter_map(|name| self.zones.find(name).ok());
        let twin = zones.find(|zone| agrees(zone))?;
        // Of all zones with this clock the one that Windows names after: others know it too.
        let from = samples.first().map(|(_, instant)| *instant)?;
        let windows = self.zones.windows_name(&twin, from);
        let better = windows.and_then(|name| self.zones.find(name).ok());
        Some(better.filter(|zone| agrees(zone)).unwrap_or(twin))
    }

    /// The instant of a moment; of a date its midnight in UTC, as all-day events have it.
    ///
    /// # Errors
    /// A TZID that nobody knows, in words.
    pub fn instant(&mut self, moment: &Moment) -> Result<Timestamp, String> {
        match moment {
            Moment::Utc(instant) => Ok(*instant),
            Moment::Date(date) => Ok(seconds_back(date.at(0, 0, 0, 0), 0)),
            Moment::Floating(wall) | Moment::Zoned(wall, _) => {
                let clock = self.of(moment)?;
                Ok(self.read(&clock, *wall))
            }
        }
    }

    /// The instant of a wall time on a clock.
    pub fn read(&mut self, clock: &Clock, wall: DateTime) -> Timestamp {
        match clock {
            Clock::Known(zone) => zone.instant(wall).compatible(),
            Clock::Brought(brought) => {
                let instant = brought.instant(wall, &mut self.budget);
                self.is_lost |= instant.is_none();
                instant.unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }
    }

    /// What a clock shows at an instant.
    pub fn wall(&mut self, clock: &Clock, instant: Timestamp) -> DateTime {
        let brought = match clock {
            Clock::Known(zone) => return zone.wall(instant),
            Clock::Brought(brought) => brought,
        };
        let shown = |offset: i32| {
            let offset = Offset::from_seconds(offset).unwrap_or(Offset::UTC);
            offset.to_datetime(instant)
        };
        let mut offsets = brought.zone.observances.iter().map(|one| one.to);
        let fits = offsets
            .find(|offset| brought.instant(shown(*offset), &mut self.budget) == Some(instant));
        self.is_lost |= fits.is_none();
        shown(fits.unwrap_or_default())
    }

    /// Whether something since the last question could not be worked out.
    pub fn take_loss(&mut self) -> bool {
        std::mem::take(&mut self.is_lost)
    }

    /// A moment on a clock, whatever clock it was written on; a date as its midnight there.
    ///
    /// # Errors
    /// A TZID that nobody knows, in words.
    pub fn shown(&mut self, moment: &Moment, clock: &Clock) -> Result<DateTime, String> {
        match moment {
            Moment::Date(date) => Ok(date.at(0, 0, 0, 0)),
            Moment::Floating(wall) => Ok(*wall),
            Moment::Utc(instant) => Ok(self.wall(clock, *instant)),
            Moment::Zoned(..) => {
                let instant = self.instant(moment)?;
                Ok(self.wall(clock, instant))
            }
        }
    }
}
