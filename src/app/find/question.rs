//! From people and hours to the question that `domain::schedule` answers.

use super::super::State;
use super::super::viewer::Viewer;
use super::guests::{Guest, minute};
use super::{CELL, Find, words};
use crate::domain::calendar::MailboxSettings;
use crate::domain::event::Role as Part;
use crate::domain::schedule::{
    Block, Confidence, Person, Question, Role, Scored, Span, rank, rank_like_microsoft, row,
    summary,
};
use crate::domain::time::Resolved;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Starts are tried on quarters of an hour.
const STEP: i64 = 15;

/// Asks, ranks and draws anew.
pub(super) fn answer(state: &State, open: &mut Find) {
    let marked = open.ranking.starts.get(open.at).map(|start| start.start);
    open.question = question(state, open);
    match rank(&open.question) {
        Ok(mut ranking) => {
            if open.is_by_score {
                by_score(&open.question, &mut ranking.starts);
            }
            // Where it is now is no other time.
            let now = open.entry().map(|entry| minute(entry.start));
            ranking.starts.retain(|start| Some(start.start) != now);
            (open.ranking, open.refusal) = (ranking, None);
        }
        Err(refusal) => {
            open.ranking.starts.clear();
            open.refusal = Some(match beyond(state, open) {
                true => "an occurrence stays between the one before it and the one after it, and \
                         nothing of these days is: [ goes back"
                    .into(),
                false => refusal.to_string(),
            });
        }
    }
    // Who chose one keeps it while it is there; who did not sees the best.
    let chosen = marked.filter(|_| open.at > 0);
    let mut starts = open.ranking.starts.iter();
    let at = chosen.and_then(|chosen| starts.position(|start| start.start == chosen));
    open.at = at.unwrap_or(0);
    let (from, to) = picture(state, open);
    let people = &open.question.people;
    let all = summary(people, from, to, CELL);
    let each = people.iter().map(|person| row(person, from, to, CELL));
    let rows = std::iter::once(all).chain(each);
    open.rows = rows.map(Result::unwrap_or_default).collect();
    open.advice = words::advice(state, open);
}

/// Ordered as Microsoft scores them, and those it scores alike as before.
fn by_score(question: &Question, starts: &mut [Scored]) {
    let scored = rank_like_microsoft(question).unwrap_or_default();
    // Shares are never negative: their bits are ordered as they are.
    let percent = |one: &Confidence| (one.start, one.percent.to_bits());
    let percent: HashMap<i64, u64> = scored.iter().map(percent).collect();
    starts.sort_by_key(|start| Reverse(percent.get(&start.start).copied()));
}

/// Whether its neighbours leave an occurrence nothing of these days.
fn beyond(state: &State, open: &Find) -> bool {
    let (from, to) = bounds(state, open);
    open.neighbours.is_some() && to - from < i64::from(open.minutes)
}

/// Where it may stand at all.
fn bounds(state: &State, open: &Find) -> (i64, i64) {
    let (from, to) = picture(state, open);
    let Some(neighbours) = &open.neighbours else {
        return (from, to);
    };
    let (first, last) = neighbours.room();
    let at = |day| minute(state.viewer.midnight(day));
    (from.max(at(first)), to.min(at(last)))
}

/// The next quarter of an hour: what has begun cannot be met any more.
fn next_quarter(state: &State) -> i64 {
    (minute(state.now) + STEP).div_euclid(STEP) * STEP
}

/// The days that are looked at, as far as they are to come.
pub(super) fn ahead(state: &State, open: &Find) -> Span {
    let (from, to) = picture(state, open);
    Span::new(from.max(next_quarter(state)), to)
}

/// All of the days, from midnight to midnight.
fn picture(state: &State, open: &Find) -> (i64, i64) {
    let from = minute(state.viewer.midnight(open.from));
    (from, minute(state.viewer.midnight(open.to())))
}

fn question(state: &State, open: &Find) -> Question {
    let (begin, to) = bounds(state, open);
    let mine = open.guests.iter().find(|guest| guest.is_me);
    let allowed = match mine.filter(|_| open.is_mine_hard) {
        Some(me) => hours(state, open, me),
        None => Vec::new(),
    };
    Question {
        from: begin.max(next_quarter(state)),
        to,
        step: 15,
        duration: open.minutes,
        people: open
            .guests
            .iter()
            .map(|guest| person(state, open, guest))
            .collect(),
        allowed,
        buffer: 5,
        // The nearer the better, up to a day's work; beyond that the earlier.
        preferred: vec![minute(open.wished)],
        ..Question::default()
    }
}

fn person(state: &State, open: &Find, guest: &Guest) -> Person {
    let (from, to) = picture(state, open);
    Person {
        role: match guest.role {
            Part::Required => Role::Required,
            Part::Optional => Role::Optional,
            Part::Resource => Role::Room,
        },
        busy: claims(open, guest),
        known: guest
            .blocks
            .iter()
            .filter(|_| !guest.is_partly_known)
            .map(|_| Span::new(from, to))
            .collect(),
        working: match guest.role {
            // A room has no evenings.
            Part::Resource => Vec::new(),
            _ => hours(state, open, guest),
        },
        hard_hours: open.is_all_hard,
    }
}

/// What claims their time.
pub(super) fn claims(open: &Find, guest: &Guest) -> Vec<Block> {
    let moving = open
        .entry()
        .map(|entry| (minute(entry.start), minute(entry.end)));
    // The meeting that is moved is in its people's way only where it is now; another one at the
    // same time stays.
    let is_it = |block: &Block| !guest.is_me && Some((block.span.start, block.span.end)) == moving;
    let mut blocks: Vec<Block> = guest.blocks.iter().flatten().copied().collect();
    if let Some(at) = blocks.iter().position(is_it) {
        blocks.remove(at);
    }
    blocks
}

pub(super) fn is_room(guest: &Guest) -> bool {
    guest.role == Part::Resource
}

pub(super) fn must_come(guest: &Guest) -> bool {
    guest.role != Part::Optional
}

/// Somebody's working hours in the days that are looked at, on their own clock.
pub(super) fn hours(state: &State, open: &Find, guest: &Guest) -> Vec<Span> {
    let fallback = MailboxSettings::default();
    let known = guest.hours.as_ref();
    let hours = match (known, guest.is_me) {
        (Some(hours), _) => hours,
        (None, true) => &fallback,
        (None, false) => return Vec::new(),
    };
    let clock = guest.clock.as_ref().unwrap_or(&state.viewer);
    let mut spans = Vec::new();
    // Their days may begin before mine and end after.
    let mut day = open.from.saturating_sub(1.day());
    while day <= open.to().saturating_add(1.day()) {
        if hours
            .working_days
            .contains(&day.weekday().to_monday_one_offset())
        {
            let at = |time| minute(on_clock(clock, day, time));
            spans.push(Span::new(at(hours.working_from), at(hours.working_to)));
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    spans
}

pub(super) fn on_clock(clock: &Viewer, day: Date, time: jiff::civil::Time) -> Timestamp {
    Resolved::compatible(clock.as_zone().instant(day.to_datetime(time)))
}

/// The minute at which the clock shows so many minutes after midnight, on that day.
pub fn cell_start(state: &State, day: Date, minutes: usize) -> i64 {
    let part = |number: usize| i8::try_from(number).unwrap_or(0);
    let time = jiff::civil::time(part(minutes / 60 % 24), part(minutes % 60), 0, 0);
    minute(on_clock(&state.viewer, day, time))
}
