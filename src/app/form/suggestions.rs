//! What could stand in a line: names met before, rooms, zones, rules, words of a fixed choice.

use super::slot::Slot;
use super::{Form, Line, Purpose};
use crate::app::{State, safe};
use crate::domain::edit::words::{IMPORTANCE, ONLINE, PRIVACY, SHOW_AS};
use crate::domain::edit::{parts, person_text};
use crate::domain::errand::{COLORS, NO_COLOR, PRESETS};
use crate::domain::event::Role;
use jiff::civil::Date;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use std::cmp::Reverse;

/// Shown at once.
const AT_MOST: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the line, or its last part, becomes.
    pub text: String,
    /// A room: it is invited as well.
    pub room: Option<String>,
}

impl Suggestion {
    fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            room: None,
        }
    }
}

/// For the line at hand, best first.
pub(super) fn of(state: &State, form: &Form) -> Vec<Suggestion> {
    let Some(line) = form.line() else {
        return Vec::new();
    };
    let all = candidates(state, form, line.slot);
    let typed = typed_part(line);
    // What stood there before says nothing about what is looked for.
    let wanted = if line.is_touched() { typed } else { "" };
    let mut found = ranked(wanted, all);
    if wanted.is_empty() && matches!(line.slot, Slot::Zone | Slot::People | Slot::What) {
        found.clear();
    }
    found.truncate(AT_MOST);
    found
}

fn candidates(state: &State, form: &Form, slot: Slot) -> Vec<Suggestion> {
    let words = |names: &[&str]| names.iter().map(|name| Suggestion::plain(*name)).collect();
    match slot {
        Slot::What | Slot::When | Slot::Notes | Slot::Message | Slot::Name => Vec::new(),
        Slot::Color if matches!(form.purpose, Purpose::Category(_)) => {
            let mut all: Vec<Suggestion> = words(&PRESETS);
            all.push(Suggestion::plain(NO_COLOR));
            all
        }
        Slot::Color => words(&COLORS),
        Slot::Zone => {
            let names = state.zones.available().map(|name| name.as_str().to_owned());
            let named = names.filter(|name| name.contains('/') && !name.starts_with("Etc/"));
            named.map(Suggestion::plain).collect()
        }
        Slot::Repeat => rules(
            form.span(state)
                .map_or(form.day, |span| span.wall_start.date()),
        ),
        Slot::Calendar => {
            let calendars = state.status.calendars.iter();
            let ours = calendars.filter(|calendar| calendar.can_edit);
            ours.map(|calendar| Suggestion::plain(safe::line(&calendar.name)))
                .collect()
        }
        Slot::Place => places(state, form),
        Slot::People => {
            let people = form.met.iter();
            people
                .map(|met| Suggestion::plain(person_text(met)))
                .collect()
        }
        Slot::Online => words(&ONLINE.map(|(name, _)| name)),
        Slot::ShowAs => words(&SHOW_AS.map(|(name, _)| name)),
        Slot::Importance => words(&IMPORTANCE.map(|(name, _)| name)),
        Slot::Privacy => words(&PRIVACY.map(|(name, _)| name)),
        Slot::Reminder => words(&["15 min", "5 min", "30 min", "1 h", "1 day", "off"]),
        Slot::Categories => {
            let known = state.status.categories.iter();
            known
                .map(|known| Suggestion::plain(safe::line(&known.name)))
                .collect()
        }
    }
}

/// Rules that begin on this day.
fn rules(day: Date) -> Vec<Suggestion> {
    let weekday = day.strftime("%A").to_string().to_lowercase();
    let rank = ["first", "second", "third", "fourth", "last"];
    let at = usize::from(((day.day() - 1) / 7).unsigned_abs());
    let rank = rank.get(at).copied().unwrap_or("last");
    [
        "never".to_owned(),
        "every day".into(),
        "every weekday".into(),
        format!("every week on {weekday}"),
        format!("every 2 weeks on {weekday}"),
        format!("every month on day {}", day.day()),
        format!("every month on the {rank} {weekday}"),
        format!(
            "every year on {}",
            day.strftime("%-d %B").to_string().to_lowercase()
        ),
    ]
    .map(Suggestion::plain)
    .into()
}

/// Rooms first, then places of what is on screen.
fn places(state: &State, form: &Form) -> Vec<Suggestion> {
    let rooms = form.met.iter().filter(|met| met.role == Role::Resource);
    let mut all: Vec<Suggestion> = rooms
        .map(|room| Suggestion {
            text: safe::line(room.person.shown()),
            room: Some(person_text(room)),
        })
        .collect();
    for entry in &state.known.entries {
        let place = safe::line(&entry.place);
        if !place.is_empty() && all.iter().all(|known| known.text != place) {
            all.push(Suggestion::plain(place));
        }
    }
    all
}

/// What is being typed: of a list its last part.
fn typed_part(line: &Line) -> &str {
    let text = line.input.value();
    match line.slot {
        Slot::People | Slot::Categories => parts(text).pop().unwrap_or(""),
        _ => text.trim(),
    }
}

fn ranked(text: &str, all: Vec<Suggestion>) -> Vec<Suggestion> {
    if text.is_empty() {
        return all;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, Suggestion)> = all
        .into_iter()
        .filter_map(|suggestion| {
            let haystack = Utf32Str::new(&suggestion.text, &mut letters);
            Some((pattern.score(haystack, &mut matcher)?, suggestion))
        })
        .collect();
    scored.sort_by_key(|(score, _)| Reverse(*score));
    scored
        .into_iter()
        .map(|(_, suggestion)| suggestion)
        .collect()
}

/// Whether Tab should take it: something was typed that it completes.
pub(super) fn is_wanted(form: &Form, suggestion: &Suggestion) -> bool {
    form.line().is_some_and(|line| {
        let typed = typed_part(line);
        line.is_touched() && !typed.is_empty() && typed != suggestion.text
    })
}

/// Puts it into the line, and a room among the people.
pub(super) fn take(form: &mut Form, suggestion: &Suggestion) {
    let Some(line) = form.line() else { return };
    let slot = line.slot;
    let text = match slot {
        Slot::People | Slot::Categories => {
            let mut all = parts(line.input.value());
            all.pop();
            all.push(&suggestion.text);
            all.join(", ")
        }
        _ => suggestion.text.clone(),
    };
    form.fill(slot, text);
    let Some(room) = &suggestion.room else { return };
    let people = form
        .text(Slot::People)
        .trim()
        .trim_end_matches(',')
        .to_owned();
    if !people.contains(room.as_str()) {
        let all = if people.is_empty() {
            room.clone()
        } else {
            format!("{people}, {room}")
        };
        form.fill(Slot::People, all);
    }
}
