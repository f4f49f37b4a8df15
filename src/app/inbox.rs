//! Replies and notices. The one place where a stale ticket is dropped.

use super::known::Key;
use super::list;
use super::overlay::Overlay;
use super::{
    Asked, Effect, State, conflict, copying, files, find, focus, form, leave, load, motion, moving,
    relocating, search, sending, triage, vitals,
};
use crate::domain::edit::is_draft;
use crate::domain::entry::Entry;
use crate::service::protocol::{Detail, Level, Notice, Reply, Request, Status, Ticket};
use jiff::Timestamp;

pub(super) fn replied(
    state: &mut State,
    ticket: Ticket,
    reply: Reply,
    effects: &mut Vec<Effect>,
) -> bool {
    let Some(asked) = state.asked.remove(&ticket) else {
        return false;
    };
    if asked == Asked::Vitals {
        return vitals::came(state, reply);
    }
    let refused = match &reply {
        Reply::Refused { words } => Some(words.clone()),
        _ => None,
    };
    match (asked, reply) {
        (Asked::Show { from, to }, Reply::Entries(entries)) => {
            state.known.gap_words = None;
            entries_came(state, entries, (from, to));
        }
        (Asked::Show { from, to }, Reply::EntriesOffline { entries, words }) => {
            state.known.gap_words = Some(words);
            entries_came(state, entries, (from, to));
        }
        (Asked::Detail(key), Reply::Detail(detail)) => {
            files::ask(state, &detail, effects);
            detail_came(state, &key, detail);
        }
        (Asked::Files(key), Reply::Files(listed)) => files::came(state, &key, listed),
        (Asked::Fetch(name), Reply::Content(content)) => {
            effects.push(Effect::SaveFile { name, content });
        }
        (Asked::MoveTo(target), Reply::Detail(detail)) => {
            relocating::came(state, target, &detail, effects);
        }
        (Asked::CutHere(_), Reply::Detail(detail)) => form::cut_here(state, &detail, effects),
        (Asked::Errand, Reply::Done) => {
            state.say(Level::News, "done");
            effects.push(state.ask(Asked::Sync, Request::SyncNow));
        }
        (Asked::Detail(_), Reply::Refused { words }) => {
            if let Some(inspector) = &mut state.inspector {
                inspector.trouble = Some(words);
            }
        }
        (Asked::Form(_, scope), Reply::Detail(detail)) => {
            form::known_came(state, scope, detail, effects);
        }
        (Asked::Notes(key), Reply::Detail(detail)) => {
            form::notes_came(state, &key, Some(&detail));
        }
        (Asked::Notes(key), Reply::Refused { words }) => {
            form::notes_came(state, &key, None);
            state.say(Level::Error, words);
        }
        (Asked::People, Reply::People(met)) => form::people_came(state, met),
        (Asked::Colleagues, Reply::People(found)) => form::colleagues_came(state, found),
        // Completing goes on with who was met.
        (Asked::Colleagues, _) => {}
        (Asked::Triage, Reply::Entries(entries)) => triage::came(state, entries),
        (Asked::Hush, Reply::Done) => {}
        (Asked::Find(key), Reply::Detail(detail)) => {
            find::known_came(state, &key, &detail, effects);
        }
        (Asked::OwnTime, Reply::Entries(entries)) => find::own_came(state, entries, None),
        (Asked::OwnTime, Reply::EntriesOffline { entries, words }) => {
            find::own_came(state, entries, Some(&words));
        }
        (Asked::Load, Reply::Entries(entries)) => load::came(state, entries, None),
        (Asked::Load, Reply::EntriesOffline { entries, words }) => {
            load::came(state, entries, Some(&words));
        }
        (Asked::Load, Reply::Refused { words }) => load::refused(state, &words),
        (Asked::Schedules { from, to }, Reply::Schedules(schedules)) => {
            find::schedules_came(state, (from, to), schedules);
        }
        (Asked::OwnTime, Reply::Refused { words }) => find::refused(state, "your own", &words),
        (Asked::Schedules { .. }, Reply::SchedulesBefore { heard, words }) => {
            find::schedules_before(state, heard, &words);
        }
        (Asked::Schedules { .. }, Reply::Refused { words }) => {
            find::refused(state, "others'", &words);
        }
        (Asked::Focus(from), Reply::Entries(entries)) => focus::came(state, from, entries),
        (Asked::Focus(_), Reply::EntriesOffline { words, .. }) => {
            let words = format!("not all of that week is known: {words}");
            state.say(Level::Warning, words);
        }
        (Asked::Opinion, reply) => find::opinion_came(state, reply),
        (Asked::Movable(key), reply) => find::movable_came(state, &key, &reply, effects),
        (Asked::Copy(_), Reply::Detail(detail)) => copying::came(state, detail),
        (Asked::Duplicate(_), Reply::Detail(detail)) => {
            copying::duplicate_came(state, &detail, effects);
        }
        (Asked::KeepCopy(intent), reply) => {
            let detail = match &reply {
                Reply::Detail(detail) => Some(&**detail),
                _ => None,
            };
            conflict::copy_came(state, intent, detail, effects);
        }
        (Asked::Resolve, Reply::Queued(_)) => effects.push(state.ask_show()),
        (Asked::Resolve, Reply::Done) => {
            let words = "nothing of yours is left to be sent; Ctrl-R brings it back";
            state.say(Level::News, words);
            effects.push(state.ask_show());
        }
        (Asked::Redo, Reply::Queued(_)) => {
            state.say(Level::News, "done again");
            effects.push(state.ask_show());
        }
        (Asked::Search(text), Reply::Entries(entries)) => search::came(state, &text, entries, None),
        (Asked::Search(text), Reply::EntriesOffline { entries, words }) => {
            search::came(state, &text, entries, Some(words));
        }
        (Asked::Queue(events), reply) => {
            sending::replied(state, &events, reply, effects);
        }
        (Asked::Undo, Reply::Undone(outcome)) => sending::undone(state, outcome, effects),
        (Asked::Settle, Reply::Done) => effects.push(state.ask_show()),
        (Asked::Sync, Reply::Synced(report)) => {
            if let Some(trouble) = report.troubles.first() {
                state.say(Level::Warning, trouble.clone());
            }
        }
        (Asked::Status, Reply::Status(status)) => status_came(state, *status, effects),
        (Asked::Drain, reply) => leave::drained(state, &reply, effects),
        (Asked::Sync, Reply::Done) => {}
        (Asked::Show { from, to }, Reply::Refused { words }) => {
            state.known.gap_words = Some(words);
            state.known.range = Some((from, to));
        }
        (_, Reply::Refused { words }) => state.say(Level::Error, words),
        _ => {}
    }
    form::answered(state, ticket, refused);
    true
}

