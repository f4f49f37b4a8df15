//! A file of events: components and properties in, neutral values out.
//!
//! Lenient in what it takes (unknown properties, odd values, missing ends), strict in what it
//! claims: what was left out is named. Invariant: an event is taken when its END came, so that a
//! file that was cut off never yields half an event.

use super::alarm::Alarm;
use super::clock::{Foreign, OBSERVANCES_AT_MOST, Observance};
use super::event::{Incoming, Moment, Status};
use super::lines::{Line, Lines};
use super::rule::Rule;
use super::{
    ALARMS_AT_MOST, BYTES_AT_MOST, CATEGORIES_AT_MOST, COMPONENTS_AT_MOST, DATES_AT_MOST,
    GUESTS_AT_MOST, IcalError, NESTING_AT_MOST, value,
};
use crate::domain::event::{Answer, Attendee, Importance, Person, Role, Sensitivity, ShowAs};
use crate::domain::text::Untrusted;
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Debug, Default)]
pub struct File {
    pub events: Vec<Incoming>,
    /// X-WR-CALNAME.
    pub name: Option<Untrusted>,
    /// What is no event, by its name and how often: `VTODO`, `VJOURNAL`.
    pub others: BTreeMap<String, u32>,
    /// The file ends inside of an event.
    pub is_cut_off: bool,
    pub(super) zones: Vec<Foreign>,
}

enum Open {
    Calendar,
    Event(Box<Incoming>),
    Alarm(Alarm),
    Zone(Foreign),
    Observance(Observance),
    Other,
}

impl File {
    /// # Errors
    /// What is no iCalendar file, or larger than the limits.
    pub fn read(bytes: &[u8]) -> Result<Self, IcalError> {
        if bytes.len() as u64 > BYTES_AT_MOST {
            return Err(IcalError::TooLarge);
        }
        let mut file = Self::default();
        let mut stack: Vec<(String, Open)> = Vec::new();
        let (mut components, mut is_calendar) = (0, false);
        for line in Lines::of(bytes) {
            if line.is("BEGIN") {
                let name = name_of(&line);
                is_calendar |= name == "VCALENDAR";
                if stack.len() >= NESTING_AT_MOST {
                    return Err(IcalError::TooDeep { line: line.number });
                }
                if matches!(stack.last(), Some((_, Open::Calendar))) {
                    components += 1;
                    if components > COMPONENTS_AT_MOST {
                        return Err(IcalError::TooMany);
                    }
                }
                let open = file.open(&name, &line, stack.last().map(|(_, open)| open));
                stack.push((name, open));
            } else if line.is("END") {
                let name = name_of(&line);
                // An END without its BEGIN ends nothing; a missing END ends with its parent.
                while stack.iter().any(|(open, _)| *open == name) {
                    let Some((closed, open)) = stack.pop() else {
                        break;
                    };
                    file.close(open, stack.last_mut().map(|(_, open)| open));
                    if closed == name {
                        break;
                    }
                }
            } else if let Some((_, open)) = stack.last_mut() {
                if matches!(open, Open::Calendar) {
                    file.property(&line)?;
                } else {
                    open.take(&line);
                }
            }
        }
        file.is_cut_off = stack.iter().any(|(_, open)| matches!(open, Open::Event(_)));
        is_calendar.then_some(file).ok_or(IcalError::NoCalendar)
    }

    fn open(&mut self, name: &str, line: &Line<'_>, parent: Option<&Open>) -> Open {
        match (name, parent) {
            ("VCALENDAR", _) => Open::Calendar,
            ("VEVENT", Some(Open::Calendar)) => Open::Event(Box::new(Incoming {
                line: line.number,
                ..Incoming::default()
            })),
            ("VALARM", Some(Open::Event(_))) => Open::Alarm(Alarm::default()),
            ("VTIMEZONE", Some(Open::Calendar)) => Open::Zone(Foreign::default()),
            ("STANDARD" | "DAYLIGHT", Some(Open::Zone(_))) => {
                Open::Observance(Observance::default())
            }
            (_, Some(Open::Calendar)) if self.others.len() < 20 => {
                let name = name.get(..name.floor_char_boundary(30)).unwrap_or_default();
                *self.others.entry(name.to_owned()).or_default() += 1;
                Open::Other
            }
            _ => Open::Other,
        }
    }

