//! The form: everything about an event on one page, each line typed in words, each read as it
//! is typed.
//!
//! Invariants: only lines that were touched are changed; nothing is sent while a line cannot be
//! read; a form that is left with something in it is put aside, not thrown away.

mod errands;
mod opening;
pub mod saving;
pub mod shelf;
pub mod slot;
pub mod suggestions;

pub(super) use errands::{
    open_calendar, open_category, open_follow, open_remove_calendar, open_remove_category,
    open_unfollow,
};
pub(super) use opening::{
    ask, known_came, open_cancel, open_copy, open_edit, open_forward, open_new,
};
pub(super) use shelf::{answered, follow, look_alikes, put_aside};

use super::commands::Command;
use super::known::Key;
use super::overlay::Overlay;
use super::viewer::Viewer;
use super::which::Scope;
use super::{Asked, Effect, State, safe};
use crate::domain;
use crate::domain::calendar::Category;
use crate::domain::edit::{People, Span, Value, tidied};
use crate::domain::entry::Entry;
use crate::domain::event::{Attendee, Details, Event};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::Act;
use crate::domain::recurrence::Recurrence;
use crate::service::protocol::{Detail, Level, Request};
use jiff::Timestamp;
use jiff::civil::Date;
use slot::{Context, Slot};
use std::collections::BTreeSet;
use suggestions::Suggestion;
use tui_input::Input;

/// What becomes of what is typed.
#[derive(Debug, Clone)]
pub enum Purpose {
    New,
    Edit {
        detail: Box<Detail>,
        scope: Scope,
    },
    /// Send it to more people.
    Forward(Box<Entry>),
    /// Cancel a meeting of mine, or this one of a series, with words.
    Cancel {
        entry: Box<Entry>,
        event: EventId,
    },
    /// A new calendar, or the name and colour of one.
    Calendar(Option<CalendarId>),
    /// Its name has to be typed.
    RemoveCalendar {
        calendar: CalendarId,
        name: String,
    },
    /// A new category, or the colour of one.
    Category(Option<Category>),
    /// Its name has to be typed.
    RemoveCategory {
        id: String,
        name: String,
    },
    /// Somebody's calendar by their address.
    Follow,
    /// No longer; a question, nothing has to be typed.
    Unfollow {
        address: String,
    },
}

#[derive(Debug, Clone)]
pub struct Line {
    pub slot: Slot,
    pub input: Input,
    /// As it was when the form opened.
    filled: String,
}

impl Line {
    fn new(slot: Slot, text: String) -> Self {
        Self {
            slot,
            input: Input::new(text.clone()),
            filled: text,
        }
    }

    pub fn is_touched(&self) -> bool {
        self.input.value().trim() != self.filled.trim()
    }
}

/// The text of an event, edited elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// None while it is not known.
    pub was: Option<String>,
    pub now: String,
    /// It was asked for, and did not come.
    is_missing: bool,
}

impl Notes {
    fn is_touched(&self) -> bool {
        self.was.as_ref() != Some(&self.now) && !(self.was.is_none() && self.now.is_empty())
    }
}

#[derive(Debug, Clone)]
pub struct Form {
    pub purpose: Purpose,
    pub lines: Vec<Line>,
    pub at: usize,
    pub notes: Notes,
    /// People and rooms, for completing.
    pub met: Vec<Attendee>,
    pub suggestions: Vec<Suggestion>,
    /// The suggestion that Enter takes.
    pub marked: Option<usize>,
    /// Why it was not saved.
    pub trouble: Option<String>,
    /// A time without a day is on this one.
    day: Date,
}

