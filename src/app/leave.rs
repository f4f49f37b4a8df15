//! Leaving: what waits is sent first, visibly and at most five seconds.

use super::overlay::Overlay;
use super::{Asked, Effect, State, find};
use crate::service::protocol::{Level, Reply, Request};
use jiff::{SignedDuration, Timestamp};

/// Longest the person is kept waiting, in seconds.
const PATIENCE: i64 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// Answers that had not left when leaving began.
    pub waiting: usize,
    /// When leaving happens anyway; None while the person is asked.
    pub until: Option<Timestamp>,
}

pub(super) fn quit(state: &mut State, effects: &mut Vec<Effect>) {
    if state.shelved.warns() {
        let words = "a page that was put aside would be lost: q again leaves";
        return state.say(Level::Warning, words);
    }
    if state.waiting() == 0 || state.gone.is_some() {
        effects.push(Effect::Quit);
    } else {
        drain(state, effects);
    }
}

/// Ctrl-C: asks when answers wait, else leaves.
pub(super) fn interrupt(state: &mut State, effects: &mut Vec<Effect>) {
    // The page behind a search for a time is left as it is left by Esc: what is typed stays.
    if matches!(state.overlay, Some(Overlay::Find(_))) {
        return find::back(state);
    }
    if state.waiting() == 0 || state.gone.is_some() {
        effects.push(Effect::Quit);
        return;
    }
    state.overlay = Some(Overlay::Leave(Leave {
        waiting: state.waiting(),
        until: None,
    }));
}

pub(super) fn drain(state: &mut State, effects: &mut Vec<Effect>) {
    if matches!(&state.overlay, Some(Overlay::Leave(leave)) if leave.until.is_some()) {
        return;
    }
    state.overlay = Some(Overlay::Leave(Leave {
        waiting: state.waiting(),
        until: Some(state.now + SignedDuration::from_secs(PATIENCE)),
    }));
    effects.push(state.ask(Asked::Drain, Request::Drain));
}

/// Esc while asked stays; Esc while draining leaves the rest queued and goes.
pub(super) fn stay(state: &mut State) {
    if let Some(Overlay::Leave(leave)) = &mut state.overlay {
        if leave.until.is_none() {
            state.overlay = None;
        } else {
            leave.until = Some(state.now);
        }
    }
}

pub(super) fn drained(state: &mut State, reply: &Reply, effects: &mut Vec<Effect>) {
    match reply {
        Reply::Drained { .. } | Reply::Refused { .. } => effects.push(Effect::Quit),
        _ => state.overlay = None,
    }
}

/// New numbers while draining: gone as soon as nothing waits.
pub(super) fn looked(state: &mut State, effects: &mut Vec<Effect>) {
    let done = state.status.intents.is_empty();
    if let Some(Overlay::Leave(leave)) = &mut state.overlay {
        leave.waiting = state.status.intents.len();
        if done && leave.until.is_some() {
            effects.push(Effect::Quit);
        }
    }
}

pub(super) fn ticked(state: &State, effects: &mut Vec<Effect>) -> bool {
    let Some(Overlay::Leave(Leave {
        until: Some(until), ..
    })) = &state.overlay
    else {
        return false;
    };
    if *until <= state.now {
        effects.push(Effect::Quit);
    }
    true
}
