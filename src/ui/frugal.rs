//! A terminal backend that writes as little as the picture needs.
//!
//! Ratatui's own writes both colours at every change of style and an absolute
//! move for every gap. This one writes only what differs from the cell before, and in a
//! row one colour after the other when that is shorter: over SSH that halves a key
//! press. Sequences used: CUP, CUF and SGR, nothing else.

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::io::{self, Write};

pub struct Frugal<W: Write> {
    inner: CrosstermBackend<W>,
    bytes: Vec<u8>,
    /// Ratatui hides the cursor with every frame; None before the first time.
    has_cursor: Option<bool>,
}

impl<W: Write> Frugal<W> {
    pub fn new(writer: W) -> Self {
        Self {
            inner: CrosstermBackend::new(writer),
            bytes: Vec::with_capacity(8192),
            has_cursor: None,
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
const ATTRIBUTES: [(Modifier, &[u8], &[u8]); 7] = [
    (Modifier::BOLD, b"1;", b"22;"),
    (Modifier::DIM, b"2;", b"22;"),
    (Modifier::ITALIC, b"3;", b"23;"),
    (Modifier::UNDERLINED, b"4;", b"24;"),
    (Modifier::SLOW_BLINK, b"5;", b"25;"),
    (Modifier::REVERSED, b"7;", b"27;"),
    (Modifier::CROSSED_OUT, b"9;", b"29;"),
];

impl Pen {
    fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier - Modifier::RAPID_BLINK - Modifier::HIDDEN,
        }
    }

    /// A blank shows no foreground: only its ground and lines count.
    fn shows_blank_as(self, next: Self) -> bool {
        let line = Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT;
        let has_line = next.modifier.intersects(line) || self.modifier.intersects(line);
        self == next || (self.bg == next.bg && !has_line)
    }

    /// Writes what it takes to go from here to `next`. A blank's foreground is left as it is.
    fn change(&mut self, mut next: Self, blank: bool, out: &mut Vec<u8>) {
        if blank
            && self.shows_blank_as(Self {
                bg: self.bg,
                ..next
            })
        {
            next.fg = self.fg;
            next.modifier = self.modifier;
        }
        if *self == next {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        if next == PLAIN {
            out.extend_from_slice(b"0;");
            *self = PLAIN;
        }
        let weight = Modifier::BOLD | Modifier::DIM;
        if ((self.modifier - next.modifier) & weight).is_empty() {
            self.clear(next.modifier, out);
        } else {
            // Clearing one of the two clears both; the one that stays is set again.
            self.clear(next.modifier - weight, out);
        }
        for (attribute, set, _) in ATTRIBUTES {
            if (next.modifier - self.modifier).contains(attribute) {
                out.extend_from_slice(set);
            }
        }
        if self.fg != next.fg {
            color(next.fg, 30, out);
        }
        if self.bg != next.bg {
            color(next.bg, 40, out);
        }
        *self = next;
        // The last separator becomes the end.
        if let Some(last) = out.last_mut() {
            *last = b'm';
        }
    }

    /// Clears every attribute that is not among `kept`.
    fn clear(&mut self, kept: Modifier, out: &mut Vec<u8>) {
        for (attribute, _, clear) in ATTRIBUTES {
            if (self.modifier - kept).contains(attribute) {
                if !out.ends_with(clear) {
                    out.extend_from_slice(clear);
                }
                self.modifier -= attribute;
            }
        }
    }
}

/// `base` is 30 for the foreground, 40 for the background.
fn color(color: Color, base: u8, out: &mut Vec<u8>) {
    let mut put = |parameters: &[u8]| {
        for parameter in parameters {
            number(u16::from(*parameter), out);
            out.push(b';');
        }
    };
    match color {
        Color::Reset => put(&[base + 9]),
        Color::Black => put(&[base]),
        Color::Red => put(&[base + 1]),
        Color::Green => put(&[base + 2]),
        Color::Yellow => put(&[base + 3]),
        Color::Blue => put(&[base + 4]),
        Color::Magenta => put(&[base + 5]),
        Color::Cyan => put(&[base + 6]),
        Color::Gray => put(&[base + 7]),
        Color::DarkGray => put(&[base + 60]),
        Color::LightRed => put(&[base + 61]),
        Color::LightGreen => put(&[base + 62]),
        Color::LightYellow => put(&[base + 63]),
        Color::LightBlue => put(&[base + 64]),
        Color::LightMagenta => put(&[base + 65]),
        Color::LightCyan => put(&[base + 66]),
        Color::White => put(&[base + 67]),
        Color::Indexed(index) => put(&[base + 8, 5, index]),
        Color::Rgb(red, green, blue) => put(&[base + 8, 2, red, green, blue]),
    }
}

/// Decimal digits, without the detour over formatting: this is most of what is written.
fn number(number: u16, out: &mut Vec<u8>) {
    if number >= 10 {
        self::number(number / 10, out);
    }
    out.push(b'0' + u8::try_from(number % 10).unwrap_or(0));
}

/// To `(x, y)` from where the last cell left the cursor.
fn go(from: Option<(u16, u16)>, x: u16, y: u16, out: &mut Vec<u8>) {
    match from {
        Some(at) if at == (x, y) => {}
        Some((at, row)) if row == y && at < x => {
            out.extend_from_slice(b"\x1b[");
            if x - at > 1 {
                number(x - at, out);
            }
            out.push(b'C');
        }
        _ => {
            out.extend_from_slice(b"\x1b[");
            number(y + 1, out);
            out.push(b';');
            number(x + 1, out);
            out.push(b'H');
        }
    }
}

/// One cell that changed.
#[derive(Clone, Copy)]
struct Drawn<'a> {
    x: u16,
    y: u16,
    cell: &'a Cell,
}

impl Drawn<'_> {
    /// Every terminal draws it as wide as we think.
    fn is_certain(&self) -> bool {
        let symbol = self.cell.symbol();
        symbol.is_ascii() || narrow(symbol, self.x, self.y).is_some()
    }
}

