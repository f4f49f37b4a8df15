//! Sentences about days, times and events, in plain words.

use super::State;
use super::safe;
use super::viewer::Viewer;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, When};
use crate::domain::overlap::Severity;
use jiff::Timestamp;
use jiff::civil::Date;

/// `Thursday 26 November 2026 · week 48`.
pub fn long_day(day: Date) -> String {
    format!(
        "{} · week {}",
        day.strftime("%A %-d %B %Y"),
        day.iso_week_date().week()
    )
}

/// `Thu 26 Nov`, with the year when it is another one.
pub fn short_day(day: Date, today: Date) -> String {
    if day.year() == today.year() {
        day.strftime("%a %-d %b").to_string()
    } else {
        day.strftime("%a %-d %b %Y").to_string()
    }
}

/// `today`, `in 3 days`, `2 weeks ago`.
pub fn distance(today: Date, day: Date) -> String {
    let days = (day - today).get_days();
    let (count, unit) = match days.abs() {
        0 => return "today".into(),
        1 if days > 0 => return "tomorrow".into(),
        1 => return "yesterday".into(),
        count @ 2..=13 => (count, "days"),
        count @ 14..=89 => (count / 7, "weeks"),
        count @ 90..=729 => (count / 30, "months"),
        count => (count / 365, "years"),
    };
    if days > 0 {
        format!("in {count} {unit}")
    } else {
        format!("{count} {unit} ago")
    }
}

/// `1h30`, `45m`, `2d`.
pub fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (hours, 0) if hours >= 24 && hours % 24 == 0 => format!("{}d", hours / 24),
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes:02}"),
    }
}

pub fn minutes(entry: &Entry) -> i64 {
    entry.end.duration_since(entry.start).as_secs() / 60
}

/// `10:30`, or `all day`.
pub fn start(viewer: &Viewer, entry: &Entry) -> String {
    if entry.all_day {
        return "all day".into();
    }
    viewer.wall(entry.start).strftime("%H:%M").to_string()
}

/// `10:30–11:00`, with days where it crosses midnight, or `all day`.
pub fn times(viewer: &Viewer, entry: &Entry) -> String {
    match entry.when() {
        When::AllDay { first, end } => {
            let last = end.yesterday().unwrap_or(first);
            if last <= first {
                "all day".into()
            } else {
                format!(
                    "{} – {}",
                    first.strftime("%a %-d %b"),
                    last.strftime("%a %-d %b")
                )
            }
        }
        When::Timed { start, end } => {
            let (from, to) = (viewer.wall(start), viewer.wall(end));
            let until = if from.date() == to.date() {
                to.strftime("%H:%M").to_string()
            } else {
                to.strftime("%a %H:%M").to_string()
            };
            let (again, until_again) = (second_time(viewer, start), second_time(viewer, end));
            format!("{}{again}–{until}{until_again}", from.strftime("%H:%M"))
        }
    }
}

/// `²` where the clock shows this time for the second time that day.
fn second_time(viewer: &Viewer, instant: Timestamp) -> &'static str {
    let ambiguous = viewer.zone.to_ambiguous_timestamp(viewer.wall(instant));
    match ambiguous.is_ambiguous() && ambiguous.later().is_ok_and(|later| later == instant) {
        true => "²",
        false => "",
    }
}

/// My own answer, in words.
pub fn my_answer(entry: &Entry) -> &'static str {
    if entry.cancelled {
        return "cancelled";
    }
    match entry.shown_answer() {
        Answer::Accepted => "accepted",
        Answer::Tentative => "tentative",
        Answer::Declined => "declined",
        Answer::NotResponded => "not answered",
        Answer::Organizer => "yours",
        Answer::None if entry.is_organizer || entry.attendees == 0 => "yours",
        Answer::None => "not answered",
    }
}

/// `overlaps Launch plan by 30 min (hard), and 1 more`.
pub fn overlap(state: &State, entry: &Entry) -> Option<String> {
    let mut others = state.known.clashes_with(entry);
    let (first, overlap) = others.next()?;
    let minutes = overlap.minutes();
    let severity = match overlap.severity {
        Severity::Hard => "hard",
        _ => "soft",
    };
    let subject = safe::cut(&safe::line(&first.subject), 40);
    let more = others.count();
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    Some(format!(
        "overlaps {subject} by {minutes} min ({severity}){more}"
    ))
}

/// The line about the selected event.
pub fn about(state: &State, entry: &Entry) -> Vec<String> {
    let mut parts = Vec::new();
    let day = super::grid::dates(&state.viewer, entry).0;
    let mut when = times(&state.viewer, entry);
    // The dates of several days say it themselves.
    let is_long = matches!(entry.when(), When::AllDay { first, end } if end > first.tomorrow().unwrap_or(end));
    if !is_long {
        when = format!("{} {when}", short_day(day, state.today()));
    }
    if let (Some(second), false) = (&state.second, entry.all_day) {
        let there = second.wall(entry.start);
        when.push_str(&format!(
            " ({} {})",
            there.strftime("%H:%M"),
            second.place()
        ));
    }
    parts.push(when);
    let place = safe::line(&entry.place);
    if !place.is_empty() {
        parts.push(place);
    } else if entry.online_url.is_some() {
        parts.push("online".into());
    }
    let who = safe::line(&entry.organizer.name);
    if !entry.is_organizer && !who.is_empty() {
        parts.push(format!("from {who}"));
    }
    match &entry.pending {
        None => parts.push(state.answer_words(entry)),
        Some(pending) => match &pending.trouble {
            None => parts.push(format!("{}, on its way", state.answer_words(entry))),
            Some(words) => parts.push(format!("not sent: {}", safe::words(words))),
        },
    }
    parts.extend(overlap(state, entry));
    parts
}
