//! The form: a page of lines, the reading of the line at hand, and what could stand in it.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::form::slot::Slot;
use crate::app::form::{Form, Line, Purpose};
use crate::app::which::Scope;
use crate::config::Role;
use ratatui::layout::Rect;

/// Cells of the labels.
const LABELS: u16 = 12;

fn place(open: &Form, area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).clamp(20, 100).min(area.width);
    // Lines, two lines of words below them, the frame.
    let lines = u16::try_from(open.lines.len()).unwrap_or(14);
    // One line alone leaves no place for what could stand in it.
    let suggested = if matches!(open.purpose, Purpose::Follow) {
        5
    } else {
        0
    };
    let wanted = lines + suggested + 2 + 2;
    let height = wanted
        .min(area.height.saturating_sub(1))
        .max(5)
        .min(area.height);
    let y = area.y + area.height.saturating_sub(height + 1) / 2;
    Rect::new(area.x + (area.width - width) / 2, y, width, height)
}

fn title(open: &Form) -> String {
    match &open.purpose {
        Purpose::New => "New event".into(),
        Purpose::Forward(entry) => {
            format!("Forward “{}”", safe::cut(&safe::line(&entry.subject), 50))
        }
        Purpose::Cancel { entry, .. } => {
            format!("Cancel “{}”", safe::cut(&safe::line(&entry.subject), 50))
        }
        Purpose::Calendar(None) => "New calendar".into(),
        Purpose::Calendar(Some(_)) => "Calendar".into(),
        Purpose::RemoveCalendar { name, .. } => {
            format!("Remove the calendar “{}”", safe::cut(name, 50))
        }
        Purpose::Category(None) => "New category".into(),
        Purpose::Category(Some(category)) => {
            format!("Colour of “{}”", safe::cut(&safe::line(&category.name), 50))
        }
        Purpose::RemoveCategory { name, .. } => {
            format!("Remove the category “{}”", safe::cut(name, 50))
        }
        Purpose::Follow => "Follow somebody’s calendar".into(),
        Purpose::Unfollow { address } => {
            format!("Stop following {}", safe::cut(&safe::words(address), 50))
        }
        Purpose::Edit { detail, scope } => {
            let subject = safe::cut(&safe::line(&detail.entry.subject), 50);
            match scope {
                Scope::This => format!("Edit “{subject}”"),
                Scope::Following => format!("Edit “{subject}”, this and the following"),
                Scope::All => format!("Edit the series “{subject}”"),
            }
        }
    }
}

/// The lines that are shown, so that the one at hand is among them.
fn first_shown(open: &Form, room: usize) -> usize {
    (open.at + 1).saturating_sub(room)
}

pub(super) fn draw(state: &State, open: &Form, brush: &mut Brush, area: Rect) {
    let place = place(open, area);
    let inner = brush.panel(place, &title(open));
    if inner.height < 3 {
        return;
    }
    let room = usize::from(inner.height - 2);
    let first = first_shown(open, room);
    let shown = open.lines.iter().enumerate().skip(first).take(room);
    for ((index, line), y) in shown.zip(inner.top()..) {
        draw_line(
            open,
            line,
            index == open.at,
            brush,
            Rect::new(inner.x, y, inner.width, 1),
        );
    }
    words(state, open, brush, inner);
    suggestions(open, brush, inner, first);
}

fn draw_line(open: &Form, line: &Line, is_here: bool, brush: &mut Brush, area: Rect) {
    let panel = brush.style(Role::Panel);
    let label = if is_here {
        Role::PanelTitle
    } else {
        Role::PanelQuiet
    };
    let style = panel.patch(brush.style(label));
    brush.put(area.x, area.y, line.slot.label(), style, LABELS);
    let is_touched = line.is_touched() && matches!(open.purpose, Purpose::Edit { .. });
    if is_touched {
        brush.put(area.x + LABELS - 2, area.y, brush.marks.choice, style, 1);
    }
    let field = field_of(area);
    let ground = if is_here {
        brush.style(Role::Input)
    } else {
        panel
    };
    brush.fill(field, ground);
    if line.slot == Slot::Notes {
        let text = notes_line(open);
        brush.put(field.x, field.y, &text, ground, field.width);
        return;
    }
    let value = line.input.value();
    if value.is_empty() && !is_here {
        return;
    }
    let text = if is_here {
        scrolled(line, field.width)
    } else {
        safe::cut(&safe::words(value), usize::from(field.width))
    };
    brush.put(field.x, field.y, &text, ground, field.width);
}

fn field_of(area: Rect) -> Rect {
    Rect {
        x: area.x + LABELS,
        width: area.width.saturating_sub(LABELS),
        ..area
    }
}

