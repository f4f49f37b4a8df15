//! The sidebar: which of its calendars and categories is marked, and what becomes of it.

use super::commands::Command;
use super::{Effect, State, form};
use crate::domain::calendar::{Calendar, Category};

#[derive(Debug, Clone, Default)]
pub struct Sidebar {
    pub focused: bool,
    /// Of the calendars, and the categories after them.
    pub marked: usize,
}

/// What is marked in the sidebar.
pub(super) enum Marked {
    Calendar(Calendar),
    Category(Category),
}

impl State {
    pub(super) fn marked(&self) -> Option<Marked> {
        let marked = self.sidebar.as_ref()?.marked;
        let calendars = &self.status.calendars;
        let categories = &self.status.categories;
        match calendars.get(marked) {
            Some(calendar) => Some(Marked::Calendar(calendar.clone())),
            None => {
                let category = categories.get(marked - calendars.len())?;
                Some(Marked::Category(category.clone()))
            }
        }
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
        (Some(Marked::Calendar(calendar)), _) => {
            form::open_remove_calendar(state, calendar.id, effects);
        }
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