fn entries_came(
    state: &mut State,
    mut entries: Vec<Entry>,
    range: (jiff::civil::Date, jiff::civil::Date),
) {
    sending::lay_early(state, &mut entries);
    moving::lay_moving(state, &mut entries);
    let first = state.known.range.is_none();
    let selected = state.selected_entry().map(|(_, entry)| entry.clone());
    let was_here = selected.is_some();
    let others = form::look_alikes(state);
    state.known.replace(entries);
    state.known.range = Some(range);
    form::follow(state, &others);
    if let Some(draft) = selected.filter(|entry| is_draft(&entry.id)) {
        follow(state, &draft);
    }
    state.lay_out();
    if was_here && state.selected_entry().is_none() {
        // The selected event left: its neighbour takes the selection, without a scroll.
        let cursor = state.cursor;
        motion::to_day(state, cursor);
    }
    if first && state.selected.is_none() {
        let scroll = state.scroll;
        motion::select_around_now(state);
        // The first frame is about now, wherever the selected event is.
        if state.scene.grid().is_some() {
            state.scroll = scroll;
        }
    }
}

/// A new event changes its id twice: when it is queued and when the server names it.
fn follow(state: &mut State, draft: &Entry) {
    if state.selected_entry().is_some() {
        return;
    }
    let what = |entry: &Entry| {
        let when = (entry.start, entry.end);
        (entry.calendar.clone(), when, entry.subject.clone())
    };
    let mut same = state.known.entries.iter();
    let same = same.find(|entry| what(entry) == what(draft));
    state.selected = same.map(Key::of).or(state.selected.take());
}

fn detail_came(state: &mut State, key: &Key, detail: Box<Detail>) {
    if let Some(respond) = state.overlay.as_mut().and_then(Overlay::answer)
        && Key::of(&respond.entry) == *key
    {
        respond.detail = Some(detail.clone());
    }
    if let Some(inspector) = &mut state.inspector {
        if inspector
            .detail
            .as_ref()
            .is_none_or(|known| Key::of(&known.entry) != Key::of(&detail.entry))
        {
            inspector.files = None;
        }
        inspector.detail = Some(detail);
        inspector.trouble = None;
    }
}

pub(super) fn noticed(state: &mut State, notice: Notice, effects: &mut Vec<Effect>) -> bool {
    match notice {
        Notice::Changed => {
            effects.push(state.ask_show());
            triage::ask(state, effects);
            load::changed(state, effects);
            find::changed(state, effects);
            // What the inspector shows may have changed with it.
            let key = state.selected.clone().filter(|_| state.inspector.is_some());
            if let Some(key) = key {
                let request = Request::Detail {
                    calendar: key.calendar.clone(),
                    event: key.event.clone(),
                };
                effects.push(state.ask(Asked::Detail(key), request));
            }
            false
        }
        Notice::Status(status) => {
            let seen = !looks_the_same(&state.status, &status, state.now);
            status_came(state, *status, effects);
            seen
        }
        Notice::Said { level, words } => {
            state.say(level, words);
            true
        }
        Notice::Gone { words } => {
            state.gone = Some(super::safe::words(&words));
            true
        }
    }
}

/// Counters that no screen shows, and an age that is shown by the minute, do not
/// repaint anything.
fn looks_the_same(old: &Status, new: &Status, now: Timestamp) -> bool {
    let minutes = |status: &Status| {
        let fresh = status.fresh_at?;
        Some(now.duration_since(fresh).as_secs().max(0) / 60)
    };
    let shown = |status: &Status| Status {
        fresh_at: None,
        requests: 0,
        bytes: 0,
        ..status.clone()
    };
    minutes(old) == minutes(new) && shown(old) == shown(new)
}

fn status_came(state: &mut State, status: Status, effects: &mut Vec<Effect>) {
    state.status = status;
    if !state.settled_hidden && !state.status.calendars.is_empty() {
        state.settled_hidden = true;
        let names = &state.settings.hidden_calendars;
        state.hidden = state
            .status
            .calendars
            .iter()
            .filter(|calendar| names.iter().any(|name| name == calendar.name.raw()))
            .map(|calendar| calendar.id.clone())
            .collect();
    }
    if matches!(&state.overlay, Some(Overlay::List(open)) if open.kind == list::Kind::Waiting) {
        list::refill(state);
    }
    leave::looked(state, effects);
}
