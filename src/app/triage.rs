//! Triage: everything that waits for the person, one key each, and the next one comes up.
//!
//! The queue stands at the left; the event it is about is the selected one, so that the day around
//! it and everything about it are drawn by the same code as elsewhere. Invariants: what was acted
//! upon leaves the queue in the same frame, before anything was sent; undo brings it back, and to it.

mod settling;
mod words;

pub use settling::Settle;
pub(super) use settling::{at, hears, preview};
pub use words::{Fact, facts, line};

use super::commands::Command;
use super::known::Key;
use super::{
    Asked, Effect, Inspector, State, grid, list, motion, perform as performing, respond, sending,
};
use crate::domain::answer::{Reply, Respond};
use crate::domain::entry::{Entry, Laid};
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};
use crate::domain::overlap::Persons;
use crate::domain::triage::{Circumstances, Item, Named, Why, queue};
use crate::service::protocol::{Level, Request};
use jiff::civil::Date;
use std::collections::BTreeSet;

pub(super) use settling::{cut_short, mark_free, settle};

/// Rows of an item in the list.
pub const ROWS: u16 = 2;

pub struct Triage {
    /// What the queue is made of.
    entries: Vec<Entry>,
    pub items: Vec<Item>,
    pub at: usize,
    /// Of two that overlap the second is looked at.
    pub is_turned: bool,
    pub marked: BTreeSet<u64>,
    /// The data side has answered once.
    pub is_known: bool,
    /// Where the queue stood before the last act, for undo.
    was_at: Option<u64>,
    /// Hushed last, and nothing was done since.
    hushed: Option<u64>,
    /// What is there again when the queue is left.
    before: Before,
}

struct Before {
    cursor: Date,
    selected: Option<Key>,
    scroll: u16,
    inspector: Option<Inspector>,
}

impl Triage {
    pub fn item(&self) -> Option<&Item> {
        self.items.get(self.at)
    }

    /// The event that is looked at.
    pub fn named(&self) -> Option<&Named> {
        let item = self.item()?;
        let other = item.other.as_ref().filter(|_| self.is_turned);
        Some(other.unwrap_or(&item.event))
    }

    pub fn entry(&self, named: &Named) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.id == named.event && entry.calendar == named.calendar)
    }
}

pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let before = Before {
        cursor: state.cursor,
        selected: state.selected.clone(),
        scroll: state.scroll,
        inspector: state.inspector.take(),
    };
    state.triage = Some(Box::new(Triage {
        entries: Vec::new(),
        items: Vec::new(),
        at: 0,
        is_turned: false,
        marked: BTreeSet::new(),
        is_known: false,
        was_at: None,
        hushed: None,
        before,
    }));
    state.inspector = Some(Inspector::default());
    ask(state, effects);
    state.lay_out();
}

/// Back to where the person was.
pub(super) fn close(state: &mut State) {
    let Some(triage) = state.triage.take() else {
        return;
    };
    let Before {
        cursor,
        selected,
        scroll,
        inspector,
    } = triage.before;
    (state.selected, state.inspector) = (selected, inspector);
    motion::go_to_day(state, cursor);
    state.scroll = scroll;
    motion::keep_scroll_inside(state);
}

/// The queue is at hand: nothing lies over it.
pub(super) fn is_at_hand(state: &State) -> bool {
    state.triage.is_some() && state.overlay.is_none()
}

/// Asks what waits, while somebody looks.
pub(super) fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    if state.triage.is_some() {
        effects.push(state.ask(Asked::Triage, Request::Waiting));
    }
}

pub(super) fn came(state: &mut State, mut entries: Vec<Entry>) {
    sending::lay_early(state, &mut entries);
    if let Some(triage) = &mut state.triage {
        triage.entries = entries;
        triage.is_known = true;
    }
}

/// What was just done is no longer in the queue, before the data side says so.
pub(super) fn lay(state: &mut State) {
    let Some(mut triage) = state.triage.take() else {
        return;
    };
    for early in &state.early {
        let laid = Laid::all(std::iter::once(early), early.act.calendar());
        let Some(laid) = laid.get(&early.act.event()) else {
            continue;
        };
        let is_meant = |entry: &&mut Entry| is_of(entry, &early.act.event());
        for entry in triage.entries.iter_mut().filter(is_meant) {
            *entry = entry.clone().with(laid);
        }
    }
    triage.hushed = None;
    state.triage = Some(triage);
}

