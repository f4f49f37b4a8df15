//! What a file becomes here: new events, and a remark for everything that does not become what
//! the file says.
//!
//! Microsoft Graph has no request that makes a series together with its exceptions, and between
//! two requests a calendar would show what the file does not hold. So a series with exceptions
//! is cut where they are: every piece is right by itself, at every moment and after every crash
//! ([`series`]). Invariant: each new event's transaction follows from calendar, UID and
//! occurrence alone, so that importing the same file again makes nothing twice.

mod series;
mod values;

use super::clock::{Clock, Clocks};
use super::event::{Incoming, Moment, Status};
use super::read::File;
use super::rule::Budget;
use super::{CREATES_AT_MOST, TEXT_AT_MOST};
use crate::domain::digest::digest;
use crate::domain::edit::{Create, Value};
use crate::domain::ids::CalendarId;
use crate::domain::recurrence::Recurrence;
use crate::domain::text::Untrusted;
use crate::domain::zone::{Zone, Zones};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// Where to, and on whose clock.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub calendar: &'a CalendarId,
    pub zones: &'a Zones,
    /// The clock of what floats.
    pub viewer: &'a Zone,
    pub now: Timestamp,
    /// Guests of the file are invited, which mails them; else they become words.
    pub invites: bool,
    /// My address: I am not invited to what is mine.
    pub me: &'a str,
}

/// Something a person should know about one event of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub line: u32,
    pub subject: Untrusted,
    /// It is not imported at all.
    pub is_skipped: bool,
    pub words: String,
}

#[derive(Debug, Default)]
pub struct Plan {
    pub creates: Vec<Create>,
    pub remarks: Vec<Remark>,
    /// Events of the file that are imported, and how many of them repeat.
    pub events: usize,
    pub series: usize,
    /// People who are in the file, and mails that go out to them with `invites`.
    pub guests: BTreeSet<String>,
    pub mails: usize,
}

/// When an event is, on its own clock.
#[derive(Debug, Clone)]
struct Shape {
    first: DateTime,
    /// As the wall clock shows it.
    length: SignedDuration,
    /// The same where clocks change: so far on the calendar, and then so much time.
    apart: Apart,
    all_day: bool,
    /// It has whole days because its start is a date: no clock is meant.
    is_date: bool,
    clock: Clock,
}

/// From start to end.
#[derive(Debug, Clone, Copy)]
struct Apart {
    nominal: SignedDuration,
    exact: SignedDuration,
}

impl Apart {
    fn on_the_wall(length: SignedDuration) -> Self {
        Self {
            nominal: length,
            exact: SignedDuration::ZERO,
        }
    }

    fn exactly(length: SignedDuration) -> Self {
        Self {
            nominal: SignedDuration::ZERO,
            exact: length,
        }
    }
}

/// All components of one UID.
#[derive(Default)]
struct Group<'f> {
    masters: Vec<&'f Incoming>,
    overrides: Vec<&'f Incoming>,
}

impl Plan {
    pub fn of(file: &File, setting: &Setting<'_>) -> Self {
        let mut planner = Planner {
            setting,
            clocks: Clocks::new(setting.zones, setting.viewer, &file.zones),
            budget: Budget::new(),
            text: 0,
            plan: Self::default(),
        };
        for group in groups(&file.events) {
            planner.group(&group);
        }
        planner.plan
    }

    /// Events of the file that are not imported.
    pub fn skipped(&self) -> usize {
        let skipped = self.remarks.iter().filter(|remark| remark.is_skipped);
        skipped.count()
    }
}

fn groups(events: &[Incoming]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_uid: HashMap<&str, usize> = HashMap::new();
    for event in events {
        let at = if event.uid.is_empty() {
            groups.len()
        } else {
            *by_uid.entry(&event.uid).or_insert(groups.len())
        };
        if at == groups.len() {
            groups.push(Group::default());
        }
        if let Some(group) = groups.get_mut(at) {
            match event.occurrence {
                Some(_) => group.overrides.push(event),
                None => group.masters.push(event),
            }
        }
    }
    groups
}

struct Planner<'a> {
    setting: &'a Setting<'a>,
    clocks: Clocks<'a>,
    budget: Budget,
    /// Bytes of text in what is planned.
    text: usize,
    plan: Plan,
}

