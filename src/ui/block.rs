//! One block of the grid: its shape says my answer and how it shows, its colour
//! the calendar. Shape alone is enough.

use super::brush::Brush;
use super::safe;
use super::week::{clashes, screen_row, subject};
use crate::app::State;
use crate::app::grid::{Block, Grid, full_rows};
use crate::app::sentence;
use crate::config::Role;
use crate::config::theme::Paint;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, ShowAs};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Accepted, or mine.
    Filled,
    /// Waits for my answer.
    Asked,
    Tentative,
    Free,
    /// Cancelled or declined.
    Struck,
}

impl Shape {
    pub(super) fn of(entry: &Entry) -> Self {
        let answer = entry.shown_answer();
        if entry.cancelled || answer == Answer::Declined {
            Self::Struck
        } else if entry.is_invitation() && answer == Answer::NotResponded {
            Self::Asked
        } else if answer == Answer::Tentative || entry.show_as == ShowAs::Tentative {
            Self::Tentative
        } else if entry.show_as == ShowAs::Free {
            Self::Free
        } else {
            Self::Filled
        }
    }
}

pub(super) fn text_style(shape: Shape, paint: Paint, brush: &Brush) -> Style {
    match shape {
        Shape::Filled if paint.ground.is_some() => Style::default().fg(paint.text),
        Shape::Filled | Shape::Asked | Shape::Tentative => {
            let mut style = brush.style(Role::Text);
            style.bg = None;
            style
        }
        Shape::Free => brush.style(Role::Quiet),
        Shape::Struck => brush.style(Role::Quiet).add_modifier(Modifier::CROSSED_OUT),
    }
}

pub(super) fn left_mark(shape: Shape, brush: &Brush) -> &'static str {
    match shape {
        Shape::Filled => brush.marks.bar,
        Shape::Tentative => brush.marks.hatch,
        Shape::Asked => brush.marks.dash,
        Shape::Free => brush.marks.free,
        Shape::Struck => brush.marks.cancelled,
    }
}

/// The title with its marks: overlap, unanswered, on its way, in trouble.
pub(super) fn title(state: &State, entry: &Entry, index: usize, brush: &Brush) -> String {
    let mut text = String::new();
    if clashes(state, index) {
        text.push_str(brush.marks.overlap);
    }
    if entry.is_unanswered() {
        text.push_str(brush.marks.unanswered);
    }
    if let Some(pending) = &entry.pending {
        let mark = if pending.trouble.is_some() {
            brush.marks.trouble
        } else {
            brush.marks.pending
        };
        text.push_str(mark);
    }
    text.push_str(&subject(entry));
    text
}

pub(super) fn draw(state: &State, grid: &Grid, block: &Block, brush: &mut Brush) {
    let Some(entry) = state.known.entries.get(block.entry) else {
        return;
    };
    let shape = Shape::of(entry);
    let mut paint = brush.paint(&entry.calendar);
    if block.next {
        paint.ground = paint.next_ground;
    }
    halves(state, grid, block, shape, paint, brush);
    let first = (block.top + 1).div_euclid(2);
    let last = first + full_rows(block.top, block.end);
    for row in first..last {
        if let Some(y) = screen_row(state, grid, row) {
            let place = if last - first == 1 {
                Place::Only
            } else if row == first && !block.from_before {
                Place::Top
            } else if row == last - 1 && !block.goes_on {
                Place::Bottom
            } else {
                Place::Middle
            };
            body(block, shape, paint, y, place, brush);
        }
    }
    words(state, grid, block, entry, shape, paint, first, last, brush);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Only,
    Top,
    Middle,
    Bottom,
}

/// One full row without its words.
fn body(block: &Block, shape: Shape, paint: Paint, y: u16, place: Place, brush: &mut Brush) {
    let right = block.x + block.width - 1;
    let accent = Style::default().fg(paint.accent);
    match shape {
        Shape::Filled => {
            if let Some(ground) = paint.ground {
                brush.fill(
                    Rect::new(block.x, y, block.width, 1),
                    Style::default().bg(ground),
                );
            }
            blank(block.x, right, y, brush);
            brush.put(block.x, y, brush.marks.bar, accent, 1);
        }
        Shape::Tentative => {
            let hatch = Style::default().fg(paint.hatch);
            blank(block.x, right, y, brush);
            for x in block.x..=right {
                brush.put(x, y, brush.marks.hatch, hatch, 1);
            }
            brush.put(block.x, y, brush.marks.hatch, accent, 1);
        }
        Shape::Asked => {
            blank(block.x, right, y, brush);
            dashes(block, y, place, accent, brush);
        }
        Shape::Free => {
            blank(block.x, right, y, brush);
            brush.put(block.x, y, brush.marks.free, accent, 1);
            if block.width > 8 {
                brush.put(right, y, brush.marks.free, accent, 1);
            }
        }
        Shape::Struck => {
            blank(block.x, right, y, brush);
            brush.put(block.x, y, brush.marks.cancelled, accent, 1);
        }
    }
}

