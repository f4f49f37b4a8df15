//! The grid of days: headings, the band of whole days, hours, blocks and now.

use super::block;
use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::grid::{Bar, Column, Grid};
use crate::app::overlay::Overlay;
use crate::app::safe::line;
use crate::app::scene::Main;
use crate::app::viewer::Viewer;
use crate::config::Role;
use crate::domain::entry::Entry;
use crate::domain::event::Answer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

pub(super) fn draw(state: &State, grid: &Grid, brush: &mut Brush) {
    let area = state.scene.main_area;
    for column in &grid.columns {
        heading(state, column, brush, area.y);
        grounds(state, grid, column, brush);
    }
    gutter(state, grid, brush);
    for bar in grid.bars.iter().filter(|bar| !bar.hidden) {
        whole_days(state, grid, bar, brush, area.y + 1);
    }
    band_more(grid, brush, area);
    for block in &grid.blocks {
        block::draw(state, grid, block, brush);
    }
    for more in &grid.more {
        let column = &grid.columns[more.column];
        let row = (more.top / 2).max(i32::from(state.scroll));
        if let Some(y) = screen_row(state, grid, row) {
            let text = format!("+{}", more.count);
            let style = brush.style(Role::Label);
            brush.put_right(column.x + column.width, y, &text, style);
        }
    }
    now_line(state, grid, brush);
    if let Some((index, _)) = state.selected_entry() {
        for block in grid.blocks.iter().filter(|block| block.entry == index) {
            block::ring(state, grid, block, brush);
        }
    }
    labels(state, grid, brush);
    if grid.blocks.is_empty() && grid.bars.is_empty() {
        empty(state, grid, brush);
    }
}

/// The screen row of a row of the day, when it is in sight.
pub(super) fn screen_row(state: &State, grid: &Grid, row: i32) -> Option<u16> {
    let away = row - i32::from(state.scroll);
    (0..i32::from(grid.hours.height))
        .contains(&away)
        .then(|| grid.hours.y + u16::try_from(away).unwrap_or(0))
}

fn heading(state: &State, column: &Column, brush: &mut Brush, y: u16) {
    let date = column.day.date;
    let full = date.strftime("%a %-d").to_string();
    let short = date.strftime("%-d").to_string();
    let text = if column.width >= 8 { full } else { short };
    let role = match (column.is_today, date == state.cursor, column.is_working) {
        (true, ..) => Role::Today,
        (_, true, _) => Role::Cursor,
        (_, _, true) => Role::Day,
        _ => Role::Weekend,
    };
    let style = brush.style(role);
    let marked = column.is_today || date == state.cursor;
    let text = if marked { format!(" {text} ") } else { text };
    let x = if marked { column.x } else { column.x + 1 };
    let used = brush.put(x, y, &text, style, column.width);
    if column.is_today && date == state.cursor && column.width > used + 2 {
        // Today keeps its own mark; the cursor's is beside it.
        let style = brush.style(Role::Strong);
        brush.put(x + used, y, brush.marks.bar, style, 1);
    }
    let changed = column.day.minutes() - 1440;
    if changed != 0 && column.width >= used + 4 {
        let words = format!("{:+}h", changed as f64 / 60.0);
        let style = brush.style(Role::Warning);
        brush.put_right(column.x + column.width, y, &words, style);
    }
}

/// Grounds of working hours and today, hour dots, and hours that do not exist.
fn grounds(state: &State, grid: &Grid, column: &Column, brush: &mut Brush) {
    let dot = brush.style(Role::Rule);
    for row in 0..grid.hours.height {
        let y = grid.hours.y + row;
        let at = (i32::from(row) + i32::from(state.scroll)) * 2;
        let working = column.is_working && (grid.working.0..grid.working.1).contains(&at);
        let role = match (column.is_today, working) {
            (true, true) => Role::TodayWorking,
            (true, false) => Role::TodayGround,
            (false, true) => Role::Working,
            (false, false) => Role::Ground,
        };
        let ground = brush.style(role);
        brush.fill(Rect::new(column.x, y, column.width, 1), ground);
        if grid.marks.iter().any(|mark| half_of(grid, mark.at) == at) {
            brush.put(column.x, y, brush.marks.dot, ground.patch(dot), 1);
        }
    }
    for (from, to) in &column.voids {
        let style = brush.style(Role::Void);
        for row in from / 2..(to + 1) / 2 {
            let Some(y) = screen_row(state, grid, row) else {
                continue;
            };
            let line = brush.marks.void.repeat(usize::from(column.width));
            brush.put(column.x, y, &line, style, column.width);
        }
    }
}

/// Minutes of the axis to half rows.
fn half_of(grid: &Grid, minutes: i32) -> i32 {
    (minutes * i32::from(grid.rows_per_hour) * 2).div_euclid(60)
}

