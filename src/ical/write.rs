//! Events of a calendar as iCalendar text, for other calendars.
//!
//! A series whose master is known is one VEVENT with its rule, EXDATE for what is missing of it
//! and a RECURRENCE-ID for what was changed; everything else is a VEVENT of its own. What is
//! missing is only known where a window was read ([`Stored::covered`]); outside, a series is
//! written as its rule says. Refuses to let control characters of a server out: text has no way
//! to escape them, so that they become U+FFFD.

mod lines;
mod series;
mod zone;

use crate::domain::event::{
    Answer, Attendee, Details, Event, Importance, Kind, Person, Role, Sensitivity, ShowAs,
};
use crate::domain::zone::{Zone, Zones};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lines::Lines;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What is known of one calendar.
#[derive(Debug, Default)]
pub struct Stored {
    pub events: Vec<Event>,
    /// Where it is known what is missing.
    pub covered: Vec<Range<Timestamp>>,
}

pub struct Setting<'a> {
    pub zones: &'a Zones,
    /// DTSTAMP of everything.
    pub now: Timestamp,
    /// The calendar's name, when it is one calendar.
    pub name: Option<&'a str>,
}

/// One VCALENDAR: of several calendars, as they come.
pub fn calendar(calendars: &[Stored], setting: &Setting<'_>) -> String {
    let mut writer = Writer {
        setting,
        lines: Lines::default(),
        used: BTreeMap::new(),
        uids: BTreeSet::new(),
    };
    for stored in calendars {
        writer.calendar(stored);
    }
    writer.finish()
}

struct Writer<'a> {
    setting: &'a Setting<'a>,
    lines: Lines,
    /// Zones that events name, and the years they are used in.
    used: BTreeMap<String, (Zone, i16, i16)>,
    uids: BTreeSet<String>,
}

/// How the times of an event are written.
enum Clock {
    AllDay,
    Utc,
    In(Zone),
}

impl Writer<'_> {
    fn finish(self) -> String {
        let mut all = Lines::default();
        all.raw("BEGIN", "VCALENDAR");
        all.raw("VERSION", "2.0");
        all.raw(
            "PRODID",
            concat!("-//Kalends//", env!("CARGO_PKG_VERSION"), "//EN"),
        );
        all.raw("CALSCALE", "GREGORIAN");
        if let Some(name) = self.setting.name {
            all.text("X-WR-CALNAME", name);
        }
        for (zone, from, to) in self.used.values() {
            zone::write(&mut all, zone, *from, *to);
        }
        let mut text = all.into_text();
        text.push_str(&self.lines.into_text());
        text.push_str("END:VCALENDAR\r\n");
        text
    }

    /// A UID that no other event of the file has.
    fn uid(&mut self, event: &Event) -> String {
        let details = event.details.as_ref();
        let own = details.and_then(|details| details.uid.clone());
        let own = own.unwrap_or_else(|| format!("{}@kalends", event.id.as_str()));
        let mut uid = own.clone();
        let mut number = 1;
        while !self.uids.insert(uid.clone()) {
            number += 1;
            uid = format!("{own}-{number}");
        }
        uid
    }

    fn clock(&self, details: &Details) -> Clock {
        if details.all_day {
            return Clock::AllDay;
        }
        let name = details.start_zone.as_ref().map_or("", |zone| zone.raw());
        match self.setting.zones.find(name) {
            Ok(zone) if zone.name() != "UTC" => Clock::In(zone),
            _ => Clock::Utc,
        }
    }

    /// The properties of a VEVENT that say what it is; BEGIN, END and times are the caller's.
    fn body(&mut self, event: &Event, details: &Details, uid: &str, clock: &Clock) {
        let lines = &mut self.lines;
        lines.raw("BEGIN", "VEVENT");
        lines.text("UID", uid);
        lines.raw("DTSTAMP", &utc(self.setting.now));
        // The times of a master are those of its rule, which has no second half of a fold.
        let repeats = event.kind == Kind::Master;
        self.moment("DTSTART", event.start, clock, repeats);
        self.moment("DTEND", event.end, clock, repeats);
        let lines = &mut self.lines;
        lines.text("SUMMARY", details.subject.raw());
        lines.optional("LOCATION", details.place.raw());
        lines.optional("DESCRIPTION", details.preview.raw());
        if !details.categories.is_empty() {
            let names: Vec<&str> = details.categories.iter().map(|name| name.raw()).collect();
            lines.texts("CATEGORIES", &names);
        }
        lines.raw("STATUS", status(details));
        if let Some(class) = class(details.sensitivity) {
            lines.raw("CLASS", class);
        }
        if let Some(priority) = priority(details.importance) {
            lines.raw("PRIORITY", priority);
        }
        let is_free = details.show_as == ShowAs::Free;
        lines.raw("TRANSP", if is_free { "TRANSPARENT" } else { "OPAQUE" });
        lines.raw("X-MICROSOFT-CDO-BUSYSTATUS", busy(details.show_as));
        if let Some(url) = &details.online_url {
            lines.address("URL", &[], url.raw());
        }
        people(lines, details);
    }

    fn end(&mut self, details: &Details) {
        let lines = &mut self.lines;
        if let Some(minutes) = details.reminder {
            lines.raw("BEGIN", "VALARM");
            lines.raw("ACTION", "DISPLAY");
            lines.text("DESCRIPTION", "Reminder");
            lines.raw("TRIGGER", &format!("-PT{minutes}M"));
            lines.raw("END", "VALARM");
        }
        lines.raw("END", "VEVENT");
    }

    /// A time property; the zone it names will be in the file.
    fn moment(&mut self, name: &str, instant: Timestamp, clock: &Clock, repeats: bool) {
        match clock {
            Clock::AllDay => {
                let date = TimeZone::UTC.to_datetime(instant).date();
                let date = date.strftime("%Y%m%d").to_string();
                self.lines.with(name, &[("VALUE", "DATE")], &date);
            }
            Clock::Utc => self.lines.raw(name, &utc(instant)),
            // In the second half of a fold the wall time would be read as the first.
            Clock::In(zone)
                if !repeats && zone.instant(zone.wall(instant)).compatible() != instant =>
            {
                self.lines.raw(name, &utc(instant));
            }
            Clock::In(zone) => {
                let wall = zone.wall(instant);
                self.uses(zone, wall.year());
                self.lines
                    .with(name, &[("TZID", zone.name())], &written(wall));
            }
        }
    }

    fn uses(&mut self, zone: &Zone, year: i16) {
        let known = self.used.entry(zone.name().to_owned());
        let (_, from, to) = known.or_insert_with(|| (zone.clone(), year, year));
        *from = (*from).min(year);
        *to = (*to).max(year);
    }
}

