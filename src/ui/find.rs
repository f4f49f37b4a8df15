//! Find a time: who is free when, the times best first, and what else is to be known.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::find::{
    Aside, CELL, Fair, Find, Guest, Note, cell_start, dates, facts, fair_facts, local, moment,
    notes, place, room_facts, why,
};
use crate::app::scene::Scene;
use crate::app::sentence;
use crate::config::Role;
use crate::config::theme::Glyphs;
use crate::domain::event::Role as Part;
use crate::domain::schedule::{Cell, Shade};
use jiff::ToSpan;
use jiff::civil::Date;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns of the names.
const NAMES: u16 = 22;
/// The hours of a day that are drawn, and their cells.
const FIRST_HOUR: usize = 7;
const LAST_HOUR: usize = 20;
const CELLS_AN_HOUR: usize = 60 / CELL as usize;
const DAY: u16 = ((LAST_HOUR - FIRST_HOUR) * CELLS_AN_HOUR) as u16;

pub(super) fn draw(state: &State, open: &Find, brush: &mut Brush, scene: &Scene) {
    let top = scene.header.bottom();
    let bottom = scene.about.y.min(scene.footer.y);
    let area = Rect::new(
        scene.header.x,
        top,
        scene.header.width,
        bottom.saturating_sub(top),
    );
    let ground = brush.style(Role::Text);
    brush.clear(area, ground);
    heading(state, open, brush, Rect { height: 1, ..area });
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    if let Some(Aside::Fair(fair)) = &open.aside {
        return draw_fair(state, open, fair, brush, body);
    }
    // Beside each other where both fit; else the times are below the picture.
    let (picture, list) = if body.width >= NAMES + DAY + 48 {
        let width = (body.width / 3).max(46);
        let picture = Rect {
            width: body.width - width,
            ..body
        };
        let list = Rect {
            x: body.x + picture.width,
            width,
            ..body
        };
        (picture, list)
    } else {
        let rows = u16::try_from(open.guests.len()).unwrap_or(40) + 4;
        let height = rows.min(body.height / 2);
        let picture = Rect { height, ..body };
        let list = Rect {
            y: body.y + height,
            height: body.height - height,
            ..body
        };
        (picture, list)
    };
    draw_picture(state, open, brush, picture);
    match &open.aside {
        None => draw_list(state, open, brush, list),
        Some(Aside::Room(room)) => {
            let facts = room_facts(state, open, room);
            let notes = room.notes.get(open.first_line..).unwrap_or_default();
            lines(notes, facts, brush, list);
        }
        Some(Aside::Fair(_)) => {}
    }
}

/// What would be done, as much as there is room for; and below it, always, what Enter does.
fn lines(notes: &[Note], facts: Option<String>, brush: &mut Brush, area: Rect) {
    let room = usize::from(area.width.saturating_sub(2)).max(10);
    let wide = area.width.saturating_sub(2);
    let facts = safe::wrapped(&facts.unwrap_or_default(), room);
    let kept = u16::try_from(facts.len()).unwrap_or(0).min(area.height);
    let bottom = area.bottom() - kept;
    let mut y = area.y;
    for (at, note) in notes.iter().enumerate() {
        let words = safe::wrapped(&note.words, room);
        let high = u16::try_from(words.len()).unwrap_or(0);
        let is_last = at + 1 == notes.len();
        if y + high + u16::from(!is_last) > bottom {
            let more = format!("{} more: j goes on to them", notes.len() - at);
            if y < bottom {
                brush.put(area.x + 1, y, &more, brush.style(Role::Warning), wide);
                y += 1;
            }
            break;
        }
        let role = if note.is_warning {
            Role::Warning
        } else {
            Role::Text
        };
        for line in words {
            brush.put(area.x + 1, y, &line, brush.style(role), wide);
            y += 1;
        }
    }
    for line in facts
        .iter()
        .take(usize::from(area.bottom().saturating_sub(y)))
    {
        brush.put(area.x + 1, y, line, brush.style(Role::Strong), wide);
        y += 1;
    }
}

/// Columns of one person's times.
const LOCAL: u16 = 9;
/// Columns of the dates.
const DATES: u16 = 24;

