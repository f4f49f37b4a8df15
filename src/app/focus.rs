//! Holding time for oneself in the week of the cursor: shown first, then made as one.

use super::triage::{at, preview};
use super::{Asked, Effect, State, sending};
use crate::domain::availability::Question;
use crate::domain::edit::Span;
use crate::domain::entry::Entry;
use crate::domain::focus::{Rule, SHORTEST, SUBJECT, block, blocks};
use crate::domain::intent::Act;
use crate::domain::overlap::Persons;
use crate::service::protocol::{Level, Request};
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

/// Everything of that week has to be known first.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let from = monday(state);
    let to = from.saturating_add(7.days());
    effects.push(state.ask(Asked::Focus(from), Request::Reach { from, to }));
}

fn monday(state: &State) -> Date {
    let into_week = state.cursor.weekday().to_monday_zero_offset();
    state.cursor.saturating_sub(into_week.days())
}

pub(super) fn came(state: &mut State, from: Date, mut entries: Vec<Entry>) {
    // A late answer opens nothing over what was opened since.
    if state.overlay.is_some() {
        return;
    }
    sending::lay_early(state, &mut entries);
    let zone = state.viewer.as_zone();
    let hours = state.status.settings.clone().unwrap_or_default();
    let question = Question {
        from,
        to: from.saturating_add(7.days()),
        zone: &zone,
        now: state.now,
        hours: &hours,
        least: SHORTEST,
    };
    let rule = Rule {
        a_week: SignedDuration::from_hours(i64::from(state.settings.focus_hours)),
        longest: SignedDuration::from_mins(i64::from(state.settings.focus_minutes)),
    };
    let persons = Persons::of(&state.status.calendars, &state.status.me);
    let (slots, held) = blocks(&entries, &persons, &question, &rule);
    let Some(calendar) = state.status.calendars.iter().find(|it| it.is_default) else {
        return state.say(Level::Warning, "no calendar of yours can hold it");
    };
    if slots.is_empty() {
        let words = match held.as_hours() {
            hours if hours >= i64::from(state.settings.focus_hours) => {
                format!("{hours} h are held in this week already")
            }
            _ => "nothing of an hour is free in this week: ] shows the next one".to_owned(),
        };
        return state.say(Level::News, words);
    }
    let acts: Vec<Act> = slots
        .iter()
        .map(|slot| {
            let span = Span::on_clock(slot.start, slot.end, false, &zone);
            block(calendar.id.clone(), span)
        })
        .collect();
    let lines: Vec<String> = slots.iter().map(|slot| at(state, *slot)).collect();
    let day = super::sentence::short_day(from, state.today());
    let title = format!("Hold for yourself in the week of {day}");
    let done = format!("held {} blocks of “{}”", acts.len(), SUBJECT);
    preview(state, title, lines, acts, done);
}
