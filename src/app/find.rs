//! Find a time: when everybody can come, best first, and why.
//!
//! The same page moves a meeting of mine, proposes another time to an organizer, and fills the time
//! of a page that is being typed. Invariants: my own time is what my calendars say, with what waits
//! laid over it; of whom nothing is known nobody is told free; the meeting that is being moved is in
//! nobody's way.

mod booking;
mod fair;
mod guests;
mod neighbours;
mod opinion;
mod question;
mod room;
mod words;

pub use fair::{Fair, dates, facts as fair_facts, local};
pub use guests::Guest;
pub(super) use opinion::opinion_came;
pub use opinion::{Opinion, place};
pub use question::cell_start;
pub(super) use room::movable_came;
pub use room::{Room, facts as room_facts};
pub use words::{Note, facts, moment, notes, why};

use super::commands::{Command, Mode};
use super::form::Form;
use super::known::Key;
use super::overlay::Overlay;
use super::respond::Respond;
use super::{Asked, Effect, State, safe, sending, sentence};
use crate::domain::entry::Entry;
use crate::domain::errand::Errand;
use crate::domain::event::{Role, Slot};
use crate::domain::free_busy::{AT_ONCE, Heard, Schedule, key};
use crate::domain::schedule::{Cell, Question, Ranking};
use crate::domain::text::Untrusted;
use crate::service::protocol::{Detail, Level, Request};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use neighbours::Neighbours;

/// Days that are looked at together.
pub const DAYS: i32 = 7;
/// Minutes of a cell of the picture.
pub const CELL: u32 = 30;
/// What keys make of a meeting's length, minutes; what is shorter or longer by itself stays so.
const SHORTEST: u32 = 15;
const LONGEST: u32 = 480;
/// As many people have a digit.
const DIGITS: usize = 9;
/// People that a key goes on by: as many rows as the lowest window shows.
const ROWS: usize = 5;

