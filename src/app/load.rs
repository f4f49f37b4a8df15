//! Meeting load: the week of the cursor with two before it and one after, counted.
//!
//! Refuses to act on anything: it is looked at and left. Invariant: what is shown was counted from
//! the days that stand in its title.

use super::overlay::Overlay;
use super::{Asked, Effect, State, safe, sending};
use crate::domain::entry::Entry;
use crate::domain::load::{About, Load, load};
use crate::domain::overlap::Persons;
use crate::service::protocol::Request;
use jiff::ToSpan;
use jiff::civil::Date;

/// Weeks that are looked at together, and which of them the sentence is about.
const WEEKS: i64 = 4;
pub const AT: usize = 2;
/// Lines of a breakdown.
const MOST: usize = 5;

#[derive(Debug, Clone)]
pub struct Page {
    /// A Monday.
    pub from: Date,
    /// None until it is known.
    pub load: Option<Load>,
    /// Why not everything is.
    pub trouble: Option<String>,
}

impl Page {
    pub fn to(&self) -> Date {
        self.from.saturating_add(WEEKS.weeks())
    }
}

pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let into_week = state.cursor.weekday().to_monday_zero_offset();
    let monday = state.cursor.saturating_sub(into_week.days());
    let before = i64::try_from(AT).unwrap_or(0).weeks();
    state.overlay = Some(Overlay::Load(Box::new(Page {
        from: monday.saturating_sub(before),
        load: None,
        trouble: None,
    })));
    ask(state, effects);
}

/// As many weeks on, or back.
pub(super) fn turn(state: &mut State, is_on: bool, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Load(page)) = &mut state.overlay {
        let weeks = if is_on { WEEKS } else { -WEEKS };
        page.from = page.from.saturating_add(weeks.weeks());
        (page.load, page.trouble) = (None, None);
    }
    ask(state, effects);
}

/// What is looked at may be another now. One question at a time: an answer that takes longer than
/// changes do would never be heard.
pub(super) fn changed(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.asked.values().any(|asked| *asked == Asked::Load) {
        ask(state, effects);
    }
}

/// Asks for the days that are looked at, while somebody looks.
fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Load(page)) = &state.overlay {
        let (from, to) = (page.from, page.to());
        effects.push(state.ask(Asked::Load, Request::Reach { from, to }));
    }
}

pub(super) fn refused(state: &mut State, words: &str) {
    if let Some(Overlay::Load(page)) = &mut state.overlay {
        page.trouble = Some(safe::words(words));
    }
}

pub(super) fn came(state: &mut State, mut entries: Vec<Entry>, trouble: Option<&str>) {
    sending::lay_early(state, &mut entries);
    let Some(Overlay::Load(page)) = &mut state.overlay else {
        return;
    };
    page.trouble = trouble.map(safe::words);
    page.load = Some(load(
        &entries,
        &About {
            zone: &state.viewer.as_zone(),
            from: page.from,
            to: page.to(),
            hours: &state.status.settings.clone().unwrap_or_default(),
            persons: &Persons::of(&state.status.calendars, &state.status.me),
            most: MOST,
        },
    ));
}