fn blank(from: u16, to: u16, y: u16, brush: &mut Brush) {
    for x in from..=to {
        if let Some(cell) = brush.cell(x, y) {
            cell.set_symbol(" ");
            cell.modifier = Modifier::empty();
        }
    }
}

/// The dashed box of an unanswered invitation.
fn dashes(block: &Block, y: u16, place: Place, accent: Style, brush: &mut Brush) {
    let right = block.x + block.width - 1;
    let [top_left, top_right, bottom_left, bottom_right] = brush.marks.corners;
    let (left_mark, right_mark, across) = match place {
        Place::Only | Place::Middle => (brush.marks.dash, brush.marks.dash, None),
        Place::Top => (top_left, top_right, Some(brush.marks.dash_across)),
        Place::Bottom => (bottom_left, bottom_right, Some(brush.marks.dash_across)),
    };
    if let Some(across) = across {
        for x in block.x + 1..right {
            brush.put(x, y, across, accent, 1);
        }
    }
    brush.put(block.x, y, left_mark, accent, 1);
    brush.put(right, y, right_mark, accent, 1);
}

/// The half rows at the top and the end.
fn halves(
    state: &State,
    grid: &Grid,
    block: &Block,
    shape: Shape,
    paint: Paint,
    brush: &mut Brush,
) {
    if block.top.rem_euclid(2) == 1
        && let Some(y) = screen_row(state, grid, block.top / 2)
    {
        half_row(block, shape, paint, y, true, brush);
    }
    if block.end.rem_euclid(2) == 1
        && let Some(y) = screen_row(state, grid, block.end / 2)
    {
        half_row(block, shape, paint, y, false, brush);
    }
}

fn half_row(block: &Block, shape: Shape, paint: Paint, y: u16, lower: bool, brush: &mut Brush) {
    let marks = brush.marks;
    let (half, bar, line) = if lower {
        (marks.lower, marks.bar_lower, marks.line_lower)
    } else {
        (marks.upper, marks.bar_upper, marks.line_upper)
    };
    if let (Shape::Filled, Some(ground)) = (shape, paint.ground) {
        let other = if lower { marks.upper } else { marks.lower };
        for x in block.x..block.x + block.width {
            let Some(cell) = brush.cell(x, y) else {
                continue;
            };
            if cell.symbol() == other {
                // The other half belongs to a neighbour: both share the cell.
                cell.set_bg(ground);
            } else {
                cell.set_symbol(half);
                cell.set_fg(ground);
                cell.modifier = Modifier::empty();
            }
        }
        return;
    }
    let mark = match shape {
        Shape::Filled | Shape::Tentative => bar,
        _ => line,
    };
    let taken = brush
        .cell(block.x, y)
        .is_some_and(|cell| cell.symbol() == marks.upper || cell.symbol() == marks.lower);
    if !taken {
        blank(block.x, block.x, y, brush);
        brush.put(block.x, y, mark, Style::default().fg(paint.accent), 1);
    }
}

/// Title, times and place, from the first row in sight.
#[allow(
    clippy::too_many_arguments,
    reason = "a block's words need all of its parts"
)]
fn words(
    state: &State,
    grid: &Grid,
    block: &Block,
    entry: &Entry,
    shape: Shape,
    paint: Paint,
    first: i32,
    last: i32,
    brush: &mut Brush,
) {
    let top = first.max(i32::from(state.scroll));
    let rows = usize::try_from(last - top).unwrap_or(0);
    let selected = state
        .selected_entry()
        .is_some_and(|(index, _)| index == block.entry);
    let inset = if shape == Shape::Asked || selected {
        2
    } else {
        1
    };
    let room = block.width.saturating_sub(inset);
    if rows == 0 || room == 0 {
        return;
    }
    let title = title(state, entry, block.entry, brush);
    let style = text_style(shape, paint, brush);
    let marks = mark_cells(state, entry, block.entry);
    for (offset, (text, is_title)) in lines(state, entry, &title, rows, room).iter().enumerate() {
        let row = top + i32::try_from(offset).unwrap_or(0);
        let Some(y) = screen_row(state, grid, row) else {
            continue;
        };
        let bottom = shape == Shape::Asked && row == last - 1 && rows > 1;
        let style = if *is_title {
            style
        } else {
            quieter(style, shape, paint, brush)
        };
        let text = if shape == Shape::Tentative {
            format!("{text} ")
        } else {
            text.clone()
        };
        let room = if bottom { room.saturating_sub(1) } else { room };
        // In a narrow lane every letter counts more than a sign that some are missing.
        let text = if room < 12 {
            safe::clipped(&text, usize::from(room))
        } else {
            text
        };
        brush.put(block.x + 1, y, &text, style, room);
        if offset == 0 && room >= 12 {
            let colors = categories(state, entry, brush);
            let from = block.x + block.width - u16::try_from(colors.len()).unwrap_or(0);
            for (color, x) in colors
                .into_iter()
                .zip(from.saturating_sub(u16::from(inset == 2))..)
            {
                brush.put(x, y, brush.marks.category, Style::default().fg(color), 1);
            }
        }
        if offset == 0 && marks > 0 {
            let role = mark_role(state, entry, block.entry);
            let mark: String = text.chars().take(marks).collect();
            // On its own ground a sign in the text's colour is the one that can be read.
            if paint.ground.is_none() || shape != Shape::Filled {
                let mut style = brush.style(role);
                if style.fg.is_some() {
                    // Its colour says enough; a weight of its own is bytes on every press.
                    style.add_modifier -= Modifier::BOLD;
                }
                brush.put(block.x + 1, y, &mark, style, room);
            }
        }
    }
}

