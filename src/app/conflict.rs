//! An edit conflict: what a field was, what I made of it, what others made of it, and what holds.
//!
//! Invariants: nothing is decided before Enter; leaving keeps everything as it waits; a copy
//! invites nobody.

use super::commands::Command;
use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Effect, State, copying, safe, sending};
use crate::domain::edit::{Change, Create, Edit, Field, Side, Span, Value};
use crate::domain::entry::Deed;
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::service::protocol::{Detail, Level, Request, Settle};

/// One field of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub field: Field,
    pub base: String,
    pub mine: String,
    /// None when nobody else touched it.
    pub theirs: Option<String>,
    /// What was chosen, of a field that both changed.
    pub side: Option<Side>,
}

impl Row {
    pub fn is_clash(&self) -> bool {
        self.theirs.is_some()
    }

    /// What the event holds afterwards.
    pub fn result(&self) -> Option<String> {
        let Some(theirs) = &self.theirs else {
            return Some(self.mine.clone());
        };
        Some(match self.side? {
            Side::Mine => self.mine.clone(),
            Side::Theirs => theirs.clone(),
            Side::Both => format!("{theirs} + {}", self.mine),
        })
    }
}

#[derive(Debug, Clone)]
pub struct Conflict {
    pub intent: IntentId,
    pub subject: String,
    pub key: Key,
    pub rows: Vec<Row>,
    pub at: usize,
    /// The next choice is for every field.
    pub whole: bool,
    pub refusal: Option<String>,
    /// When it was changed here, as the clock shows it.
    pub made: String,
    /// Who hears of it when it is sent.
    pub consequence: String,
}

/// The conflict of this intent, if it is one.
pub(super) fn of(state: &State, id: IntentId) -> Option<Conflict> {
    let intent = state.status.intents.iter().find(|intent| intent.id == id)?;
    let (change, theirs) = clash_of(intent)?;
    let zone = state.viewer.as_zone();
    let words = |value: &Value| safe::line(&value.in_words(&zone));
    let row = |edit: &Edit| {
        let field = edit.mine.field();
        let theirs = theirs.iter().find(|theirs| theirs.field() == field);
        Row {
            field,
            base: words(&edit.base),
            mine: words(&edit.mine),
            theirs: theirs.map(words),
            side: None,
        }
    };
    let mut rows: Vec<Row> = change.edits.iter().map(row).collect();
    rows.sort_by_key(|row| !row.is_clash());
    let key = Key {
        calendar: change.calendar.clone(),
        event: change.event.clone(),
    };
    let entry = state.known.find(&key).map(|(_, entry)| entry);
    let consequence = match entry {
        Some(entry) if entry.is_organizer && entry.attendees > 0 => {
            format!("sending yours mails {} people", entry.attendees)
        }
        _ => "nobody is told".into(),
    };
    Some(Conflict {
        intent: id,
        subject: safe::line(&change.seen.subject),
        key,
        rows,
        at: 0,
        whole: false,
        refusal: None,
        made: state
            .viewer
            .wall(intent.made_at)
            .strftime("%a %-d %b %H:%M")
            .to_string(),
        consequence,
    })
}

fn clash_of(intent: &Intent) -> Option<(&Change, &[Value])> {
    match (&intent.act, &intent.stage) {
        (Act::Change(change), Stage::NeedsYou { theirs, .. }) if !theirs.is_empty() => {
            Some((change, theirs))
        }
        _ => None,
    }
}

/// Keys on the screen.
pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::Conflict(open)) = &mut state.overlay else {
        return;
    };
    open.refusal = None;
    let last = open.rows.len().saturating_sub(1);
    match command {
        Command::NextField => open.at = (open.at + 1).min(last),
        Command::FieldBefore => open.at = open.at.saturating_sub(1),
        Command::WholeEvent => open.whole = !open.whole,
        Command::Mine => choose(open, Side::Mine),
        Command::Theirs => choose(open, Side::Theirs),
        Command::Both => choose(open, Side::Both),
        Command::Decide => decide(state, effects),
        _ => {}
    }
}

