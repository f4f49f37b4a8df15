//! Help: the keys that work where it was asked, in groups.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::availability::why_not;
use crate::app::commands::{COMMANDS, Command, Group, Mode};
use crate::config::Role;
use ratatui::layout::Rect;

enum Line {
    Title(&'static str),
    Command {
        keys: String,
        help: String,
        reason: Option<String>,
    },
    Banner(String),
    Blank,
}

pub(super) fn draw(state: &State, mode: Mode, scroll: u16, brush: &mut Brush, area: Rect) {
    let width = area.width.saturating_sub(4).clamp(20, 96).min(area.width);
    let height = area.height.saturating_sub(2).max(3).min(area.height);
    let place = Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    );
    let lines = lines(state, mode);
    let inner = brush.panel(place, "Keys that work here");
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let first = usize::from(scroll).min(most);
    for (line, y) in lines.iter().skip(first).zip(inner.top()..inner.bottom()) {
        draw_line(line, brush, Rect::new(inner.x, y, inner.width, 1));
    }
    if most > first && place.width > 12 {
        let panel = brush
            .style(Role::Panel)
            .patch(brush.style(Role::PanelQuiet));
        brush.put_right(place.right() - 2, place.bottom() - 1, " more: j ", panel);
    }
}

fn draw_line(line: &Line, brush: &mut Brush, area: Rect) {
    let panel = brush.style(Role::Panel);
    match line {
        Line::Blank => {}
        Line::Banner(words) => {
            let style = panel.patch(brush.style(Role::Warning));
            brush.put(area.x, area.y, words, style, area.width);
        }
        Line::Title(title) => {
            let style = panel.patch(brush.style(Role::PanelTitle));
            brush.put(area.x, area.y, title, style, area.width);
        }
        Line::Command { keys, help, reason } => {
            let column = 18.min(area.width / 3);
            let role = if reason.is_some() {
                Role::Disabled
            } else {
                Role::Key
            };
            let style = panel.patch(brush.style(role));
            brush.put(area.x + 1, area.y, keys, style, column.saturating_sub(2));
            let role = if reason.is_some() {
                Role::Disabled
            } else {
                Role::Panel
            };
            let style = panel.patch(brush.style(role));
            let text = match reason {
                None => help.clone(),
                Some(reason) => format!("{help} (not now: {reason})"),
            };
            let room = area.width.saturating_sub(column);
            brush.put(
                area.x + column,
                area.y,
                &safe::cut(&text, usize::from(room)),
                style,
                room,
            );
        }
    }
}

fn lines(state: &State, mode: Mode) -> Vec<Line> {
    let mut lines = Vec::new();
    for banner in &state.status.banners {
        lines.push(Line::Banner(safe::words(banner)));
    }
    for group in Group::ALL {
        let mut commands: Vec<Line> = Vec::new();
        let mut days = false;
        for spec in COMMANDS.iter().filter(|spec| spec.group == group) {
            let keys = state.keymap.all_shown(mode, spec.command);
            if keys.is_empty() {
                continue;
            }
            let (keys, help) = match spec.command {
                Command::Days(_) if days => continue,
                Command::Days(_) => {
                    days = true;
                    ("1 … 9".to_owned(), "show this many days".to_owned())
                }
                Command::Link(1) => ("1 … 5".to_owned(), "open a numbered link".to_owned()),
                Command::Link(_) => continue,
                _ => (keys, spec.help.to_owned()),
            };
            commands.push(Line::Command {
                keys,
                help,
                reason: why_not(state, spec.command),
            });
        }
        if !commands.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::Blank);
            }
            lines.push(Line::Title(group.title()));
            lines.append(&mut commands);
        }
    }
    lines
}
