//! Moving: the cursor's day, the selected event and the scroll.
//!
//! Invariant: the cursor's day is the selected event's day (or the day it is
//! looked at), and the selection is visible after every motion.

use super::State;
use super::agenda::{Line, on_day};
use super::grid::{Block, Grid, dates};
use super::known::Key;
use super::scene::Main;
use super::view::View;
use jiff::ToSpan;
use jiff::civil::Date;

/// Rows of the view's scrolled region.
pub(super) fn page(state: &State) -> u16 {
    match &state.scene.main {
        Main::Grid(grid) => grid.hours.height,
        _ => state.scene.main_area.height,
    }
}

/// Rows there are to scroll through.
fn length(state: &State) -> u16 {
    match &state.scene.main {
        Main::Grid(grid) => grid.rows,
        Main::Agenda(agenda) => u16::try_from(agenda.lines.len()).unwrap_or(u16::MAX),
        Main::Month(_) => 0,
    }
}

pub(super) fn keep_scroll_inside(state: &mut State) {
    let most = length(state).saturating_sub(page(state));
    state.scroll = state.scroll.min(most);
}

/// Today's view opens at the hour before now; others at the start of work.
pub(super) fn scroll_to_now(state: &mut State) {
    let Main::Grid(grid) = &state.scene.main else {
        state.scroll = 0;
        return;
    };
    let half = match grid.now {
        Some((_, half)) => half - 2 * i32::from(grid.rows_per_hour),
        None => grid.working.0 - i32::from(grid.rows_per_hour),
    };
    state.scroll = u16::try_from((half / 2).max(0)).unwrap_or(0);
    keep_scroll_inside(state);
}

pub(super) fn scroll_by(state: &mut State, rows: i32) {
    let target = i32::from(state.scroll) + rows;
    state.scroll = u16::try_from(target.max(0)).unwrap_or(u16::MAX);
    keep_scroll_inside(state);
}

/// Puts the cursor on a day and lays out, without choosing an event.
pub(super) fn go_to_day(state: &mut State, day: Date) {
    state.cursor = day;
    if let View::Days(count) = state.view {
        let end = state.anchor.saturating_add(i32::from(count).days());
        if day < state.anchor {
            state.anchor = day;
        } else if day >= end {
            state.anchor = day.saturating_sub((i32::from(count) - 1).days());
        }
    }
    if state.view == View::Agenda {
        let days = i32::from(state.settings.agenda_days + state.agenda_more);
        if day < state.anchor || day >= state.anchor.saturating_add(days.days()) {
            state.anchor = day;
            state.agenda_more = 0;
        }
    }
    state.lay_out();
}

pub(super) fn select(state: &mut State, index: usize, day: Date) {
    let Some(entry) = state.known.entries.get(index) else {
        return;
    };
    let key = Key::of(entry);
    let same = state.selected.as_ref() == Some(&key);
    state.selected = Some(key);
    if let (false, Some(inspector)) = (same, &mut state.inspector) {
        inspector.detail = None;
        inspector.trouble = None;
        inspector.scroll = 0;
    }
    go_to_day(state, day);
    show_selected(state);
}

/// Scrolls as little as needed for the selection to be seen.
pub(super) fn show_selected(state: &mut State) {
    let Some((index, _)) = state.selected_entry() else {
        return;
    };
    let (top, end) = match &state.scene.main {
        Main::Grid(grid) => match block_of(grid, index, state.cursor) {
            Some(block) => (block.top / 2, (block.end + 1) / 2),
            None => return,
        },
        Main::Agenda(agenda) => {
            let cursor = state.cursor;
            let line = agenda.lines.iter().position(|line| {
                matches!(line, Line::Event { entry, date, .. } if *entry == index && *date == cursor)
            });
            match line.and_then(|line| i32::try_from(line).ok()) {
                // The first event of a day keeps its heading in sight.
                Some(line) => (line - 1, line + 1),
                None => return,
            }
        }
        Main::Month(_) => return,
    };
    let page = i32::from(page(state)).max(1);
    let mut scroll = i32::from(state.scroll);
    scroll = scroll.max(end - page).min(top);
    state.scroll = u16::try_from(scroll.max(0)).unwrap_or(0);
    keep_scroll_inside(state);
}

fn block_of(grid: &Grid, entry: usize, cursor: Date) -> Option<&Block> {
    let mut blocks = grid.blocks.iter().filter(|block| block.entry == entry);
    blocks
        .clone()
        .find(|block| {
            grid.columns
                .get(block.column)
                .is_some_and(|column| column.day.date == cursor)
        })
        .or_else(|| blocks.next())
}

/// Down or up among the events of the day; past its ends the view scrolls.
pub(super) fn along_day(state: &mut State, forward: bool) {
    if !matches!(state.scene.main, Main::Grid(_)) {
        if matches!(state.scene.main, Main::Month(_)) {
            let days = if forward { 7 } else { -7 };
            return to_day(state, state.cursor.saturating_add(days.days()));
        }
        return through(state, forward);
    }
    let day = on_day(&state.viewer, &state.known, state.cursor);
    let here = state
        .selected_entry()
        .and_then(|(index, _)| day.iter().position(|other| *other == index));
    let next = match (here, forward) {
        (Some(here), true) => day.get(here + 1),
        (Some(here), false) => here.checked_sub(1).and_then(|before| day.get(before)),
        (None, true) => day.first(),
        (None, false) => day.last(),
    };
    match next.copied() {
        Some(index) => select(state, index, state.cursor),
        None => scroll_by(state, if forward { 2 } else { -2 }),
    }
}

