//! A line to type in and a list under it.

use super::brush::Brush;
use super::safe;
use crate::app::list::{Kind, List, Row};
use crate::config::Role;
use ratatui::layout::Rect;
use ratatui::style::Style;

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Commands => "Commands",
        Kind::Zones => "Second time zone",
        Kind::GoTo => "Go to date",
        Kind::Search => "Search",
        Kind::Waiting => "Waiting to be sent",
        Kind::Add => "New event",
        Kind::MoveTo => "Into which calendar",
    }
}

fn place(open: &List, area: Rect) -> Rect {
    let width = area.width.saturating_sub(4).clamp(20, 92).min(area.width);
    let rows = match open.kind {
        Kind::GoTo => 4,
        _ => u16::try_from(open.rows.len()).unwrap_or(30).clamp(1, 16) + 4,
    };
    let height = rows.max(5).min(area.height);
    let y = area.y + (area.height - height).min(area.height / 6);
    Rect::new(area.x + (area.width - width) / 2, y, width, height)
}

pub(super) fn draw(open: &List, brush: &mut Brush, area: Rect) {
    let place = place(open, area);
    let inner = brush.panel(place, title(open.kind));
    if inner.height == 0 {
        return;
    }
    let panel = brush.style(Role::Panel);
    if open.kind != Kind::Waiting {
        let style = brush.style(Role::Input);
        brush.fill(Rect { height: 1, ..inner }, style);
        let shown = visible_input(open, inner.width);
        brush.put(inner.x, inner.y, &shown, style, inner.width);
    }
    let mut y = inner.y + 1;
    if !open.note.is_empty() && y < inner.bottom() {
        let style = panel.patch(brush.style(Role::PanelQuiet));
        brush.put(inner.x, y, &open.note, style, inner.width);
        y += 1;
    }
    let room = usize::from(inner.bottom().saturating_sub(y));
    let first = (open.marked + 1).saturating_sub(room);
    for (index, row) in open.rows.iter().enumerate().skip(first).take(room) {
        line(
            row,
            index == open.marked,
            brush,
            Rect::new(inner.x, y, inner.width, 1),
        );
        y += 1;
    }
}

fn line(row: &Row, marked: bool, brush: &mut Brush, area: Rect) {
    let ground = if marked {
        brush.style(Role::Choice)
    } else {
        brush.style(Role::Panel)
    };
    brush.fill(area, ground);
    let style = match (&row.reason, marked) {
        (Some(_), false) => ground.patch(brush.style(Role::Disabled)),
        _ => ground,
    };
    let mark = if marked { brush.marks.choice } else { " " };
    brush.put(area.x, area.y, mark, style, 1);
    let aside = ground.patch(Style {
        bg: None,
        ..brush.style(if marked { Role::Choice } else { Role::Key })
    });
    let right = brush.put_right(area.right(), area.y, &row.aside, aside);
    let room = right.saturating_sub(area.x + 3);
    let text = match &row.reason {
        None => row.text.clone(),
        Some(reason) => {
            let title = row.text.split(" · ").next().unwrap_or(&row.text);
            format!("{title} ({reason})")
        }
    };
    brush.put(area.x + 2, area.y, &text, style, room);
    let shown = safe::cut(&text, usize::from(room));
    if row.reason.is_none()
        && !row.matched.is_empty()
        && safe::width(&shown) == shown.chars().count()
    {
        let matched = style.patch(brush.style(Role::Match));
        let matched = if marked {
            Style {
                fg: style.fg,
                ..matched
            }
        } else {
            matched
        };
        for at in &row.matched {
            let at = u16::try_from(*at).unwrap_or(u16::MAX);
            if at < room
                && let Some(cell) = brush.cell(area.x + 2 + at, area.y)
            {
                cell.set_style(matched);
            }
        }
    }
}

/// The end of what is typed when it is longer than its line.
fn visible_input(open: &List, width: u16) -> String {
    let scroll = open
        .input
        .visual_scroll(usize::from(width.saturating_sub(1)));
    let mut skipped = 0;
    open.input
        .value()
        .chars()
        .skip_while(|letter| {
            let skip = skipped < scroll;
            skipped += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
            skip
        })
        .collect()
}

pub(super) fn cursor(open: &List, area: Rect) -> Option<(u16, u16)> {
    if open.kind == Kind::Waiting {
        return None;
    }
    let place = place(open, area);
    let width = place.width.saturating_sub(4);
    let scroll = open
        .input
        .visual_scroll(usize::from(width.saturating_sub(1)));
    let at = open.input.visual_cursor().saturating_sub(scroll);
    let x = place.x + 2 + u16::try_from(at).unwrap_or(0).min(width);
    (x < area.right() && place.y + 1 < area.bottom()).then_some((x, place.y + 1))
}
