//! Events as scenario files write them, and the times they may use.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Mishap;
use crate::simulator::civil::{Day, Wall, date_text, weekday};
use crate::simulator::graph::call::Fail;
use crate::simulator::world::event::{Item, Series, Stamp};
use crate::simulator::zone;

/// An event as scenario files write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct EventSpec {
    pub subject: String,
    /// Wall time, `2026-10-05T09:00`, or relative to the world's today: `tue 09:00`,
    /// `fri+2 14:00` (weeks), `day-3 10:00` (days); without a time for all-day events.
    pub start: String,
    pub minutes: Option<i64>,
    /// Wall time; inclusive date for all-day events.
    pub end: Option<String>,
    /// The owner's zone when absent.
    pub zone: Option<String>,
    /// Shown instead of the zone, such as `tzone://Microsoft/Custom`.
    pub zone_label: Option<String>,
    pub all_day: bool,
    /// By name; the default calendar when absent.
    pub calendar: Option<String>,
    pub body: String,
    pub location: Option<String>,
    /// Addresses; a trailing `?` makes one optional.
    pub attendees: Vec<String>,
    pub categories: Vec<String>,
    pub show_as: Option<String>,
    pub sensitivity: Option<String>,
    pub importance: Option<String>,
    /// Graph's `patternedRecurrence`; `range` may leave out `startDate`.
    pub recurrence: Option<Value>,
    /// Dates on which the series does not happen.
    pub without: Vec<String>,
    pub exceptions: Vec<ExceptionSpec>,
    /// What attendees answered, by address: accept, tentative or decline.
    pub answers: BTreeMap<String, String>,
    /// How long they thought about it; three seconds when absent.
    pub answer_minutes: Option<i64>,
    pub online: bool,
    pub no_response_wanted: bool,
    pub no_proposals: bool,
}

/// One occurrence that differs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionSpec {
    /// Original date.
    pub date: String,
    pub subject: Option<String>,
    pub start: Option<String>,
    pub minutes: Option<i64>,
}

impl EventSpec {
    pub(super) fn item(
        &self,
        home: &'static zone::Zone,
        now: i64,
        today: Day,
    ) -> Result<Item, Mishap> {
        let zone = match &self.zone {
            Some(name) => zone::find(name).ok_or_else(|| Mishap::BadZone(name.clone()))?,
            None => home,
        };
        let wall = |text: &str| wall_time(text, today);
        let start = wall(&self.start)?;
        let end = match (&self.end, self.minutes, self.all_day) {
            (Some(text), _, true) => Wall::at(wall(text)?.day() + 1, 0),
            (Some(text), _, false) => wall(text)?,
            (None, _, true) => Wall::at(start.day() + 1, 0),
            (None, minutes, false) => Wall(start.0 + minutes.unwrap_or(30) * 60_000),
        };
        let mut item = Item::new(
            &self.subject,
            Stamp { wall: start, zone },
            Stamp { wall: end, zone },
        );
        item.is_all_day = self.all_day;
        item.show_as = if self.all_day { "free" } else { "busy" };
        item.response_requested = !self.no_response_wanted;
        item.allow_new_time_proposals = !self.no_proposals;
        item.created_ms = now;
        item.zone_label.clone_from(&self.zone_label);
        item.body = crate::simulator::graph::stored_body(&self.body);
        item.categories.clone_from(&self.categories);
        item.locations = self
            .location
            .iter()
            .map(|name| crate::simulator::graph::location(name))
            .collect();
        let member = |value: &Option<String>,
                      what: &'static str,
                      known: &[&'static str],
                      current: &'static str| match value {
            None => Ok(current),
            Some(text) => known
                .iter()
                .find(|name| name.eq_ignore_ascii_case(text))
                .copied()
                .ok_or_else(|| Mishap::BadValue {
                    what,
                    value: text.clone(),
                }),
        };
        let busy = ["free", "tentative", "busy", "oof", "workingElsewhere"];
        item.show_as = member(&self.show_as, "showAs", &busy, item.show_as)?;
        item.sensitivity = member(
            &self.sensitivity,
            "sensitivity",
            &["normal", "personal", "private", "confidential"],
            "normal",
        )?;
        item.importance = member(
            &self.importance,
            "importance",
            &["low", "normal", "high"],
            "normal",
        )?;
        Ok(item)
    }
}

impl ExceptionSpec {
    pub(super) fn item(&self, master: &Item, today: Day) -> Result<(Day, Item), Mishap> {
        let day = wall_time(&self.date, today)?.day();
        let mut item = master.at(Wall::at(day, master.start.wall.ms_of_day()));
        if let Some(start) = &self.start {
            item = item.at(wall_time(start, today)?);
        }
        if let Some(minutes) = self.minutes {
            item.end.wall = Wall(item.start.wall.0 + minutes * 60_000);
        }
        if let Some(subject) = &self.subject {
            item.subject = Some(subject.clone());
        }
        Ok((day, item))
    }
}

pub(super) fn series(value: &Value, item: &mut Item, subject: &str) -> Result<Series, Mishap> {
    crate::simulator::graph::series_from(value, item).map_err(|Fail { message, .. }| {
        Mishap::BadRecurrence {
            subject: subject.to_owned(),
            reason: message,
        }
    })
}

/// Absolute, or relative to `today`: a weekday of that week (weeks begin on Monday) with
/// weeks added, or `day` with days added; then a time, midnight when absent.
pub(super) fn wall_time(text: &str, today: Day) -> Result<Wall, Mishap> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let bad = || Mishap::BadTime(text.to_owned());
    if let Some(wall) = Wall::parse(text) {
        return Ok(wall);
    }
    let (day, clock) = text.split_once(' ').unwrap_or((text, "00:00"));
    let (name, shift) = day.split_at_checked(3).ok_or_else(bad)?;
    let shift: i32 = if shift.is_empty() {
        0
    } else {
        shift.parse().map_err(|_| bad())?
    };
    let day = match NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
    {
        Some(position) => {
            let monday = today - i32::from((weekday(today) + 6) % 7);
            monday + i32::try_from(position).unwrap_or(0) + 7 * shift
        }
        None if name.eq_ignore_ascii_case("day") => today + shift,
        None => return Err(bad()),
    };
    Wall::parse(&format!("{}T{clock}", date_text(day))).ok_or_else(bad)
}
