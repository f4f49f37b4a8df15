//! Find a time: when everybody can come, best first, and why.
//!
//! The same page moves a meeting of mine, proposes another time to an organizer, and fills the time
//! of a page that is being typed. Invariants: my own time is what my calendars say, with what waits
//! laid over it; of whom nothing is known nobody is told free; the meeting that is being moved is in
//! nobody's way.

mod guests;
mod question;
mod words;

pub use guests::Guest;
pub use words::{Note, facts, moment, notes, why};

use super::commands::Command;
use super::form::Form;
use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Effect, State, safe, sending, sentence};
use crate::domain::answer::{Reply, Respond};
use crate::domain::edit::{Change, Edit, Span as EditSpan, Value};
use crate::domain::entry::Entry;
use crate::domain::errand::Errand;
use crate::domain::event::{Role, Slot};
use crate::domain::free_busy::{AT_ONCE, Schedule};
use crate::domain::intent::{Act, Seen};
use crate::domain::schedule::{Cell, Question, Ranking};
use crate::service::protocol::{Detail, Level, Request};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Days that are looked at together.
pub const DAYS: i32 = 7;
/// Minutes of a cell of the picture.
pub const CELL: u32 = 30;
/// Shortest and longest meeting, minutes.
const SHORTEST: u32 = 15;
const LONGEST: u32 = 480;

/// What becomes of the time that is found.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// A meeting of mine moves there.
    Move(Box<Entry>),
    /// Its organizer is asked for it.
    Propose(Box<Entry>),
    /// It is typed into the page.
    Fill(Box<Form>),
}

#[derive(Debug, Clone)]
pub struct Find {
    pub purpose: Purpose,
    pub title: String,
    pub guests: Vec<Guest>,
    pub minutes: u32,
    pub from: Date,
    /// Only within my own working hours.
    pub is_mine_hard: bool,
    /// Only within everybody's.
    pub is_all_hard: bool,
    /// Where it is, or where it was typed: the nearer the better.
    wished: Timestamp,
    pub question: Question,
    pub ranking: Ranking,
    /// Who is free, cell by cell over the days; first the sum of all who must come.
    pub rows: Vec<Vec<Cell>>,
    pub at: usize,
    /// Answers that are still awaited.
    pub awaited: usize,
    /// Whose time is not known, and why.
    pub trouble: Option<String>,
    /// When other people's time was asked for, at the earliest.
    pub asked_at: Option<Timestamp>,
    /// Why there is no ranking.
    pub refusal: Option<String>,
    /// Who is in the way, and what would help.
    pub advice: Vec<Note>,
}

impl Find {
    /// The start that is looked at.
    pub fn slot(&self) -> Option<Slot> {
        let start = self.ranking.starts.get(self.at)?.start;
        let start = Timestamp::from_second(start.checked_mul(60)?).ok()?;
        let end = start + SignedDuration::from_mins(i64::from(self.minutes));
        Some(Slot { start, end })
    }

    pub fn to(&self) -> Date {
        self.from.saturating_add(DAYS.days())
    }

    /// The event that would be somewhere else then.
    fn entry(&self) -> Option<&Entry> {
        match &self.purpose {
            Purpose::Move(entry) | Purpose::Propose(entry) => Some(entry),
            Purpose::Fill(_) => None,
        }
    }
}

/// Somebody's time as it was last told.
#[derive(Debug, Clone)]
pub struct Told {
    pub schedule: Schedule,
    pub at: Timestamp,
    pub from: Date,
    pub to: Date,
}

/// For the selected event: its people have to be known first.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let entry = match &state.overlay {
        Some(Overlay::Respond(open)) => Some(open.entry.clone()),
        _ => state.selected_entry().map(|(_, entry)| entry.clone()),
    };
    let Some(entry) = entry else { return };
    let request = Request::Known {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
    };
    effects.push(state.ask(Asked::Find(Key::of(&entry)), request));
}

/// Its people are known.
pub(super) fn known_came(state: &mut State, detail: &Detail, effects: &mut Vec<Effect>) {
    // A late answer opens nothing over what was opened since.
    if !matches!(state.overlay, None | Some(Overlay::Respond(_))) {
        return;
    }
    let entry = Box::new(detail.entry.clone());
    let details = detail.event.details.clone().unwrap_or_default();
    let title = safe::line(&entry.subject);
    let guests = guests::of_event(state, &details);
    let minutes = sentence::minutes(&entry);
    let start = entry.start;
    let purpose = if entry.is_organizer || !entry.is_invitation() {
        Purpose::Move(entry)
    } else {
        Purpose::Propose(entry)
    };
    show(state, purpose, title, guests, (start, minutes), effects);
}

