//! The sidebar: which of its calendars and categories is marked, and what becomes of it.

use super::commands::Command;
use super::{Effect, State, form};
use crate::domain::calendar::{Calendar, Category};
use crate::service::protocol::Followed;

#[derive(Debug, Clone, Default)]
pub struct Sidebar {
    pub focused: bool,
    /// Of the calendars, those that are followed in vain, and the categories after them.
    pub marked: usize,
}

/// What is marked in the sidebar.
pub(super) enum Marked {
    Calendar(Calendar),
    /// Somebody who is followed, and whose calendar is not there.
    Absent(Followed),
    Category(Category),
}

impl Marked {
    pub(super) fn is_followed(&self) -> bool {
        match self {
            Self::Calendar(calendar) => calendar.id.mailbox().is_some(),
            Self::Absent(_) => true,
            Self::Category(_) => false,
        }
    }
}

/// Who is followed in vain: they stand below the calendars.
pub fn absent(state: &State) -> impl Iterator<Item = &Followed> {
    let is_there = |one: &Followed| {
        let mut calendars = state.status.calendars.iter();
        calendars.any(|calendar| calendar.id.mailbox() == Some(&one.address))
    };
    let followed = state.status.followed.iter();
    followed.filter(move |one| one.trouble.is_some() && !is_there(one))
}

/// How many lines can be marked.
pub(super) fn rows(state: &State) -> usize {
    let status = &state.status;
    status.calendars.len() + absent(state).count() + status.categories.len()
}

impl State {
    pub(super) fn marked(&self) -> Option<Marked> {
        let marked = self.sidebar.as_ref()?.marked;
        let calendars = &self.status.calendars;
        if let Some(calendar) = calendars.get(marked) {
            return Some(Marked::Calendar(calendar.clone()));
        }
        let below = marked - calendars.len();
        if let Some(one) = absent(self).nth(below) {
            return Some(Marked::Absent(one.clone()));
        }
        let category = self.status.categories.get(below - absent(self).count())?;
        Some(Marked::Category(category.clone()))
    }
}

/// Shown and focused, then gone.
pub(super) fn turn(state: &mut State) {
    state.sidebar = match state.sidebar.take() {
        Some(sidebar) if sidebar.focused => None,
        Some(sidebar) => Some(Sidebar {
            focused: true,
            ..sidebar
        }),
        None => Some(Sidebar {
            focused: true,
            marked: 0,
        }),
    };
}

/// Makes, changes or removes one of the kind that is marked in the sidebar.
pub(super) fn change(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    match (state.marked(), command) {
        (Some(Marked::Category(_)), Command::NewCalendar) => {
            form::open_category(state, None, effects);
        }
        (Some(Marked::Category(category)), Command::EditCalendar) => {
            form::open_category(state, Some(category), effects);
        }
        (Some(Marked::Category(category)), _) => {
            form::open_remove_category(state, &category, effects);
        }
        (_, Command::NewCalendar) => form::open_calendar(state, None, effects),
        (Some(Marked::Calendar(calendar)), Command::EditCalendar) => {
            form::open_calendar(state, Some(calendar.id), effects);
        }
        (Some(Marked::Calendar(calendar)), _) => match calendar.id.mailbox() {
            Some(address) => form::open_unfollow(state, address.to_owned(), effects),
            None => form::open_remove_calendar(state, calendar.id, effects),
        },
        (Some(Marked::Absent(one)), _) => form::open_unfollow(state, one.address, effects),
        (None, _) => {}
    }
}

pub(super) fn toggle_calendar(state: &mut State, effects: &mut Vec<Effect>) {
    let marked = state.sidebar.as_ref().map_or(0, |sidebar| sidebar.marked);
    let Some(calendar) = state.status.calendars.get(marked) else {
        return;
    };
    let id = calendar.id.clone();
    if !state.hidden.remove(&id) {
        state.hidden.insert(id);
    }
    state.settings.hidden_calendars = state
        .status
        .calendars
        .iter()
        .filter(|calendar| state.hidden.contains(&calendar.id))
        .map(|calendar| calendar.name.raw().to_owned())
        .collect();
    effects.push(Effect::SaveSettings(Box::new(state.settings.clone())));
}