impl Form {
    fn of(purpose: Purpose, day: Date, texts: Vec<(Slot, String)>) -> Self {
        let lines = texts.into_iter().map(|(slot, text)| Line::new(slot, text));
        Self {
            purpose,
            lines: lines.collect(),
            at: 0,
            notes: Notes::default(),
            met: Vec::new(),
            suggestions: Vec::new(),
            marked: None,
            trouble: None,
            day,
        }
    }

    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.at)
    }

    fn text(&self, slot: Slot) -> &str {
        let mut lines = self.lines.iter();
        lines
            .find(|line| line.slot == slot)
            .map_or("", |line| line.input.value())
    }

    fn fill(&mut self, slot: Slot, text: String) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.slot == slot) {
            line.input = Input::new(text);
        }
    }

    /// Who is asked, from when, and for how many minutes, as the lines say it.
    pub(super) fn find_inputs(&self, state: &State) -> Result<(People, Timestamp, i64), String> {
        let people = match self.read(state, Slot::People)? {
            Value::People(people) => people,
            _ => People::default(),
        };
        let span = self.span(state)?;
        if span.all_day {
            return Err("a whole day has no time to find: type a time first".into());
        }
        let minutes = span.end.duration_since(span.start).as_mins();
        Ok((people, span.start, minutes))
    }

    /// The time that was found, as it is typed on the page's clock.
    pub(super) fn fill_time(&mut self, state: &State, slot: domain::event::Slot) {
        let clock = self.clock(state).unwrap_or_else(|_| state.viewer.clone());
        let span = Span::on_clock(slot.start, slot.end, false, &clock.as_zone());
        self.fill(Slot::When, slot::when_text(&span));
        self.trouble = None;
    }

    /// A page for an event that is not there yet.
    pub(super) fn is_new(&self) -> bool {
        matches!(self.purpose, Purpose::New)
    }

    /// How it repeats, as far as that can be read.
    pub(super) fn rule(&self, state: &State) -> Option<Recurrence> {
        match self.read(state, Slot::Repeat) {
            Ok(Value::Rule(rule)) => rule,
            _ => None,
        }
    }

    pub(super) fn fill_rule(&mut self, rule: Recurrence) {
        self.fill(Slot::Repeat, slot::text_of(&Value::Rule(Some(rule))));
    }

    /// What saving the page would make, or what is missing.
    pub(super) fn creates(&self, state: &State) -> Result<Act, String> {
        let create = saving::create(state, self);
        create.map(Act::Create).map_err(|(_, words)| words)
    }

    /// What it is about, as far as that was typed.
    pub(super) fn title(&self) -> String {
        match self.text(Slot::What).trim() {
            "" => "new event".into(),
            text => safe::words(text),
        }
    }

    pub fn is_touched(&self) -> bool {
        self.lines.iter().any(Line::is_touched) || self.notes.is_touched()
    }

    fn context<'a>(&'a self, state: &'a State, viewer: &'a Viewer) -> Context<'a> {
        Context {
            today: state.today(),
            day: self.day,
            viewer,
            zones: &state.zones,
            known: &self.met,
        }
    }

    /// The clock the times are on.
    fn clock(&self, state: &State) -> Result<Viewer, String> {
        slot::zone(self.text(Slot::Zone), &self.context(state, &state.viewer))
    }

    /// Whether the page's times are on this clock.
    pub(super) fn is_on_clock_of(&self, state: &State, viewer: &Viewer) -> bool {
        let clock = self.clock(state);
        clock.is_ok_and(|clock| clock.name == viewer.name)
    }

    /// When it is, as the lines say it now.
    fn span(&self, state: &State) -> Result<Span, String> {
        let clock = self.clock(state)?;
        let text = self.text(Slot::When);
        match slot::read(Slot::When, text, &self.context(state, &clock))? {
            Value::When(span) => Ok(span),
            _ => Err("this is no time".into()),
        }
    }

    /// One line as a value. A rule begins on the day of the event.
    fn read(&self, state: &State, slot: Slot) -> Result<Value, String> {
        match slot {
            Slot::When | Slot::Zone => self.span(state).map(Value::When),
            Slot::Notes => Ok(Value::Notes(tidied(&self.notes.now))),
            Slot::Repeat => {
                let first = self.span(state).map(|span| span.wall_start.date());
                let context = Context {
                    day: first.unwrap_or(self.day),
                    ..self.context(state, &state.viewer)
                };
                slot::read(slot, self.text(slot), &context)
            }
            _ => slot::read(slot, self.text(slot), &self.context(state, &state.viewer)),
        }
    }

    /// What the line at hand means, or what is wrong with it.
    pub fn reading(&self, state: &State) -> Result<String, String> {
        let Some(line) = self.line() else {
            return Ok(String::new());
        };
        let slot = line.slot;
        if slot == Slot::Notes {
            return Ok(self.notes_reading());
        }
        if line.input.value().trim().is_empty() && slot != Slot::When {
            return Ok(self.hint(slot).to_owned());
        }
        if matches!(
            slot,
            Slot::Calendar | Slot::Message | Slot::Name | Slot::Color
        ) {
            return Ok(self.hint(slot).to_owned());
        }
        let value = self.read(state, slot)?;
        let words = safe::line(&value.in_words(&state.viewer.as_zone()));
        Ok(match slot {
            Slot::When | Slot::Zone => {
                let clock = self.clock(state)?;
                if clock.name == state.viewer.name || self.is_all_day(state) {
                    words
                } else {
                    format!("{words} on your clock")
                }
            }
            Slot::Repeat | Slot::People => words,
            _ => self.hint(slot).to_owned(),
        })
    }

    fn hint(&self, slot: Slot) -> &'static str {
        match (&self.purpose, slot) {
            (Purpose::Category(_), Slot::Name) => "the name of the category, for ever",
            (Purpose::RemoveCategory { .. }, Slot::Name) => "the name of the category",
            (Purpose::Category(_), Slot::Color) => "red, orange, darkBlue and others, or none",
            (Purpose::Follow, Slot::People) => "a name or an address, of one person",
            _ => slot.hint(),
        }
    }

    fn is_all_day(&self, state: &State) -> bool {
        self.span(state).is_ok_and(|span| span.all_day)
    }

    fn notes_reading(&self) -> String {
        if self.notes.was.is_none() && self.notes.is_missing {
            return "the text could not be read: Esc and e ask again".into();
        }
        if self.notes.was.is_none() {
            return "the text is being read; it needs the server once".into();
        }
        if self.is_online() {
            return "the text of an online meeting holds the way in: it is edited in Outlook"
                .into();
        }
        "Ctrl-O opens it in your editor; it is saved as plain text".into()
    }

    /// An online meeting's text must not be touched (Graph: update event).
    fn is_online(&self) -> bool {
        matches!(&self.purpose, Purpose::Edit { detail, .. } if detail.entry.online_url.is_some())
    }

    /// The event whose fields are changed: the one, or its series.
    fn target(&self) -> Option<(&Event, &Details)> {
        let Purpose::Edit { detail, scope } = &self.purpose else {
            return None;
        };
        let whole = detail.master.as_ref().filter(|_| *scope == Scope::All);
        let event = whole.unwrap_or(&detail.event);
        Some((event, event.details.as_ref()?))
    }
}

