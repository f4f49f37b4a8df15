//! Search: asked of the data side while typing, then walked with `n` and `N`.

use super::known::Key;
use super::list::{Kind, List, Row, Target};
use super::overlay::Overlay;
use super::{Asked, Effect, State, motion, safe, sentence};
use crate::domain::entry::Entry;
use crate::service::protocol::{Level, Request};

const LIMIT: u32 = 60;

pub(super) fn open(state: &mut State) {
    let from = state.mode();
    let mut list = List::new(Kind::Search, from);
    list.note = "subjects, people and places".to_owned();
    state.overlay = Some(Overlay::List(Box::new(list)));
}

pub(super) fn typed(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::List(list)) = &mut state.overlay else {
        return;
    };
    let text = list.input.value().trim().to_owned();
    if text.is_empty() {
        list.rows.clear();
        list.note = "subjects, people and places".to_owned();
        state
            .asked
            .retain(|_, asked| !matches!(asked, Asked::Search(_)));
        return;
    }
    list.note = "searching…".to_owned();
    let request = Request::Search {
        text: text.clone(),
        limit: LIMIT,
    };
    effects.push(state.ask(Asked::Search(text), request));
}

pub(super) fn came(state: &mut State, text: &str, entries: Vec<Entry>, words: Option<String>) {
    let viewer = state.viewer.clone();
    let today = state.today();
    let rows: Vec<Row> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let day = super::grid::dates(&viewer, entry).0;
            let place = safe::line(&entry.place);
            let who = safe::line(&entry.organizer.name);
            let mut text = safe::line(&entry.subject);
            for part in [place, who] {
                if !part.is_empty() {
                    text.push_str(" · ");
                    text.push_str(&part);
                }
            }
            Row {
                text,
                aside: format!(
                    "{} {}",
                    sentence::short_day(day, today),
                    sentence::start(&viewer, entry)
                ),
                target: Target::Found(index),
                reason: None,
                matched: Vec::new(),
            }
        })
        .collect();
    state.found = entries;
    state.found_at = 0;
    if let Some(Overlay::List(list)) = &mut state.overlay {
        list.note = match (rows.len(), words) {
            (_, Some(words)) => safe::words(&words),
            (0, None) => format!("nothing found for “{text}”"),
            (count, None) => format!("{count} found · Enter goes there, then n and N"),
        };
        list.marked = 0;
        list.rows = rows;
    }
}

pub(super) fn step(state: &mut State, forward: bool) {
    let count = state.found.len();
    if count == 0 {
        return;
    }
    let next = if forward {
        (state.found_at + 1) % count
    } else {
        (state.found_at + count - 1) % count
    };
    go_to(state, next);
}

/// Goes to a found event; it is selected as soon as its day is here.
pub(super) fn go_to(state: &mut State, index: usize) {
    let Some(entry) = state.found.get(index) else {
        return;
    };
    let day = super::grid::dates(&state.viewer, entry).0;
    let key = Key::of(entry);
    state.found_at = index;
    state.selected = Some(key);
    if let Some(inspector) = &mut state.inspector {
        *inspector = super::Inspector::default();
    }
    motion::go_to_day(state, day);
    motion::show_selected(state);
    let words = format!("match {} of {}", index + 1, state.found.len());
    state.say(Level::News, words);
}
