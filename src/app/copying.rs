//! Copy, paste and duplicate. A copy invites nobody: whoever was invited is named in its text.

use super::known::Key;
use super::{Asked, Effect, State, creating, form, safe, sending};
use crate::domain::edit::{Create, Span, Value, tidied};
use crate::domain::event::Details;
use crate::domain::ids::CalendarId;
use crate::domain::intent::Act;
use crate::domain::time::Resolved;
use crate::service::protocol::{Detail, Level, Request};
use jiff::ToSpan;
use jiff::civil::Date;

/// `y`: remembered with its text, which may have to be fetched.
pub(super) fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let key = Key::of(entry);
    let words = format!(
        "copied “{}”: p puts it on the cursor's day",
        safe::line(&entry.subject)
    );
    state.say(Level::News, words);
    // Until the answer is here `p` must not put down what was copied before.
    state.copied = None;
    let request = Request::Detail {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::Copy(key), request));
}

/// Why `p` has nothing to put down.
pub(super) fn why_not_pasted(state: &State) -> Option<String> {
    let is_asked = |asked: &Asked| matches!(asked, Asked::Copy(_));
    if state.copied.is_some() {
        None
    } else if state.asked.values().any(is_asked) {
        Some("it is still being read: p again in a moment".into())
    } else {
        Some("nothing was copied yet: y copies the selected event".into())
    }
}

pub(super) fn came(state: &mut State, detail: Box<Detail>) {
    if detail.body.is_none() && !safe::line(&details(&detail).preview).is_empty() {
        state.say(
            Level::Warning,
            "copied without its text, which could not be read now",
        );
    }
    state.copied = Some(detail);
}

/// `p`: at the same hours on the cursor's day, in the calendar it came from where that allows it.
pub(super) fn paste(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(copied) = state.copied.clone() else {
        return;
    };
    let day = state.cursor;
    let create = copy_on(state, &copied, day);
    sending::send(state, Act::Create(create), effects);
    creating::show(state, day, true);
}

/// `D`: the same once more, on a page to be changed before it is saved.
pub(super) fn duplicate(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let key = Key::of(entry);
    let request = Request::Detail {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::Duplicate(key), request));
}

pub(super) fn duplicate_came(state: &mut State, detail: &Detail, effects: &mut Vec<Effect>) {
    let create = copy_on(state, detail, day_of(state, detail));
    form::open_copy(state, &create, effects);
}

fn details(detail: &Detail) -> Details {
    detail.event.details.clone().unwrap_or_default()
}

/// The day it is on now, for a copy that stays there.
pub(super) fn day_of(state: &State, detail: &Detail) -> Date {
    let all_day = details(detail).all_day;
    state.viewer.first_day(detail.event.start, all_day)
}

pub(super) fn copy_on(state: &State, detail: &Detail, day: Date) -> Create {
    let details = details(detail);
    let mut values = vec![
        Value::Subject(details.subject.clone()),
        Value::When(span_on(state, detail, &details, day)),
        Value::ShowAs(details.show_as),
        Value::Importance(details.importance),
        Value::Sensitivity(details.sensitivity),
        Value::Reminder(details.reminder),
    ];
    if !details.place.raw().is_empty() {
        values.push(Value::Place(details.place.clone()));
    }
    if !details.categories.is_empty() {
        values.push(Value::Categories(details.categories.clone()));
    }
    let notes = notes(detail, &details);
    if !notes.is_empty() {
        values.push(Value::Notes(tidied(&notes)));
    }
    Create {
        calendar: home(state, &detail.event.calendar),
        transaction: String::new(),
        values,
    }
}

/// The same hours on the viewer's clock, on another day.
fn span_on(state: &State, detail: &Detail, details: &Details, day: Date) -> Span {
    let event = &detail.event;
    let zone = state.viewer.as_zone();
    let length = event.end.duration_since(event.start);
    if details.all_day {
        let start = crate::domain::window::midnight(day);
        return Span::on_clock(start, start + length, true, &zone);
    }
    let wall = state.viewer.wall(event.start);
    let away = (day - wall.date()).get_days();
    let start = Resolved::compatible(zone.instant(wall.saturating_add(away.days())));
    Span::on_clock(start, start + length, false, &zone)
}

/// The text, and who was invited to what was copied. The text of an online meeting is the way
/// into that meeting, and stays there.
fn notes(detail: &Detail, details: &Details) -> String {
    let is_online = details.online_url.is_some();
    let text = detail.body.as_ref().filter(|_| !is_online);
    let mut text = text.map_or(String::new(), |body| body.raw().trim().to_owned());
    if !details.attendees.is_empty() {
        let people = crate::domain::edit::People::new(details.attendees.clone());
        let people = super::form::slot::text_of(&Value::People(people));
        let organizer = safe::line(details.organizer.shown());
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&format!(
            "Copied from a meeting of {organizer} with {people}"
        ));
    }
    text
}

/// A copy of something in a calendar that is only read goes into one's own.
fn home(state: &State, calendar: &CalendarId) -> CalendarId {
    let calendars = &state.status.calendars;
    let can_edit = |id: &CalendarId| {
        calendars
            .iter()
            .any(|known| known.id == *id && known.can_edit)
    };
    if can_edit(calendar) {
        return calendar.clone();
    }
    let ours = calendars
        .iter()
        .find(|known| known.is_default && known.can_edit);
    ours.map_or(calendar.clone(), |known| known.id.clone())
}