/// The beginning of the text, and how much more there is.
fn notes_line(open: &Form) -> String {
    let Some(_) = &open.notes.was else {
        return "…".into();
    };
    let text = &open.notes.now;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else {
        return "none".into();
    };
    let more = lines.count();
    let first = safe::cut(&safe::words(first), 50);
    match more {
        0 => first,
        1 => format!("{first} (and 1 more line)"),
        more => format!("{first} (and {more} more lines)"),
    }
}

/// The part of the line around the cursor.
fn scrolled(line: &Line, width: u16) -> String {
    let scroll = line
        .input
        .visual_scroll(usize::from(width.saturating_sub(1)));
    let mut skipped = 0;
    let letters = line.input.value().chars().skip_while(|letter| {
        let skip = skipped < scroll;
        skipped += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
        skip
    });
    letters.collect()
}

/// What the line means, or what is wrong; and what saving does.
fn words(state: &State, open: &Form, brush: &mut Brush, inner: Rect) {
    let panel = brush.style(Role::Panel);
    let (text, role) = match (&open.trouble, open.reading(state)) {
        (Some(trouble), _) => (trouble.clone(), Role::Danger),
        (None, Ok(reading)) => (reading, Role::PanelQuiet),
        (None, Err(words)) => (words, Role::Warning),
    };
    let y = inner.bottom() - 2;
    brush.put(
        inner.x,
        y,
        &text,
        panel.patch(brush.style(role)),
        inner.width,
    );
    let consequence = open.consequence(state);
    let is_heard = consequence.contains("mail") || consequence.contains("invites");
    let role = if is_heard {
        Role::Warning
    } else {
        Role::PanelQuiet
    };
    let style = panel.patch(brush.style(role));
    brush.put(inner.x, y + 1, &consequence, style, inner.width);
}

/// Under the line at hand, or above it where there is more room.
fn suggestions(open: &Form, brush: &mut Brush, inner: Rect, first: usize) {
    let count = u16::try_from(open.suggestions.len()).unwrap_or(0);
    // On a line that only passes by they would hide the lines below it.
    let is_asked_for = open.marked.is_some() || open.line().is_some_and(Line::is_touched);
    if count == 0 || !is_asked_for {
        return;
    }
    let at = inner.y + u16::try_from(open.at - first).unwrap_or(0);
    let lines_end = inner.bottom() - 2;
    let below = lines_end.saturating_sub(at + 1);
    let above = at.saturating_sub(inner.y);
    let (y, height) = if below >= count || below >= above {
        (at + 1, count.min(below))
    } else {
        (at - count.min(above), count.min(above))
    };
    let field = field_of(Rect { y, height, ..inner });
    let longest = open
        .suggestions
        .iter()
        .map(|one| safe::width(&one.text))
        .max();
    let width = u16::try_from(longest.unwrap_or(0) + 2)
        .unwrap_or(20)
        .clamp(16, field.width.max(16));
    for (index, (suggestion, y)) in open.suggestions.iter().zip(y..y + height).enumerate() {
        let is_marked = open.marked == Some(index);
        let role = if is_marked { Role::Choice } else { Role::Panel };
        let style = brush.style(role);
        let area = Rect {
            x: field.x,
            y,
            width: width.min(field.width),
            height: 1,
        };
        brush.clear(area, style);
        let mark = if is_marked { brush.marks.choice } else { " " };
        brush.put(area.x, y, mark, style, 1);
        let style = if is_marked {
            style
        } else {
            style.patch(brush.style(Role::Match))
        };
        brush.put(
            area.x + 1,
            y,
            &suggestion.text,
            style,
            area.width.saturating_sub(1),
        );
    }
}

pub(super) fn cursor(open: &Form, area: Rect) -> Option<(u16, u16)> {
    let line = open.line().filter(|line| line.slot != Slot::Notes)?;
    let place = place(open, area);
    let inner = Rect::new(
        place.x + 2,
        place.y + 1,
        place.width.saturating_sub(4),
        place.height.saturating_sub(2),
    );
    let room = usize::from(inner.height.saturating_sub(2));
    let y = inner.y + u16::try_from(open.at.checked_sub(first_shown(open, room))?).ok()?;
    let width = inner.width.saturating_sub(LABELS);
    let scroll = line
        .input
        .visual_scroll(usize::from(width.saturating_sub(1)));
    let at = line.input.visual_cursor().saturating_sub(scroll);
    let x = inner.x + LABELS + u16::try_from(at).ok()?.min(width);
    (x < place.right() && y < place.bottom()).then_some((x, y))
}
