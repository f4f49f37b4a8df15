//! The month: weeks as rows, days as cells, events as short lines.

use super::block::{self, Shape};
use super::brush::Brush;
use crate::app::State;
use crate::app::month::{Cell, Month};
use crate::app::overlay::Overlay;
use crate::app::sentence;
use crate::config::Role;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(super) fn draw(state: &State, month: &Month, brush: &mut Brush, area: Rect) {
    for cell in month.cells.iter().take(7) {
        let text = cell.date.strftime("%a").to_string();
        brush.put(
            cell.area.x + 1,
            area.y,
            &text,
            brush.style(Role::Quiet),
            cell.area.width,
        );
    }
    for (index, cell) in month.cells.iter().enumerate() {
        if index % 7 == 0 {
            let week = cell.date.iso_week_date().week().to_string();
            brush.put_right(area.x + 3, cell.area.y, &week, brush.style(Role::Quiet));
        }
        day(state, cell, brush);
    }
}

fn day(state: &State, cell: &Cell, brush: &mut Brush) {
    let area = cell.area;
    let today = cell.date == state.today();
    let ground = if today {
        brush.style(Role::TodayGround)
    } else {
        brush.style(Role::Ground)
    };
    let inner = Rect {
        width: area.width.saturating_sub(1),
        ..area
    };
    brush.fill(inner, ground);
    let role = match (today, cell.date == state.cursor, cell.in_month) {
        (true, ..) => Role::Today,
        (_, true, _) => Role::Cursor,
        (_, _, true) => Role::Strong,
        _ => Role::Quiet,
    };
    let number = format!(" {} ", cell.date.day());
    brush.put(area.x, area.y, &number, brush.style(role), inner.width);
    let rows = usize::from(area.height.saturating_sub(1));
    let fits = if cell.entries.len() > rows {
        rows.saturating_sub(1)
    } else {
        rows
    };
    for (offset, index) in cell.entries.iter().take(fits).enumerate() {
        let y = area.y + 1 + u16::try_from(offset).unwrap_or(0);
        event(state, *index, cell, y, brush);
    }
    let hidden = cell.entries.len().saturating_sub(fits);
    if hidden > 0 {
        let text = format!("+{hidden}");
        let style = brush.style(Role::Quiet);
        if rows == 0 {
            brush.put_right(inner.right(), area.y, &text, style);
        } else {
            brush.put(
                area.x + 1,
                area.bottom() - 1,
                &format!("{text} more"),
                style,
                inner.width.saturating_sub(1),
            );
        }
    }
}

fn event(state: &State, index: usize, cell: &Cell, y: u16, brush: &mut Brush) {
    let Some(entry) = state.known.entries.get(index) else {
        return;
    };
    let shape = Shape::of(entry);
    let paint = brush.paint(&entry.calendar);
    let width = cell.area.width.saturating_sub(1);
    let selected = cell.date == state.cursor
        && state
            .selected_entry()
            .is_some_and(|(selected, _)| selected == index);
    let mut style = block::text_style(shape, paint, brush);
    if let (Shape::Filled, true, Some(ground)) = (shape, entry.all_day, paint.ground) {
        style = style.bg(ground);
        brush.fill(Rect::new(cell.area.x, y, width, 1), style);
    } else if shape == Shape::Filled {
        let text = brush.style(Role::Text);
        style = Style { bg: None, ..text };
    }
    if selected {
        style = brush.style(Role::Choice);
        brush.fill(Rect::new(cell.area.x, y, width, 1), style);
    }
    let accent = Style::default().fg(paint.accent);
    let left = match shape {
        Shape::Tentative => brush.marks.hatch,
        _ => block::left_mark(shape, brush),
    };
    brush.put(cell.area.x, y, left, accent, 1);
    let title = block::title(state, entry, index, brush);
    let time = sentence::start(&state.viewer, entry);
    let text = if entry.all_day || width < 16 {
        title
    } else {
        format!("{time} {title}")
    };
    brush.put(cell.area.x + 1, y, &text, style, width.saturating_sub(1));
    if let Some(Overlay::Jump(jump)) = &state.overlay {
        let label = jump.labels.iter().find(|(label, other, day)| {
            *other == index && *day == cell.date && label.starts_with(&jump.typed)
        });
        if let Some((label, ..)) = label {
            brush.put(cell.area.x, y, label, brush.style(Role::Label), 2);
        }
    }
}
