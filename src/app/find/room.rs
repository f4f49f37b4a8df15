//! Making room: my own meetings move, as few as possible, so that a new one fits.
//!
//! Refuses to move what is not mine, what begins within [`SOONEST`], and what somebody comes to of
//! whom nothing is known. Invariant: nothing is moved that does not stand in the notes, with who
//! hears of it.

use super::super::known::Key;
use super::super::overlay::Overlay;
use super::super::triage::{at, hears};
use super::super::{Asked, Effect, State, availability, moving, safe, sending};
use super::guests::{self, Guest, minute};
use super::neighbours::Neighbours;
use super::words::{self, instant};
use super::{Aside, Find, Note, Purpose, ask_schedules, booking, question};
use crate::domain::edit::is_draft;
use crate::domain::entry::Entry;
use crate::domain::event::{Attendee, Kind, Role, ShowAs, Slot};
use crate::domain::free_busy::key;
use crate::domain::overlap::Persons;
use crate::domain::schedule::replan::{
    Blocked, MOST_SLOTS, Movable, Outcome, Plan, Request as Wish, Slots, USUAL_BUDGET, Wanted,
    replan,
};
use crate::domain::schedule::{Block, Claim, Span};
use crate::service::protocol::{Level, Reply, Request};
use jiff::SignedDuration;

/// People have planned their day by then.
const SOONEST: SignedDuration = SignedDuration::from_hours(20);
/// Minutes of a slot.
const SLOT: i64 = 15;
/// Meetings whose people are asked for.
const MOST: usize = 60;

#[derive(Debug, Clone)]
pub struct Room {
    mine: Vec<Mine>,
    /// At any time of these days, not only at the one that was wished.
    pub is_anywhere: bool,
    /// What would be done, or why nothing can be.
    pub notes: Vec<Note>,
    plan: Option<Vec<(Entry, Slot)>>,
    start: Option<i64>,
}

impl Room {
    /// When the new meeting would begin, in minutes since 1970.
    pub(super) fn start(&self) -> Option<i64> {
        self.start
    }

    /// What might move as it stands now; what is no more cannot.
    pub(super) fn learn(&mut self, own: &[Entry]) {
        self.mine.retain_mut(|mine| {
            let key = Key::of(&mine.entry);
            let now = own.iter().find(|entry| Key::of(entry) == key);
            if let Some(now) = now {
                mine.entry = now.clone();
            }
            now.is_some_and(|now| now.pending.is_none() && !now.cancelled)
        });
    }

    /// Who is told when this one moves, people and rooms.
    fn hears(&self, entry: &Entry) -> String {
        let key = Key::of(entry);
        let mine = self.mine.iter().find(|mine| Key::of(&mine.entry) == key);
        let people = mine.and_then(|mine| mine.people.as_deref());
        let is_room = |one: &&Attendee| one.role == Role::Resource;
        let rooms = people.unwrap_or_default().iter().filter(is_room).count();
        let told = hears(entry);
        match rooms {
            0 => told,
            1 => format!("{told}, its room is asked"),
            rooms => format!("{told}, its {rooms} rooms are asked"),
        }
    }
}

/// A meeting of mine that might move.
#[derive(Debug, Clone)]
struct Mine {
    entry: Entry,
    /// Who else comes; None until it is known.
    people: Option<Vec<Attendee>>,
}

impl Mine {
    fn span(&self) -> Span {
        Span::new(minute(self.entry.start), minute(self.entry.end))
    }
}

pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = &state.overlay else {
        return;
    };
    let persons = Persons::of(&state.status.calendars, &state.status.me);
    let may_move = |entry: &&Entry| may_move(state, open, &persons, entry);
    let mine: Vec<Mine> = open
        .own
        .iter()
        .filter(may_move)
        .take(MOST)
        .map(|entry| Mine {
            entry: entry.clone(),
            // Also of what nobody else comes to: a room may be booked for it.
            people: None,
        })
        .collect();
    let unknown: Vec<Entry> = mine.iter().map(|mine| mine.entry.clone()).collect();
    let is_wished = matches!(open.purpose, Purpose::Fill(_))
        && open.wished > state.now
        && !open.ranking.starts.is_empty();
    let room = Room {
        mine,
        is_anywhere: !is_wished,
        notes: Vec::new(),
        plan: None,
        start: None,
    };
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.aside = Some(Aside::Room(Box::new(room)));
    }
    for entry in &unknown {
        let request = Request::Known {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
        };
        effects.push(state.ask(Asked::Movable(Key::of(entry)), request));
    }
    people_known(state, effects);
}