    fn close(&mut self, open: Open, parent: Option<&mut Open>) {
        match (open, parent) {
            (Open::Event(event), _) => self.events.push(*event),
            (Open::Alarm(alarm), Some(Open::Event(event)))
                if event.alarms.len() < ALARMS_AT_MOST =>
            {
                event.alarms.push(alarm);
            }
            (Open::Zone(zone), _) => self.zones.push(zone),
            (Open::Observance(observance), Some(Open::Zone(zone)))
                if zone.observances.len() < OBSERVANCES_AT_MOST =>
            {
                zone.observances.push(observance);
            }
            _ => {}
        }
    }

    fn property(&mut self, line: &Line<'_>) -> Result<(), IcalError> {
        if line.is("VERSION") && line.value().trim() == "1.0" {
            return Err(IcalError::Old);
        }
        if line.is("X-WR-CALNAME") {
            self.name = Some(value::text(line.value()).into());
        }
        Ok(())
    }
}

fn name_of(line: &Line<'_>) -> String {
    line.value().trim().to_ascii_uppercase()
}

impl Open {
    fn take(&mut self, line: &Line<'_>) {
        match self {
            Self::Event(event) => event.take(line),
            Self::Alarm(alarm) => alarm.take(line),
            Self::Zone(zone) if line.is("TZID") => zone.id = line.value().trim().to_owned(),
            Self::Zone(zone) if line.is("X-LIC-LOCATION") => {
                zone.location = line.value().trim().to_owned();
            }
            Self::Observance(observance) => observance.take(line),
            _ => {}
        }
    }
}

impl Incoming {
    fn take(&mut self, line: &Line<'_>) {
        let name = line.name().to_ascii_uppercase();
        let text = line.value();
        match name.as_str() {
            "UID" => text.trim().clone_into(&mut self.uid),
            "SEQUENCE" => self.sequence = text.trim().parse().unwrap_or_default(),
            "SUMMARY" => self.subject = value::text(text).into(),
            "LOCATION" => self.place = value::text(text).into(),
            "DESCRIPTION" => self.notes = value::text(text),
            "URL" => text.trim().clone_into(&mut self.url),
            "ATTACH" => self.attach(line),
            "DTSTART" => self.start = self.moment(line),
            "DTEND" => self.end = self.moment(line),
            "DURATION" => match value::duration(text) {
                Some(length) => {
                    self.duration = Some(length);
                    self.exact = value::exact_part(text);
                }
                None => self.lose("its odd DURATION"),
            },
            "RRULE" => match Rule::read(text) {
                Ok(rule) => self.rules.push(rule),
                Err(words) => self.bad_rule = Some(words),
            },
            "EXRULE" => {
                self.bad_rule = Some("it has an EXRULE, which is no longer in use".into());
            }
            "RDATE" => {
                let known = std::mem::take(&mut self.extra);
                self.extra = self.moments(line, known);
            }
            "EXDATE" => {
                let known = std::mem::take(&mut self.holes);
                self.holes = self.moments(line, known);
            }
            "RECURRENCE-ID" => {
                self.occurrence = self.moment(line);
                let range = line.parameter("RANGE");
                self.and_later = range.is_some_and(|range| range.starts_with("THISAND"));
            }
            "CATEGORIES" => {
                let room = CATEGORIES_AT_MOST.saturating_sub(self.categories.len());
                self.categories
                    .extend(value::texts(text).take(room).map(Untrusted::from));
            }
            "ORGANIZER" => self.organizer = Some(person(line)),
            "ATTENDEE" if self.guests.len() < GUESTS_AT_MOST => self.guests.push(guest(line)),
            "ATTENDEE" => self.lose("guests beyond the first 500"),
            _ => self.state(&name, text),
        }
    }

