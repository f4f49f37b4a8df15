//! My free times as text to paste: the days on screen, or a week from a day that is looked at.

use super::{Effect, State};
use crate::domain::availability::{Question, free, text};
use crate::domain::overlap::Persons;
use crate::service::protocol::Level;
use jiff::SignedDuration;

/// Shorter stretches are not worth telling.
const LEAST: SignedDuration = SignedDuration::from_mins(30);

/// Copies them through the terminal, wherever that runs.
pub(super) fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let (from, to) = state.scene.days(state.cursor);
    let from = from.max(state.today());
    let persons = Persons::of(&state.status.calendars, &state.status.me);
    let hours = state.status.settings.clone().unwrap_or_default();
    let zone = state.viewer.as_zone();
    let question = Question {
        from,
        to,
        zone: &zone,
        now: state.now,
        hours: &hours,
        least: LEAST,
    };
    let days = free(&state.known.entries, &persons, &question);
    let others: Vec<_> = state.second.iter().map(super::Viewer::as_zone).collect();
    let slots: usize = days.iter().map(|(_, slots)| slots.len()).sum();
    if slots == 0 {
        return state.say(
            Level::Warning,
            "no free time in these days: ] shows later ones",
        );
    }
    effects.push(Effect::Copy(text(&days, &zone, &others)));
    let times = if slots == 1 { "time" } else { "times" };
    let words = format!("copied {slots} free {times} of {} days as text", days.len());
    state.say(Level::News, words);
}
