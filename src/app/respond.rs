//! Answering an invitation: what is chosen, and what it will do, before it is sent.
//!
//! Invariant: nothing leaves this prompt without a reply and, for an occurrence,
//! a scope having been chosen by a key; Esc always goes one step back.

use super::commands::{Command, Mode};
use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Effect, State, conflict, safe, sending};
use crate::domain::answer::{Reply, Respond as Intended, shape_of};
use crate::domain::entry::Entry;
use crate::domain::event::Kind;
use crate::domain::intent::{Act, Seen};
use crate::domain::overlap::Severity;
use crate::service::protocol::{Detail, Level, Request};
use tui_input::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Choose,
    Options,
    Comment,
    /// Asked when the event is one of a series.
    Scope,
    /// The last answer failed: again, or drop it.
    Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    This,
    Series,
}

/// Something at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub subject: String,
    pub minutes: i64,
    pub hard: bool,
}

#[derive(Debug, Clone)]
pub struct Respond {
    pub entry: Entry,
    pub step: Step,
    pub clashes: Vec<Clash>,
    pub comment: Input,
    pub tell: bool,
    pub scope: Option<Scope>,
    /// Waits for the scope.
    pub chosen: Option<Reply>,
    pub detail: Option<Box<Detail>>,
    /// Why the last key did nothing.
    pub refusal: Option<String>,
    comment_before: String,
    /// What stood there before a phrase took its place.
    typed_note: String,
}

impl Respond {
    pub fn mode(&self) -> Mode {
        match self.step {
            Step::Choose => Mode::Respond,
            Step::Options => Mode::Options,
            Step::Comment => Mode::Comment,
            Step::Scope => Mode::Scope,
            Step::Trouble => Mode::Trouble,
        }
    }

    pub fn is_of_series(&self) -> bool {
        matches!(self.entry.kind, Kind::Occurrence | Kind::Exception) && self.entry.series.is_some()
    }

    /// What answering `reply` does, in words.
    pub fn consequence(&self, reply: Reply, whose: Option<&str>) -> String {
        let who = safe::line(&self.entry.organizer.name);
        let who = if who.is_empty() {
            "the organizer".to_owned()
        } else {
            who
        };
        let tells = if self.tell {
            format!("tells {who}")
        } else {
            "tells nobody".to_owned()
        };
        let calendar = whose.map_or("your calendar".into(), |who| format!("{who}’s calendar"));
        match reply {
            Reply::Accept => format!("{tells}; it stays in {calendar} as busy"),
            Reply::Tentative => format!("{tells}; it stays in {calendar} as tentative"),
            Reply::Decline => format!("{tells}; it leaves {calendar} for good"),
        }
    }

    /// One step back inside the prompt; false when the prompt itself closes.
    pub(super) fn step_back(&mut self) -> bool {
        self.refusal = None;
        let before = match self.step {
            Step::Choose | Step::Trouble => return false,
            Step::Options => Step::Choose,
            Step::Scope => {
                self.chosen = None;
                Step::Choose
            }
            Step::Comment => {
                self.comment = Input::new(self.comment_before.clone());
                Step::Options
            }
        };
        self.step = before;
        true
    }

    /// The next or the previous of the phrases takes the note's place; before the first one and
    /// after the last one stands what was typed.
    pub(super) fn phrase(&mut self, phrases: &[String], down: bool) {
        let here = self.comment.value();
        let at = phrases.iter().position(|phrase| phrase == here);
        if at.is_none() {
            self.typed_note = here.to_owned();
        }
        let next = match (at, down) {
            (None, true) => phrases.first(),
            (None, false) => phrases.last(),
            (Some(at), true) => phrases.get(at + 1),
            (Some(at), false) => at.checked_sub(1).and_then(|at| phrases.get(at)),
        };
        self.comment = Input::new(next.unwrap_or(&self.typed_note).clone());
    }

    /// Enter while the note is typed.
    pub(super) fn comment_done(&mut self) {
        self.step = Step::Options;
        self.refusal = None;
        if !self.comment.value().trim().is_empty() && !self.tell {
            self.tell = true;
            self.refusal = Some("a note has to be sent, so the organizer is told".into());
        }
    }
}

