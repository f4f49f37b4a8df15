//! Acts on their way: shown at once, taken back, failed, tried again.

use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Effect, State, Undoable, safe, triage};
use crate::domain::entry::{Entry, Laid};
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::service::protocol::{Level, Reply, Request, Settle, UndoOutcome};
use jiff::SignedDuration;

/// Until the data side gave the intent its number.
const UNNUMBERED: IntentId = IntentId(u64::MAX);

/// Queues an act and shows it in the same frame.
pub(super) fn send(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    send_together(state, vec![act], effects);
}

/// The same with acts that belong together.
pub(super) fn send_together(state: &mut State, mut acts: Vec<Act>, effects: &mut Vec<Effect>) {
    let events = acts.iter().map(Act::event).collect();
    let Some(words) = acts.last().map(done_words) else {
        return;
    };
    for act in &acts {
        let event = act.event();
        state.early.retain(|early| early.act.event() != event);
        state.early.push(Intent {
            id: UNNUMBERED,
            act: act.clone(),
            made_at: state.now,
            due_at: state.now,
            stage: Stage::Waiting,
            tries: 0,
            follows: None,
            doubt: None,
            replaces: Vec::new(),
        });
    }
    apply_early(state);
    let seconds = i64::from(state.settings.undo_seconds);
    if seconds > 0 {
        state.undoable = Some(Undoable {
            words,
            deadline: state.now + SignedDuration::from_secs(seconds),
            acts: 1,
        });
    }
    state.said = None;
    let delay_ms = u64::from(state.settings.undo_seconds) * 1000;
    let request = match acts.len() {
        1 => Request::Queue {
            act: acts.remove(0),
            delay_ms,
        },
        _ => Request::QueueTogether { acts, delay_ms },
    };
    effects.push(state.ask(Asked::Queue(events), request));
}

/// How long one key takes back what is more than one act, as the end of a sentence.
pub(super) fn taken_back(state: &State, what: &str) -> String {
    match state.settings.undo_seconds {
        0 => String::new(),
        seconds => format!("; for {seconds} s u takes back {what}"),
    }
}

/// The words for what was done, `accepted “Launch plan”`.
fn done_words(act: &Act) -> String {
    format!("{} “{}”", act.past_tense(), safe::line(&act.subject()))
}

/// Lays what the data side has not confirmed yet over these entries.
pub(super) fn lay_early(state: &State, entries: &mut Vec<Entry>) {
    for early in &state.early {
        let calendar = early.act.calendar();
        let event = early.act.event();
        let laid = Laid::all(std::iter::once(early), calendar);
        let Some(laid) = laid.get(&event) else {
            continue;
        };
        let mut is_there = false;
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.calendar == *calendar)
        {
            if entry.id == event || entry.series.as_ref() == Some(&event) {
                is_there = true;
                *entry = entry.clone().with(laid);
            }
        }
        if let (false, Some(draft)) = (is_there, &laid.draft) {
            entries.push(Entry::of(draft, None).with(laid));
        }
    }
}

fn apply_early(state: &mut State) {
    let mut entries = std::mem::take(state.known.entries_mut());
    lay_early(state, &mut entries);
    state.known.replace(entries);
    triage::lay(state);
}

/// Acts that are one to the person: each leaves by itself, and one key takes all back.
pub(super) fn send_all(
    state: &mut State,
    acts: Vec<Act>,
    words: String,
    effects: &mut Vec<Effect>,
) {
    let count = acts.len();
    for act in acts {
        send(state, act, effects);
    }
    if let Some(undoable) = &mut state.undoable {
        (undoable.words, undoable.acts) = (words, count);
    }
}

/// Takes back what was done last, all of it while it is one to the person.
pub(super) fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let acts = state.undoable.as_ref().map_or(1, |undoable| undoable.acts);
    for _ in 0..acts {
        effects.push(state.ask(Asked::Undo, Request::Undo));
    }
}

pub(super) fn replied(
    state: &mut State,
    events: &[EventId],
    reply: Reply,
    effects: &mut Vec<Effect>,
) {
    let is_early = |early: &Intent| events.contains(&early.act.event());
    match reply {
        Reply::Queued(intent) => {
            for early in state.early.iter_mut().filter(|early| is_early(early)) {
                early.id = intent;
            }
            apply_early(state);
            state.early.retain(|early| !is_early(early));
            super::conflict::copy_kept(state, effects);
            effects.push(state.ask_show());
        }
        // Of a new event that had not left: there is nothing to send, and nothing to undo.
        Reply::Done => {
            state.early.retain(|early| !is_early(early));
            state.undoable = None;
            let words = "taken back before it left; Ctrl-R brings it back";
            state.say(Level::News, words);
            effects.push(state.ask_show());
        }
        Reply::Refused { words } => {
            state.early.retain(|early| !is_early(early));
            state.undoable = None;
            state.kept = None;
            for event in events {
                take_off(state, event);
            }
            state.say(Level::Error, format!("not queued: {words}"));
            effects.push(Effect::Bell);
            effects.push(state.ask_show());
        }
        _ => {}
    }
}

/// Takes the pending mark off an event or a series; what is only a draft goes with it.
fn take_off(state: &mut State, event: &EventId) {
    let entries = state.known.entries_mut();
    entries.retain(|entry| entry.id != *event || !crate::domain::edit::is_draft(event));
    for entry in entries {
        if entry.id == *event || entry.series.as_ref() == Some(event) {
            entry.pending = None;
        }
    }
    triage::take_off(state, event);
}

pub(super) fn undone(state: &mut State, outcome: UndoOutcome, effects: &mut Vec<Effect>) {
    state.undoable = None;
    match outcome {
        UndoOutcome::Withdrawn(intent) => {
            take_off(state, &intent.act.event());
            let words = done_words(&intent.act);
            state.say(
                Level::News,
                format!("took back: {words}. Nobody will hear of it"),
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

/// Try again or forget the act that needs the person.
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
        "dropped: it is forgotten, nobody hears of it"
    };
    state.say(Level::News, words);
}