fn choose(open: &mut Conflict, side: Side) {
    let (at, whole) = (open.at, open.whole);
    let mut is_refused = false;
    for (index, row) in open.rows.iter_mut().enumerate() {
        if !row.is_clash() || !(whole || index == at) {
            continue;
        }
        if side == Side::Both && !row.field.holds_both() {
            is_refused = true;
        } else {
            row.side = Some(side);
        }
    }
    open.whole = false;
    if is_refused {
        open.refusal = Some("only lists and notes can hold both: 1 yours, 2 theirs".into());
    } else if !whole {
        // On to the next one that is still open.
        let next = |row: &Row| row.is_clash() && row.side.is_none();
        open.at = open.rows.iter().position(next).unwrap_or(at);
    }
}

fn decide(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Conflict(open)) = &mut state.overlay else {
        return;
    };
    let undecided = open
        .rows
        .iter()
        .position(|row| row.is_clash() && row.side.is_none());
    if let Some(at) = undecided {
        open.at = at;
        open.refusal = Some("choose first: 1 yours, 2 theirs; M then 1 or 2 for everything".into());
        return;
    }
    let sides = open
        .rows
        .iter()
        .filter_map(|row| Some((row.field, row.side?)));
    let request = Request::Resolve {
        intent: open.intent,
        sides: sides.collect(),
    };
    state.overlay = None;
    effects.push(state.ask(Asked::Resolve, request));
    state.say(Level::News, "decided; it goes out as chosen");
}

/// What I made becomes an event of its own; theirs stays as it is.
pub(super) fn keep_copy(state: &mut State, effects: &mut Vec<Effect>) {
    let (intent, key) = match &state.overlay {
        Some(Overlay::Conflict(open)) => (open.intent, open.key.clone()),
        // A change that was refused, or whose event is gone.
        Some(Overlay::Respond(open)) => match &open.entry.pending {
            Some(pending) if pending.deed == Deed::Change => (pending.intent, Key::of(&open.entry)),
            _ => return,
        },
        _ => return,
    };
    state.overlay = None;
    ask_copy(state, intent, key, effects);
}

/// The whole event is needed for a copy of it.
fn ask_copy(state: &mut State, intent: IntentId, key: Key, effects: &mut Vec<Effect>) {
    let request = Request::Detail {
        calendar: key.calendar,
        event: key.event,
    };
    effects.push(state.ask(Asked::KeepCopy(intent), request));
}

/// The event came, or is gone: then what was seen of it has to do.
pub(super) fn copy_came(
    state: &mut State,
    id: IntentId,
    detail: Option<&Detail>,
    effects: &mut Vec<Effect>,
) {
    let intent = state.status.intents.iter().find(|intent| intent.id == id);
    let Some(Act::Change(change)) = intent.map(|intent| intent.act.clone()) else {
        return;
    };
    let mut create = match detail {
        Some(detail) => copying::copy_on(state, detail, copying::day_of(state, detail)),
        None => remembered(state, &change),
    };
    for edit in &change.edits {
        let field = edit.mine.field();
        if field != Field::People && field != Field::Rule {
            create.values.retain(|value| value.field() != field);
            create.values.push(edit.mine.clone());
        }
    }
    sending::send(state, Act::Create(create), effects);
    // Not before the copy is durable: what was refused must not be lost with it.
    state.kept = Some(id);
}

/// The copy is in the outbox: what it was made from may go.
pub(super) fn copy_kept(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(intent) = state.kept.take() else {
        return;
    };
    let choice = Settle::Drop;
    effects.push(state.ask(Asked::Settle, Request::Settle { intent, choice }));
    state.say(
        Level::News,
        "kept as an event of its own; nobody is invited",
    );
}

fn remembered(state: &State, change: &Change) -> Create {
    let zone = state.viewer.as_zone();
    let seen = &change.seen;
    Create {
        calendar: change.calendar.clone(),
        transaction: String::new(),
        values: vec![
            Value::Subject(seen.subject.clone()),
            Value::When(Span::on_clock(seen.start, seen.end, seen.all_day, &zone)),
        ],
    }
}