impl Planner<'_> {
    fn group(&mut self, group: &Group<'_>) {
        let masters = self.newest(&group.masters);
        let mut overrides: Vec<&Incoming> = self.newest(&group.overrides);
        for (number, master) in masters.iter().enumerate() {
            // Two events under one UID at different times are two events.
            let key = if number == 0 {
                String::new()
            } else {
                format!("{:?}", master.start)
            };
            let own = if number == 0 {
                std::mem::take(&mut overrides)
            } else {
                Vec::new()
            };
            if let Err(words) = self.event(master, &own, &key) {
                self.remark(master, true, words);
                for left in own.iter().filter(|one| one.status != Status::Cancelled) {
                    self.remark(left, true, "its series is not imported".into());
                }
            }
        }
        for lonely in overrides {
            let key = format!("occurrence {:?}", lonely.occurrence);
            if let Err(words) = self.single(lonely, &key) {
                self.remark(lonely, true, words);
            }
        }
    }

    /// Of several versions of the same the one with the highest SEQUENCE, the last of those.
    fn newest<'f>(&mut self, events: &[&'f Incoming]) -> Vec<&'f Incoming> {
        let mut kept: Vec<&Incoming> = Vec::new();
        let mut places: HashMap<(&Option<Moment>, &Option<Moment>), usize> = HashMap::new();
        for event in events {
            let key = if event.occurrence.is_some() {
                (&event.occurrence, &None)
            } else {
                (&None, &event.start)
            };
            match places.get(&key).and_then(|at| kept.get_mut(*at)) {
                None => {
                    places.insert(key, kept.len());
                    kept.push(event);
                }
                Some(known) => {
                    let (newer, older) = if event.sequence >= known.sequence {
                        (*event, *known)
                    } else {
                        (*known, *event)
                    };
                    *known = newer;
                    self.remark(older, true, "the file has a newer version of it".into());
                }
            }
        }
        kept
    }

    fn event(
        &mut self,
        event: &Incoming,
        overrides: &[&Incoming],
        key: &str,
    ) -> Result<(), String> {
        let is_series = !event.rules.is_empty() || !event.extra.is_empty();
        if event.status == Status::Cancelled {
            return Err("it is cancelled".into());
        }
        if let Some(words) = &event.bad_rule {
            return Err(words.clone());
        }
        if is_series || !overrides.is_empty() {
            return self.series(event, overrides, key);
        }
        self.single(event, key)
    }

    fn single(&mut self, event: &Incoming, key: &str) -> Result<(), String> {
        if event.status == Status::Cancelled {
            return Err("it is cancelled".into());
        }
        if event.and_later {
            return Err(
                "it changes a series from one occurrence on, and the series is not in the file"
                    .into(),
            );
        }
        let shape = self.shape(event)?;
        let first = shape.first;
        self.has_room([(event, 1)])?;
        self.create(event, &shape, first, None, key)?;
        self.done(event);
        Ok(())
    }

    /// Whether so many new events of each of these still fit. Asked before the first is made, so
    /// that a series is never there in part.
    fn has_room<'e>(
        &self,
        wanted: impl IntoIterator<Item = (&'e Incoming, usize)>,
    ) -> Result<(), String> {
        let (mut creates, mut text) = (self.plan.creates.len(), self.text);
        for (event, count) in wanted {
            creates = creates.saturating_add(count);
            if creates > CREATES_AT_MOST {
                return Err(format!(
                    "the file would become more than {CREATES_AT_MOST} events; split it"
                ));
            }
            let weight = values::weight(&self.text_of(event));
            text = text.saturating_add(weight.saturating_mul(count));
            if text > TEXT_AT_MOST {
                return Err(format!(
                    "the texts of the file would take more than {} MiB; split it",
                    TEXT_AT_MOST >> 20
                ));
            }
        }
        Ok(())
    }

    /// What of an event can be long: its text and its people.
    fn text_of(&self, event: &Incoming) -> Vec<Value> {
        let mut values = vec![Value::Categories(event.categories.clone())];
        values::with_people(&mut values, event, self.setting);
        values
    }

    /// It became what it says, but for what is named.
    fn done(&mut self, event: &Incoming) {
        self.plan.events += 1;
        self.left_out(event);
    }

    fn left_out(&mut self, event: &Incoming) {
        let lost = values::lost(event);
        if !lost.is_empty() {
            self.remark(event, false, format!("left out: {}", lost.join(", ")));
        }
    }

    fn remark(&mut self, event: &Incoming, is_skipped: bool, words: String) {
        self.plan.remarks.push(Remark {
            line: event.line,
            subject: event.subject.clone(),
            is_skipped,
            words,
        });
    }

    /// One new event: of this shape, beginning at this wall time.
    fn create(
        &mut self,
        event: &Incoming,
        shape: &Shape,
        first: DateTime,
        rule: Option<Recurrence>,
        key: &str,
    ) -> Result<(), String> {
        // A server repeats what the wall clock shows.
        let span = match rule {
            Some(_) => self.span_of_run(shape, first),
            None => self.span(shape, first),
        };
        if self.clocks.take_loss() {
            return Err("the rules of its time zone are more than can be worked out".into());
        }
        let mut values = values::of(event, span);
        values::with_people(&mut values, event, self.setting);
        values.extend(rule.map(|rule| Value::Rule(Some(rule))));
        self.text = self.text.saturating_add(values::weight(&values));
        let guests = values::guests(event, self.setting.me);
        self.plan.mails += guests.len();
        self.plan.guests.extend(guests);
        self.plan.creates.push(Create {
            calendar: self.setting.calendar.clone(),
            transaction: transaction(self.setting.calendar, event, key),
            values,
        });
        Ok(())
    }

    fn shape(&mut self, event: &Incoming) -> Result<Shape, String> {
        let start = event.start.as_ref();
        let start = start.ok_or("its start cannot be read")?;
        let clock = self.clocks.of(start)?;
        // As it was written: a series that begins in a gap is not late on its other days.
        let first = wall_of(start, &clock, &mut self.clocks)?;
        let (length, apart) = self.length(event, start, first, &clock)?;
        let day = SignedDuration::from_hours(24);
        let has_whole_days = length >= day && length.as_secs() % day.as_secs() == 0;
        let all_day = start.is_date()
            || (event.is_whole_day && first.time() == Time::midnight() && has_whole_days);
        let least = if all_day { day } else { SignedDuration::ZERO };
        Ok(Shape {
            first,
            length: length.max(least),
            apart,
            all_day,
            is_date: start.is_date(),
            clock,
        })
    }
}