/// When it is, on everybody's clock, and what each of them bears.
fn draw_fair(state: &State, open: &Find, fair: &Fair, brush: &mut Brush, area: Rect) {
    let (quiet, strong) = (brush.style(Role::Quiet), brush.style(Role::Strong));
    let people: Vec<&Guest> = fair
        .people
        .iter()
        .filter_map(|at| open.guests.get(*at))
        .collect();
    let fitting = usize::from(area.width.saturating_sub(DATES + 2) / LOCAL);
    let x_of = |column: usize| area.x + DATES + u16::try_from(column).unwrap_or(0) * LOCAL;
    let head = format!("{} times, in turns", fair.occurrences);
    brush.put(area.x + 1, area.y, &head, quiet, DATES - 2);
    for (column, guest) in people.iter().take(fitting).enumerate() {
        let first = guest.name.split([' ', '@']).next().unwrap_or_default();
        let name = safe::cut(first, usize::from(LOCAL - 1));
        brush.put(x_of(column), area.y, &name, quiet, LOCAL - 1);
    }
    let mut y = area.y + 1;
    for (at, part) in fair.blocks.iter().enumerate().skip(open.first_line) {
        // Below stand what it costs, what to know and what Enter does.
        if y + 6 >= area.bottom() && at + 1 < fair.blocks.len() {
            let more = format!("{} more: j goes on to them", fair.blocks.len() - at);
            brush.put(
                area.x + 1,
                y,
                &more,
                brush.style(Role::Warning),
                area.width - 2,
            );
            y += 1;
            break;
        }
        brush.put(area.x + 1, y, &dates(state, part), strong, DATES - 2);
        for (column, guest) in people.iter().take(fitting).enumerate() {
            let hurts = part.pain.get(column).is_some_and(|pain| *pain > 0);
            let role = if hurts { Role::Warning } else { Role::Text };
            let mark = if hurts { "!" } else { "" };
            let words = format!("{}{mark}", local(state, guest, part));
            brush.put(x_of(column), y, &words, brush.style(role), LOCAL - 1);
        }
        y += 1;
    }
    for (words, burdens) in [("bears", &fair.burdens), ("at one time", &fair.at_one_time)] {
        if fair.blocks.is_empty() || y >= area.bottom() {
            break;
        }
        brush.put(area.x + 1, y, words, quiet, DATES - 2);
        for (column, burden) in burdens.iter().take(fitting).enumerate() {
            brush.put(x_of(column), y, &burden.to_string(), quiet, LOCAL - 1);
        }
        y += 1;
    }
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    lines(&fair.notes, fair_facts(state, open, fair), brush, rest);
}

fn heading(state: &State, open: &Find, brush: &mut Brush, area: Rect) {
    let last = open.to().yesterday().unwrap_or(open.from);
    let today = state.today();
    let rooms = open
        .guests
        .iter()
        .filter(|guest| guest.role == Part::Resource)
        .count();
    let people = open.guests.len() - rooms;
    let title = safe::cut(&open.title, 40);
    let hours = match (open.is_mine_hard, open.is_all_hard) {
        (true, true) => "everybody's hours",
        (true, false) => "your hours",
        (false, true) => "the others' hours",
        (false, false) => "at any time",
    };
    let rooms = match rooms {
        0 => String::new(),
        1 => ", 1 room".into(),
        rooms => format!(", {rooms} rooms"),
    };
    let words = format!(
        "Find a time · {title} · {} · {} – {} · {people} people{rooms} · {hours}",
        sentence::length(i64::from(open.minutes)),
        sentence::short_day(open.from, today),
        sentence::short_day(last, today),
    );
    brush.put(
        area.x + 1,
        area.y,
        &words,
        brush.style(Role::Strong),
        area.width.saturating_sub(2),
    );
}

/// The days that fit, with the one that is looked at among them.
fn days(state: &State, open: &Find, width: u16) -> Vec<usize> {
    let fitting = usize::from(width.saturating_sub(NAMES) / (DAY + 1)).max(1);
    let looked_at = open.slot().map_or(0, |slot| {
        let day = state.viewer.day(slot.start);
        usize::try_from((day - open.from).get_days()).unwrap_or(0)
    });
    let all = usize::try_from((open.to() - open.from).get_days()).unwrap_or(7);
    let first = (looked_at / fitting * fitting).min(all.saturating_sub(fitting));
    (first..all).take(fitting).collect()
}

