//! Quick add: a line of words becomes a new event, shown as it is understood while it is typed.

use super::known::Key;
use super::list::{Kind, List, Row, Target};
use super::overlay::Overlay;
use super::{Effect, State, motion, safe, sending};
use crate::domain::edit::{Create, is_draft};
use crate::domain::ids::CalendarId;
use crate::domain::intent::Act;
use crate::domain::quick::Quick;
use jiff::civil::Date;

const EXAMPLE: &str = "1:1 with Ben tomorrow 14:30 for 45m @ Room 4 every 2 weeks · a time alone is on the cursor's day";

pub(super) fn open(state: &mut State) {
    let from = state.mode();
    state.overlay = Some(Overlay::List(Box::new(List::new(Kind::Add, from))));
    super::list::refill(state);
}

/// What is typed as an event, once for each calendar it could go into.
pub(super) fn rows(state: &State, text: &str) -> (Vec<Row>, String) {
    if text.trim().is_empty() {
        return (Vec::new(), EXAMPLE.to_owned());
    }
    let quick = match Quick::read(text, state.today(), state.cursor) {
        Ok(quick) => quick,
        Err(missing) => return (Vec::new(), missing.to_string()),
    };
    let mut calendars: Vec<_> = state
        .status
        .calendars
        .iter()
        .filter(|calendar| calendar.can_edit)
        .collect();
    calendars.sort_by_key(|calendar| !calendar.is_default);
    let rows = calendars.into_iter().map(|calendar| Row {
        text: format!("“{}” · {}", safe::words(&quick.subject), quick.sentence()),
        aside: safe::line(&calendar.name),
        target: Target::Calendar(calendar.id.clone()),
        reason: None,
        matched: Vec::new(),
    });
    (
        rows.collect(),
        "Enter adds it; nobody is invited".to_owned(),
    )
}

/// Makes what was typed, in this calendar.
pub(super) fn add(state: &mut State, text: &str, calendar: CalendarId, effects: &mut Vec<Effect>) {
    let Ok(quick) = Quick::read(text, state.today(), state.cursor) else {
        return;
    };
    let create: Create = quick.create(calendar, &state.viewer.as_zone());
    sending::send(state, Act::Create(create), effects);
    show(state, quick.day, true);
}

/// Goes to the day of what was just made or changed, and selects what is new.
pub(super) fn show(state: &mut State, day: Date, is_new: bool) {
    motion::go_to_day(state, day);
    if !is_new {
        motion::show_selected(state);
        return;
    }
    let mut drafts = state.known.shown();
    let newest = state.early.last().map(|early| early.act.event());
    let draft = drafts.find(|(_, entry)| is_draft(&entry.id) && Some(&entry.id) == newest.as_ref());
    let key = draft.map(|(_, entry)| Key::of(entry));
    drop(drafts);
    if key.is_some() {
        state.selected = key;
        motion::show_selected(state);
    }
}
