//! What an event of a file holds, as the values of a new event.

use super::{Apart, Clock, Planner, Setting, Shape};
use crate::domain::edit::{People, Span, Value, tidied};
use crate::domain::event::{Answer, Attendee, Importance, Person, Role, Sensitivity, ShowAs};
use crate::domain::text::Untrusted;
use crate::domain::zone::Zone;
use crate::ical::event::{Incoming, Status};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// Graph: event resource, subject.
const SUBJECT_AT_MOST: usize = 255;
const PLACE_AT_MOST: usize = 1_000;

impl Planner<'_> {
    /// One event of this shape that begins at `first` on its own clock.
    pub(super) fn span(&mut self, shape: &Shape, first: DateTime) -> Span {
        self.span_of(shape, first, shape.apart)
    }

    /// The same where it repeats.
    pub(super) fn span_of_run(&mut self, shape: &Shape, first: DateTime) -> Span {
        self.span_of(shape, first, Apart::on_the_wall(shape.length))
    }

    fn span_of(&mut self, shape: &Shape, first: DateTime, apart: Apart) -> Span {
        let last = first.saturating_add(shape.length);
        if shape.all_day {
            let midnight = |wall: DateTime| {
                let instant = TimeZone::UTC.to_timestamp(wall);
                instant.unwrap_or(Timestamp::UNIX_EPOCH)
            };
            return Span {
                start: midnight(first),
                end: midnight(last),
                all_day: true,
                wall_start: first,
                wall_end: last,
                zone: self.setting.viewer.name().into(),
            };
        }
        let start = self.clocks.read(&shape.clock, first);
        let end = self.end(shape, first, apart).max(start);
        // Of what begins where the clock jumps and ends right after it nothing would be left.
        let end = if end == start {
            start.checked_add(shape.length).unwrap_or(end)
        } else {
            end
        };
        // Rules that only the file knows are of no use to a server: it gets the instant.
        let zone = match &shape.clock {
            Clock::Known(zone) => zone.clone(),
            Clock::Brought(_) => Zone::utc(),
        };
        Span {
            start,
            end,
            all_day: false,
            wall_start: zone.wall(start),
            wall_end: zone.wall(end),
            zone: zone.name().into(),
        }
    }
}

impl Planner<'_> {
    fn end(&mut self, shape: &Shape, first: DateTime, apart: Apart) -> Timestamp {
        let last = first.saturating_add(apart.nominal);
        let last = self.clocks.read(&shape.clock, last);
        last.checked_add(apart.exact).unwrap_or(last)
    }
}

/// Everything but people and the rule. Defaults of the server that are not the file's are said.
pub(super) fn of(event: &Incoming, span: Span) -> Vec<Value> {
    let reminder = reminders(event, &span).next();
    let mut values = vec![
        Value::Subject(cut(&event.subject, SUBJECT_AT_MOST)),
        Value::When(span),
        Value::ShowAs(show_as(event)),
        Value::Reminder(reminder),
    ];
    if !event.place.is_empty() {
        values.push(Value::Place(cut(&event.place, PLACE_AT_MOST)));
    }
    if event.importance != Importance::Normal {
        values.push(Value::Importance(event.importance));
    }
    if event.sensitivity != Sensitivity::Normal {
        values.push(Value::Sensitivity(event.sensitivity));
    }
    if !event.categories.is_empty() {
        values.push(Value::Categories(event.categories.clone()));
    }
    values
}

fn cut(text: &Untrusted, most: usize) -> Untrusted {
    match text.raw().char_indices().nth(most) {
        Some((at, _)) => Untrusted::new(text.raw().get(..at).unwrap_or_default()),
        None => text.clone(),
    }
}

fn show_as(event: &Incoming) -> ShowAs {
    match event.busy {
        Some(word) => word,
        None if event.is_transparent => ShowAs::Free,
        None if event.status == Status::Tentative => ShowAs::Tentative,
        None => ShowAs::Busy,
    }
}

fn reminders<'e>(event: &'e Incoming, span: &Span) -> impl Iterator<Item = i32> + 'e {
    let (start, end) = (span.start, span.end);
    let alarms = event.alarms.iter();
    alarms.filter_map(move |alarm| alarm.minutes(start, end))
}

