//! Moving and resizing in the grid: steps by key, shown where the event would be, sent with
//! Enter. Esc puts it back.
//!
//! Invariant: until Enter nothing is queued; what is shown meanwhile is laid over the entries,
//! and every answer of the data side gets it laid over again.

use super::commands::Command;
use super::known::Key;
use super::overlay::Overlay;
use super::{Effect, State, behalf, motion, safe, sending, sentence};
use crate::domain::edit::{Change, Edit, Span, Value};
use crate::domain::entry::Entry;
use crate::domain::event::Slot;
use crate::domain::intent::{Act, Seen};
use crate::domain::time::Resolved;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// One step of the clock, in minutes.
const STEP: i64 = 15;
/// Longest an event may be stretched to.
const LONGEST: i64 = 24 * 60;

/// An event on its way to another time.
#[derive(Debug, Clone)]
pub struct Move {
    /// As it was.
    pub entry: Entry,
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Move {
    /// What saving does, in words.
    pub fn consequence(&self) -> String {
        let entry = &self.entry;
        match entry.attendees {
            1 if entry.is_organizer => "Enter mails 1 person".into(),
            others @ 2.. if entry.is_organizer => format!("Enter mails {others} people"),
            _ if entry.is_invitation() => {
                let who = safe::line(&entry.organizer.name);
                format!("only your copy moves; the next update of {who} puts it back")
            }
            _ => "Enter saves, nobody is told".into(),
        }
    }

    pub fn words(&self, state: &State) -> String {
        let moved = self.laid_over(self.entry.clone());
        let day = super::grid::dates(&state.viewer, &moved).0;
        format!(
            "moving “{}” to {} {} · {}",
            safe::line(&self.entry.subject),
            sentence::short_day(day, state.today()),
            sentence::times(&state.viewer, &moved),
            behalf::in_the_name(self.consequence(), state.behalf(&self.entry.calendar))
        )
    }

    fn laid_over(&self, entry: Entry) -> Entry {
        Entry {
            start: self.start,
            end: self.end,
            ..entry
        }
    }

    fn is_moved(&self) -> bool {
        (self.start, self.end) != (self.entry.start, self.entry.end)
    }
}

pub(super) fn open(state: &mut State) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let open = Move {
        start: entry.start,
        end: entry.end,
        entry: entry.clone(),
    };
    state.overlay = Some(Overlay::Move(Box::new(open)));
}

/// Lays what is being moved over the entries the data side sent.
pub(super) fn lay_moving(state: &State, entries: &mut [Entry]) {
    let Some(Overlay::Move(open)) = &state.overlay else {
        return;
    };
    let key = Key::of(&open.entry);
    for entry in entries.iter_mut().filter(|entry| Key::of(entry) == key) {
        *entry = open.laid_over(entry.clone());
    }
}

/// One step.
pub(super) fn step(state: &mut State, command: Command) {
    let viewer = state.viewer.clone();
    let Some(Overlay::Move(open)) = &mut state.overlay else {
        return;
    };
    let (start, end) = match command {
        Command::DayEarlier => (by_days(open, -1, &viewer), None),
        Command::DayLater => (by_days(open, 1, &viewer), None),
        _ if open.entry.all_day => return,
        Command::Earlier => (open.start - SignedDuration::from_mins(STEP), None),
        Command::Later => (open.start + SignedDuration::from_mins(STEP), None),
        Command::Shorter => (open.start, Some(-STEP)),
        _ => (open.start, Some(STEP)),
    };
    match end {
        Some(by) => {
            let minutes = open.end.duration_since(open.start).as_mins() + by;
            let minutes = minutes.clamp(STEP.min(minutes.max(1)), LONGEST);
            open.end = open.start + SignedDuration::from_mins(minutes);
        }
        None => {
            let length = open.end.duration_since(open.start);
            (open.start, open.end) = (start, start + length);
        }
    }
    show(state);
}

/// The same time of day on another day; all-day events count in UTC, where their dates are.
fn by_days(open: &Move, days: i64, viewer: &super::Viewer) -> Timestamp {
    if open.entry.all_day {
        return open.start + SignedDuration::from_hours(24 * days);
    }
    let wall = viewer.wall(open.start).saturating_add(days.days());
    Resolved::compatible(viewer.as_zone().instant(wall))
}

/// The grid follows.
fn show(state: &mut State) {
    let mut entries = std::mem::take(state.known.entries_mut());
    lay_moving(state, &mut entries);
    state.known.replace(entries);
    let Some(Overlay::Move(open)) = &state.overlay else {
        return;
    };
    let moved = open.laid_over(open.entry.clone());
    let day = super::grid::dates(&state.viewer, &moved).0;
    state.selected = Some(Key::of(&moved));
    motion::go_to_day(state, day);
    motion::show_selected(state);
}

/// The change that puts an event there.
pub(super) fn moved(state: &State, entry: &Entry, to: Slot) -> Act {
    let zone = state.viewer.as_zone();
    let span = |start, end| Value::When(Span::on_clock(start, end, entry.all_day, &zone));
    Act::Change(Change {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        edits: vec![Edit {
            base: span(entry.start, entry.end),
            mine: span(to.start, to.end),
        }],
        seen: Seen::of(entry),
    })
}

/// Enter: queued, when it is somewhere else now.
pub(super) fn save(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Move(open)) = state.overlay.take() else {
        return;
    };
    if !open.is_moved() {
        return;
    }
    let act = moved(
        state,
        &open.entry,
        Slot {
            start: open.start,
            end: open.end,
        },
    );
    sending::send(state, act, effects);
}

/// Esc: everything as it was.
pub(super) fn give_up(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Move(open)) = state.overlay.take() else {
        return;
    };
    let key = Key::of(&open.entry);
    for entry in state.known.entries_mut() {
        if Key::of(entry) == key {
            (entry.start, entry.end) = (open.entry.start, open.entry.end);
        }
    }
    let day = super::grid::dates(&state.viewer, &open.entry).0;
    motion::go_to_day(state, day);
    motion::show_selected(state);
    effects.push(state.ask_show());
}
