//! A terminal backend that writes as little as the picture needs.
//!
//! Ratatui's own writes both colours at every change of style and an absolute
//! move for every gap. This one writes only what differs from the cell before:
//! over SSH that halves a key press. Sequences used: CUP, CUF and SGR, nothing else.

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::io::{self, Write};

pub struct Frugal<W: Write> {
    inner: CrosstermBackend<W>,
    bytes: Vec<u8>,
}

impl<W: Write> Frugal<W> {
    pub fn new(writer: W) -> Self {
        Self {
            inner: CrosstermBackend::new(writer),
            bytes: Vec::with_capacity(8192),
        }
    }
}

/// What the terminal is set to while one frame is written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Pen = Pen {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// Attributes, and the SGR parameters that set and clear them (ECMA-48, 8.3.117). Bold and
/// dim are cleared by the same one.
const ATTRIBUTES: [(Modifier, &str, &str); 7] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

impl Pen {
    fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// What has to be written to go from here to `next`. A blank shows no
    /// foreground, so its foreground is left as it is.
    fn change(&mut self, mut next: Self, blank: bool, out: &mut Vec<u8>) {
        let line = Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT;
        if blank && !next.modifier.intersects(line) && !self.modifier.intersects(line) {
            next.fg = self.fg;
            next.modifier = self.modifier;
        }
        if *self == next {
            return;
        }
        let mut parameters: Vec<String> = Vec::new();
        if next == PLAIN {
            parameters.push("0".into());
            *self = PLAIN;
        }
        let weight = Modifier::BOLD | Modifier::DIM;
        if ((self.modifier - next.modifier) & weight).is_empty() {
            self.clear(next.modifier, &mut parameters);
        } else {
            // Clearing one of the two clears both; the one that stays is set again.
            self.clear(next.modifier - weight, &mut parameters);
        }
        for (attribute, set, _) in ATTRIBUTES {
            if (next.modifier - self.modifier).contains(attribute) {
                parameters.push(set.into());
            }
        }
        if self.fg != next.fg {
            parameters.push(color(next.fg, 30));
        }
        if self.bg != next.bg {
            parameters.push(color(next.bg, 40));
        }
        *self = next;
        if !parameters.is_empty() {
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(parameters.join(";").as_bytes());
            out.push(b'm');
        }
    }

    /// Clears every attribute that is not among `kept`.
    fn clear(&mut self, kept: Modifier, parameters: &mut Vec<String>) {
        for (attribute, _, clear) in ATTRIBUTES {
            if (self.modifier - kept).contains(attribute) {
                if parameters.last().is_none_or(|last| last != clear) {
                    parameters.push(clear.into());
                }
                self.modifier -= attribute;
            }
        }
    }
}

/// `base` is 30 for the foreground, 40 for the background.
fn color(color: Color, base: u8) -> String {
    let named = |index: u8| (base + index).to_string();
    let bright = |index: u8| (base + 60 + index).to_string();
    match color {
        Color::Reset => named(9),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(index) => format!("{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", base + 8),
    }
}

/// To `(x, y)` from where the last cell left the cursor.
fn go(from: Option<(u16, u16)>, x: u16, y: u16, out: &mut Vec<u8>) {
    let sequence = match from {
        Some(at) if at == (x, y) => return,
        Some((at, row)) if row == y && at < x => match x - at {
            1 => "\x1b[C".to_owned(),
            away => format!("\x1b[{away}C"),
        },
        _ => format!("\x1b[{};{}H", y + 1, x + 1),
    };
    out.extend_from_slice(sequence.as_bytes());
}

