//! The picture: `render` reads state and theme, writes cells, keeps nothing.
//!
//! Refuses layout (the scene is already laid out), state and I/O. Every text
//! passes `Brush::put`, which cuts at cell borders and knows the theme's glyphs.

pub mod agenda;
pub mod block;
pub mod brush;
pub mod conflict;
pub mod find;
pub mod footer;
pub mod form;
pub mod frugal;
pub mod header;
pub mod help;
pub mod inspector;
pub mod list;
pub mod load;
pub mod marks;
pub mod month;
pub mod prompt;
pub mod safe;
pub mod sidebar;
pub mod triage;
pub mod vitals;
pub mod week;

use crate::app::State;
use crate::app::overlay::Overlay;
use crate::app::scene::Main;
use crate::config::{Role, Theme};
use brush::Brush;
use ratatui::Frame;

/// Draws one frame.
pub fn render(state: &State, theme: &Theme, frame: &mut Frame) {
    let area = frame.area();
    let mut brush = Brush::new(frame.buffer_mut(), theme, &state.status.calendars);
    brush.fill(area, theme.style(Role::Text));
    let scene = &state.scene;
    header::draw(state, &mut brush, scene.header);
    if scene.inspector != Some(scene.main_area) {
        match &scene.main {
            Main::Grid(grid) => week::draw(state, grid, &mut brush),
            Main::Agenda(agenda) => agenda::draw(state, agenda, &mut brush, scene.main_area),
            Main::Month(month) => month::draw(state, month, &mut brush, scene.main_area),
        }
    }
    if let (Some(area), Some(open)) = (scene.queue, &state.triage) {
        triage::draw(state, open, &mut brush, area);
    }
    if let Some(area) = scene.sidebar {
        sidebar::draw(state, &mut brush, area);
    }
    if let Some(area) = scene.inspector {
        inspector::draw(state, &mut brush, area);
    }
    if let (Some(area), Some(open)) = (scene.vitals, &state.vitals) {
        vitals::draw(state, open, &mut brush, area);
    }
    footer::about(state, &mut brush, scene.about);
    footer::keys(state, &mut brush, scene.footer);
    match &state.overlay {
        Some(Overlay::Help { mode, scroll }) => help::draw(state, *mode, *scroll, &mut brush, area),
        Some(Overlay::List(open)) => list::draw(open, &mut brush, area),
        Some(Overlay::Respond(open)) => prompt::respond(state, open, &mut brush, area),
        Some(Overlay::Leave(leave)) => prompt::leave(state, leave, &mut brush, area),
        Some(Overlay::Delete(open)) => prompt::delete(state, open, &mut brush, area),
        Some(Overlay::Which(open)) => prompt::which(state, open, &mut brush, area),
        Some(Overlay::Find(open)) => find::draw(state, open, &mut brush, scene),
        Some(Overlay::Load(page)) => load::draw(state, page, &mut brush, scene),
        Some(Overlay::Settle(open)) => prompt::settle(state, open, &mut brush, area),
        Some(Overlay::Conflict(open)) => conflict::draw(state, open, &mut brush, area),
        Some(Overlay::Form(open)) => form::draw(state, open, &mut brush, area),
        Some(Overlay::Jump(_) | Overlay::Move(_)) | None => {}
    }
    if let Some((x, y)) = cursor(state, area) {
        frame.set_cursor_position((x, y));
    }
}

/// Where text is typed, if anywhere.
fn cursor(state: &State, area: ratatui::layout::Rect) -> Option<(u16, u16)> {
    match &state.overlay {
        Some(Overlay::List(open)) => list::cursor(open, area),
        Some(Overlay::Respond(open)) => prompt::cursor(state, open, area),
        Some(Overlay::Form(open)) => form::cursor(open, area),
        _ => None,
    }
}
