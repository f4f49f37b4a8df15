//! Dates in words: "26", "26 nov", "2026-11-26", "tomorrow", "mon", "next friday", "+2w".

use super::list::{Kind, List, Row, Target};
use super::overlay::Overlay;
use super::{State, sentence};
use crate::domain::date_words::understood;

pub(super) fn open(state: &mut State) {
    let from = state.mode();
    state.overlay = Some(Overlay::List(Box::new(List::new(Kind::GoTo, from))));
    super::list::refill(state);
}

/// At most one row: the day that is meant.
pub(super) fn rows(state: &State, text: &str) -> (Vec<Row>, String) {
    let examples = "26 · 26 nov · 2026-11-26 · tomorrow · mon · next friday · +2w · week 12";
    if text.trim().is_empty() {
        return (Vec::new(), examples.to_owned());
    }
    match understood(text, state.today(), state.cursor) {
        None => (Vec::new(), format!("not a date I know. Try {examples}")),
        Some(day) => {
            let row = Row {
                text: sentence::long_day(day),
                aside: sentence::distance(state.today(), day),
                target: Target::Day(day),
                reason: None,
                matched: Vec::new(),
            };
            (vec![row], String::new())
        }
    }
}
