//! A line of text with a list under it: commands, zones, dates, search, waiting answers.

use super::availability::why_not;
use super::commands::{COMMANDS, Command, Mode};
use super::known::Key;
use super::overlay::Overlay;
use super::viewer::Viewer;
use super::{
    Asked, Effect, State, conflict, creating, go_to, keys, motion, relocating, respond, safe,
    search,
};
use crate::domain::ids::CalendarId;
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::service::protocol::{Level, Request, Settle};
use jiff::civil::Date;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Commands,
    Zones,
    GoTo,
    Search,
    Waiting,
    Add,
    MoveTo,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Command(Command),
    Zone(String),
    Day(Date),
    /// Index into what was found.
    Found(usize),
    /// Index into the status' intents.
    Intent(usize),
    /// A new event goes into it.
    Calendar(CalendarId),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub text: String,
    /// At the right: keys, times, numbers.
    pub aside: String,
    pub target: Target,
    /// Why it cannot be chosen.
    pub reason: Option<String>,
    /// Characters of `text` that matched.
    pub matched: Vec<u32>,
}

#[derive(Debug, Clone)]
pub struct List {
    pub kind: Kind,
    pub input: Input,
    pub rows: Vec<Row>,
    pub marked: usize,
    /// Under the input: what it means, or that nothing fits.
    pub note: String,
    /// The mode commands are looked up in.
    pub from: Mode,
    /// The event it was opened for, whatever is selected later.
    pub about: Option<Key>,
    /// The next `X` drops this one.
    pub sure: Option<IntentId>,
}

impl List {
    pub(super) fn new(kind: Kind, from: Mode) -> Self {
        Self {
            kind,
            input: Input::default(),
            rows: Vec::new(),
            marked: 0,
            note: String::new(),
            from,
            about: None,
            sure: None,
        }
    }

    /// What waits is a list of its own keys: nothing is typed in it.
    pub fn mode(&self) -> Mode {
        match self.kind {
            Kind::Waiting => Mode::Waiting,
            _ => Mode::List,
        }
    }

    pub(super) fn mark(&mut self, down: bool) {
        self.sure = None;
        if down && self.marked + 1 < self.rows.len() {
            self.marked += 1;
        } else if !down {
            self.marked = self.marked.saturating_sub(1);
        }
    }
}

fn open(state: &mut State, kind: Kind) {
    let from = state.mode();
    state.overlay = Some(Overlay::List(Box::new(List::new(kind, from))));
    refill(state);
}

pub(super) fn open_palette(state: &mut State) {
    open(state, Kind::Commands);
}

pub(super) fn open_zones(state: &mut State) {
    open(state, Kind::Zones);
}

pub(super) fn open_waiting(state: &mut State) {
    open(state, Kind::Waiting);
}

/// The input changed.
pub(super) fn typed(state: &mut State, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::List(list)) => {
            list.marked = 0;
            if list.kind == Kind::Search {
                search::typed(state, effects);
                return;
            }
        }
        _ => return,
    }
    refill(state);
}

/// Rows for what is typed.
pub(super) fn refill(state: &mut State) {
    let Some(Overlay::List(list)) = &state.overlay else {
        return;
    };
    let text = list.input.value().to_owned();
    let (rows, note) = match list.kind {
        Kind::Commands => commands(state, list.from, &text),
        Kind::Zones => zones(state, &text),
        Kind::GoTo => go_to::rows(state, &text),
        Kind::Waiting => waiting(state),
        Kind::Add => creating::rows(state, &text),
        Kind::MoveTo => relocating::rows(state, list.about.as_ref(), &text),
        Kind::Search => return,
    };
    if let Some(Overlay::List(list)) = &mut state.overlay {
        list.marked = list.marked.min(rows.len().saturating_sub(1));
        list.rows = rows;
        list.note = note;
    }
}

