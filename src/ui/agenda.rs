//! The agenda: days as headings, one line an event, free time between.

use super::block::{self, Shape};
use super::brush::Brush;
use super::safe;
use super::week::{clashes, empty_words, subject};
use crate::app::State;
use crate::app::agenda::{Agenda, Line};
use crate::app::overlay::Overlay;
use crate::app::sentence;
use crate::config::Role;
use crate::domain::event::Answer;
use jiff::civil::Date;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

pub(super) fn draw(state: &State, agenda: &Agenda, brush: &mut Brush, area: Rect) {
    let lines = agenda.lines.iter().skip(usize::from(state.scroll));
    for (line, y) in lines.zip(area.top()..area.bottom()) {
        let row = Rect::new(area.x, y, area.width, 1);
        match line {
            Line::Day { date, today } => heading(state, *date, *today, brush, row),
            Line::Event {
                entry,
                date,
                continued,
            } => {
                event(state, *entry, *date, *continued, brush, row);
            }
            Line::Gap { minutes } => {
                let text = format!("{:>5}  free", sentence::length(*minutes));
                brush.put(
                    area.x + 8,
                    y,
                    &text,
                    brush.style(Role::Gap),
                    area.width.saturating_sub(8),
                );
            }
            Line::Nothing => {
                let style = brush.style(Role::Quiet);
                brush.put(
                    area.x + 8,
                    y,
                    &empty_words(state),
                    style,
                    area.width.saturating_sub(8),
                );
            }
            Line::Blank => {}
            Line::Now => now(state, brush, row),
        }
    }
    labels(state, agenda, brush, area);
}

fn heading(state: &State, date: Date, today: bool, brush: &mut Brush, row: Rect) {
    let text = if row.width >= 40 {
        sentence::long_day(date)
    } else {
        sentence::short_day(date, state.today())
    };
    let role = match (today, date == state.cursor) {
        (true, _) => Role::Today,
        (_, true) => Role::Cursor,
        _ => Role::Strong,
    };
    let text = format!(" {text} ");
    let used = brush.put(row.x, row.y, &text, brush.style(role), row.width);
    let away = sentence::distance(state.today(), date);
    let rest = row.width.saturating_sub(used + 1);
    brush.put(
        row.x + used + 1,
        row.y,
        &away,
        brush.style(Role::Quiet),
        rest,
    );
}

fn now(state: &State, brush: &mut Brush, row: Rect) {
    let style = brush.style(Role::Now);
    let text = state.viewer.wall(state.now).strftime(" %H:%M ").to_string();
    let used = brush.put(row.x + 1, row.y, &text, style, row.width);
    let line = brush
        .marks
        .now
        .repeat(usize::from(row.width.saturating_sub(used + 2).min(24)));
    brush.put(row.x + 1 + used, row.y, &line, style, row.width);
}

fn event(state: &State, index: usize, date: Date, continued: bool, brush: &mut Brush, row: Rect) {
    let Some(entry) = state.known.entries.get(index) else {
        return;
    };
    let selected = date == state.cursor
        && state
            .selected_entry()
            .is_some_and(|(selected, _)| selected == index);
    let shape = Shape::of(entry);
    let paint = brush.paint(&entry.calendar);
    let ground = if selected {
        brush.style(Role::Choice)
    } else {
        Style::default()
    };
    brush.fill(row, ground);
    let text = match shape {
        Shape::Struck => brush.style(Role::Quiet).add_modifier(Modifier::CROSSED_OUT),
        Shape::Free => brush.style(Role::Quiet),
        _ => brush.style(Role::Text),
    };
    let text = if selected {
        ground.add_modifier(text.add_modifier & Modifier::CROSSED_OUT)
    } else {
        Style { bg: None, ..text }
    };
    let quiet = if selected {
        ground
    } else {
        brush.style(Role::Quiet)
    };
    let mark = if selected { brush.marks.choice } else { " " };
    brush.put(row.x, row.y, mark, ground, 1);
    let accent = Style::default()
        .fg(paint.accent)
        .patch(Style { fg: None, ..ground });
    let left = match shape {
        Shape::Tentative => brush.marks.hatch,
        _ => block::left_mark(shape, brush),
    };
    brush.put(row.x + 1, row.y, left, accent, 1);
    let start = if continued {
        "until".to_owned()
    } else {
        sentence::start(&state.viewer, entry)
    };
    let start = if entry.all_day {
        "day".to_owned()
    } else {
        start
    };
    brush.put(row.x + 2, row.y, &start, text, 5);
    let length = if continued && !entry.all_day {
        state.viewer.wall(entry.end).strftime("%H:%M").to_string()
    } else if entry.all_day && sentence::minutes(entry) <= 1440 {
        String::new()
    } else {
        sentence::length(sentence::minutes(entry))
    };
    brush.put(row.x + 8, row.y, &format!("{length:>5}"), quiet, 5);
    let right = aside(state, index, selected, brush, row);
    let mut x = row.x + 15;
    x += brush.put(x, row.y, &subject(entry), text, right.saturating_sub(x));
    let place = safe::line(&entry.place);
    let who = safe::line(&entry.organizer.name);
    for part in [
        place,
        if entry.is_organizer {
            String::new()
        } else {
            who
        },
    ] {
        if !part.is_empty() && x + 6 < right {
            x += brush.put(x, row.y, &format!(" · {part}"), quiet, right - x);
        }
    }
}

