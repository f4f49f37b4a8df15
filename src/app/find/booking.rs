//! Enter: a time becomes a move, a proposal, or the time of the page.

use super::super::overlay::Overlay;
use super::super::respond::Respond as Answering;
use super::super::{Effect, State, motion, moving, sending};
use super::{Aside, Find, Purpose, fair, room};
use crate::domain::answer::{Reply, Respond};
use crate::domain::entry::Entry;
use crate::domain::event::Slot;
use crate::domain::intent::{Act, Seen};
use crate::service::protocol::Level;

pub(super) fn book(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(mut open)) = state.overlay.take() else {
        return;
    };
    match open.aside.take() {
        Some(Aside::Room(plan)) => room::book(state, open, *plan, effects),
        Some(Aside::Fair(plan)) => fair::book(state, open, *plan, effects),
        None => take(state, open, effects),
    }
}

/// The time that is looked at.
fn take(state: &mut State, open: Box<Find>, effects: &mut Vec<Effect>) {
    let me = open.guests.iter().find(|guest| guest.is_me);
    let why_not = match open.slot() {
        None => Some("no time fits: there is nothing to take"),
        Some(slot) if slot.start < state.now => Some("that has begun meanwhile"),
        Some(_) if open.awaited > 0 && me.is_some_and(|me| me.blocks.is_none()) => {
            Some("what you have on these days is still being asked for: again in a moment")
        }
        Some(_) => None,
    };
    let (Some(slot), None) = (open.slot(), why_not) else {
        state.say(Level::Warning, why_not.unwrap_or_default());
        state.overlay = Some(Overlay::Find(open));
        return super::refresh(state);
    };
    if let Some(act) = act(state, &open.purpose, slot) {
        sending::send(state, act, effects);
        return follow(state, slot);
    }
    match open.purpose {
        Purpose::Fill(mut form) => {
            form.fill_time(state, slot);
            state.overlay = Some(Overlay::Form(form));
        }
        _ => state.say(Level::News, "it is at this time already"),
    }
}

/// What is sent for it; None for a page, and where nothing would change.
pub(super) fn act(state: &State, purpose: &Purpose, slot: Slot) -> Option<Act> {
    match purpose {
        Purpose::Fill(_) => None,
        Purpose::Move(entry) if (entry.start, entry.end) == (slot.start, slot.end) => None,
        Purpose::Move(entry) => Some(moving::moved(state, entry, slot)),
        Purpose::Propose(entry, answering) => Some(proposal(entry, answering.as_deref(), slot)),
    }
}

/// What was typed beside the answer goes with it; it is never silent, for it asks something.
fn proposal(entry: &Entry, answering: Option<&Answering>, slot: Slot) -> Act {
    let note = answering.map(|open| open.comment.value().trim().to_owned());
    Act::Respond(Respond {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        reply: Reply::Tentative,
        comment: note.filter(|note| !note.is_empty()),
        tell_organizer: true,
        proposed: Some(slot),
        seen: Seen::of(entry),
    })
}

/// The view shows where it went.
pub(super) fn follow(state: &mut State, slot: Slot) {
    if state.triage.is_none() {
        let day = state.viewer.day(slot.start);
        motion::go_to_day(state, day);
    }
}