/// Rows that match, best first, with the matched characters.
fn ranked(text: &str, rows: Vec<Row>) -> Vec<Row> {
    if text.trim().is_empty() {
        return rows;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, Row)> = rows
        .into_iter()
        .filter_map(|mut row| {
            row.matched.clear();
            let haystack = Utf32Str::new(&row.text, &mut letters);
            let score = pattern.indices(haystack, &mut matcher, &mut row.matched)?;
            // What a thing is called counts more than what is said about it.
            let name = row.text.split(" · ").next().unwrap_or(&row.text).to_owned();
            let name = Utf32Str::new(&name, &mut letters);
            let by_name = pattern.score(name, &mut matcher).unwrap_or(0);
            Some((score + by_name * 4, row))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, row)| row).collect()
}

/// Commands that could be meant in `mode`; those that cannot be done say why, and stand last.
fn commands(state: &State, mode: Mode, text: &str) -> (Vec<Row>, String) {
    let rows: Vec<Row> = COMMANDS
        .iter()
        .filter(|spec| spec.keys.iter().any(|(modes, _)| modes.contains(&mode)))
        .filter(|spec| !matches!(spec.command, Command::Palette))
        .map(|spec| Row {
            text: format!("{} · {}", spec.title, spec.help),
            aside: state.keymap.all_shown(mode, spec.command),
            target: Target::Command(spec.command),
            reason: why_not(state, spec.command),
            matched: Vec::new(),
        })
        .collect();
    let mut rows = ranked(text, rows);
    rows.sort_by_key(|row| row.reason.is_some());
    let note = if rows.is_empty() {
        "no command is called that"
    } else {
        ""
    };
    (rows, note.to_owned())
}

fn zones(state: &State, text: &str) -> (Vec<Row>, String) {
    let typed = text.trim().replace(' ', "_");
    let rows: Vec<Row> = state
        .zones
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/"))
        .map(|name| Row {
            text: name.clone(),
            aside: String::new(),
            target: Target::Zone(name),
            reason: None,
            matched: Vec::new(),
        })
        .collect();
    let mut rows = ranked(&typed, rows);
    rows.truncate(60);
    for row in &mut rows {
        if let Some(viewer) = Viewer::find(&state.zones, &row.text) {
            row.aside = viewer.wall(state.now).strftime("%a %H:%M").to_string();
        }
    }
    let note = if rows.is_empty() {
        "no zone is called that"
    } else {
        ""
    };
    (rows, note.to_owned())
}

/// When what it is done to begins; of whole days the day.
fn starts(state: &State, act: &Act) -> String {
    let start = act.start();
    if is_all_day(act) {
        let day = state.viewer.first_day(start, true);
        return day.strftime("%a %-d %b").to_string();
    }
    let wall = state.viewer.wall(start);
    wall.strftime("%a %-d %b %H:%M").to_string()
}

fn waiting(state: &State) -> (Vec<Row>, String) {
    let rows: Vec<Row> = state
        .status
        .intents
        .iter()
        .enumerate()
        .map(|(index, intent)| {
            let subject = safe::line(&intent.act.subject());
            let word = intent.act.past_tense();
            let stage = match &intent.stage {
                Stage::Waiting => "waits to be sent".to_owned(),
                Stage::Sending => "is being sent".to_owned(),
                Stage::Sent => "sent, not yet seen in the calendar".to_owned(),
                Stage::NeedsYou { words, .. } => format!("needs you: {}", safe::words(words)),
            };
            Row {
                text: format!("{word} “{subject}”: {stage}"),
                aside: starts(state, &intent.act),
                target: Target::Intent(index),
                reason: None,
                matched: Vec::new(),
            }
        })
        .collect();
    let note = if rows.is_empty() { "nothing waits" } else { "" };
    (rows, note.to_owned())
}

/// Takes the marked row.
pub(super) fn choose(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::List(list)) = &state.overlay else {
        return;
    };
    let Some(row) = list.rows.get(list.marked).cloned() else {
        return;
    };
    let (kind, text) = (list.kind, list.input.value().to_owned());
    let about = list.about.clone();
    if let Some(reason) = row.reason {
        state.overlay = None;
        state.say(Level::Warning, reason);
        return;
    }
    state.overlay = None;
    match row.target {
        Target::Command(command) => keys::run(state, command, effects),
        Target::Zone(name) => {
            state.second = Viewer::find(&state.zones, &name);
            state.settings.second_zone = name;
            effects.push(Effect::SaveSettings(Box::new(state.settings.clone())));
        }
        Target::Day(day) => {
            motion::to_day(state, day);
            if state.selected.is_none() {
                motion::scroll_to_now(state);
            }
        }
        Target::Found(index) => search::go_to(state, index),
        Target::Intent(index) => go_to_intent(state, index, effects),
        Target::Calendar(calendar) if kind == Kind::MoveTo => {
            relocating::ask(state, about, calendar, effects);
        }
        Target::Calendar(calendar) => creating::add(state, &text, calendar, effects),
    }
}