/// What becomes of the time that is found.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// A meeting of mine moves there.
    Move(Box<Entry>),
    /// Its organizer is asked for it, with the answer that was being made.
    Propose(Box<Entry>, Option<Box<Respond>>),
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
    /// What stands before and after an occurrence that is looked for a place for.
    neighbours: Option<Neighbours>,
    /// The person whose row stands first, and the line of an aside that does.
    pub first_row: usize,
    pub first_line: usize,
    /// Ordered by Microsoft's own score.
    pub is_by_score: bool,
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
            Purpose::Move(entry) | Purpose::Propose(entry, _) => Some(entry),
            Purpose::Fill(_) => None,
        }
    }

    /// The digit that turns somebody's role, while their row has one.
    pub fn digit(&self, person: usize) -> Option<usize> {
        let at = person.checked_sub(self.first_row)? + 1;
        (at <= DIGITS).then_some(at)
    }

    /// More than the lowest window has rows for.
    pub(super) fn has_more_people(&self) -> bool {
        self.guests.len() > ROWS
    }

    /// Whether all of my own time is known.
    fn knows_me(&self) -> bool {
        let me = self.guests.iter().find(|guest| guest.is_me);
        me.is_some_and(|me| me.blocks.is_some() && !me.is_partly_known)
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
pub(super) fn known_came(
    state: &mut State,
    asked: &Key,
    detail: &Detail,
    effects: &mut Vec<Effect>,
) {
    // A late answer opens nothing over what was opened since.
    let answering = match &state.overlay {
        None => None,
        Some(Overlay::Respond(open)) if Key::of(&open.entry) == *asked => Some(open.clone()),
        Some(_) => return,
    };
    let entry = Box::new(detail.entry.clone());
    let details = detail.event.details.clone().unwrap_or_default();
    let title = safe::line(&entry.subject);
    let guests = guests::of_event(state, &details);
    let minutes = sentence::minutes(&entry);
    let start = entry.start;
    let purpose = if entry.is_organizer || !entry.is_invitation() {
        Purpose::Move(entry)
    } else {
        Purpose::Propose(entry, answering)
    };
    show(state, purpose, title, guests, (start, minutes), effects);
}

/// Whether an aside has one line alone.
pub(super) fn is_aside_whole(state: &State) -> bool {
    let Some(Overlay::Find(open)) = &state.overlay else {
        return false;
    };
    match &open.aside {
        None => false,
        Some(Aside::Room(room)) => room.notes.len() < 2,
        Some(Aside::Fair(fair)) => fair.blocks.len() < 2,
    }
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
    let minutes = u32::try_from(minutes.max(1)).unwrap_or(30);
    let neighbours = match &purpose {
        Purpose::Move(entry) | Purpose::Propose(entry, _) => Neighbours::of(state, entry),
        Purpose::Fill(_) => None,
    };
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
        neighbours,
        first_row: 0,
        first_line: 0,
        is_by_score: false,
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
    (open.opinion, open.is_by_score) = (None, false);
    open.at = 0;
    // What I have on other days says nothing of these.
    open.own = Vec::new();
    for guest in open.guests.iter_mut().filter(|guest| guest.is_me) {
        guest.blocks = None;
    }
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

/// What I have on these days; with the reason where that may not be all of it.
pub(super) fn own_came(state: &mut State, mut entries: Vec<Entry>, missing: Option<&str>) {
    sending::lay_early(state, &mut entries);
    let moving = match &state.overlay {
        Some(Overlay::Find(open)) => open.entry().cloned(),
        _ => None,
    };
    let taken = guests::own_time(state, &entries, moving.as_ref());
    let mut neighbours = match &mut state.overlay {
        Some(Overlay::Find(open)) => open.neighbours.take(),
        _ => None,
    };
    if let (Some(neighbours), None, Some(Overlay::Find(open))) =
        (&mut neighbours, missing, &state.overlay)
    {
        neighbours.learn(state, &entries, open.from, open.to());
    }
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.awaited = open.awaited.saturating_sub(1);
        if let Some(Aside::Room(room)) = &mut open.aside {
            room.learn(&entries);
        }
        open.own = entries;
        open.neighbours = neighbours;
        if let Some(words) = missing {
            open.trouble = Some(unknown("your own", words));
        }
        for guest in open.guests.iter_mut().filter(|guest| guest.is_me) {
            guest.blocks = Some(taken.clone());
            guest.is_partly_known = missing.is_some();
        }
    }
    refresh(state);
}

/// What I have may be another now. One question at a time: an answer that takes longer than
/// changes do would never be heard.
pub(super) fn changed(state: &mut State, effects: &mut Vec<Effect>) {
    if state.asked.values().any(|asked| *asked == Asked::OwnTime) {
        return;
    }
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    open.awaited += 1;
    let (from, to) = (open.from, open.to());
    effects.push(state.ask(Asked::OwnTime, Request::Reach { from, to }));
}

/// What has begun meanwhile cannot be met any more.
pub(super) fn minute_passed(state: &mut State) {
    if let Some(Overlay::Find(open)) = &state.overlay
        && open.question.from < guests::minute(state.now)
    {
        refresh(state);
    }
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

fn unknown(whose: &str, words: &str) -> String {
    format!("{whose} time is not known: {}", safe::words(words))
}

/// Nothing new came; what is remembered stays.
pub(super) fn refused(state: &mut State, whose: &str, words: &str) {
    let words = unknown(whose, words);
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

/// To another start, or along what an aside says.
pub(super) fn step(open: &mut Find, lines: i32) {
    let lines = isize::try_from(lines).unwrap_or(0);
    let (place, count) = match &open.aside {
        None => (&mut open.at, open.ranking.starts.len()),
        Some(Aside::Room(room)) => (&mut open.first_line, room.notes.len()),
        Some(Aside::Fair(fair)) => (&mut open.first_line, fair.blocks.len()),
    };
    *place = place
        .saturating_add_signed(lines)
        .min(count.saturating_sub(1));
}

pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::Book => return booking::book(state, effects),
        Command::FindOpinion => return opinion::ask(state, effects),
        Command::MakeRoom | Command::FairTimes => {
            if let Some(words) = why_not_aside(state) {
                return state.say(Level::Warning, words);
            }
            if let Some(Overlay::Find(open)) = &mut state.overlay {
                open.first_line = 0;
            }
            return match command {
                Command::MakeRoom => room::open(state, effects),
                _ => fair::open(state),
            };
        }
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
        Command::FindLonger => {
            let longer = (open.minutes / SHORTEST + 1) * SHORTEST;
            open.minutes = longer.min(LONGEST.max(open.minutes));
        }
        Command::FindShorter => {
            let shorter = open.minutes.saturating_sub(1) / SHORTEST * SHORTEST;
            open.minutes = shorter.max(SHORTEST.min(open.minutes));
        }
        Command::FindHours => open.is_mine_hard = !open.is_mine_hard,
        Command::FindAllHours => open.is_all_hard = !open.is_all_hard,
        Command::FindRole(number) => turn_role(open, usize::from(number)),
        Command::MorePeople | Command::PeopleBefore => {
            let last = open.guests.len().saturating_sub(1) / ROWS * ROWS;
            let first = match command {
                Command::MorePeople => open.first_row + ROWS,
                _ => open.first_row.saturating_sub(ROWS),
            };
            open.first_row = first.min(last);
            return;
        }
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
    (open.opinion, open.is_by_score) = (None, false);
    refresh(state);
}

/// Required or optional; a room stays one.
fn turn_role(open: &mut Find, number: usize) {
    let at = (open.first_row + number).checked_sub(1);
    let Some(guest) = at.and_then(|at| open.guests.get_mut(at)) else {
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
    if let Some(Overlay::Find(open)) = state.overlay.take() {
        state.overlay = match open.purpose {
            Purpose::Fill(form) => Some(Overlay::Form(form)),
            Purpose::Propose(_, answering) => answering.map(Overlay::Respond),
            Purpose::Move(_) => None,
        };
    }
}

/// Both look at what I have, all of it.
fn why_not_aside(state: &State) -> Option<&'static str> {
    let Some(Overlay::Find(open)) = &state.overlay else {
        return None;
    };
    if open.knows_me() {
        return None;
    }
    Some(match open.awaited {
        0 => "what you have on these days is not all known: nothing is planned around it",
        _ => "what you have on these days is still being asked for: again in a moment",
    })
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
