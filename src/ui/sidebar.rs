//! The sidebar: a small month and the calendars with their switches.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::sidebar::absent;
use crate::app::view::week_of;
use crate::config::Role;
use jiff::ToSpan;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(super) fn draw(state: &State, brush: &mut Brush, area: Rect) {
    let rule = brush.style(Role::Rule);
    for y in area.top()..area.bottom() {
        brush.put(area.right() - 1, y, brush.marks.rule_down, rule, 1);
    }
    let inner = Rect {
        width: area.width.saturating_sub(2),
        ..area
    };
    let used = mini_month(state, brush, inner);
    let below = Rect {
        y: inner.y + used,
        height: inner.height.saturating_sub(used),
        ..inner
    };
    calendars(state, brush, below);
    let rows = state.status.calendars.len() + absent(state).count();
    let used = u16::try_from(rows.max(1) + 2).unwrap_or(u16::MAX);
    let below = Rect {
        y: below.y.saturating_add(used),
        height: below.height.saturating_sub(used),
        ..below
    };
    categories(state, brush, below);
}

/// Names and colours of what events are marked with.
fn categories(state: &State, brush: &mut Brush, area: Rect) {
    if area.height < 2 || state.status.categories.is_empty() {
        return;
    }
    let strong = brush.style(Role::Strong);
    brush.put(area.x + 1, area.y, "Categories", strong, area.width);
    let focused = state.sidebar.as_ref().filter(|sidebar| sidebar.focused);
    let before = state.status.calendars.len() + absent(state).count();
    let rows = area.top() + 1..area.bottom();
    for ((index, category), y) in state.status.categories.iter().enumerate().zip(rows) {
        let marked = focused.is_some_and(|sidebar| sidebar.marked == before + index);
        let style = if marked {
            brush.style(Role::Choice)
        } else {
            brush.style(Role::Text)
        };
        if marked {
            brush.fill(Rect::new(area.x, y, area.width, 1), style);
            brush.put(area.x, y, brush.marks.choice, style, 1);
        }
        let color = brush.theme.category(category.preset);
        let dot = brush.marks.on;
        brush.put(area.x + 1, y, dot, Style::default().fg(color), 1);
        let name = safe::line(&category.name);
        brush.put(
            area.x + 3,
            y,
            &name,
            Style { bg: None, ..style },
            area.width.saturating_sub(3),
        );
    }
}

/// Six weeks at most; returns the rows used.
fn mini_month(state: &State, brush: &mut Brush, area: Rect) -> u16 {
    let quiet = brush.style(Role::Quiet);
    let title = state.cursor.strftime("%B %Y").to_string();
    brush.put(
        area.x + 1,
        area.y,
        &title,
        brush.style(Role::Strong),
        area.width,
    );
    let first = week_of(
        state.cursor.first_of_month(),
        state.settings.week_starts.weekday(),
    );
    let (from, to) = state.scene.days(state.cursor);
    for weekday in 0..7u16 {
        let day = first.saturating_add(i32::from(weekday).days());
        let name: String = day.strftime("%a").to_string().chars().take(2).collect();
        brush.put(area.x + 1 + weekday * 3, area.y + 1, &name, quiet, 2);
    }
    let mut row = 2;
    for week in 0..6u16 {
        let monday = first.saturating_add(i32::from(week * 7).days());
        if week > 3 && monday > state.cursor.last_of_month() {
            break;
        }
        for weekday in 0..7u16 {
            let day = monday.saturating_add(i32::from(weekday).days());
            let style = if day == state.today() {
                brush.style(Role::Today)
            } else if day == state.cursor {
                brush.style(Role::Cursor)
            } else if day.month() != state.cursor.month() {
                brush.style(Role::Rule)
            } else if from <= day && day < to {
                brush.style(Role::Strong)
            } else {
                quiet
            };
            let text = format!("{:>2}", day.day());
            if area.y + row < area.bottom() {
                brush.put(area.x + 1 + weekday * 3, area.y + row, &text, style, 2);
            }
        }
        row += 1;
    }
    row + 1
}

fn calendars(state: &State, brush: &mut Brush, area: Rect) {
    if area.height == 0 {
        return;
    }
    brush.put(
        area.x + 1,
        area.y,
        "Calendars",
        brush.style(Role::Strong),
        area.width,
    );
    if state.status.calendars.is_empty() && absent(state).next().is_none() {
        brush.put(
            area.x + 1,
            area.y + 1,
            "none known yet",
            brush.style(Role::Quiet),
            area.width,
        );
        return;
    }
    let focused = state.sidebar.as_ref().filter(|sidebar| sidebar.focused);
    let mut rows = area.top() + 1..area.bottom();
    for ((index, calendar), y) in state.status.calendars.iter().enumerate().zip(&mut rows) {
        let marked = focused.is_some_and(|sidebar| sidebar.marked == index);
        let shown = !state.hidden.contains(&calendar.id);
        let ground = if marked {
            brush.style(Role::Choice)
        } else {
            Style::default()
        };
        brush.fill(Rect::new(area.x, y, area.width, 1), ground);
        let paint = brush.paint(&calendar.id);
        let mark = if shown {
            brush.marks.on
        } else {
            brush.marks.off
        };
        let choice = if marked { brush.marks.choice } else { " " };
        brush.put(area.x, y, choice, ground, 1);
        brush.put(area.x + 1, y, mark, Style::default().fg(paint.accent), 1);
        let role = if shown { Role::Text } else { Role::Quiet };
        let style = if marked {
            ground
        } else {
            Style {
                bg: None,
                ..brush.style(role)
            }
        };
        brush.put(
            area.x + 3,
            y,
            &safe::line(&calendar.name),
            style,
            area.width.saturating_sub(3),
        );
    }
    let before = state.status.calendars.len();
    for ((index, one), y) in absent(state).enumerate().zip(rows) {
        let is_marked = focused.is_some_and(|sidebar| sidebar.marked == before + index);
        let style = brush.style(if is_marked {
            Role::Choice
        } else {
            Role::Warning
        });
        if is_marked {
            brush.fill(Rect::new(area.x, y, area.width, 1), style);
            brush.put(area.x, y, brush.marks.choice, style, 1);
        }
        let name = safe::words(&one.address);
        brush.put(area.x + 1, y, "!", style, 1);
        brush.put(area.x + 3, y, &name, style, area.width.saturating_sub(3));
    }
}
