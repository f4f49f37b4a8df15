//! One of a series, this and the following ones, or all: asked before an edit begins.

use super::commands::Command;
use super::overlay::Overlay;
use super::{Effect, State, form};
use crate::domain::entry::Entry;
use crate::domain::event::Kind;

/// How much of a series is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    This,
    Following,
    All,
}

#[derive(Debug, Clone)]
pub struct Which {
    pub entry: Entry,
}

/// Whether the question makes sense for this event.
pub fn is_of_series(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Occurrence | Kind::Exception) && entry.series.is_some()
}

/// Why "this and following" cannot be done: only who made a series can cut it.
pub fn why_not_following(entry: &Entry) -> Option<&'static str> {
    (!entry.is_organizer).then_some("only the organizer can change this and the following ones")
}

/// The key was pressed.
pub(super) fn chosen(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::Which(open)) = &state.overlay else {
        return;
    };
    let scope = match command {
        Command::OnlyThis => Scope::This,
        Command::Following => Scope::Following,
        _ => Scope::All,
    };
    if scope == Scope::Following && why_not_following(&open.entry).is_some() {
        return;
    }
    let entry = open.entry.clone();
    state.overlay = None;
    form::ask(state, &entry, scope, effects);
}
