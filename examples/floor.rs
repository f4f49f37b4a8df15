//! The floor under every figure of a screen: the least that a ratatui program can do to draw one
//! coloured week, and to draw the next one on a key. `cargo run --example floor`; `]` and `[`
//! turn the page, `q` ends.
//!
//! It knows no events, reads no file and starts no thread.

use crossterm::event::{Event, KeyCode, read};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

const DAYS: u16 = 7;
const BLOCKS_A_DAY: u16 = 6;
const WORDS: [&str; 6] = [
    "Review",
    "Stand-up",
    "Planning",
    "Interview",
    "Budget",
    "Retro",
];

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let mut week: u16 = 0;
    loop {
        terminal.draw(|frame| draw(frame, week))?;
        let Event::Key(key) = read()? else { continue };
        match key.code {
            KeyCode::Char(']') => week = week.wrapping_add(1),
            KeyCode::Char('[') => week = week.wrapping_sub(1),
            KeyCode::Char('q') => break,
            _ => {}
        }
    }
    ratatui::try_restore()
}

/// Every cell has a background, as on a real screen; the blocks differ from week to week.
fn draw(frame: &mut Frame<'_>, week: u16) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(
        area,
        Style::new()
            .fg(Color::Rgb(205, 214, 244))
            .bg(Color::Rgb(30, 30, 46)),
    );
    buffer.set_string(
        0,
        0,
        format!(" floor week {week} "),
        Style::new().fg(Color::Rgb(137, 180, 250)),
    );
    let width = (area.width / DAYS).max(1);
    for day in 0..DAYS {
        let left = day * width;
        for row in 1..area.height.saturating_sub(1) {
            buffer.set_string(left, row, "│", Style::new().fg(Color::Rgb(69, 71, 90)));
        }
        for block in 0..BLOCKS_A_DAY {
            let seed = week.wrapping_mul(31).wrapping_add(day * 7 + block * 13);
            let top = 2 + (block * 8 + seed % 4) % area.height.saturating_sub(6).max(1);
            let place =
                Rect::new(left + 1, top, width.saturating_sub(2), 2 + seed % 2).intersection(area);
            let paper = Color::Rgb(69, 71, u8::try_from(90 + seed % 6 * 20).unwrap_or(90));
            buffer.set_style(place, Style::new().bg(paper));
            let word = WORDS
                .get(usize::from(seed) % WORDS.len())
                .copied()
                .unwrap_or_default();
            let room = usize::from(place.width);
            buffer.set_stringn(
                place.x,
                place.y,
                format!("{word} {seed}"),
                room,
                Style::new().bg(paper),
            );
        }
    }
    let last = area.height.saturating_sub(1);
    buffer.set_string(
        0,
        last,
        " ] next  [ previous  q quit ",
        Style::new().fg(Color::Rgb(166, 173, 200)),
    );
}