fn may_move(state: &State, open: &Find, persons: &Persons, entry: &Entry) -> bool {
    let is_it = open.entry().is_some_and(|moving| moving.id == entry.id);
    let is_mine = (entry.is_organizer || !entry.is_invitation())
        && persons.owner(&entry.calendar) == 0
        && availability::why_not_written(state, Some(entry)).is_none();
    let claims = !matches!(entry.show_as, ShowAs::Free | ShowAs::WorkingElsewhere);
    let is_settled = entry.pending.is_none() && !is_draft(&entry.id) && !entry.cancelled;
    let from = state.viewer.midnight(open.from).max(state.now + SOONEST);
    let is_here = from <= entry.start && entry.end <= state.viewer.midnight(open.to());
    is_mine
        && claims
        && is_settled
        && is_here
        && !is_it
        && !entry.all_day
        && entry.kind != Kind::Master
}

pub(in crate::app) fn movable_came(
    state: &mut State,
    key: &Key,
    reply: &Reply,
    effects: &mut Vec<Effect>,
) {
    let me = state.status.me.address.raw().to_lowercase();
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    let Some(Aside::Room(room)) = &mut open.aside else {
        return;
    };
    let at = room
        .mine
        .iter()
        .position(|mine| Key::of(&mine.entry) == *key);
    let Some(mine) = at.and_then(|at| room.mine.get_mut(at)) else {
        return;
    };
    let details = match reply {
        Reply::Detail(detail) => detail.event.details.clone(),
        _ => None,
    };
    match details {
        Some(details) => {
            let mut people = details.attendees;
            people.retain(|one| one.person.address.raw().to_lowercase() != me);
            mine.people = Some(people);
        }
        // Who comes is not known: it stays where it is.
        None => room.mine.retain(|mine| Key::of(&mine.entry) != *key),
    }
    people_known(state, effects);
}

/// Once everybody is known, it is asked when they can come.
fn people_known(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = &state.overlay else {
        return;
    };
    let Some(Aside::Room(room)) = &open.aside else {
        return;
    };
    if room.mine.iter().any(|mine| mine.people.is_none()) {
        return super::refresh(state);
    }
    let days = (
        state.viewer.midnight(open.from),
        state.viewer.midnight(open.to()),
    );
    let is_told = |address: &str| {
        let told = state.told.get(address);
        told.is_some_and(|told| told.covers(days.0, days.1) && told.schedule.trouble.is_none())
    };
    let people = room
        .mine
        .iter()
        .flat_map(|mine| mine.people.iter().flatten());
    let mut others: Vec<String> = people.map(|one| key(&one.person.address)).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|address| !address.is_empty() && !is_told(address));
    ask_schedules(state, &others, effects);
    super::refresh(state);
}

/// The plan, from what is known now.
pub(super) fn answer(state: &State, open: &Find, room: &mut Room) {
    (room.plan, room.start) = (None, None);
    if open.awaited > 0 || room.mine.iter().any(|mine| mine.people.is_none()) {
        room.notes = vec![note(
            "asking who comes to your other meetings, and when they can…",
            false,
        )];
        return;
    }
    let Some((wish, movable)) = wish(state, open, room) else {
        let words = "the time that was wished is not in these days: w looks at all of them";
        room.notes = vec![note(words, true)];
        return;
    };
    let (plan, proof) = match replan(&wish, USUAL_BUDGET) {
        Ok(Outcome::Optimal(plan)) => (plan, "no plan moves fewer".to_owned()),
        Ok(Outcome::BestFound { plan, least_moves }) => (
            plan,
            format!("perhaps not the least: at least {least_moves} have to move"),
        ),
        Ok(Outcome::Impossible(blocked)) => {
            let words = if room.is_anywhere {
                no_room(&blocked, &movable)
            } else {
                "at the time that was wished something stands that cannot move: others’ meetings, \
                 or yours that are soon or have no other place; w looks at all of these days"
                    .to_owned()
            };
            room.notes = vec![note(&words, true)];
            return;
        }
        Ok(Outcome::Undecided { .. }) => {
            let words = "no plan was found in a second of looking: fewer days, or fewer people";
            room.notes = vec![note(words, true)];
            return;
        }
        Err(error) => {
            room.notes = vec![note(&error.to_string(), true)];
            return;
        }
    };
    show(state, open, room, &plan, &movable, &proof);
}

