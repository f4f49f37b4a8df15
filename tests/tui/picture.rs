//! Screens as text: their letters, and their roles.

use super::world::World;
use kalends::config::{Role, Theme};
use kalends::ui::render;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

pub fn buffer(world: &World, theme: &Theme) -> Buffer {
    let (cols, rows) = world.state.size;
    let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
    terminal
        .draw(|frame| render(&world.state, theme, frame))
        .unwrap();
    terminal.backend().buffer().clone()
}

pub fn letters(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(kalends::app::safe::width(symbol))
                .unwrap()
                .max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub fn screen(world: &World) -> String {
    letters(&buffer(world, &Theme::builtin("kalends-dark").unwrap()))
}

/// A letter for the ground of each cell: what colours say, without colours.
pub fn grounds(world: &World) -> String {
    let theme = Theme::builtin("kalends-dark").unwrap();
    let buffer = buffer(world, &theme);
    let letters = [
        (Role::Today, 'T'),
        (Role::Cursor, 'C'),
        (Role::Choice, 'X'),
        (Role::TodayWorking, 't'),
        (Role::TodayGround, 'o'),
        (Role::Working, 'w'),
        (Role::Panel, 'p'),
        (Role::Ground, '.'),
    ];
    let mut text = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let bg = buffer[(x, y)].bg;
            let known = letters
                .iter()
                .find(|(role, _)| theme.style(*role).bg == Some(bg));
            text.push(known.map_or('#', |(_, letter)| *letter));
        }
        text.push('\n');
    }
    text
}
