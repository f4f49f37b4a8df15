//! Answers on their way: shown at once, taken back, failed, tried again.

use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Early, Effect, State, Undoable, answered_words, early_for, safe};
use crate::domain::answer::{IntentId, Respond};
use crate::domain::entry::{Entry, Pending};
use crate::domain::ids::EventId;
use crate::service::protocol::{Level, Reply, Request, Settle, UndoOutcome};
use jiff::SignedDuration;

/// Until the data side gave the intent its number.
const UNNUMBERED: IntentId = IntentId(u64::MAX);

/// Queues an answer and shows it in the same frame.
pub(super) fn send(state: &mut State, respond: Respond, entry: &Entry, effects: &mut Vec<Effect>) {
    let pending = Pending {
        intent: UNNUMBERED,
        reply: respond.reply,
        trouble: None,
    };
    let event = respond.event.clone();
    state.early.retain(|early| early.event != event);
    state.early.push(Early {
        event: event.clone(),
        pending,
    });
    apply_early(state);
    let seconds = i64::from(state.settings.undo_seconds);
    if seconds > 0 {
        state.undoable = Some(Undoable {
            words: answered_words(respond.reply, entry),
            deadline: state.now + SignedDuration::from_secs(seconds),
        });
    }
    state.said = None;
    let request = Request::Respond {
        respond,
        delay_ms: u64::from(state.settings.undo_seconds) * 1000,
    };
    effects.push(state.ask(Asked::Respond(event), request));
}

fn apply_early(state: &mut State) {
    for entry in state.known.entries_mut() {
        if let Some(early) = early_for(&state.early, entry) {
            entry.pending = Some(early.pending.clone());
        }
    }
}

pub(super) fn replied(state: &mut State, event: &EventId, reply: Reply, effects: &mut Vec<Effect>) {
    match reply {
        Reply::Queued(intent) => {
            for early in &mut state.early {
                if early.event == *event {
                    early.pending.intent = intent;
                }
            }
            apply_early(state);
            state.early.retain(|early| early.event != *event);
            effects.push(state.ask_show());
        }
        Reply::Refused { words } => {
            state.early.retain(|early| early.event != *event);
            state.undoable = None;
            take_off(state, event);
            state.say(Level::Error, format!("not queued: {words}"));
            effects.push(Effect::Bell);
            effects.push(state.ask_show());
        }
        _ => {}
    }
}

/// Takes the pending mark off an event or a series.
fn take_off(state: &mut State, event: &EventId) {
    for entry in state.known.entries_mut() {
        if entry.id == *event || entry.series.as_ref() == Some(event) {
            entry.pending = None;
        }
    }
}

pub(super) fn undone(state: &mut State, outcome: UndoOutcome, effects: &mut Vec<Effect>) {
    state.undoable = None;
    match outcome {
        UndoOutcome::Withdrawn(intent) => {
            take_off(state, &intent.respond.event);
            let subject = safe::line(&intent.respond.seen.subject);
            let word = intent.respond.reply.past_tense();
            state.say(
                Level::News,
                format!("took back: {word} “{subject}”. Nobody will hear of it"),
            );
            effects.push(state.ask_show());
        }
        UndoOutcome::Compensating { words, .. } => {
            state.say(Level::News, words);
            effects.push(state.ask_show());
        }
        UndoOutcome::Final { words } => state.say(Level::Warning, words),
        UndoOutcome::Nothing => state.say(Level::News, "there is nothing to take back"),
    }
}

/// Try again or forget the answer that needs the person.
pub(super) fn settle(state: &mut State, retry: bool, effects: &mut Vec<Effect>) {
    let Some(Overlay::Respond(open)) = state.overlay.take() else {
        return;
    };
    let Some(pending) = &open.entry.pending else {
        return;
    };
    let choice = if retry { Settle::Retry } else { Settle::Drop };
    let request = Request::Settle {
        intent: pending.intent,
        choice,
    };
    effects.push(state.ask(Asked::Settle, request));
    let key = Key::of(&open.entry);
    for entry in state.known.entries_mut() {
        if Key::of(entry) == key {
            if let (true, Some(pending)) = (retry, &mut entry.pending) {
                pending.trouble = None;
            } else {
                entry.pending = None;
            }
        }
    }
    let words = if retry {
        "trying again"
    } else {
        "dropped: the answer is forgotten"
    };
    state.say(Level::News, words);
}