/// Marks and my answer, at the right; returns where they begin.
fn aside(state: &State, index: usize, selected: bool, brush: &mut Brush, row: Rect) -> u16 {
    let entry = &state.known.entries[index];
    let ground = if selected {
        brush.style(Role::Choice)
    } else {
        Style::default()
    };
    let mut right = row.right().saturating_sub(1);
    let wide = row.width >= 70;
    let (sign, words, role) = match (&entry.pending, entry.shown_answer()) {
        (Some(pending), _) if pending.trouble.is_some() => {
            (brush.marks.trouble, "not sent", Role::Danger)
        }
        (Some(_), _) => (brush.marks.pending, "on its way", Role::Pending),
        (None, _) if entry.cancelled => ("x", "cancelled", Role::Quiet),
        (None, Answer::NotResponded) if !entry.is_organizer => {
            (brush.marks.unanswered, "answer?", Role::Warning)
        }
        (None, Answer::Tentative) => ("~", "tentative", Role::Quiet),
        (None, Answer::Declined) => ("x", "declined", Role::Quiet),
        (None, Answer::Accepted) => ("", "accepted", Role::Quiet),
        _ => ("", "", Role::Quiet),
    };
    let fg_of = |role: Role, brush: &Brush| {
        let style = brush.style(role);
        if selected {
            ground
        } else {
            Style { bg: None, ..style }
        }
    };
    let text = match (wide, sign.is_empty()) {
        (true, true) => words.to_owned(),
        (true, false) => format!("{sign} {words}"),
        (false, _) => sign.to_owned(),
    };
    let style = fg_of(role, brush);
    if !text.is_empty() {
        right = brush
            .put_right(right, row.y, &text, style)
            .saturating_sub(1);
    }
    let column = row.right().saturating_sub(if wide { 14 } else { 3 });
    right = right.min(column);
    if clashes(state, index) {
        let style = fg_of(Role::Conflict, brush);
        right = brush
            .put_right(right, row.y, brush.marks.overlap, style)
            .saturating_sub(1);
    } else {
        right = right.saturating_sub(2);
    }
    for color in block::categories(state, entry, brush) {
        let style = Style {
            bg: ground.bg,
            ..Style::default().fg(color)
        };
        right = brush.put_right(right, row.y, brush.marks.category, style);
    }
    if entry.series.is_some() && row.width >= 60 {
        let style = fg_of(Role::Quiet, brush);
        right = brush
            .put_right(right, row.y, brush.marks.series, style)
            .saturating_sub(1);
    }
    right
}

fn labels(state: &State, agenda: &Agenda, brush: &mut Brush, area: Rect) {
    let Some(Overlay::Jump(jump)) = &state.overlay else {
        return;
    };
    let style = brush.style(Role::Label);
    let lines = agenda.lines.iter().skip(usize::from(state.scroll));
    for (line, y) in lines.zip(area.top()..area.bottom()) {
        let Line::Event { entry, date, .. } = line else {
            continue;
        };
        let label = jump.labels.iter().find(|(label, other, day)| {
            other == entry && day == date && label.starts_with(&jump.typed)
        });
        if let Some((label, ..)) = label {
            brush.put(area.x, y, label, style, 2);
        }
    }
}
