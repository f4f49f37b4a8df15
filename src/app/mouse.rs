//! The mouse: click selects, double click opens, wheel scrolls. Never needed.

use super::commands::Command;
use super::overlay::Overlay;
use super::perform::perform;
use super::scene::Main;
use super::{Effect, State, agenda, motion, triage};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::SignedDuration;
use jiff::civil::Date;

pub(super) fn moved(state: &mut State, mouse: MouseEvent, effects: &mut Vec<Effect>) -> bool {
    if !state.settings.mouse {
        return false;
    }
    match mouse.kind {
        MouseEventKind::ScrollDown => wheel(state, 1),
        MouseEventKind::ScrollUp => wheel(state, -1),
        MouseEventKind::Down(MouseButton::Left) => {
            clicked(state, mouse.column, mouse.row, effects);
        }
        _ => return false,
    }
    true
}

fn wheel(state: &mut State, direction: i32) {
    match (&mut state.overlay, &mut state.inspector) {
        (Some(Overlay::Help { scroll, .. }), _) => {
            *scroll = u16::try_from((i32::from(*scroll) + direction * 3).max(0)).unwrap_or(0);
        }
        (Some(_), _) => {}
        _ => motion::scroll_by(state, direction * 2),
    }
}

fn clicked(state: &mut State, x: u16, y: u16, effects: &mut Vec<Effect>) {
    let is_over = |area: ratatui::layout::Rect| area.contains(ratatui::layout::Position { x, y });
    // What lies under the box is not meant.
    if state.scene.vitals.is_some_and(is_over) {
        return;
    }
    if state.overlay.is_some() || triage::clicked(state, x, y) {
        return;
    }
    let twice = state.last_click.is_some_and(|(last_x, last_y, at)| {
        (last_x, last_y) == (x, y)
            && state.now.duration_since(at) <= SignedDuration::from_millis(600)
    });
    state.last_click = (!twice).then_some((x, y, state.now));
    let Some((entry, day)) = under(state, x, y) else {
        return;
    };
    match entry {
        Some(entry) => {
            motion::select(state, entry, day);
            if twice && state.inspector.is_none() {
                perform(state, Command::Inspect, effects);
            }
        }
        None => motion::to_day(state, day),
    }
}

/// The event and the day at a cell.
fn under(state: &State, x: u16, y: u16) -> Option<(Option<usize>, Date)> {
    match &state.scene.main {
        Main::Grid(grid) => {
            let column = grid
                .columns
                .iter()
                .position(|column| (column.x..=column.x + column.width).contains(&x))?;
            let day = grid.columns[column].day.date;
            if y < grid.hours.y {
                let row = y.checked_sub(state.scene.main_area.y + 1);
                let bar = grid.bars.iter().find(|bar| {
                    !bar.hidden && Some(bar.row) == row && (bar.first..=bar.last).contains(&column)
                });
                return Some((bar.map(|bar| bar.entry), day));
            }
            let half = (i32::from(y - grid.hours.y) + i32::from(state.scroll)) * 2;
            let block = grid.blocks.iter().find(|block| {
                (block.x..block.x + block.width).contains(&x)
                    && block.top < half + 2
                    && block.end > half
            });
            Some((block.map(|block| block.entry), day))
        }
        Main::Agenda(agenda) => {
            let row = y.checked_sub(state.scene.main_area.y)?;
            match agenda.lines.get(usize::from(row + state.scroll))? {
                agenda::Line::Event { entry, date, .. } => Some((Some(*entry), *date)),
                agenda::Line::Day { date, .. } => Some((None, *date)),
                _ => None,
            }
        }
        Main::Month(month) => {
            let cell = month
                .cells
                .iter()
                .find(|cell| cell.area.contains(ratatui::layout::Position { x, y }))?;
            let row = usize::from((y - cell.area.y).saturating_sub(1));
            let entry = (y > cell.area.y).then(|| cell.entries.get(row)).flatten();
            Some((entry.copied(), cell.date))
        }
    }
}