fn gutter(state: &State, grid: &Grid, brush: &mut Brush) {
    let area = state.scene.main_area;
    let hours = brush.style(Role::Hour);
    let now_row = grid.now.map(|(_, half)| half / 2);
    let reference = grid.columns.iter().find(|column| column.is_today);
    let reference = reference.or_else(|| {
        grid.columns
            .iter()
            .find(|column| column.day.date == state.cursor)
    });
    let reference = reference.or(grid.columns.first());
    let first = if grid.gutter >= 12 {
        area.x + 6
    } else {
        area.x
    };
    if let (true, Some(second)) = (grid.gutter >= 12, &state.second) {
        let style = brush.style(Role::OtherZone);
        brush.put(area.x + 1, area.y, &second.place(), style, 5);
        brush.put(first + 1, area.y, &state.viewer.place(), hours, 5);
    }
    for mark in &grid.marks {
        let row = half_of(grid, mark.at) / 2;
        let Some(y) = screen_row(state, grid, row) else {
            continue;
        };
        if Some(row) == now_row {
            continue;
        }
        let repeated = if mark.repeated { "²" } else { "" };
        let text = if mark.wall % 60 == 0 {
            format!("{:02}{repeated}", mark.wall / 60)
        } else {
            format!("{}:{:02}{repeated}", mark.wall / 60, mark.wall % 60)
        };
        brush.put(first + 1, y, &text, hours, 5);
        if let (true, Some(second), Some(column)) = (grid.gutter >= 12, &state.second, reference) {
            let text = elsewhere(&state.viewer, second, column, mark.wall, mark.repeated);
            let style = brush.style(Role::OtherZone);
            brush.put(area.x + 1, y, &text, style, 5);
        }
    }
    if let Some(y) = now_row.and_then(|row| screen_row(state, grid, row)) {
        let style = brush.style(Role::Now);
        let wall = state.viewer.wall(state.now).strftime("%H:%M").to_string();
        brush.put(first, y, &wall, style, 5);
        if let (true, Some(second)) = (grid.gutter >= 12, &state.second) {
            let wall = second.wall(state.now).strftime("%H:%M").to_string();
            brush.put(area.x, y, &wall, style, 5);
        }
    }
}

/// The other zone's wall time when the viewer's clock shows `wall` on this day.
fn elsewhere(viewer: &Viewer, second: &Viewer, column: &Column, wall: i32, again: bool) -> String {
    let hour = i8::try_from(wall / 60).unwrap_or(0);
    let minute = i8::try_from(wall % 60).unwrap_or(0);
    let local = column.day.date.at(hour, minute, 0, 0);
    let ambiguous = viewer.zone.to_ambiguous_timestamp(local);
    let instant = if again {
        ambiguous.later()
    } else {
        ambiguous.earlier()
    };
    let Ok(instant) = instant else {
        return String::new();
    };
    let there = second.wall(instant);
    if there.minute() == 0 {
        there.strftime("%H").to_string()
    } else {
        there.strftime("%H:%M").to_string()
    }
}

/// A bar over its days, with arrows where it goes on beyond them.
fn whole_days(state: &State, grid: &Grid, bar: &Bar, brush: &mut Brush, top: u16) {
    let Some(entry) = state.known.entries.get(bar.entry) else {
        return;
    };
    let (first, last) = (&grid.columns[bar.first], &grid.columns[bar.last]);
    let width = last.x + last.width - first.x;
    let y = top + bar.row;
    if y >= grid.hours.y {
        return;
    }
    let paint = brush.paint(&entry.calendar);
    let shape = block::Shape::of(entry);
    let selected = state
        .selected_entry()
        .is_some_and(|(index, _)| index == bar.entry);
    let style = block::text_style(shape, paint, brush);
    let ground = match (shape, paint.ground) {
        (block::Shape::Filled, Some(ground)) => Style::default().bg(ground),
        _ => brush.style(Role::Ground),
    };
    brush.fill(Rect::new(first.x, y, width, 1), ground);
    let accent = ground.fg(paint.accent);
    let across = match shape {
        block::Shape::Filled if paint.ground.is_some() => " ",
        block::Shape::Filled => brush.marks.rule,
        block::Shape::Tentative => brush.marks.hatch,
        _ => brush.marks.dash_bar,
    };
    for x in first.x + 1..first.x + width {
        brush.put(x, y, across, ground.fg(paint.hatch), 1);
    }
    let left = if bar.from_before {
        brush.marks.before
    } else {
        block::left_mark(shape, brush)
    };
    brush.put(first.x, y, left, accent, 1);
    if bar.goes_on {
        brush.put(first.x + width - 1, y, brush.marks.after, accent, 1);
    }
    let title = block::title(state, entry, bar.entry, brush);
    let room = width.saturating_sub(3);
    brush.put(first.x + 1, y, &title, ground.patch(style), room);
    if selected {
        let ring = ground.patch(brush.style(Role::Ring));
        brush.put(first.x, y, brush.marks.ring[5], ring, 1);
        brush.put(first.x + width - 1, y, brush.marks.ring[5], ring, 1);
        let strong = ground.patch(style).add_modifier(Modifier::BOLD);
        brush.put(first.x + 1, y, &title, strong, room);
    }
}