/// What is not in the values, in words.
pub(super) fn lost(event: &Incoming) -> Vec<String> {
    let mut lost = event.lost.clone();
    let is_shown = |alarm: &&crate::ical::alarm::Alarm| alarm.action == "DISPLAY";
    if event.alarms.iter().filter(is_shown).count() > 1 {
        lost.push("reminders after the first".into());
    }
    let others = |action: &str| matches!(action, "AUDIO" | "EMAIL" | "PROCEDURE");
    if event.alarms.iter().any(|alarm| others(&alarm.action)) {
        lost.push("an alarm that plays, mails or runs something".into());
    }
    if event.subject.raw().chars().count() > SUBJECT_AT_MOST {
        lost.push("the end of its subject".into());
    }
    lost
}

/// The text of the event, and its people: invited, or as words in that text.
pub(super) fn with_people(values: &mut Vec<Value>, event: &Incoming, setting: &Setting<'_>) {
    let mut parts = vec![
        Cow::from(event.notes.as_str()),
        Cow::from(event.url.as_str()),
    ];
    if !event.attached.is_empty() {
        let names = event.attached.join("\n");
        parts.push(format!("Attached in the file:\n{names}").into());
    }
    let invited = guests(event, setting.me);
    if setting.invites && !invited.is_empty() {
        let is_invited = |guest: &&Attendee| invited.contains(&address(guest));
        let mut people: Vec<Attendee> = Vec::new();
        for guest in event.guests.iter().filter(is_invited) {
            if people.iter().all(|known| address(known) != address(guest)) {
                people.push(Attendee {
                    answer: Answer::None,
                    ..guest.clone()
                });
            }
        }
        values.push(Value::People(People::new(people)));
    } else if !event.guests.is_empty() {
        parts.push(in_words(event).into());
    }
    parts.retain(|part| !part.trim().is_empty());
    let notes = match parts.as_slice() {
        [one] => tidied(one),
        several => tidied(&several.join("\n\n")),
    };
    if !notes.is_empty() {
        values.push(Value::Notes(notes));
    }
}

/// Bytes of what can be long in an event.
pub(super) fn weight(values: &[Value]) -> usize {
    let of_value = |value: &Value| match value {
        Value::Notes(text) => text.raw().len(),
        Value::Categories(names) => names.iter().map(|name| name.raw().len()).sum(),
        Value::People(people) => people.all().iter().map(of_guest).sum(),
        _ => 0,
    };
    values.iter().map(of_value).sum()
}

fn of_guest(guest: &Attendee) -> usize {
    guest.person.name.raw().len() + guest.person.address.raw().len()
}

/// Who was invited by whom, for somebody who reads the notes.
fn in_words(event: &Incoming) -> String {
    let mut lines = vec!["Invited (not by this calendar):".to_owned()];
    if let Some(organizer) = &event.organizer {
        lines.push(format!("{}, organizer", named(organizer)));
    }
    lines.extend(event.guests.iter().map(|guest| {
        let role = match guest.role {
            Role::Required => "",
            Role::Optional => ", optional",
            Role::Resource => ", room or resource",
        };
        let answer = match guest.answer {
            Answer::Accepted | Answer::Organizer => ", accepted",
            Answer::Declined => ", declined",
            Answer::Tentative => ", tentative",
            Answer::None | Answer::NotResponded => "",
        };
        format!("{}{role}{answer}", named(&guest.person))
    }));
    lines.join("\n")
}

fn named(person: &Person) -> String {
    match (person.name.raw(), person.address.raw()) {
        ("", address) => address.to_owned(),
        (name, address) if name == address => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}

fn address(guest: &Attendee) -> String {
    guest.person.address.raw().trim().to_lowercase()
}

/// Addresses that would be mailed, in lower case.
pub(super) fn guests(event: &Incoming, me: &str) -> Vec<String> {
    let me = me.trim().to_lowercase();
    let mut guests: Vec<String> = event
        .guests
        .iter()
        .map(address)
        .filter(|address| address.contains('@') && *address != me)
        .collect();
    guests.sort_unstable();
    guests.dedup();
    guests
}
