//! The queue: two lines an item, the one that is looked at always in sight.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::triage::{ROWS, Triage, first_drawn, line};
use crate::config::Role;
use crate::domain::triage::Item;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(super) fn draw(state: &State, open: &Triage, brush: &mut Brush, area: Rect) {
    let ground = brush.style(Role::Text).patch(brush.style(Role::Panel));
    brush.clear(area, ground);
    if open.items.is_empty() {
        let words = if open.is_known {
            "Nothing waits for you."
        } else {
            "Looking what waits…"
        };
        let style = ground.patch(brush.style(Role::PanelQuiet));
        brush.put(area.x + 2, area.y + 1, words, style, area.width - 3);
        return;
    }
    let fitting = usize::from(area.height / ROWS).max(1);
    let first = first_drawn(open, area.height);
    let mut y = area.y;
    for (index, item) in open.items.iter().enumerate().skip(first) {
        if y + ROWS > area.bottom() {
            break;
        }
        let place = Rect::new(area.x, y, area.width, ROWS);
        row(state, open, (index, item), brush, place);
        y += ROWS;
    }
    let hidden = open.items.len().saturating_sub(first + fitting);
    if hidden > 0 {
        let style = ground.patch(brush.style(Role::PanelQuiet));
        let words = format!("{hidden} more");
        brush.put_right(area.right() - 1, area.bottom() - 1, &words, style);
    }
}

fn row(state: &State, open: &Triage, at: (usize, &Item), brush: &mut Brush, area: Rect) {
    let (index, item) = at;
    let is_here = index == open.at;
    let ground = brush.style(if is_here { Role::Choice } else { Role::Panel });
    brush.fill(area, ground);
    // What is chosen keeps its ground; only letters are coloured.
    let role = |role: Role| match is_here {
        true => ground,
        false => ground.patch(Style {
            bg: None,
            ..brush.style(role)
        }),
    };
    let shown = line(state, item);
    let is_marked = open.marked.contains(&item.id);
    let mark = match (is_marked, is_here) {
        (true, _) => brush.marks.category,
        (false, true) => brush.marks.choice,
        (false, false) => " ",
    };
    let urgent = if item.is_urgent { "! " } else { "" };
    let (quiet, strong, why) = (
        role(Role::PanelQuiet),
        role(Role::PanelTitle),
        role(shown.role),
    );
    brush.put(area.x, area.y, mark, strong, 2);
    let right = brush.put_right(area.right() - 1, area.y, &shown.when, quiet);
    let room = right.saturating_sub(area.x + 3);
    let subject = safe::cut(&format!("{urgent}{}", shown.subject), usize::from(room));
    brush.put(area.x + 2, area.y, &subject, strong, room);
    let room = area.width.saturating_sub(5);
    let words = safe::cut(&shown.why, usize::from(room));
    brush.put(area.x + 4, area.y + 1, &words, why, room);
}