/// It was taken back: it is in the queue again, and is what is looked at.
pub(super) fn take_off(state: &mut State, event: &EventId) {
    let Some(triage) = &mut state.triage else {
        return;
    };
    for entry in triage
        .entries
        .iter_mut()
        .filter(|entry| is_of(entry, event))
    {
        entry.pending = None;
    }
    refresh(state);
    let Some(triage) = &mut state.triage else {
        return;
    };
    let is_back = |item: &Item| item.event.event == *event || item.event.root == *event;
    let was_at = triage.was_at.take();
    let found = triage.items.iter().position(|item| Some(item.id) == was_at);
    let found = found.or_else(|| triage.items.iter().position(is_back));
    triage.at = found.unwrap_or(triage.at);
}

fn is_of(entry: &Entry, event: &EventId) -> bool {
    entry.id == *event || entry.series.as_ref() == Some(event)
}

/// The queue from what is known; who is looked at stays so while it is in it.
fn refresh(state: &mut State) {
    let Some(mut triage) = state.triage.take() else {
        return;
    };
    let persons = Persons::of(&state.status.calendars, &state.status.me);
    let mut hushed: BTreeSet<u64> = state.status.hushed.iter().copied().collect();
    hushed.extend(triage.hushed);
    let about = Circumstances {
        now: state.now,
        persons: &persons,
        start_of: &|day| state.viewer.midnight(day),
        hushed: &hushed,
    };
    let here = triage.item().map(|item| item.id);
    triage.items = queue(&triage.entries, state.status.intents.iter(), &about);
    let same = triage.items.iter().position(|item| Some(item.id) == here);
    let last = triage.items.len().saturating_sub(1);
    if same.is_none() {
        triage.is_turned = false;
    }
    triage.at = same.unwrap_or(triage.at.min(last));
    let there: BTreeSet<u64> = triage.items.iter().map(|item| item.id).collect();
    triage.marked.retain(|id| there.contains(id));
    state.triage = Some(triage);
}

/// After every message: the queue, and the event that is looked at with its day.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    if state.triage.is_none() {
        return;
    }
    refresh(state);
    if state.overlay.is_some() {
        return;
    }
    let Some(triage) = &state.triage else { return };
    let named = triage.named().cloned();
    let entry = named
        .as_ref()
        .and_then(|named| triage.entry(named))
        .cloned();
    let key = named.as_ref().map(|named| Key {
        calendar: named.calendar.clone(),
        event: named.event.clone(),
    });
    if state.selected != key {
        state.selected = key;
        state.inspector = Some(Inspector::default());
    }
    let day = match (&entry, &named) {
        (Some(entry), _) => Some(grid::dates(&state.viewer, entry).0),
        (None, Some(named)) => Some(state.viewer.day(named.start)),
        (None, None) => None,
    };
    if let Some(day) = day {
        motion::go_to_day(state, day);
        motion::show_selected(state);
    }
    if state.selected_entry().is_some() {
        performing::ask_detail(state, effects);
    }
}

/// Lines up or down; false when the queue is not what moves.
pub(super) fn step(state: &mut State, lines: i32) -> bool {
    if !is_at_hand(state) {
        return false;
    }
    let Some(triage) = &mut state.triage else {
        return false;
    };
    let last = i32::try_from(triage.items.len()).unwrap_or(i32::MAX) - 1;
    let at = i32::try_from(triage.at).unwrap_or(0).saturating_add(lines);
    triage.at = usize::try_from(at.min(last)).unwrap_or(0);
    triage.is_turned = false;
    true
}

/// The first item that is drawn, so that the one that is looked at is in sight.
pub fn first_drawn(triage: &Triage, height: u16) -> usize {
    (triage.at + 1).saturating_sub(usize::from(height / ROWS).max(1))
}

/// A click looks at the item below it; false when it was elsewhere.
pub(super) fn clicked(state: &mut State, x: u16, y: u16) -> bool {
    let Some(area) = state
        .scene
        .queue
        .filter(|area| area.contains((x, y).into()))
    else {
        return false;
    };
    if let Some(triage) = &mut state.triage {
        let at = first_drawn(triage, area.height) + usize::from((y - area.y) / ROWS);
        if at < triage.items.len() {
            triage.at = at;
            triage.is_turned = false;
        }
    }
    true
}

pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::MarkItem => mark(state),
        Command::Turn => {
            if let Some(triage) = &mut state.triage {
                triage.is_turned = !triage.is_turned;
            }
        }
        Command::Hush => hush(state, effects),
        // What is not in the calendar any more still stands in the list of what waits.
        Command::OpenItem if state.selected_entry().is_none() => list::open_waiting(state),
        Command::OpenItem => respond::open(state, effects),
        Command::CutShort => cut_short(state),
        Command::MarkFree => mark_free(state),
        _ => {}
    }
}

fn mark(state: &mut State) {
    let Some(triage) = &mut state.triage else {
        return;
    };
    let Some(id) = triage.item().map(|item| item.id) else {
        return;
    };
    if !triage.marked.remove(&id) {
        triage.marked.insert(id);
    }
    step(state, 1);
}