impl<W: Write> Backend for Frugal<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.bytes.clear();
        let mut pen = PLAIN;
        let mut at = None;
        for (x, y, cell) in content {
            go(at, x, y, &mut self.bytes);
            let symbol = cell.symbol();
            pen.change(Pen::of(cell), symbol == " ", &mut self.bytes);
            self.bytes.extend_from_slice(symbol.as_bytes());
            // Where a wide or doubtful cluster leaves the cursor is the terminal's
            // opinion: the next cell is addressed absolutely.
            at = symbol
                .is_ascii()
                .then_some((x + 1, y))
                .or_else(|| narrow(symbol, x, y));
        }
        if self.bytes.is_empty() {
            return Ok(());
        }
        if pen != PLAIN {
            self.bytes.extend_from_slice(b"\x1b[0m");
        }
        let bytes = std::mem::take(&mut self.bytes);
        let written = self.inner.write_all(&bytes);
        self.bytes = bytes;
        written
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// The frame's own glyphs and plain letters are one cell in every terminal.
fn narrow(symbol: &str, x: u16, y: u16) -> Option<(u16, u16)> {
    let mut letters = symbol.chars();
    let (Some(only), None) = (letters.next(), letters.next()) else {
        return None;
    };
    let code = u32::from(only);
    let known = (0xa0..0x300).contains(&code) || (0x2500..0x25a0).contains(&code);
    known.then_some((x + 1, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn written(lines: &[(u16, u16, &str, Style)]) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 4));
        for (x, y, text, style) in lines {
            buffer.set_string(*x, *y, text, *style);
        }
        let empty = Buffer::empty(buffer.area);
        let mut bytes = Vec::new();
        let mut backend = Frugal::new(&mut bytes);
        backend.draw(empty.diff(&buffer).into_iter()).unwrap();
        drop(backend);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_what_changes_is_written() {
        let red = Style::default().fg(Color::Red);
        let bold = red.add_modifier(Modifier::BOLD);
        let text = written(&[(0, 0, "a", red), (1, 0, "b", bold), (4, 0, "c", red)]);
        let expected = "\x1b[1;1H\x1b[31ma\x1b[1mb\x1b[2C\x1b[22mc\x1b[0m";
        assert_eq!(text, expected);
    }

    const COLORS: [Color; 4] = [
        Color::Reset,
        Color::Red,
        Color::Indexed(200),
        Color::Rgb(1, 2, 3),
    ];
    const SHOWN: [Modifier; 5] = [
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::ITALIC,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
    ];

    proptest::proptest! {
        #[test]
        fn a_terminal_shows_every_cell_as_it_was_drawn(
            cells in proptest::collection::vec(
                (0_u16..80, 0_usize..3, 0_usize..4, 0_usize..4, 0_u8..32), 1..60)
        ) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 4));
            for (place, symbol, fg, bg, modifiers) in cells {
                let mut style = Style::default().fg(COLORS[fg]).bg(COLORS[bg]);
                for (bit, modifier) in SHOWN.into_iter().enumerate() {
                    if modifiers & (1 << bit) != 0 {
                        style = style.add_modifier(modifier);
                    }
                }
                let symbol = ["a", " ", "│"][symbol];
                buffer.set_string(place % 20, place / 20, symbol, style);
            }
            let mut bytes = Vec::new();
            let empty = Buffer::empty(buffer.area);
            Frugal::new(&mut bytes).draw(empty.diff(&buffer).into_iter()).unwrap();
            let size = |cells| std::num::NonZero::new(cells).unwrap();
            let mut terminal = vt100::Parser::new(size(4), size(20), 0);
            terminal.process(&bytes);
            let color = |color| match color {
                Color::Red => vt100::Color::Idx(1),
                Color::Indexed(index) => vt100::Color::Idx(index),
                Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
                _ => vt100::Color::Default,
            };
            for (x, y) in (0..80).map(|place| (place % 20, place / 20)) {
                let (drawn, seen) = (&buffer[(x, y)], terminal.screen().cell(y, x).unwrap());
                let contents = if seen.has_contents() { seen.contents() } else { " " };
                proptest::prop_assert_eq!(contents, drawn.symbol());
                proptest::prop_assert_eq!(seen.bgcolor(), color(drawn.bg));
                let marks = [
                    (Modifier::UNDERLINED, seen.underline()),
                    (Modifier::REVERSED, seen.inverse()),
                ];
                for (modifier, is_seen) in marks {
                    proptest::prop_assert_eq!(drawn.modifier.contains(modifier), is_seen);
                }
                if drawn.symbol() != " " {
                    proptest::prop_assert_eq!(seen.fgcolor(), color(drawn.fg));
                    // The emulator knows one weight, terminals know both at once.
                    let weight = Modifier::BOLD | Modifier::DIM;
                    let has_both = drawn.modifier.contains(weight);
                    let marks = [
                        (Modifier::BOLD, seen.bold() || has_both),
                        (Modifier::DIM, seen.dim() || has_both),
                        (Modifier::ITALIC, seen.italic()),
                    ];
                    for (modifier, is_seen) in marks {
                        proptest::prop_assert_eq!(drawn.modifier.contains(modifier), is_seen);
                    }
                }
            }
        }
    }

    #[test]
    fn after_a_wide_cluster_the_cursor_is_placed_anew() {
        let text = written(&[(0, 0, "会x", Style::default())]);
        assert_eq!(text, "\x1b[1;1H会\x1b[1;3Hx");
    }
}