/// The clock an event was made on, when it is known here.
fn clock_of(state: &State, details: &Details) -> Option<Viewer> {
    let name = details.start_zone.as_ref()?.raw();
    Viewer::find(&state.zones, name)
}

pub(super) fn people_came(state: &mut State, met: Vec<Attendee>) {
    if let Some(form) = state.overlay.as_mut().and_then(Overlay::page) {
        form.met = met;
        join(
            &mut form.met,
            state.colleagues.as_deref().unwrap_or_default(),
        );
        typed(state);
    }
}

/// People whom no event here names: asked for once, completed after those who were met.
pub(super) fn colleagues_came(state: &mut State, colleagues: Vec<Attendee>) {
    if let Some(form) = state.overlay.as_mut().and_then(Overlay::page) {
        join(&mut form.met, &colleagues);
    }
    state.colleagues = Some(colleagues);
    typed(state);
}

fn join(known: &mut Vec<Attendee>, more: &[Attendee]) {
    let address = |one: &Attendee| one.person.address.raw().to_lowercase();
    let mut seen: BTreeSet<String> = known.iter().map(address).collect();
    known.extend(more.iter().filter(|one| seen.insert(address(one))).cloned());
}

/// "Delete this and following": the series ends before this one.
pub(super) fn ask_cut(state: &mut State, entry: &Entry, effects: &mut Vec<Effect>) {
    let key = Key::of(entry);
    let request = Request::Known {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::CutHere(key), request));
}