/// From the page that is being typed.
pub(super) fn open_for_form(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &state.overlay else {
        return;
    };
    let form = form.clone();
    let inputs = form.find_inputs(state);
    let (people, start, minutes) = match inputs {
        Ok(inputs) => inputs,
        Err(words) => {
            if let Some(Overlay::Form(form)) = &mut state.overlay {
                form.trouble = Some(words);
            }
            return;
        }
    };
    let title = form.title();
    let guests = guests::of_people(state, &people);
    show(
        state,
        Purpose::Fill(form),
        title,
        guests,
        (start, minutes),
        effects,
    );
}

fn show(
    state: &mut State,
    purpose: Purpose,
    title: String,
    guests: Vec<Guest>,
    (start, minutes): (Timestamp, i64),
    effects: &mut Vec<Effect>,
) {
    let minutes = u32::try_from(minutes)
        .unwrap_or(30)
        .clamp(SHORTEST, LONGEST);
    let from = state.viewer.day(start.max(state.now));
    state.overlay = Some(Overlay::Find(Box::new(Find {
        purpose,
        title,
        guests,
        minutes,
        from,
        is_mine_hard: true,
        is_all_hard: false,
        wished: start,
        question: Question::default(),
        ranking: Ranking {
            starts: Vec::new(),
            tried: 0,
            outside_windows: 0,
            blocked_by: Vec::new(),
        },
        rows: Vec::new(),
        at: 0,
        awaited: 0,
        trouble: None,
        asked_at: None,
        refusal: None,
        advice: Vec::new(),
    })));
    look(state, effects);
}

/// Asks for everybody's time in the days that are looked at.
fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    let (from, to) = (open.from, open.to());
    let others: Vec<String> = open
        .guests
        .iter()
        .filter(|guest| !guest.is_me && !guest.address.is_empty())
        .map(|guest| guest.address.clone())
        .collect();
    let chunks: Vec<Vec<String>> = others.chunks(AT_ONCE).map(<[String]>::to_vec).collect();
    open.awaited = chunks.len() + 1;
    open.trouble = None;
    open.at = 0;
    state
        .asked
        .retain(|_, asked| !matches!(asked, Asked::Schedules { .. } | Asked::OwnTime));
    effects.push(state.ask(Asked::OwnTime, Request::Reach { from, to }));
    let (begin, end) = (state.viewer.midnight(from), state.viewer.midnight(to));
    for addresses in chunks {
        let errand = Errand::Schedules {
            addresses,
            from: begin,
            to: end,
        };
        let asked = Asked::Schedules { from, to };
        effects.push(state.ask(asked, Request::Errand(errand)));
    }
    // What is remembered is shown at once, with its age.
    remember(state);
    refresh(state);
}

pub(super) fn own_came(state: &mut State, mut entries: Vec<Entry>) {
    sending::lay_early(state, &mut entries);
    let moving = match &state.overlay {
        Some(Overlay::Find(open)) => open.entry().cloned(),
        _ => None,
    };
    let taken = guests::own_time(state, &entries, moving.as_ref());
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.awaited = open.awaited.saturating_sub(1);
        for guest in open.guests.iter_mut().filter(|guest| guest.is_me) {
            guest.blocks = Some(taken.clone());
        }
    }
    refresh(state);
}

pub(super) fn schedules_came(state: &mut State, days: (Date, Date), schedules: Vec<Schedule>) {
    let at = state.now;
    for schedule in schedules {
        let address = schedule.address.raw().to_lowercase();
        let (from, to) = days;
        let told = Told {
            schedule,
            at,
            from,
            to,
        };
        state.told.insert(address, told);
    }
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.awaited = open.awaited.saturating_sub(1);
    }
    remember(state);
    refresh(state);
}

/// Nothing new came; what is remembered stays.
pub(super) fn refused(state: &mut State, whose: &str, words: &str) {
    let words = format!("{whose} time is not known: {}", safe::words(words));
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.awaited = open.awaited.saturating_sub(1);
        open.trouble = Some(words);
    }
    refresh(state);
}

/// What was told of these days, whenever that was.
fn remember(state: &mut State) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    let (from, to) = (open.from, open.to());
    open.asked_at = None;
    for guest in open.guests.iter_mut().filter(|guest| !guest.is_me) {
        let told = state.told.get(&guest.address.to_lowercase());
        let told = told.filter(|told| told.from <= from && to <= told.to);
        guest.learn(told.map(|told| &told.schedule), &state.zones);
        if let Some(told) = told {
            open.asked_at = Some(open.asked_at.map_or(told.at, |at| at.min(told.at)));
        }
    }
}