fn note(words: &str, is_warning: bool) -> Note {
    Note {
        words: words.to_owned(),
        is_warning,
    }
}

fn show(state: &State, open: &Find, room: &mut Room, plan: &Plan, movable: &[Entry], proof: &str) {
    let whole = question::ahead(state, open);
    let slot_at = |start: u32, minutes: i64| {
        let start = instant(whole.start + i64::from(start) * SLOT);
        Slot {
            start,
            end: start + SignedDuration::from_mins(minutes),
        }
    };
    let moves: Vec<(Entry, Slot)> = plan
        .moves
        .iter()
        .filter_map(|step| {
            let entry = movable.get(step.meeting)?.clone();
            let minutes = entry.end.duration_since(entry.start).as_mins();
            Some((entry, slot_at(step.start, minutes)))
        })
        .collect();
    let new = slot_at(plan.start, i64::from(open.minutes));
    room.start = Some(minute(new.start));
    let title = safe::cut(&open.title, 40);
    let told = match &open.purpose {
        Purpose::Move(entry) => format!(": {}", hears(entry)),
        Purpose::Propose(entry, _) => {
            format!(": {} is asked", safe::line(&entry.organizer.name))
        }
        Purpose::Fill(_) => String::new(),
    };
    let words = format!("+ {} “{title}”{told}", at(state, new));
    room.notes = vec![note(&words, false)];
    for (entry, to) in &moves {
        let was = Slot {
            start: entry.start,
            end: entry.end,
        };
        let what = safe::cut(&safe::line(&entry.subject), 40);
        let words = format!(
            "- {} “{what}” → {}: {}",
            at(state, was),
            at(state, *to),
            room.hears(entry)
        );
        room.notes.push(note(&words, false));
    }
    let unknown = open.guests.iter().filter(|guest| guest.blocks.is_none());
    for guest in unknown {
        let who = safe::cut(&guest.name, 24);
        room.notes
            .push(note(&format!("{who}: not known whether free"), true));
    }
    let words = match moves.len() {
        0 => "nothing has to move".to_owned(),
        1 => format!("1 meeting moves; {proof}"),
        many => format!("{many} meetings move; {proof}"),
    };
    room.notes.push(note(&words, false));
    room.plan = Some(moves);
}

fn no_room(blocked: &Blocked, movable: &[Entry]) -> String {
    let stuck: Vec<String> = blocked
        .stuck
        .iter()
        .filter_map(|at| movable.get(*at))
        .take(3)
        .map(|entry| format!("“{}”", safe::cut(&safe::line(&entry.subject), 24)))
        .collect();
    let mut parts = Vec::new();
    let mut part = |starts: u32, why: &str| {
        if starts > 0 {
            parts.push(format!("{starts} {why}"));
        }
    };
    part(blocked.others, "where somebody else cannot come");
    part(blocked.fixed, "where you cannot");
    part(
        blocked.movable,
        "where your meetings cannot all go elsewhere",
    );
    let stuck = match stuck.len() {
        0 => String::new(),
        _ => format!("; no other place for {}", stuck.join(", ")),
    };
    format!(
        "moving your own meetings makes no room. Of the starts: {}{stuck}",
        parts.join(", ")
    )
}

