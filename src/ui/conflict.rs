//! The conflict screen: before, yours, theirs, and what holds; only fields that differ.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::commands::{Command, Mode};
use crate::app::conflict::{Conflict, Row};
use crate::config::Role;
use crate::domain::edit::Side;
use ratatui::layout::Rect;

const LABELS: u16 = 12;

fn place(open: &Conflict, area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).clamp(20, 116).min(area.width);
    let rows = u16::try_from(open.rows.len()).unwrap_or(6);
    let is_narrow = width < 76;
    // A narrow terminal has each column on a line of its own.
    let height = if is_narrow { rows * 5 } else { rows } + 6;
    let height = height
        .min(area.height.saturating_sub(1))
        .max(5)
        .min(area.height);
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

pub(super) fn draw(state: &State, open: &Conflict, brush: &mut Brush, area: Rect) {
    let place = place(open, area);
    let room = usize::from(place.width.saturating_sub(24));
    let title = format!("Edit conflict: “{}”", safe::cut(&open.subject, room));
    let inner = brush.panel(place, &title);
    let panel = brush.style(Role::Panel);
    let quiet = panel.patch(brush.style(Role::PanelQuiet));
    let heading = format!("you changed it {}; somebody else did too", open.made);
    brush.put(inner.x, inner.y, &heading, quiet, inner.width);
    let body = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(3),
        ..inner
    };
    if place.width < 76 {
        stacked(open, brush, body);
    } else {
        columns(open, brush, body);
    }
    let y = inner.bottom().saturating_sub(1);
    let (text, role) = match &open.refusal {
        Some(refusal) => (refusal.clone(), Role::Warning),
        None if open.whole => (
            "the whole event: 1 yours, 2 theirs".into(),
            Role::PanelTitle,
        ),
        None => (open.consequence.clone(), Role::PanelQuiet),
    };
    brush.put(
        inner.x,
        y,
        &text,
        panel.patch(brush.style(role)),
        inner.width,
    );
    let key = |command| {
        state
            .keymap
            .shown(Mode::Conflict, command)
            .unwrap_or_default()
    };
    let keys = format!(
        "{} yours  {} theirs  {} both  {} whole  {} keep yours as a copy  {} confirm  {} later",
        key(Command::Mine),
        key(Command::Theirs),
        key(Command::Both),
        key(Command::WholeEvent),
        key(Command::KeepCopy),
        key(Command::Decide),
        key(Command::Back),
    );
    brush.put(inner.x, y.saturating_sub(1), &keys, quiet, inner.width);
}

/// What a row ends in, in words that need no colour.
fn verdict(row: &Row) -> (String, Role) {
    match (row.is_clash(), row.side, row.result()) {
        (false, _, Some(mine)) => (format!("(only yours) {mine}"), Role::PanelQuiet),
        (true, Some(Side::Mine), Some(text)) => (format!("[yours] {text}"), Role::PanelTitle),
        (true, Some(Side::Theirs), Some(text)) => (format!("[theirs] {text}"), Role::PanelTitle),
        (true, Some(Side::Both), Some(text)) => (format!("[both] {text}"), Role::PanelTitle),
        _ => ("choose".into(), Role::Warning),
    }
}

fn columns(open: &Conflict, brush: &mut Brush, area: Rect) {
    let panel = brush.style(Role::Panel);
    let quiet = panel.patch(brush.style(Role::PanelQuiet));
    let wide = area.width.saturating_sub(LABELS) / 4;
    let at = |column: u16| area.x + LABELS + column * wide;
    for (column, name) in (0..).zip(["before", "yours", "theirs", "→ result"]) {
        brush.put(at(column), area.y, name, quiet, wide);
    }
    for ((index, row), y) in open.rows.iter().enumerate().zip(area.y + 1..area.bottom()) {
        let ground = ground(open, index, row, brush);
        brush.fill(Rect::new(area.x, y, area.width, 1), ground);
        brush.put(area.x, y, row.field.name(), ground, LABELS - 1);
        let room = wide.saturating_sub(2);
        let cut = |text: &str| safe::cut(text, usize::from(room));
        brush.put(at(0), y, &cut(&row.base), ground, room);
        brush.put(at(1), y, &cut(&row.mine), ground, room);
        let theirs = row.theirs.as_deref().unwrap_or("as before");
        brush.put(at(2), y, &cut(theirs), ground, room);
        let (text, role) = verdict(row);
        let style = ground.patch(brush.style(role));
        let room = area.right().saturating_sub(at(3));
        brush.put(at(3), y, &safe::cut(&text, usize::from(room)), style, room);
    }
}

fn stacked(open: &Conflict, brush: &mut Brush, area: Rect) {
    // The row at hand is always whole in sight.
    let each = 5;
    let fitting = usize::from(area.height / each).max(1);
    let first = (open.at + 1).saturating_sub(fitting);
    let mut y = area.y;
    for (index, row) in open.rows.iter().enumerate().skip(first) {
        let ground = ground(open, index, row, brush);
        let (result, role) = verdict(row);
        let lines = [
            (row.field.name().to_owned(), Role::PanelTitle),
            (format!("before  {}", row.base), Role::Panel),
            (format!("yours   {}", row.mine), Role::Panel),
            (
                format!("theirs  {}", row.theirs.as_deref().unwrap_or("as before")),
                Role::Panel,
            ),
            (format!("→       {result}"), role),
        ];
        for (text, role) in lines {
            if y >= area.bottom() {
                return;
            }
            brush.fill(Rect::new(area.x, y, area.width, 1), ground);
            let style = ground.patch(brush.style(role));
            brush.put(
                area.x,
                y,
                &safe::cut(&text, usize::from(area.width)),
                style,
                area.width,
            );
            y += 1;
        }
    }
}

fn ground(open: &Conflict, index: usize, row: &Row, brush: &Brush) -> ratatui::style::Style {
    let is_here = index == open.at || (open.whole && row.is_clash());
    brush.style(if is_here { Role::Input } else { Role::Panel })
}