/// The question, its answer and the picture of it, from what is known now.
fn refresh(state: &mut State) {
    let Some(Overlay::Find(mut open)) = state.overlay.take() else {
        return;
    };
    question::answer(state, &mut open);
    state.overlay = Some(Overlay::Find(open));
}

pub(super) fn step(open: &mut Find, lines: i32) {
    let last = open.ranking.starts.len().saturating_sub(1);
    let at = i64::try_from(open.at).unwrap_or(0) + i64::from(lines);
    open.at = usize::try_from(at.max(0)).unwrap_or(0).min(last);
}

pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    if command == Command::Book {
        return book(state, effects);
    }
    let today = state.today();
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    match command {
        Command::FindLonger => open.minutes = (open.minutes + 15).min(LONGEST),
        Command::FindShorter => open.minutes = open.minutes.saturating_sub(15).max(SHORTEST),
        Command::FindHours => open.is_mine_hard = !open.is_mine_hard,
        Command::FindAllHours => open.is_all_hard = !open.is_all_hard,
        Command::FindRole(number) => turn_role(open, usize::from(number)),
        Command::FindNext | Command::FindBefore => {
            let days = if command == Command::FindNext {
                DAYS
            } else {
                -DAYS
            };
            open.from = open.from.saturating_add(days.days()).max(today);
            return look(state, effects);
        }
        Command::FindAnew => return look(state, effects),
        _ => {}
    }
    open.at = 0;
    refresh(state);
}

/// Required or optional; a room stays one.
fn turn_role(open: &mut Find, number: usize) {
    let Some(guest) = number.checked_sub(1).and_then(|at| open.guests.get_mut(at)) else {
        return;
    };
    guest.role = match guest.role {
        Role::Required => Role::Optional,
        Role::Optional => Role::Required,
        Role::Resource => Role::Resource,
    };
}

/// Enter: the time that is looked at is taken.
fn book(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = state.overlay.take() else {
        return;
    };
    let Some(slot) = open.slot() else {
        state.say(Level::Warning, "no time fits: there is nothing to take");
        state.overlay = Some(Overlay::Find(open));
        return;
    };
    let zone = state.viewer.as_zone();
    let span = |slot: Slot, all_day| EditSpan::on_clock(slot.start, slot.end, all_day, &zone);
    let act = match open.purpose {
        Purpose::Fill(mut form) => {
            form.fill_time(state, slot);
            state.overlay = Some(Overlay::Form(form));
            return;
        }
        Purpose::Move(entry) => {
            let (start, end) = (entry.start, entry.end);
            if (start, end) == (slot.start, slot.end) {
                return state.say(Level::News, "it is at this time already");
            }
            Act::Change(Change {
                calendar: entry.calendar.clone(),
                event: entry.id.clone(),
                root: entry.root().clone(),
                edits: vec![Edit {
                    base: Value::When(span(Slot { start, end }, entry.all_day)),
                    mine: Value::When(span(slot, false)),
                }],
                seen: Seen::of(&entry),
            })
        }
        Purpose::Propose(entry) => Act::Respond(Respond {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
            root: entry.root().clone(),
            reply: Reply::Tentative,
            comment: None,
            tell_organizer: true,
            proposed: Some(slot),
            seen: Seen::of(&entry),
        }),
    };
    sending::send(state, act, effects);
    if state.triage.is_none() {
        let day = state.viewer.day(slot.start);
        super::motion::go_to_day(state, day);
    }
}

/// Esc: back to the page, or to where one was.
pub(super) fn back(state: &mut State) {
    if let Some(Overlay::Find(open)) = state.overlay.take()
        && let Purpose::Fill(form) = open.purpose
    {
        state.overlay = Some(Overlay::Form(form));
    }
}

/// Why no time can be found for this event.
pub(super) fn why_not(entry: &Entry) -> Option<&'static str> {
    let is_invitation = entry.is_invitation() && !entry.is_organizer;
    if entry.all_day {
        return Some("a whole day has no time to find");
    }
    if entry.cancelled {
        return Some("this meeting was cancelled");
    }
    if entry.pending.is_some() {
        return Some("what you did to it is on its way: try again in a moment");
    }
    if is_invitation && !(entry.allow_proposals && entry.response_requested) {
        return Some("its organizer takes no other times");
    }
    None
}
