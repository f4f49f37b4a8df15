//! The fixed world of the tests, to be walked through by hand: `cargo run --example screen`.
//!
//! `screen <theme> <columns> <rows> <keys…>` prints one screen as cells with their
//! colours instead: a line `symbol fg bg modifiers` for each cell.
#![allow(clippy::unwrap_used, reason = "the world is shared with the tests")]

#[path = "../tests/tui/press.rs"]
mod press;
#[path = "../tests/tui/world.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod world;

use crossterm::event::{Event, read};
use kalends::app::{Effect, Message};
use kalends::config::Theme;
use kalends::ui::render;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::io::Write;
use world::World;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let theme = arguments.first().map_or("kalends-dark", String::as_str);
    let theme = Theme::builtin(theme)?;
    match arguments.get(1..3) {
        Some([columns, rows]) => dump(
            &theme,
            columns.parse()?,
            rows.parse()?,
            &arguments[3..].join(" "),
        ),
        _ => walk(&theme),
    }
}

fn walk(theme: &Theme) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminal = ratatui::init();
    let size = terminal.size()?;
    let mut world = World::new(size.width, size.height);
    loop {
        terminal.draw(|frame| render(&world.state, theme, frame))?;
        match read()? {
            Event::Key(key) => world.send(Message::Key(key)),
            Event::Resize(cols, rows) => world.send(Message::Resized { cols, rows }),
            _ => {}
        }
        if world.effects.contains(&Effect::Quit) {
            break;
        }
    }
    ratatui::restore();
    Ok(())
}

fn dump(
    theme: &Theme,
    columns: u16,
    rows: u16,
    keys: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut world = World::new(columns, rows);
    press::press(&mut world, keys);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows))?;
    terminal.draw(|frame| render(&world.state, theme, frame))?;
    let buffer = terminal.backend().buffer();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{columns} {rows}")?;
    for cell in buffer.content() {
        writeln!(
            out,
            "{}\t{}\t{}\t{:?}",
            cell.symbol(),
            cell.fg,
            cell.bg,
            cell.modifier
        )?;
    }
    Ok(())
}
