//! From people and hours to the question that `domain::schedule` answers.

use super::super::State;
use super::super::viewer::Viewer;
use super::guests::{Guest, minute};
use super::{CELL, Find, words};
use crate::domain::calendar::MailboxSettings;
use crate::domain::event::Role as Part;
use crate::domain::schedule::{Block, Person, Question, Role, Span, rank, row, summary};
use crate::domain::time::Resolved;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// Starts are tried on quarters of an hour.
const STEP: i64 = 15;

/// Asks, ranks and draws anew.
pub(super) fn answer(state: &State, open: &mut Find) {
    open.question = question(state, open);
    match rank(&open.question) {
        Ok(mut ranking) => {
            // Where it is now is no other time.
            let now = open.entry().map(|entry| minute(entry.start));
            ranking.starts.retain(|start| Some(start.start) != now);
            (open.ranking, open.refusal) = (ranking, None);
        }
        Err(refusal) => {
            open.ranking.starts.clear();
            open.refusal = Some(refusal.to_string());
        }
    }
    open.at = open.at.min(open.ranking.starts.len().saturating_sub(1));
    let (from, to) = picture(state, open);
    let people = &open.question.people;
    let all = summary(people, from, to, CELL);
    let each = people.iter().map(|person| row(person, from, to, CELL));
    let rows = std::iter::once(all).chain(each);
    open.rows = rows.map(Result::unwrap_or_default).collect();
    open.advice = words::advice(state, open);
}

/// All of the days, from midnight to midnight.
fn picture(state: &State, open: &Find) -> (i64, i64) {
    let from = minute(state.viewer.midnight(open.from));
    (from, minute(state.viewer.midnight(open.to())))
}

fn question(state: &State, open: &Find) -> Question {
    let (begin, to) = picture(state, open);
    // The next quarter of an hour: what has begun cannot be met any more.
    let next = (minute(state.now) + STEP).div_euclid(STEP) * STEP;
    let mine = open.guests.iter().find(|guest| guest.is_me);
    let allowed = match mine.filter(|_| open.is_mine_hard) {
        Some(me) => hours(state, open, me),
        None => Vec::new(),
    };
    Question {
        from: begin.max(next),
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
        known: guest.blocks.iter().map(|_| Span::new(from, to)).collect(),
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
    // The meeting that is moved is in its people's way only where it is now.
    let is_it = |span: Span| !guest.is_me && Some((span.start, span.end)) == moving;
    let blocks = guest.blocks.iter().flatten();
    blocks.filter(|block| !is_it(block.span)).copied().collect()
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
