//! An event into another calendar: a copy there, then the deletion here, as one (Graph has no
//! call that moves an event).

use super::known::Key;
use super::list::{Kind, List, Row, Target};
use super::overlay::Overlay;
use super::{Asked, Effect, State, copying, safe, sending, which};
use crate::domain::edit::{Delete, is_draft};
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;
use crate::domain::intent::{Act, Seen};
use crate::service::protocol::{Detail, Level, Request};

const GONE: &str = "the event is not here any more: nothing is moved";

/// Why this event stays where it is.
pub fn why_not(state: &State, entry: &Entry) -> Option<String> {
    let words = if entry.attendees > 0 || entry.is_invitation() {
        "a meeting stays in its calendar: moving it would cancel it and invite everybody anew"
    } else if which::is_of_series(entry) {
        "a series stays in its calendar: its changed occurrences would be lost"
    } else if is_draft(&entry.id) {
        "it is not on the server yet: change its calendar once it is"
    } else if others(state, &entry.calendar).next().is_none() {
        "there is no other calendar that you may change"
    } else {
        return None;
    };
    Some(words.into())
}

fn others<'a>(
    state: &'a State,
    here: &'a CalendarId,
) -> impl Iterator<Item = &'a crate::domain::calendar::Calendar> {
    let calendars = state.status.calendars.iter();
    calendars.filter(move |calendar| calendar.can_edit && calendar.id != *here)
}

pub(super) fn open(state: &mut State) {
    let mut list = List::new(Kind::MoveTo, state.mode());
    list.about = state.selected.clone();
    state.overlay = Some(Overlay::List(Box::new(list)));
    super::list::refill(state);
}

fn found<'a>(state: &'a State, about: Option<&Key>) -> Option<&'a Entry> {
    let (_, entry) = state.known.find(about?)?;
    Some(entry)
}

/// The calendars it could go into.
pub(super) fn rows(state: &State, about: Option<&Key>, text: &str) -> (Vec<Row>, String) {
    let Some(entry) = found(state, about) else {
        return (Vec::new(), GONE.into());
    };
    let wanted = text.trim().to_lowercase();
    let rows = others(state, &entry.calendar)
        .map(|calendar| Row {
            text: safe::line(&calendar.name),
            aside: String::new(),
            target: Target::Calendar(calendar.id.clone()),
            reason: None,
            matched: Vec::new(),
        })
        .filter(|row| row.text.to_lowercase().contains(&wanted));
    let subject = safe::line(&entry.subject);
    let note = format!("Enter copies “{subject}” there, then deletes it here; nobody is told");
    (rows.collect(), note)
}

/// The whole event is needed for its copy.
pub(super) fn ask(
    state: &mut State,
    about: Option<Key>,
    target: CalendarId,
    effects: &mut Vec<Effect>,
) {
    let Some(entry) = found(state, about.as_ref()) else {
        return state.say(Level::Warning, GONE);
    };
    let request = Request::Detail {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
    };
    effects.push(state.ask(Asked::MoveTo(target), request));
}

pub(super) fn came(
    state: &mut State,
    target: CalendarId,
    detail: &Detail,
    effects: &mut Vec<Effect>,
) {
    if let Some(words) = why_not(state, &detail.entry) {
        return state.say(Level::Warning, words);
    }
    if detail.body.is_none() {
        let words = "its text could not be read, and would be lost: try again online";
        return state.say(Level::Warning, words);
    }
    let mut copy = copying::copy_on(state, detail, copying::day_of(state, detail));
    copy.calendar = target;
    let entry = &detail.entry;
    let gone = Delete {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        message: None,
        is_my_meeting: false,
        seen: Seen::of(entry),
    };
    sending::send_together(state, vec![Act::Create(copy), Act::Delete(gone)], effects);
}