/// Opens the prompt for the selected event.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let entry = entry.clone();
    let conflict = entry
        .pending
        .as_ref()
        .and_then(|pending| conflict::of(state, pending.intent));
    if let Some(conflict) = conflict {
        state.overlay = Some(Overlay::Conflict(Box::new(conflict)));
        return;
    }
    let troubled = entry
        .pending
        .as_ref()
        .is_some_and(|pending| pending.trouble.is_some());
    let clashes = state
        .known
        .clashes_if_accepted(&entry)
        .into_iter()
        .map(|(other, overlap)| Clash {
            subject: safe::line(&other.subject),
            minutes: overlap.minutes(),
            hard: overlap.severity == Severity::Hard,
        })
        .collect();
    let key = Key::of(&entry);
    let detail = state
        .inspector
        .as_ref()
        .and_then(|inspector| inspector.detail.clone())
        .filter(|detail| Key::of(&detail.entry) == key);
    if detail.is_none() {
        let request = Request::Detail {
            calendar: key.calendar.clone(),
            event: key.event.clone(),
        };
        effects.push(state.ask(Asked::Detail(key), request));
    }
    state.overlay = Some(Overlay::Respond(Box::new(Respond {
        step: if troubled {
            Step::Trouble
        } else {
            Step::Choose
        },
        clashes,
        comment: Input::default(),
        tell: entry.response_requested,
        scope: None,
        chosen: None,
        detail,
        refusal: None,
        comment_before: String::new(),
        typed_note: String::new(),
        entry,
    })));
}

pub(super) fn option(state: &mut State, command: Command) {
    let Some(Overlay::Respond(open)) = &mut state.overlay else {
        return;
    };
    open.refusal = None;
    match command {
        Command::Options => open.step = Step::Options,
        Command::Comment => {
            open.comment_before = open.comment.value().to_owned();
            open.step = Step::Comment;
        }
        Command::Tell if open.tell && !open.comment.value().trim().is_empty() => {
            open.refusal = Some(
                "a note cannot be silent: the organizer is its reader. Empty it first (c)".into(),
            );
        }
        Command::Tell => open.tell = !open.tell,
        _ => {}
    }
}

/// A reply was chosen: it is sent, or the scope is asked first.
pub(super) fn answer(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let reply = match command {
        Command::Accept => Reply::Accept,
        Command::Tentative => Reply::Tentative,
        _ => Reply::Decline,
    };
    let Some(Overlay::Respond(open)) = &mut state.overlay else {
        return;
    };
    open.chosen = Some(reply);
    open.refusal = None;
    if open.is_of_series() && open.scope.is_none() {
        open.step = Step::Scope;
        return;
    }
    send(state, effects);
}

pub(super) fn scope(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some(Overlay::Respond(open)) = &mut state.overlay else {
        return;
    };
    if !open.is_of_series() {
        open.refusal = Some("this event is not part of a series".into());
        return;
    }
    if command == Command::WholeSeries && open.detail.is_none() {
        open.refusal = Some("the series is still being fetched: press W again in a moment".into());
        return;
    }
    let series_unknown = open
        .detail
        .as_ref()
        .is_some_and(|detail| detail.master.is_none());
    if command == Command::WholeSeries && series_unknown {
        open.refusal =
            Some("the series is not known here yet: answer this one, or sync (R) first".into());
        return;
    }
    open.refusal = None;
    open.scope = Some(if command == Command::WholeSeries {
        Scope::Series
    } else {
        Scope::This
    });
    if open.step == Step::Scope {
        send(state, effects);
    }
}

fn send(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Respond(open)) = state.overlay.take() else {
        return;
    };
    let Some(reply) = open.chosen else {
        return;
    };
    let same = open.entry.pending.is_none() && open.entry.answer == reply.as_answer();
    let comment = open.comment.value().trim().to_owned();
    if same && comment.is_empty() && open.scope != Some(Scope::Series) {
        let words = format!("already {}: nothing to send", reply.past_tense());
        state.say(Level::News, words);
        return;
    }
    let intended = intended(&open, reply, comment);
    sending::send(state, Act::Respond(intended), effects);
}

fn intended(open: &Respond, reply: Reply, comment: String) -> Intended {
    let entry = &open.entry;
    let root = entry.series.clone().unwrap_or_else(|| entry.id.clone());
    let master = open
        .detail
        .as_ref()
        .and_then(|detail| detail.master.as_ref());
    let whole = master.filter(|_| open.scope == Some(Scope::Series));
    let event = open.detail.as_ref().map(|detail| &detail.event);
    let shape = whole.or(event).and_then(shape_of);
    Intended {
        calendar: entry.calendar.clone(),
        event: if whole.is_some() {
            root.clone()
        } else {
            entry.id.clone()
        },
        root,
        reply,
        comment: (!comment.is_empty()).then_some(comment),
        tell_organizer: open.tell,
        proposed: None,
        seen: Seen {
            start: whole.map_or(entry.start, |master| master.start),
            end: whole.map_or(entry.end, |master| master.end),
            all_day: entry.all_day,
            subject: entry.subject.clone(),
            answer: entry.answer,
            shape,
        },
    }
}