    /// Properties that are one word.
    fn state(&mut self, name: &str, text: &str) {
        let word = text.trim().to_ascii_uppercase();
        match name {
            "STATUS" => {
                self.status = match word.as_str() {
                    "CANCELLED" | "CANCELED" => Status::Cancelled,
                    "TENTATIVE" => Status::Tentative,
                    _ => Status::Confirmed,
                }
            }
            "TRANSP" => self.is_transparent = word == "TRANSPARENT",
            "CLASS" => {
                self.sensitivity = match word.as_str() {
                    "PRIVATE" => Sensitivity::Private,
                    "CONFIDENTIAL" => Sensitivity::Confidential,
                    _ => Sensitivity::Normal,
                }
            }
            // RFC 5545 3.8.1.9: 1 to 4 are high, 6 to 9 low.
            "PRIORITY" => {
                self.importance = match word.as_str() {
                    "1" | "2" | "3" | "4" => Importance::High,
                    "6" | "7" | "8" | "9" => Importance::Low,
                    _ => Importance::Normal,
                }
            }
            // MS-OXCICAL 2.1.3.1.1.20: what Outlook means by show-as and all-day.
            "X-MICROSOFT-CDO-BUSYSTATUS" => {
                self.busy = match word.as_str() {
                    "FREE" => Some(ShowAs::Free),
                    "TENTATIVE" => Some(ShowAs::Tentative),
                    "BUSY" => Some(ShowAs::Busy),
                    "OOF" => Some(ShowAs::OutOfOffice),
                    "WORKINGELSEWHERE" => Some(ShowAs::WorkingElsewhere),
                    _ => None,
                }
            }
            "X-MICROSOFT-CDO-ALLDAYEVENT" => self.is_whole_day = word == "TRUE",
            _ => {}
        }
    }

    fn moment(&mut self, line: &Line<'_>) -> Option<Moment> {
        let zone = line.parameter("TZID");
        let moment = value::moment(line.value(), zone.as_deref());
        if moment.is_none() && !line.is("DTSTART") {
            self.lose(match line.name().to_ascii_uppercase().as_str() {
                "DTEND" => "its odd DTEND",
                _ => "its odd RECURRENCE-ID",
            });
        }
        moment
    }

    /// RDATE may also have periods (start/end): only their starts matter here.
    fn moments(&mut self, line: &Line<'_>, mut known: Vec<Moment>) -> Vec<Moment> {
        let zone = line.parameter("TZID");
        for one in line.value().split(',').filter(|one| !one.trim().is_empty()) {
            let start = one.split('/').next().unwrap_or_default();
            if known.len() >= DATES_AT_MOST {
                self.bad_rule = Some(format!("it has more than {DATES_AT_MOST} dates"));
                break;
            }
            match value::moment(start, zone.as_deref()) {
                Some(moment) => known.push(moment),
                None => self.bad_rule = Some("one of its dates cannot be read".into()),
            }
        }
        known
    }

    /// What hangs on it is named, if it has a name, and never looked at.
    fn attach(&mut self, line: &Line<'_>) {
        let is_inline = line.parameter("ENCODING").is_some();
        let name = line
            .parameter("FILENAME")
            .or_else(|| line.parameter("X-FILENAME"));
        let name = name.unwrap_or_else(|| {
            if is_inline {
                String::new()
            } else {
                line.value().trim().to_owned()
            }
        });
        if name.is_empty() {
            self.lose("an attached file");
        } else if self.attached.len() < ALARMS_AT_MOST {
            self.attached.push(name);
        }
    }

    fn lose(&mut self, what: &str) {
        if !self.lost.iter().any(|known| known == what) {
            self.lost.push(what.to_owned());
        }
    }
}

fn person(line: &Line<'_>) -> Person {
    let value = line.value().trim();
    let address = match value.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => rest,
        _ => value,
    };
    // Apple and Exchange write an EMAIL where the address is something else.
    let email = line.parameter("EMAIL").filter(|_| !address.contains('@'));
    Person {
        name: line.parameter("CN").unwrap_or_default().trim().into(),
        address: email.unwrap_or_else(|| address.to_owned()).into(),
    }
}

fn guest(line: &Line<'_>) -> Attendee {
    let word = |name| {
        line.parameter(name)
            .unwrap_or_default()
            .to_ascii_uppercase()
    };
    let role = match (word("CUTYPE").as_str(), word("ROLE").as_str()) {
        ("ROOM" | "RESOURCE", _) => Role::Resource,
        (_, "OPT-PARTICIPANT" | "NON-PARTICIPANT") => Role::Optional,
        _ => Role::Required,
    };
    let answer = match word("PARTSTAT").as_str() {
        "ACCEPTED" => Answer::Accepted,
        "DECLINED" => Answer::Declined,
        "TENTATIVE" => Answer::Tentative,
        _ => Answer::NotResponded,
    };
    Attendee {
        person: person(line),
        role,
        answer,
        proposed: None,
    }
}
