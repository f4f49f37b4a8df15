//! Deleting: at once where nobody hears of it, after a question where somebody does or where
//! more than one event could be meant.

use super::commands::Command;
use super::overlay::Overlay;
use super::{Effect, State, form, safe, sending};
use crate::domain::edit::{Delete as Intended, is_draft};
use crate::domain::entry::Entry;
use crate::domain::event::Kind;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};

/// The question before something is deleted.
#[derive(Debug, Clone)]
pub struct Delete {
    pub entry: Entry,
}

impl Delete {
    pub fn is_of_series(&self) -> bool {
        matches!(self.entry.kind, Kind::Occurrence | Kind::Exception) && self.entry.series.is_some()
    }

    /// What deleting does, in words.
    pub fn consequence(&self, state: &State) -> String {
        let entry = &self.entry;
        let whose = state.behalf(&entry.calendar);
        if is_my_meeting(entry) {
            let people = if entry.attendees == 1 {
                "1 person is".to_owned()
            } else {
                format!("{} people are", entry.attendees)
            };
            let organizer = match whose {
                Some(who) => format!("{who} is the organizer"),
                None => "you are the organizer".into(),
            };
            return format!("{organizer}: {people} told that it is cancelled");
        }
        if entry.is_invitation() && !entry.cancelled {
            let who = safe::line(&entry.organizer.name);
            let who = if who.is_empty() {
                "the organizer".into()
            } else {
                who
            };
            if let Some(whose) = whose {
                return format!("only {whose}’s copy goes, and {who} is not told");
            }
            return format!(
                "only your copy goes, and {who} is not told: declining (r, d) would tell"
            );
        }
        "nobody is told".into()
    }
}

fn is_my_meeting(entry: &Entry) -> bool {
    entry.is_organizer && entry.attendees > 0
}

/// Deletes the selected event, or asks first.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let asked = Delete {
        entry: entry.clone(),
    };
    let is_heard = !is_draft(&entry.id) && (asked.is_of_series() || entry.attendees > 0);
    if is_heard {
        state.overlay = Some(Overlay::Delete(Box::new(asked)));
    } else {
        send(state, &asked.entry, asked.entry.id.clone(), effects);
    }
}

/// The question was answered.
pub(super) fn chosen(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::Delete(asked)) = state.overlay.take() else {
        return;
    };
    let entry = &asked.entry;
    if command == Command::DeleteWithWords {
        if is_my_meeting(entry) {
            return form::open_cancel(state, entry.clone(), entry.id.clone(), effects);
        }
        state.overlay = Some(Overlay::Delete(asked));
        return;
    }
    if command == Command::DeleteFollowing {
        if asked.is_of_series() && entry.is_organizer {
            return form::ask_cut(state, entry, effects);
        }
        state.overlay = Some(Overlay::Delete(asked));
        return;
    }
    let event = match (&entry.series, command) {
        (Some(series), Command::DeleteSeries) => series.clone(),
        (None, Command::DeleteSeries) => {
            state.overlay = Some(Overlay::Delete(asked));
            return;
        }
        _ => entry.id.clone(),
    };
    send(state, entry, event, effects);
}

fn send(state: &mut State, entry: &Entry, event: EventId, effects: &mut Vec<Effect>) {
    sending::send(state, act(entry, event), effects);
}

/// Without words to anybody.
pub(super) fn act(entry: &Entry, event: EventId) -> Act {
    Act::Delete(Intended {
        calendar: entry.calendar.clone(),
        event,
        root: entry.root().clone(),
        message: None,
        is_my_meeting: is_my_meeting(entry),
        // Of a whole series the data side knows the start; here only one of it is at hand.
        seen: Seen::of(entry),
    })
}