pub(super) fn cut_here(state: &mut State, detail: &Detail, effects: &mut Vec<Effect>) {
    match saving::shortened(state, detail) {
        Ok(change) => super::sending::send(state, Act::Change(change), effects),
        Err((_, words)) => state.say(Level::Warning, words),
    }
}

/// The event's text, for a page that does not have it yet; None when it could not be read.
pub(super) fn notes_came(state: &mut State, key: &Key, detail: Option<&Detail>) {
    let Some(form) = state.overlay.as_mut().and_then(Overlay::page) else {
        return;
    };
    let is_it = form
        .target()
        .is_some_and(|(event, _)| event.id == key.event);
    if !is_it || form.notes.was.is_some() {
        return;
    }
    let Some(body) = detail.and_then(|detail| detail.body.as_ref()) else {
        form.notes.is_missing = true;
        return;
    };
    let notes = tidied(body.raw()).raw().to_owned();
    form.notes.was = Some(notes.clone());
    form.notes.now = notes;
}

/// Something was typed, or the line changed: what could follow.
pub(super) fn typed(state: &mut State) {
    let Some(Overlay::Form(form)) = &state.overlay else {
        return;
    };
    let suggestions = suggestions::of(state, form);
    if let Some(Overlay::Form(form)) = &mut state.overlay {
        form.suggestions = suggestions;
        form.marked = None;
        form.trouble = None;
    }
}

/// Keys that are no text.
pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &mut state.overlay else {
        return;
    };
    let last = form.lines.len().saturating_sub(1);
    match command {
        Command::NextLine => form.at = if form.at == last { 0 } else { form.at + 1 },
        Command::LineBefore => form.at = if form.at == 0 { last } else { form.at - 1 },
        Command::ListDown | Command::ListUp => {
            return form.marked = stepped(form, command == Command::ListDown);
        }
        Command::Complete => match form.suggestions.get(form.marked.unwrap_or(0)).cloned() {
            Some(taken) if form.marked.is_some() || suggestions::is_wanted(form, &taken) => {
                suggestions::take(form, &taken);
            }
            _ => form.at = if form.at == last { 0 } else { form.at + 1 },
        },
        Command::SaveForm => {
            let marked = form.marked.and_then(|at| form.suggestions.get(at).cloned());
            match marked {
                Some(taken) => suggestions::take(form, &taken),
                None => return saving::save(state, effects),
            }
        }
        Command::EditNotes => return edit_notes(state, effects),
        _ => {}
    }
    typed(state);
}

fn stepped(form: &Form, down: bool) -> Option<usize> {
    let last = form.suggestions.len().checked_sub(1)?;
    Some(match (form.marked, down) {
        (None, true) => 0,
        (None, false) => last,
        (Some(at), true) => (at + 1).min(last),
        (Some(at), false) => at.saturating_sub(1),
    })
}

fn edit_notes(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &mut state.overlay else {
        return;
    };
    if form.is_online() || form.notes.was.is_none() {
        form.trouble = Some(form.notes_reading());
        return;
    }
    if let Some(at) = form.lines.iter().position(|line| line.slot == Slot::Notes) {
        form.at = at;
    }
    effects.push(Effect::EditText(form.notes.now.clone()));
    typed(state);
}

/// The editor was left.
pub(super) fn notes_edited(state: &mut State, edited: Result<String, String>) {
    let Some(Overlay::Form(form)) = &mut state.overlay else {
        return;
    };
    match edited {
        Ok(text) => form.notes.now = tidied(&text).raw().to_owned(),
        Err(words) => form.trouble = Some(words),
    }
}