fn draw_picture(state: &State, open: &Find, brush: &mut Brush, area: Rect) {
    let shown = days(state, open, area.width);
    let x_of = |column: usize| area.x + NAMES + u16::try_from(column).unwrap_or(0) * (DAY + 1);
    let quiet = brush.style(Role::Quiet);
    for (column, day) in shown.iter().enumerate() {
        let date = open
            .from
            .saturating_add(i32::try_from(*day).unwrap_or(0).days());
        let x = x_of(column);
        let room = area.right().saturating_sub(x);
        let role = if is_working(state, date) {
            Role::Day
        } else {
            Role::Weekend
        };
        let name = sentence::short_day(date, state.today());
        brush.put(x, area.y, &name, brush.style(role), room.min(DAY));
        for hour in (FIRST_HOUR..LAST_HOUR).step_by(2) {
            let at = x + u16::try_from((hour - FIRST_HOUR) * CELLS_AN_HOUR).unwrap_or(0);
            if at + 2 <= area.right() {
                brush.put(at, area.y + 1, &hour.to_string(), quiet, 2);
            }
        }
    }
    let starts: Vec<Vec<i64>> = shown
        .iter()
        .map(|day| cell_starts(state, open, *day))
        .collect();
    let room = usize::from(area.height.saturating_sub(2));
    // All together stand first, wherever one is among the people.
    let first = open.first_row;
    let rows = open.rows.iter().enumerate();
    let rows = rows.filter(|(line, _)| *line == 0 || *line > first);
    for ((line, cells), y) in rows.take(room).zip(area.y + 2..) {
        match line
            .checked_sub(1)
            .and_then(|at| Some((at, open.guests.get(at)?)))
        {
            None => {
                let style = brush.style(Role::Strong);
                brush.put(area.x + 1, y, "all who must come", style, NAMES - 2);
            }
            Some((number, guest)) => {
                let digit = open.digit(number);
                name(brush, digit, guest, Rect::new(area.x, y, NAMES, 1));
            }
        }
        for (column, starts) in starts.iter().enumerate() {
            let place = Rect::new(
                x_of(column),
                y,
                DAY.min(area.right().saturating_sub(x_of(column))),
                1,
            );
            draw_cells(state, open, brush, (starts, cells), place);
        }
    }
    let hidden = open.rows.len().saturating_sub(room + first);
    if (hidden > 0 || first > 0) && area.height > 2 {
        let words = match (first, hidden) {
            (0, _) => format!("{hidden} more people (J)"),
            (_, 0) => format!("{first} people before (K)"),
            _ => format!("{first} before (K), {hidden} more (J)"),
        };
        brush.put_right(area.right() - 1, area.bottom() - 1, &words, quiet);
    }
}

fn is_working(state: &State, date: Date) -> bool {
    let working = crate::app::scene::working_days(state);
    working.contains(&date.weekday().to_monday_one_offset())
}

/// `2 Kenji Mori   Tokyo`: the number makes them optional.
fn name(brush: &mut Brush, digit: Option<usize>, guest: &Guest, area: Rect) {
    let mark = match guest.role {
        Part::Required => "",
        Part::Optional => "?",
        Part::Resource => "#",
    };
    let key = digit.map_or_else(|| " ".into(), |digit| digit.to_string());
    let used = brush.put(area.x + 1, area.y, &key, brush.style(Role::Key), 1) + 2;
    let role = match guest.role {
        Part::Optional => Role::Quiet,
        _ => Role::Text,
    };
    let zone = guest
        .clock
        .as_ref()
        .filter(|_| !guest.is_me)
        .map(|clock| clock.place());
    let zone = safe::cut(&zone.unwrap_or_default(), 8);
    let right = brush.put_right(area.right() - 1, area.y, &zone, brush.style(Role::Quiet));
    let room = right.saturating_sub(area.x + used + 1);
    let text = safe::cut(&format!("{}{mark}", guest.name), usize::from(room));
    brush.put(area.x + used, area.y, &text, brush.style(role), room);
}

/// When the cells of that day begin, on the clock that stands above them: on a day on which clocks
/// change they are not evenly apart.
fn cell_starts(state: &State, open: &Find, day: usize) -> Vec<i64> {
    let days = i32::try_from(day).unwrap_or(0).days();
    let date = open.from.saturating_add(days);
    (0..DAY)
        .map(|column| {
            cell_start(
                state,
                date,
                FIRST_HOUR * 60 + usize::from(column) * CELL as usize,
            )
        })
        .collect()
}