/// The days as slots; and the meetings that may move, in the order of the answer's numbers.
fn wish(state: &State, open: &Find, room: &Room) -> Option<(Wish, Vec<Entry>)> {
    let whole = question::ahead(state, open);
    let slots = |span: Span| slots_of(span, whole);
    let horizon = slots(whole)?.end.min(MOST_SLOTS);
    let me = open.guests.iter().find(|guest| guest.is_me)?;
    let my_hours = gaps(&question::hours(state, open, me), whole);
    let mut movable = Vec::new();
    let mut entries = Vec::new();
    let first = soonest(state, whole);
    let places: Vec<(&Mine, Slots, Slots)> = room
        .mine
        .iter()
        .filter(|mine| are_known(state, open, mine))
        .filter_map(|mine| {
            let now = slots(mine.span()).filter(|now| now.end <= horizon)?;
            // Off the quarters it would be shifted by itself.
            let is_aligned = (mine.span().start - whole.start).rem_euclid(SLOT) == 0;
            let days = slots(days_of(state, open, &mine.entry)).filter(|_| is_aligned)?;
            let allowed = Slots::new(first.max(days.start), days.end.min(horizon));
            (allowed.start < allowed.end).then_some((mine, now, allowed))
        })
        .collect();
    let movables: Vec<&Mine> = places.iter().map(|(mine, ..)| *mine).collect();
    for (mine, now, allowed) in places {
        let people = mine.people.as_deref().unwrap_or_default();
        let mut others = taken(state, open, people, &movables);
        others.extend(&my_hours);
        movable.push(Movable {
            start: now.start,
            duration: now.end - now.start,
            mailed: u32::try_from(people.len()).unwrap_or(u32::MAX),
            allowed,
            others: others.into_iter().filter_map(slots).collect(),
        });
        entries.push(mine.entry.clone());
    }
    let is_moved = |entry: &Entry| entries.iter().any(|moved| Key::of(moved) == Key::of(entry));
    let staying: Vec<Entry> = open
        .own
        .iter()
        .filter(|it| !is_moved(it))
        .cloned()
        .collect();
    let mut fixed = certain(&guests::own_time(state, &staying, open.entry()));
    if open.is_mine_hard {
        fixed.extend(&my_hours);
    }
    let others = open
        .guests
        .iter()
        .filter(|guest| !guest.is_me && question::must_come(guest));
    let mut busy: Vec<Span> = Vec::new();
    for guest in others {
        let claims = certain(&question::claims(open, guest));
        busy.extend(without_those(claims, &guest.address, &movables));
        if open.is_all_hard {
            busy.extend(gaps(&question::hours(state, open, guest), whole));
        }
    }
    // Where it is now is no other time.
    busy.extend(
        open.entry()
            .map(|it| Span::new(minute(it.start), minute(it.end))),
    );
    let duration = open.minutes.div_ceil(15);
    let allowed = if room.is_anywhere {
        slots(Span::new(open.question.from, open.question.to))?
    } else {
        let start = minute(open.wished);
        slots(Span::new(start, start + i64::from(open.minutes)))
            .filter(|_| whole.start <= start && start < whole.end)?
    };
    let wanted = Wanted {
        duration,
        allowed,
        others: busy.into_iter().filter_map(slots).collect(),
    };
    let wish = Wish {
        horizon,
        fixed: fixed.into_iter().filter_map(slots).collect(),
        movable,
        wanted,
    };
    Some((wish, entries))
}

/// The days a meeting may move to.
fn days_of(state: &State, open: &Find, entry: &Entry) -> Span {
    let Some(mut neighbours) = Neighbours::of(state, entry) else {
        return question::ahead(state, open);
    };
    neighbours.learn(state, &open.own, open.from, open.to());
    let (from, to) = neighbours.room();
    let at = |day| minute(state.viewer.midnight(day));
    Span::new(at(from), at(to))
}

/// Of everybody who comes it is known when they are free.
fn are_known(state: &State, open: &Find, mine: &Mine) -> bool {
    let people = mine.people.iter().flatten();
    people
        .map(|one| known(state, open, one))
        .all(|guest| guest.blocks.is_some())
}

/// Somebody, with what was told of them on these days.
fn known(state: &State, open: &Find, one: &Attendee) -> Guest {
    let (from, to) = (
        state.viewer.midnight(open.from),
        state.viewer.midnight(open.to()),
    );
    let told = state.told.get(&key(&one.person.address));
    let told = told.filter(|told| told.covers(from, to));
    let mut guest = Guest::new(one);
    guest.learn(told.map(|told| &told.schedule), &state.zones);
    guest
}

/// When the people of a meeting cannot come to it at another time.
fn taken(state: &State, open: &Find, people: &[Attendee], movables: &[&Mine]) -> Vec<Span> {
    let whole = question::ahead(state, open);
    let mut spans = Vec::new();
    for one in people {
        let guest = known(state, open, one);
        let claims = certain(guest.blocks.as_deref().unwrap_or_default());
        spans.extend(without_those(claims, &guest.address, movables));
        if !question::is_room(&guest) {
            spans.extend(gaps(&question::hours(state, open, &guest), whole));
        }
    }
    spans
}