/// Neighbours that one pen can write, as places in a part of a row.
struct Run {
    start: usize,
    end: usize,
    pen: Pen,
}

/// Where the writing is, and how it looks.
#[derive(Clone, Copy)]
struct Hand {
    pen: Pen,
    /// None when only the terminal knows.
    at: Option<(u16, u16)>,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            pen: PLAIN,
            at: None,
        }
    }
}

impl Hand {
    /// The cells of one row. A cluster that a terminal may draw wider than we think parts the
    /// row: it must be written before what stands right of it.
    fn draw(&mut self, row: &[Drawn], out: &mut Vec<u8>) {
        for part in row.split_inclusive(|drawn| !drawn.is_certain()) {
            match part.split_last() {
                Some((last, before)) if !last.is_certain() => {
                    self.draw_part(before, out);
                    self.write(last, out);
                }
                _ => self.draw_part(part, out),
            }
        }
    }

    /// From left to right, or colour by colour when that is shorter.
    fn draw_part(&mut self, part: &[Drawn], out: &mut Vec<u8>) {
        let begin = out.len();
        let before = *self;
        let mut runs: Vec<Run> = Vec::new();
        for (place, drawn) in part.iter().enumerate() {
            let begins = self.at != Some((drawn.x, drawn.y)) || !self.suits(drawn);
            self.write(drawn, out);
            match runs.last_mut() {
                Some(run) if !begins => run.end = place + 1,
                _ => runs.push(Run {
                    start: place,
                    end: place + 1,
                    pen: Pen::of(drawn.cell),
                }),
            }
        }
        let is_one_after_the_other = (1..runs.len()).all(|place| {
            let pen = runs.get(place).map(|run| run.pen);
            !runs.iter().take(place).any(|run| Some(run.pen) == pen)
        });
        if is_one_after_the_other {
            return;
        }
        let mut by_color = before;
        let mut bytes = Vec::with_capacity(out.len() - begin);
        while let Some(first) = runs.first() {
            let pen = first.pen;
            runs.retain(|run| {
                let is_its_turn = run.pen == pen;
                if is_its_turn {
                    for drawn in part.get(run.start..run.end).unwrap_or_default() {
                        by_color.write(drawn, &mut bytes);
                    }
                }
                !is_its_turn
            });
        }
        if bytes.len() < out.len() - begin {
            out.truncate(begin);
            out.extend_from_slice(&bytes);
            *self = by_color;
        }
    }

    fn write(&mut self, drawn: &Drawn, out: &mut Vec<u8>) {
        let Drawn { x, y, cell } = *drawn;
        let symbol = cell.symbol();
        go(self.at, x, y, out);
        self.pen.change(Pen::of(cell), symbol == " ", out);
        out.extend_from_slice(symbol.as_bytes());
        // Where a wide or doubtful cluster leaves the cursor is the terminal's
        // opinion: the next cell is addressed absolutely.
        self.at = symbol
            .is_ascii()
            .then_some((x + 1, y))
            .or_else(|| narrow(symbol, x, y));
    }

    /// Can be written with this pen.
    fn suits(&self, drawn: &Drawn) -> bool {
        let next = Pen::of(drawn.cell);
        if drawn.cell.symbol() == " " {
            self.pen.shows_blank_as(next)
        } else {
            self.pen == next
        }
    }
}

impl<W: Write> Backend for Frugal<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.bytes.clear();
        let mut hand = Hand::default();
        let mut row: Vec<Drawn> = Vec::new();
        for (x, y, cell) in content {
            if row.last().is_some_and(|last| last.y != y) {
                hand.draw(&row, &mut self.bytes);
                row.clear();
            }
            row.push(Drawn { x, y, cell });
        }
        hand.draw(&row, &mut self.bytes);
        if self.bytes.is_empty() {
            return Ok(());
        }
        if hand.pen != PLAIN {
            self.bytes.extend_from_slice(b"\x1b[0m");
        }
        let bytes = std::mem::take(&mut self.bytes);
        let written = self.inner.write_all(&bytes);
        self.bytes = bytes;
        written
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.has_cursor.replace(false) == Some(false) {
            return Ok(());
        }
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.has_cursor.replace(true) == Some(true) {
            return Ok(());
        }
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
    fn a_frame_that_changes_nothing_writes_nothing() {
        let drawn = |times| {
            let mut bytes = Vec::new();
            let viewport = ratatui::Viewport::Fixed(Rect::new(0, 0, 20, 4));
            let options = ratatui::TerminalOptions { viewport };
            let mut terminal =
                ratatui::Terminal::with_options(Frugal::new(&mut bytes), options).unwrap();
            for _ in 0..times {
                terminal
                    .draw(|frame| frame.render_widget("text", frame.area()))
                    .unwrap();
            }
            drop(terminal);
            String::from_utf8(bytes).unwrap()
        };
        assert!(drawn(1).contains("text"));
        assert_eq!(drawn(1), drawn(3));
    }

    #[test]
    fn after_a_wide_cluster_the_cursor_is_placed_anew() {
        let text = written(&[(0, 0, "会x", Style::default())]);
        assert_eq!(text, "\x1b[1;1H会\x1b[1;3Hx");
    }
}