/// To the lane beside, else to the day beside.
pub(super) fn across(state: &mut State, right: bool) {
    if let Some(index) = beside(state, right) {
        return select(state, index, state.cursor);
    }
    let step = if right { 1 } else { -1 };
    let mut day = state.cursor.saturating_add(step.days());
    if state.view == View::WorkWeek {
        let working = super::scene::working_days(state);
        for _ in 0..6 {
            if working.contains(&day.weekday().to_monday_one_offset()) {
                break;
            }
            day = day.saturating_add(step.days());
        }
    }
    to_day(state, day);
}

/// The block in the next lane at the same time.
fn beside(state: &State, right: bool) -> Option<usize> {
    let grid = state.scene.grid()?;
    let (index, _) = state.selected_entry()?;
    let here = block_of(grid, index, state.cursor)?;
    grid.blocks
        .iter()
        .filter(|block| block.column == here.column)
        .filter(|block| block.top < here.end && here.top < block.end)
        .filter(|block| {
            if right {
                block.x >= here.x + here.width
            } else {
                block.x + block.width <= here.x
            }
        })
        .min_by_key(|block| (block.x.abs_diff(here.x), block.top.abs_diff(here.top)))
        .map(|block| block.entry)
}

/// A day, with the event selected that is nearest to the time of day looked at.
pub(super) fn to_day(state: &mut State, day: Date) {
    let wanted = state
        .selected_entry()
        .map(|(_, entry)| (entry.all_day, state.viewer.wall(entry.start).time()));
    go_to_day(state, day);
    let entries = on_day(&state.viewer, &state.known, day);
    let nearest = match wanted {
        Some((false, time)) => entries.iter().copied().min_by_key(|index| {
            let entry = &state.known.entries[*index];
            let own = state.viewer.wall(entry.start).time();
            let away = (own - time).total(jiff::Unit::Minute).unwrap_or(0.0).abs();
            (entry.all_day, away as i64)
        }),
        _ => entries.first().copied(),
    };
    match nearest {
        Some(index) => select(state, index, day),
        None => state.selected = None,
    }
}

/// The next or previous event in time, through days and past the ends of the view.
pub(super) fn through(state: &mut State, forward: bool) {
    let order = in_order(state);
    let here = state.selected_entry().map(|(index, _)| index);
    let at = order
        .iter()
        .position(|(index, day)| Some(*index) == here && *day == state.cursor)
        .or_else(|| order.iter().position(|(index, _)| Some(*index) == here));
    let next = match (at, forward) {
        (Some(at), true) => order.get(at + 1),
        (Some(at), false) => at.checked_sub(1).and_then(|before| order.get(before)),
        (None, true) => order.iter().find(|(_, day)| *day >= state.cursor),
        (None, false) => order.iter().rev().find(|(_, day)| *day <= state.cursor),
    };
    match next.copied() {
        Some((index, day)) => {
            grow_agenda(state, day);
            select(state, index, day);
        }
        None => scroll_by(state, if forward { 2 } else { -2 }),
    }
}

/// Walking off the agenda's end lengthens it instead of starting it anew.
fn grow_agenda(state: &mut State, day: Date) {
    if state.view != View::Agenda {
        return;
    }
    let days = i32::from(state.settings.agenda_days + state.agenda_more);
    if day >= state.anchor.saturating_add(days.days()) && state.agenda_more < 60 {
        state.agenda_more += state.settings.agenda_days;
    }
}

/// Every visible entry once, with its first day; whole days before hours.
pub(super) fn in_order(state: &State) -> Vec<(usize, Date)> {
    let mut order: Vec<(usize, Date)> = state
        .known
        .shown()
        .map(|(index, entry)| (index, dates(&state.viewer, entry).0))
        .collect();
    order.sort_by_key(|(index, day)| (*day, !state.known.entries[*index].all_day, *index));
    order
}

/// The first or last event of what is shown.
pub(super) fn to_end(state: &mut State, last: bool) {
    let (from, to) = state.scene.days(state.cursor);
    let mut order: Vec<(usize, Date)> = in_order(state)
        .into_iter()
        .filter(|(_, day)| from <= *day && *day < to)
        .collect();
    if last {
        order.reverse();
    }
    if let Some((index, day)) = order.first().copied() {
        select(state, index, day);
    }
}

/// Selects what runs now or comes next on the cursor's day.
pub(super) fn select_around_now(state: &mut State) {
    let day = on_day(&state.viewer, &state.known, state.cursor);
    let next = day.iter().copied().find(|index| {
        let entry = &state.known.entries[*index];
        !entry.all_day && entry.end > state.now
    });
    match next.or_else(|| day.last().copied()) {
        Some(index) => {
            let cursor = state.cursor;
            select(state, index, cursor);
        }
        None => state.selected = None,
    }
}