fn draw_cells(
    state: &State,
    open: &Find,
    brush: &mut Brush,
    (starts, cells): (&[i64], &[Cell]),
    place: Rect,
) {
    let origin = state.viewer.midnight(open.from).as_second().div_euclid(60);
    let slot = open.slot().map(|slot| {
        let minute = |at: jiff::Timestamp| at.as_second().div_euclid(60);
        (minute(slot.start), minute(slot.end))
    });
    let is_unicode = brush.theme.glyphs == Glyphs::Unicode;
    for (from, column) in starts.iter().copied().zip(0..place.width) {
        let at = usize::try_from((from - origin).div_euclid(i64::from(CELL))).unwrap_or(0);
        let cell = cells.get(at).copied().unwrap_or_default();
        let is_slot = slot.is_some_and(|(start, end)| start < from + i64::from(CELL) && from < end);
        let (glyph, role) = look(cell, is_unicode);
        let ground = match (is_slot, cell.outside_hours) {
            (true, _) => brush.style(Role::Choice),
            (false, true) => brush.style(Role::Text),
            (false, false) => brush.style(Role::Working),
        };
        let style = ground.patch(Style {
            bg: None,
            ..brush.style(role)
        });
        brush.put(place.x + column, place.y, glyph, style, 1);
    }
}

/// Shape says it without colour.
fn look(cell: Cell, is_unicode: bool) -> (&'static str, Role) {
    let (glyph, plain, role) = match cell.shade {
        Shade::Free if cell.outside_hours => ("·", ".", Role::Quiet),
        Shade::Free => (" ", " ", Role::Text),
        Shade::Elsewhere => ("-", "-", Role::Quiet),
        Shade::Unknown => ("?", "?", Role::Warning),
        Shade::Tentative => ("▒", "~", Role::Warning),
        Shade::Busy => ("█", "#", Role::Strong),
        Shade::Away => ("█", "X", Role::Danger),
    };
    (if is_unicode { glyph } else { plain }, role)
}

fn draw_list(state: &State, open: &Find, brush: &mut Brush, area: Rect) {
    let quiet = brush.style(Role::Quiet);
    let notes = told(state, open, brush, area);
    let kept = u16::try_from(notes.len()).unwrap_or(0);
    let rows = usize::from(area.height.saturating_sub(kept + 2));
    let head = format!(
        "{} of {} times, best first",
        open.ranking.starts.len(),
        open.ranking.tried
    );
    brush.put(
        area.x + 1,
        area.y,
        &head,
        quiet,
        area.width.saturating_sub(2),
    );
    let first = (open.at + 1).saturating_sub(rows.max(1));
    let shown = open.ranking.starts.iter().enumerate().skip(first);
    for ((index, start), y) in shown.take(rows).zip(area.y + 1..) {
        let is_here = index == open.at;
        let ground = brush.style(if is_here { Role::Choice } else { Role::Text });
        brush.fill(Rect::new(area.x, y, area.width, 1), ground);
        let mark = if is_here { brush.marks.choice } else { " " };
        brush.put(area.x, y, mark, ground, 1);
        let when = moment(state, start.start);
        let used = brush.put(area.x + 2, y, &when, ground, 18.min(area.width));
        let x = area.x + 2 + used.max(16) + 1;
        let cost = match place(open, start.start) {
            Some(theirs) => format!("M{theirs} {}", start.cost),
            None => start.cost.to_string(),
        };
        let right = brush.put_right(
            area.right() - 1,
            y,
            &cost,
            ground.patch(Style { bg: None, ..quiet }),
        );
        let room = right.saturating_sub(x + 1);
        let words = safe::cut(&why(open, start.start), usize::from(room));
        brush.put(x, y, &words, ground, room);
    }
    let y = area.bottom().saturating_sub(kept).max(area.y + 1);
    for ((words, style), y) in notes.iter().zip(y..area.bottom()) {
        brush.put(area.x + 1, y, words, *style, area.width.saturating_sub(2));
    }
}

/// What is to be known beside the times, at most half of the list's room.
fn told(state: &State, open: &Find, brush: &Brush, area: Rect) -> Vec<(String, Style)> {
    let room = usize::from(area.width.saturating_sub(2)).max(10);
    let mut lines = Vec::new();
    let mut add = |words: &str, role| {
        let wrapped = safe::wrapped(words, room).into_iter();
        lines.extend(wrapped.map(|line| (line, brush.style(role))));
    };
    for note in notes(state, open) {
        let role = if note.is_warning {
            Role::Warning
        } else {
            Role::Quiet
        };
        add(&note.words, role);
    }
    if open.slot().is_some() {
        add(&facts(open), Role::Strong);
    }
    // What Enter does stands last and stays.
    let most = usize::from(area.height / 2).max(1);
    let cut = lines.len().saturating_sub(most);
    lines.drain(..cut);
    lines
}
