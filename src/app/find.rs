//! Find a time: when everybody can come, best first, and why.
//!
//! The same page moves a meeting of mine, proposes another time to an organizer, and fills the time
//! of a page that is being typed. Invariants: my own time is what my calendars say, with what waits
//! laid over it; of whom nothing is known nobody is told free; the meeting that is being moved is in
//! nobody's way.

mod booking;
mod fair;
mod guests;
mod opinion;
mod question;
mod room;
mod words;

pub use fair::{Fair, dates, facts as fair_facts, local};
pub use guests::Guest;
pub(super) use opinion::opinion_came;
pub use opinion::{Opinion, place};
pub(super) use room::movable_came;
pub use room::{Room, facts as room_facts};
pub use words::{Note, facts, moment, notes, why};

use super::commands::{Command, Mode};
use super::form::Form;
use super::known::Key;
use super::overlay::Overlay;
use super::{Asked, Effect, State, safe, sending, sentence};
use crate::domain::entry::Entry;
use crate::domain::errand::Errand;
use crate::domain::event::{Role, Slot};
use crate::domain::free_busy::{AT_ONCE, Heard, Schedule, key};
use crate::domain::schedule::{Cell, Question, Ranking};
use crate::domain::text::Untrusted;
use crate::service::protocol::{Detail, Request};
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
    /// My own time, event by event.
    own: Vec<Entry>,
    /// What Microsoft suggests, once it was asked.
    pub opinion: Option<Opinion>,
    /// What is looked at in place of the times.
    pub aside: Option<Aside>,
}

/// Other ways to a time than taking one that is free.
#[derive(Debug, Clone)]
pub enum Aside {
    /// My own meetings make room.
    Room(Box<Room>),
    /// A series takes turns.
    Fair(Box<Fair>),
}

impl Find {
    pub fn mode(&self) -> Mode {
        match &self.aside {
            Some(Aside::Room(_)) => Mode::Room,
            Some(Aside::Fair(_)) => Mode::Fair,
            None => Mode::Find,
        }
    }

    /// The start that is looked at, or the one that room would be made for.
    pub fn slot(&self) -> Option<Slot> {
        let start = match &self.aside {
            Some(Aside::Room(room)) => room.start()?,
            Some(Aside::Fair(_)) => return None,
            None => self.ranking.starts.get(self.at)?.start,
        };
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
        own: Vec::new(),
        opinion: None,
        aside: None,
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
    open.awaited = 1;
    open.trouble = None;
    open.opinion = None;
    open.at = 0;
    state
        .asked
        .retain(|_, asked| !matches!(asked, Asked::Schedules { .. } | Asked::OwnTime));
    effects.push(state.ask(Asked::OwnTime, Request::Reach { from, to }));
    ask_schedules(state, &others, effects);
    // What is remembered is shown at once, with its age.
    remember(state);
    refresh(state);
}

/// When these people are free in the days that are looked at.
fn ask_schedules(state: &mut State, others: &[String], effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    let (from, to) = (
        state.viewer.midnight(open.from),
        state.viewer.midnight(open.to()),
    );
    let chunks: Vec<Vec<String>> = others.chunks(AT_ONCE).map(<[String]>::to_vec).collect();
    open.awaited += chunks.len();
    for addresses in chunks {
        let errand = Errand::Schedules {
            addresses,
            from,
            to,
        };
        let asked = Asked::Schedules { from, to };
        effects.push(state.ask(asked, Request::Errand(errand)));
    }
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
        open.own = entries;
        for guest in open.guests.iter_mut().filter(|guest| guest.is_me) {
            guest.blocks = Some(taken.clone());
        }
    }
    refresh(state);
}

pub(super) fn schedules_came(
    state: &mut State,
    (from, to): (Timestamp, Timestamp),
    schedules: Vec<Schedule>,
) {
    let at = state.now;
    let heard = |schedule| Heard {
        schedule,
        at,
        from,
        to,
    };
    learn(state, schedules.into_iter().map(heard).collect());
    answered(state);
}

/// Nothing new is known of them, for this reason; what was told before holds, with its age.
pub(super) fn schedules_before(state: &mut State, heard: Vec<Heard>, words: &str) {
    learn(state, heard);
    refused(state, "others'", words);
}

/// The newer holds.
fn learn(state: &mut State, heard: Vec<Heard>) {
    for heard in heard {
        let address = heard.key();
        let is_newer = |known: &Heard| known.at <= heard.at;
        if state.told.get(&address).is_none_or(is_newer) {
            state.told.insert(address, heard);
        }
    }
}

fn answered(state: &mut State) {
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
        open.trouble = Some(words);
    }
    answered(state);
}

/// What was told of these days, whenever that was.
fn remember(state: &mut State) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    let (from, to) = (
        state.viewer.midnight(open.from),
        state.viewer.midnight(open.to()),
    );
    open.asked_at = None;
    for guest in open.guests.iter_mut().filter(|guest| !guest.is_me) {
        let told = state.told.get(&key(&Untrusted::new(&guest.address)));
        let told = told.filter(|told| told.covers(from, to));
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
    // What is looked at beside it is made from the same facts.
    match open.aside.take() {
        Some(Aside::Room(mut room)) => {
            room::answer(state, &open, &mut room);
            open.aside = Some(Aside::Room(room));
        }
        Some(Aside::Fair(mut fair)) => {
            fair::answer(state, &open, &mut fair);
            open.aside = Some(Aside::Fair(fair));
        }
        None => {}
    }
    state.overlay = Some(Overlay::Find(open));
}

pub(super) fn step(open: &mut Find, lines: i32) {
    let last = open.ranking.starts.len().saturating_sub(1);
    let at = i64::try_from(open.at).unwrap_or(0) + i64::from(lines);
    open.at = usize::try_from(at.max(0)).unwrap_or(0).min(last);
}

pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::Book => return booking::book(state, effects),
        Command::FindOpinion => return opinion::ask(state, effects),
        Command::MakeRoom => return room::open(state, effects),
        Command::FairTimes => return fair::open(state),
        _ => {}
    }
    let today = state.today();
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    if let Some(aside) = &mut open.aside {
        match (aside, command) {
            (Aside::Room(room), Command::FindHours) => room.is_anywhere = !room.is_anywhere,
            (Aside::Fair(fair), Command::FairMore) => fair.change(1),
            (Aside::Fair(fair), Command::FairFewer) => fair.change(-1),
            _ => {}
        }
        return refresh(state);
    }
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
    open.opinion = None;
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

/// Esc: back to the page, or to where one was.
pub(super) fn back(state: &mut State) {
    if let Some(Overlay::Find(open)) = &mut state.overlay
        && open.aside.take().is_some()
    {
        return refresh(state);
    }
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