/// The first that needs the person, oldest first.
pub(super) fn open_first_trouble(state: &mut State, effects: &mut Vec<Effect>) {
    let mut intents = state.status.intents.iter();
    if let Some(index) = intents.position(|intent| intent.stage.needs_you()) {
        go_to_intent(state, index, effects);
    }
}

/// Try again, drop or edit the marked one, in the list itself.
pub(super) fn handle_waiting(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::List(list)) = &mut state.overlay else {
        return;
    };
    let Some(Target::Intent(index)) = list.rows.get(list.marked).map(|row| row.target.clone())
    else {
        return;
    };
    let Some(intent) = state.status.intents.get(index) else {
        return;
    };
    let id = intent.id;
    match command {
        Command::EditWaiting => {
            state.overlay = None;
            go_to_intent(state, index, effects);
            if state.overlay.is_none() && state.selected_entry().is_some() {
                super::form::open_edit(state, effects);
            }
        }
        Command::RetryWaiting if intent.stage.needs_you() => {
            list.note = "trying again".into();
            effects.push(state.ask(
                Asked::Settle,
                Request::Settle {
                    intent: id,
                    choice: Settle::Retry,
                },
            ));
        }
        Command::RetryWaiting => list.note = "it goes out by itself".into(),
        Command::DropWaiting if is_out(intent) => {
            list.note = "it is being sent: whether it arrived is read back first".into();
        }
        Command::DropWaiting if list.sure != Some(id) => {
            list.sure = Some(id);
            list.note = if intent.tries > 0 {
                "it may have arrived already; only the rest is forgotten: X again drops it"
            } else {
                "it is forgotten for good, nobody hears of it: X again drops it"
            }
            .into();
        }
        Command::DropWaiting => {
            list.sure = None;
            list.note = "dropped".into();
            effects.push(state.ask(
                Asked::Settle,
                Request::Settle {
                    intent: id,
                    choice: Settle::Drop,
                },
            ));
        }
        _ => {}
    }
}

/// Somebody may have heard of it.
fn is_out(intent: &Intent) -> bool {
    matches!(intent.stage, Stage::Sending | Stage::Sent)
}

/// Whether what it is done to has dates instead of times, as it is shown while it waits.
fn is_all_day(act: &Act) -> bool {
    match act {
        Act::Create(create) => create.when().is_some_and(|span| span.all_day),
        Act::Change(change) => change
            .moved_to()
            .map_or(change.seen.all_day, |span| span.all_day),
        Act::Respond(respond) => respond.seen.all_day,
        Act::Delete(delete) => delete.seen.all_day,
        Act::Forward(forward) => forward.seen.all_day,
    }
}

fn go_to_intent(state: &mut State, index: usize, effects: &mut Vec<Effect>) {
    let Some(intent) = state.status.intents.get(index) else {
        return;
    };
    let day = state
        .viewer
        .first_day(intent.act.start(), is_all_day(&intent.act));
    let key = Key {
        calendar: intent.act.calendar().clone(),
        event: intent.act.event(),
    };
    motion::go_to_day(state, day);
    state.selected = Some(key);
    motion::show_selected(state);
    // Shown whatever is on screen: the event may be on a day that is not here yet.
    if let Some(conflict) = state
        .status
        .intents
        .get(index)
        .and_then(|intent| conflict::of(state, intent.id))
    {
        state.overlay = Some(Overlay::Conflict(Box::new(conflict)));
        return;
    }
    if state.selected_entry().is_some_and(|(_, entry)| {
        entry
            .pending
            .as_ref()
            .is_some_and(|pending| pending.trouble.is_some())
    }) {
        respond::open(state, effects);
    }
}