/// Colours of an entry's categories, three at most.
pub(super) fn categories(state: &State, entry: &Entry, brush: &Brush) -> Vec<Color> {
    entry
        .categories
        .iter()
        .take(3)
        .map(|name| {
            let known = state
                .status
                .categories
                .iter()
                .find(|known| known.name == *name);
            brush.theme.category(known.and_then(|known| known.preset))
        })
        .collect()
}

fn mark_cells(state: &State, entry: &Entry, index: usize) -> usize {
    usize::from(clashes(state, index))
        + usize::from(entry.is_unanswered())
        + usize::from(entry.pending.is_some())
}

fn mark_role(state: &State, entry: &Entry, index: usize) -> Role {
    match &entry.pending {
        Some(pending) if pending.trouble.is_some() => Role::Danger,
        Some(_) => Role::Pending,
        None if clashes(state, index) => Role::Conflict,
        None => Role::Warning,
    }
}

/// Times and places stand back behind the title, as far as contrast allows.
fn quieter(style: Style, shape: Shape, paint: Paint, brush: &Brush) -> Style {
    if shape == Shape::Filled && paint.ground.is_some() {
        return style;
    }
    let quiet = brush.style(Role::Quiet);
    Style {
        fg: quiet.fg,
        ..style
    }
}

/// The title over as many rows as it needs, then times, then the place.
fn lines(state: &State, entry: &Entry, title: &str, rows: usize, room: u16) -> Vec<(String, bool)> {
    let room = usize::from(room);
    let times = sentence::times(&state.viewer, entry);
    let wants_times = safe::width(&times) <= room;
    let title_rows = match rows {
        1 => 1,
        2 if wants_times && safe::width(title) <= room + 4 => 1,
        2 => 2,
        rows => (rows - 1).min(3),
    };
    let mut wrapped = safe::wrapped(title, room);
    if wrapped.len() > title_rows {
        let rest = wrapped.split_off(title_rows.saturating_sub(1)).join(" ");
        wrapped.push(rest);
    }
    let mut lines: Vec<(String, bool)> = wrapped.into_iter().map(|text| (text, true)).collect();
    if wants_times {
        lines.push((times, false));
    }
    let place = safe::line(&entry.place);
    if !place.is_empty() {
        lines.push((place, false));
    }
    lines.truncate(rows);
    lines
}

/// The ring around the selected block: heavier lines, the same colours.
pub(super) fn ring(state: &State, grid: &Grid, block: &Block, brush: &mut Brush) {
    let first = (block.top + 1).div_euclid(2);
    let last = first + full_rows(block.top, block.end);
    let right = block.x + block.width - 1;
    let style = brush.style(Role::Ring);
    let [top_left, top_right, bottom_left, bottom_right, across, down] = brush.marks.ring;
    for row in first..last {
        let Some(y) = screen_row(state, grid, row) else {
            continue;
        };
        let single = last - first == 1;
        let (left, edge) = match (single, row == first, row == last - 1) {
            (true, ..) => (down, down),
            (_, true, _) => (top_left, top_right),
            (_, _, true) => (bottom_left, bottom_right),
            _ => (down, down),
        };
        brush.put(block.x, y, left, style, 1);
        brush.put(right, y, edge, style, 1);
        if !single && (row == first || row == last - 1) {
            let hatch = [
                " ",
                brush.marks.dash_across,
                brush.marks.hatch,
                brush.marks.now,
            ];
            for x in block.x + 1..right {
                let Some(cell) = brush.cell(x, y) else {
                    continue;
                };
                if hatch.contains(&cell.symbol()) && !between_words(brush, x, y, right) {
                    brush.put(x, y, across, style, 1);
                }
            }
        }
    }
}

/// A blank inside the text is not part of the edge.
fn between_words(brush: &mut Brush, x: u16, y: u16, right: u16) -> bool {
    (x + 1..right).take(2).any(|next| {
        brush
            .cell(next, y)
            .is_some_and(|cell| cell.symbol().chars().any(char::is_alphanumeric))
    })
}