/// Those that are marked, or the one that is looked at.
pub(super) fn meant(triage: &Triage) -> Vec<&Item> {
    if triage.marked.is_empty() {
        return triage.item().into_iter().collect();
    }
    let is_marked = |item: &&Item| triage.marked.contains(&item.id);
    triage.items.iter().filter(is_marked).collect()
}

/// One key answers: invitations at once, an overlap after it was shown what that means.
pub(super) fn answer(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let reply = match command {
        Command::Accept => Reply::Accept,
        Command::Tentative => Reply::Tentative,
        _ => Reply::Decline,
    };
    let Some(triage) = &state.triage else { return };
    let was_at = triage.item().map(|item| item.id);
    match triage.item().map(|item| &item.why) {
        Some(Why::Overlap(_)) if triage.marked.is_empty() => {
            return settling::by_answer(state, reply);
        }
        Some(Why::Proposal { .. }) if triage.marked.is_empty() => {
            return settling::proposal(state, reply, effects);
        }
        _ => {}
    }
    let answers = |item: &&Item| item.why.wants_answer();
    let acts: Vec<Act> = meant(triage)
        .into_iter()
        .filter(answers)
        .filter_map(|item| Some(answered(item, triage.entry(&item.event)?, reply)))
        .collect();
    let words = match &acts[..] {
        [] => return,
        [one] => format!(
            "{} “{}”",
            one.past_tense(),
            super::safe::line(&one.subject())
        ),
        more => format!("{} {} invitations", reply.past_tense(), more.len()),
    };
    done(state, acts, words, was_at, effects);
}

/// Sends what was decided; undo comes back to where that was.
fn done(
    state: &mut State,
    acts: Vec<Act>,
    words: String,
    was_at: Option<u64>,
    effects: &mut Vec<Effect>,
) {
    sending::send_all(state, acts, words, effects);
    if let Some(triage) = &mut state.triage {
        triage.was_at = was_at;
        triage.marked.clear();
    }
}

/// The answer to an item; of a series that was never answered, to all of it.
fn answered(item: &Item, entry: &Entry, reply: Reply) -> Act {
    let root = entry.root().clone();
    Act::Respond(Respond {
        calendar: entry.calendar.clone(),
        event: if item.is_series {
            root.clone()
        } else {
            entry.id.clone()
        },
        root,
        reply,
        comment: None,
        tell_organizer: entry.response_requested,
        proposed: None,
        // Of a whole series the data side knows the start; here only one of it is at hand.
        seen: Seen::of(entry),
    })
}

/// What was called off goes at once, for nobody hears of that; anything else is asked about.
pub(super) fn delete(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(triage) = &state.triage else { return };
    let was_at = triage.item().map(|item| item.id);
    let is_over = |item: &&Item| matches!(item.why, Why::Cancelled);
    let acts: Vec<Act> = meant(triage)
        .into_iter()
        .filter(is_over)
        .filter_map(|item| {
            let entry = triage.entry(&item.event)?;
            let event = item.is_series.then(|| entry.root().clone());
            Some(super::deleting::act(
                entry,
                event.unwrap_or_else(|| entry.id.clone()),
            ))
        })
        .collect();
    match &acts[..] {
        [] => super::deleting::open(state, effects),
        more => {
            let words = match more {
                [one] => format!("removed “{}”", super::safe::line(&one.subject())),
                more => format!("removed {} cancelled meetings", more.len()),
            };
            done(state, acts, words, was_at, effects);
        }
    }
}

/// Out of the queue for good, and nothing else happens. `u` brings it back at once.
fn hush(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(triage) = &mut state.triage else {
        return;
    };
    let Some((id, words)) = triage.item().and_then(words::hushed) else {
        return;
    };
    triage.hushed = Some(id);
    triage.was_at = Some(id);
    state.undoable = None;
    let is_hushed = true;
    effects.push(state.ask(Asked::Hush, Request::Hush { id, is_hushed }));
    state.say(Level::News, words);
}

/// In the queue `u` first lets be heard what was hushed a moment ago.
pub(super) fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let hushed = state
        .triage
        .as_mut()
        .and_then(|triage| triage.hushed.take());
    let Some(id) = hushed else {
        return sending::undo(state, effects);
    };
    state.status.hushed.retain(|known| *known != id);
    let is_hushed = false;
    effects.push(state.ask(Asked::Hush, Request::Hush { id, is_hushed }));
    state.say(Level::News, "it is in the queue again");
    refresh(state);
    if let Some(triage) = &mut state.triage {
        let back = triage.items.iter().position(|item| item.id == id);
        triage.at = back.unwrap_or(triage.at);
    }
}