fn band_more(grid: &Grid, brush: &mut Brush, area: Rect) {
    let Some(last) = grid.band.checked_sub(1) else {
        return;
    };
    for (column, count) in grid.columns.iter().zip(&grid.band_more) {
        if *count > 0 {
            let style = brush.style(Role::Quiet);
            brush.put(
                column.x + 1,
                area.y + 1 + last,
                &format!("+{count} more"),
                style,
                column.width - 1,
            );
        }
    }
}

/// Across today, over the blocks; titles stay readable.
fn now_line(state: &State, grid: &Grid, brush: &mut Brush) {
    let Some((column, half)) = grid.now else {
        return;
    };
    let Some(y) = screen_row(state, grid, half / 2) else {
        return;
    };
    let column = &grid.columns[column];
    let style = brush.style(Role::Now);
    let (now, dot, hatch) = (brush.marks.now, brush.marks.dot, brush.marks.hatch);
    for x in column.x..column.x + column.width {
        if x > column.x && is_word(brush, x - 1, y) && is_word(brush, x + 1, y) {
            // A blank between two words belongs to the title.
            continue;
        }
        let Some(cell) = brush.cell(x, y) else {
            continue;
        };
        if cell.symbol() == " " || cell.symbol() == dot || cell.symbol() == hatch {
            cell.set_symbol(now);
            if let Some(fg) = style.fg {
                cell.set_fg(fg);
            }
            cell.modifier.insert(style.add_modifier);
        }
    }
}

fn is_word(brush: &mut Brush, x: u16, y: u16) -> bool {
    let cell = brush.cell(x, y);
    cell.is_some_and(|cell| cell.symbol().chars().any(char::is_alphanumeric))
}

fn labels(state: &State, grid: &Grid, brush: &mut Brush) {
    let Some(Overlay::Jump(jump)) = &state.overlay else {
        return;
    };
    let style = brush.style(Role::Label);
    for (label, entry, day) in &jump.labels {
        if !label.starts_with(&jump.typed) {
            continue;
        }
        let block = grid
            .blocks
            .iter()
            .find(|block| block.entry == *entry && grid.columns[block.column].day.date == *day);
        if let Some(block) = block {
            let row = ((block.top + 1) / 2).max(i32::from(state.scroll));
            if let Some(y) = screen_row(state, grid, row) {
                brush.put(block.x, y, label, style, 2);
            }
        } else if let Some(bar) = grid
            .bars
            .iter()
            .find(|bar| bar.entry == *entry && !bar.hidden)
        {
            let y = state.scene.main_area.y + 1 + bar.row;
            brush.put(grid.columns[bar.first].x, y, label, style, 2);
        }
    }
}

/// Words for a range without events: nothing there, or not known yet.
fn empty(state: &State, grid: &Grid, brush: &mut Brush) {
    let text = empty_words(state);
    let area = grid.hours;
    let wide = u16::try_from(safe::width(&text))
        .unwrap_or(0)
        .min(area.width);
    let x = area.x + area.width.saturating_sub(wide) / 2;
    let y = area.y + area.height / 3;
    let style = brush.style(Role::Quiet);
    brush.put(x, y, &format!(" {text} "), style, area.width);
}

pub(super) fn empty_words(state: &State) -> String {
    let (from, to) = state.scene.days(state.cursor);
    if let Some(words) = &state.known.gap_words {
        return format!("not known here: {}", safe::words(words));
    }
    if !state.known.covers(from, to) {
        return "asking for these days…".into();
    }
    match state.scene.main {
        Main::Grid(ref grid) if grid.columns.len() == 1 => "nothing on this day".into(),
        Main::Grid(_) => "nothing on these days".into(),
        _ => "nothing here".into(),
    }
}

/// Whether a block's title needs the overlap mark.
pub(super) fn clashes(state: &State, index: usize) -> bool {
    state.known.clashing.get(index).copied().unwrap_or(false)
}

/// The plain title of an entry, for places that have no marks.
pub(super) fn subject(entry: &Entry) -> String {
    let text = line(&entry.subject);
    if text.is_empty() {
        return if entry.shown_answer() == Answer::NotResponded {
            "(no title)".into()
        } else {
            "(untitled)".into()
        };
    }
    text
}