fn written(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

fn utc(instant: Timestamp) -> String {
    let wall = TimeZone::UTC.to_datetime(instant);
    format!("{}Z", written(wall))
}

fn people(lines: &mut Lines, details: &Details) {
    if details.attendees.is_empty() {
        return;
    }
    if !details.organizer.address.is_empty() {
        person(lines, "ORGANIZER", &details.organizer, &[]);
    }
    for attendee in &details.attendees {
        let (kind, role) = match attendee.role {
            Role::Required => ("INDIVIDUAL", "REQ-PARTICIPANT"),
            Role::Optional => ("INDIVIDUAL", "OPT-PARTICIPANT"),
            Role::Resource => ("RESOURCE", "NON-PARTICIPANT"),
        };
        let answer = answer(attendee);
        let more = [("CUTYPE", kind), ("ROLE", role), ("PARTSTAT", answer)];
        person(lines, "ATTENDEE", &attendee.person, &more);
    }
}

fn person(lines: &mut Lines, name: &str, person: &Person, more: &[(&str, &str)]) {
    let mut parameters = more.to_vec();
    if !person.name.is_empty() {
        parameters.push(("CN", person.name.raw()));
    }
    lines.address(
        name,
        &parameters,
        &format!("mailto:{}", person.address.raw().trim()),
    );
}

fn answer(attendee: &Attendee) -> &'static str {
    match attendee.answer {
        Answer::Accepted | Answer::Organizer => "ACCEPTED",
        Answer::Declined => "DECLINED",
        Answer::Tentative => "TENTATIVE",
        Answer::None | Answer::NotResponded => "NEEDS-ACTION",
    }
}

fn status(details: &Details) -> &'static str {
    match (details.cancelled, details.show_as) {
        (true, _) => "CANCELLED",
        (false, ShowAs::Tentative) => "TENTATIVE",
        (false, _) => "CONFIRMED",
    }
}

fn class(sensitivity: Sensitivity) -> Option<&'static str> {
    match sensitivity {
        Sensitivity::Normal => None,
        Sensitivity::Personal | Sensitivity::Private => Some("PRIVATE"),
        Sensitivity::Confidential => Some("CONFIDENTIAL"),
    }
}

fn priority(importance: Importance) -> Option<&'static str> {
    match importance {
        Importance::High => Some("1"),
        Importance::Normal => None,
        Importance::Low => Some("9"),
    }
}

/// MS-OXCICAL 2.1.3.1.1.20.
fn busy(show_as: ShowAs) -> &'static str {
    match show_as {
        ShowAs::Free => "FREE",
        ShowAs::Tentative => "TENTATIVE",
        ShowAs::Busy | ShowAs::Unknown => "BUSY",
        ShowAs::OutOfOffice => "OOF",
        ShowAs::WorkingElsewhere => "WORKINGELSEWHERE",
    }
}

#[cfg(test)]
mod tests;
