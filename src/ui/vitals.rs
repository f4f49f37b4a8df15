//! Kalends itself, in a box over the view.

use super::brush::Brush;
use crate::app::State;
use crate::app::vitals::{LABEL, Open, lines};
use crate::config::Role;
use ratatui::layout::Rect;

pub(super) fn draw(state: &State, open: &Open, brush: &mut Brush, area: Rect) {
    let inside = brush.panel(area, "Kalends itself");
    let panel = brush.style(Role::Panel);
    let quiet = panel.patch(brush.style(Role::PanelQuiet));
    let lines = lines(state, open, inside.width);
    for (y, (label, value)) in (inside.y..inside.bottom()).zip(lines) {
        let room = inside.width.saturating_sub(LABEL);
        brush.put(inside.x, y, label, quiet, LABEL.min(inside.width));
        let x = inside.x.saturating_add(LABEL);
        brush.put(x, y, &value, panel, room);
    }
}