/// What else somebody has than those meetings of mine: whatever takes the place of one of them
/// moves it away, for I am in both.
fn without_those(mut claims: Vec<Span>, address: &str, movables: &[&Mine]) -> Vec<Span> {
    let address = address.to_lowercase();
    for mine in movables {
        let mut people = mine.people.iter().flatten();
        let comes = people.any(|one| one.person.address.raw().to_lowercase() == address);
        let at = claims.iter().position(|span| *span == mine.span());
        if let (true, Some(at)) = (comes, at) {
            claims.swap_remove(at);
        }
    }
    claims
}

/// What certainly, or perhaps, claims time: nothing is moved onto a perhaps.
fn certain(blocks: &[Block]) -> Vec<Span> {
    let claims = blocks
        .iter()
        .filter(|block| block.claim != Claim::Elsewhere);
    claims.map(|block| block.span).collect()
}

/// The first slot that something may be moved to.
fn soonest(state: &State, whole: Span) -> u32 {
    let first = minute(state.now + SOONEST) - whole.start;
    u32::try_from(first.max(0).div_euclid(SLOT) + 1).unwrap_or(u32::MAX)
}

/// The slots that a span touches, inside the whole.
fn slots_of(span: Span, whole: Span) -> Option<Slots> {
    let span = span.cut(whole);
    if span.is_empty() {
        return None;
    }
    let start = (span.start - whole.start).div_euclid(SLOT);
    let end = (span.end - whole.start + SLOT - 1).div_euclid(SLOT);
    Some(Slots::new(
        u32::try_from(start).ok()?,
        u32::try_from(end).ok()?,
    ))
}

/// What lies between the working hours; nothing when those are not known.
fn gaps(hours: &[Span], whole: Span) -> Vec<Span> {
    if hours.is_empty() {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    let mut from = whole.start;
    for span in hours {
        gaps.push(Span::new(from, span.start.min(whole.end)));
        from = from.max(span.end);
    }
    gaps.push(Span::new(from, whole.end));
    gaps.retain(|gap| !gap.is_empty());
    gaps
}

/// Enter: the moves, and then what they make room for.
pub(super) fn book(state: &mut State, open: Box<Find>, room: Room, effects: &mut Vec<Effect>) {
    let (Some(slot), Some(moves)) = (slot_of(&open, &room), room.plan.clone()) else {
        state.say(
            Level::Warning,
            "there is no plan to carry out: Esc goes back",
        );
        let mut open = open;
        open.aside = Some(Aside::Room(Box::new(room)));
        state.overlay = Some(Overlay::Find(open));
        return;
    };
    let moved = moves
        .iter()
        .map(|(entry, to)| moving::moved(state, entry, *to));
    let mut acts: Vec<_> = moved.collect();
    acts.extend(booking::act(state, &open.purpose, slot));
    let words = match moves.len() {
        1 => "moved 1 meeting to make room".to_owned(),
        many => format!("moved {many} meetings to make room"),
    };
    match acts.len() {
        0 => {}
        // What cannot be done undoes the other.
        2 => sending::send_together(state, acts, effects),
        _ => sending::send_all(state, acts, words, effects),
    }
    booking::follow(state, slot);
    if let Purpose::Fill(mut form) = open.purpose {
        form.fill_time(state, slot);
        state.overlay = Some(Overlay::Form(form));
    }
}

fn slot_of(open: &Find, room: &Room) -> Option<Slot> {
    let start = instant(room.start()?);
    Some(Slot {
        start,
        end: start + SignedDuration::from_mins(i64::from(open.minutes)),
    })
}

/// What Enter does.
pub fn facts(state: &State, open: &Find, room: &Room) -> Option<String> {
    let moves = room.plan.as_ref()?.len();
    let (then, what) = match &open.purpose {
        Purpose::Fill(_) => ("puts the time into the page", "the moves"),
        Purpose::Propose(..) => ("asks the organizer for it", "all of it"),
        Purpose::Move(_) => ("then this one", "all of it"),
    };
    let undo = sending::taken_back(state, what);
    Some(match moves {
        0 => words::facts(open),
        1 => format!("Enter moves 1 meeting and {then}{undo}"),
        many => format!("Enter moves {many} meetings and {then}{undo}"),
    })
}