impl Planner<'_> {
    /// How long it is on the wall, and for one event by itself.
    fn length(
        &mut self,
        event: &Incoming,
        start: &Moment,
        first: DateTime,
        clock: &Clock,
    ) -> Result<(SignedDuration, Apart), String> {
        let Some(end) = &event.end else {
            let length = event.duration.unwrap_or_default();
            let nominal = length.saturating_sub(event.exact);
            let exact = event.exact;
            return Ok((length, Apart { nominal, exact }));
        };
        let is_same = std::mem::discriminant(end) == std::mem::discriminant(start);
        if is_same && zone_of(end) == zone_of(start) {
            let length = wall_of(end, clock, &mut self.clocks)?.duration_since(first);
            return Ok((length, Apart::on_the_wall(length)));
        }
        // A flight ends on another clock than it begins: the instants say how long it is.
        let length = self.clocks.shown(end, clock)?.duration_since(first);
        if start.is_date() || end.is_date() {
            return Ok((length, Apart::on_the_wall(length)));
        }
        let (begin, end) = (self.clocks.instant(start)?, self.clocks.instant(end)?);
        Ok((length, Apart::exactly(end.duration_since(begin))))
    }
}

fn zone_of(moment: &Moment) -> Option<&str> {
    match moment {
        Moment::Zoned(_, zone) => Some(zone),
        _ => None,
    }
}

fn wall_of(moment: &Moment, clock: &Clock, clocks: &mut Clocks<'_>) -> Result<DateTime, String> {
    match moment {
        Moment::Zoned(wall, _) | Moment::Floating(wall) => Ok(*wall),
        other => clocks.shown(other, clock),
    }
}

/// The same for the same occurrence of the same event into the same calendar, for ever.
fn transaction(calendar: &CalendarId, event: &Incoming, key: &str) -> String {
    let (uid, content) = if event.uid.is_empty() {
        let when = format!("{:?} {:?}", event.start, event.end);
        (event.subject.raw(), when)
    } else {
        (event.uid.as_str(), String::new())
    };
    let half = |salt: &[u8]| {
        let parts = [
            salt,
            calendar.as_str().as_bytes(),
            uid.as_bytes(),
            content.as_bytes(),
            key.as_bytes(),
        ];
        digest(parts)
    };
    let (high, low) = (half(b"import 1 high"), half(b"import 1 low"));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// A day as the file would write it.
fn written(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}
