//! The brush: cells, styles and the theme's glyphs.
//!
//! Invariant: nothing is ever written outside the buffer, and no control
//! character reaches a cell.

use super::marks::Marks;
use crate::app::safe;
use crate::config::theme::{Glyphs, Paint};
use crate::config::{Role, Theme};
use crate::domain::calendar::Calendar;
use crate::domain::ids::CalendarId;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How many cells, when every character is one of its own; most text is like that. Anything else
/// has to be read as grapheme clusters, which takes ten times as long.
fn plain_cells(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return u16::try_from(text.len()).ok();
    }
    let mut cells: u16 = 0;
    for letter in text.chars() {
        if !is_plain(letter) {
            return None;
        }
        cells = cells.checked_add(1)?;
    }
    Some(cells)
}

/// Latin letters, dashes, quotes and the frame's own signs.
fn is_plain(letter: char) -> bool {
    const SOFT_HYPHEN: char = '\u{ad}';
    matches!(letter,
        ' '..='~' | '\u{a0}'..='\u{2ff}' | '\u{2010}'..='\u{2027}' | '\u{2500}'..='\u{25a0}')
        && letter != SOFT_HYPHEN
}

pub struct Brush<'a> {
    buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    pub marks: &'static Marks,
    /// Reckoned once a frame: readable colours cost more than a lookup.
    paints: Vec<(CalendarId, Paint)>,
    unknown: Paint,
}

impl<'a> Brush<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, calendars: &[Calendar]) -> Self {
        let paint =
            |calendar: &Calendar| theme.paint(&calendar.color, calendar.hex_color.as_deref());
        Self {
            buffer,
            theme,
            marks: Marks::of(theme.glyphs),
            paints: calendars
                .iter()
                .map(|calendar| (calendar.id.clone(), paint(calendar)))
                .collect(),
            unknown: theme.paint("auto", None),
        }
    }

    pub fn paint(&self, calendar: &CalendarId) -> Paint {
        self.paints
            .iter()
            .find(|(id, _)| id == calendar)
            .map_or(self.unknown, |(_, paint)| *paint)
    }

    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    pub fn fill(&mut self, area: Rect, style: Style) {
        self.buffer
            .set_style(area.intersection(self.buffer.area), style);
    }

    /// Empties an area down to `style`, for panels that lie over something.
    pub fn clear(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            // A wide letter that would reach into it has no room any more.
            let before = area.left().checked_sub(1);
            let before = before.and_then(|x| self.buffer.cell_mut((x, y)));
            if let Some(cell) = before.filter(|cell| safe::width(cell.symbol()) > 1) {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    pub fn cell(&mut self, x: u16, y: u16) -> Option<&mut Cell> {
        self.buffer.cell_mut((x, y))
    }

    /// One line of text in at most `cells` cells; returns the cells used.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style, cells: u16) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || y < area.top() || x >= area.right() {
            return 0;
        }
        let cells = cells.min(area.right() - x);
        let is_spelled = self.theme.glyphs == Glyphs::Unicode || text.is_ascii();
        if let Some(length) = plain_cells(text).filter(|length| is_spelled && *length <= cells) {
            for (x, letter) in (x..).zip(text.chars()) {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.set_char(letter).set_style(style);
                }
            }
            return length;
        }
        let shown = safe::cut(text, usize::from(cells));
        let shown = self.spelled(&shown);
        let (end, _) = self
            .buffer
            .set_stringn(x, y, shown, usize::from(cells), style);
        end.saturating_sub(x)
    }

    /// The same, but ending at `right` (exclusive); returns where it begins.
    pub fn put_right(&mut self, right: u16, y: u16, text: &str, style: Style) -> u16 {
        let wide = u16::try_from(safe::width(text)).unwrap_or(u16::MAX);
        let x = right.saturating_sub(wide);
        self.put(x, y, text, style, right - x);
        x
    }

    /// Frame words in the glyphs the theme allows.
    fn spelled(&self, text: &str) -> String {
        if self.theme.glyphs == Glyphs::Unicode || text.is_ascii() {
            return text.to_owned();
        }
        text.chars()
            .map(|letter| match letter {
                '–' | '—' | '−' => '-',
                '·' | '│' => '|',
                '…' => '.',
                '“' | '”' => '"',
                '‘' | '’' => '\'',
                '↑' => '^',
                '↓' => 'v',
                '←' => '<',
                '→' => '>',
                '²' => '2',
                other => other,
            })
            .collect()
    }

    /// A panel with a border and a title; returns the room inside.
    pub fn panel(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        self.clear(area, self.style(Role::Text).patch(self.style(Role::Panel)));
        if area.width < 4 || area.height < 3 {
            return area;
        }
        let border = self.style(Role::Panel).patch(self.style(Role::PanelBorder));
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        let [top_left, top_right, bottom_left, bottom_right] = self.marks.corners;
        for x in area.left()..=right {
            self.put(x, area.y, self.marks.rule, border, 1);
            self.put(x, bottom, self.marks.rule, border, 1);
        }
        for y in area.top()..=bottom {
            self.put(area.x, y, self.marks.rule_down, border, 1);
            self.put(right, y, self.marks.rule_down, border, 1);
        }
        self.put(area.x, area.y, top_left, border, 1);
        self.put(right, area.y, top_right, border, 1);
        self.put(area.x, bottom, bottom_left, border, 1);
        self.put(right, bottom, bottom_right, border, 1);
        if !title.is_empty() {
            let style = self.style(Role::Panel).patch(self.style(Role::PanelTitle));
            self.put(
                area.x + 2,
                area.y,
                &format!(" {title} "),
                style,
                area.width - 4,
            );
        }
        Rect::new(area.x + 2, area.y + 1, area.width - 4, area.height - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_segmentation::UnicodeSegmentation;

    #[test]
    fn a_wide_letter_does_not_reach_into_a_panel() {
        let theme = Theme::builtin("kalends-dark").unwrap();
        for x in 2..9 {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 3));
            let mut brush = Brush::new(&mut buffer, &theme, &[]);
            brush.put(1, 1, "東京東京東京", Style::default(), 12);
            brush.panel(Rect::new(x, 0, 5, 3), "");
            let side = brush.marks.rule_down;
            assert_eq!(buffer[(x, 1)].symbol(), side);
            assert!(safe::width(buffer[(x - 1, 1)].symbol()) <= 1, "{x}");
        }
    }

    #[test]
    fn plain_characters_are_clusters_of_one_cell() {
        let plain: Vec<char> = ('\0'..=char::MAX)
            .filter(|letter| is_plain(*letter))
            .collect();
        assert!(plain.len() > 700);
        let text: String = plain.iter().collect();
        assert_eq!(text.graphemes(true).count(), plain.len());
        for letter in plain {
            assert_eq!(
                safe::width(letter.encode_utf8(&mut [0; 4])),
                1,
                "{letter:?}"
            );
        }
    }
}
