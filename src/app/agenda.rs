//! The agenda as lines: days as headings, one line an event, free time between.

use super::grid::dates;
use super::known::{Known, counts};
use super::viewer::Viewer;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Day {
        date: Date,
        today: bool,
    },
    /// An entry on this day; `continued` when it began on an earlier one.
    Event {
        entry: usize,
        date: Date,
        continued: bool,
    },
    /// Free time between two events that count, within working hours.
    Gap {
        minutes: i64,
    },
    Nothing,
    /// Between days, where there is room.
    Blank,
    /// Where the day stands now.
    Now,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    pub lines: Vec<Line>,
    pub from: Option<Date>,
    pub days: u16,
}

/// Lines of `days` days from `from`. Days without events stand only on their own
/// when they are today, the cursor's or the first.
pub fn compose(
    viewer: &Viewer,
    known: &Known,
    from: Date,
    days: u16,
    cursor: Date,
    now: Timestamp,
    airy: bool,
) -> Agenda {
    let today = viewer.day(now);
    let mut lines = Vec::new();
    for offset in 0..i32::from(days) {
        let date = from.saturating_add(offset.days());
        let entries = on_day(viewer, known, date);
        let wanted = date == today || date == cursor || date == from;
        if entries.is_empty() && !wanted {
            continue;
        }
        if airy && !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Day {
            date,
            today: date == today,
        });
        if entries.is_empty() {
            lines.push(Line::Nothing);
        }
        day_lines(
            &mut lines,
            viewer,
            known,
            &entries,
            date,
            (date == today).then_some(now),
        );
    }
    Agenda {
        lines,
        from: Some(from),
        days,
    }
}

/// Visible entries on a day: whole days first, then by start.
pub fn on_day(viewer: &Viewer, known: &Known, date: Date) -> Vec<usize> {
    let mut found: Vec<usize> = known
        .shown()
        .filter(|(_, entry)| {
            let (first, end) = dates(viewer, entry);
            first <= date && date < end
        })
        .map(|(index, _)| index)
        .collect();
    found.sort_by_key(|index| (!known.entries[*index].all_day, *index));
    found
}

fn day_lines(
    lines: &mut Vec<Line>,
    viewer: &Viewer,
    known: &Known,
    entries: &[usize],
    date: Date,
    now: Option<Timestamp>,
) {
    let mut busy_until: Option<Timestamp> = None;
    let mut now = now;
    for index in entries {
        let entry = &known.entries[*index];
        if let (Some(until), true) = (busy_until, counts(entry)) {
            let minutes = entry.start.duration_since(until).as_secs() / 60;
            if minutes >= 30 {
                lines.push(Line::Gap { minutes });
            }
        }
        if now.is_some_and(|now| !entry.all_day && entry.start > now) {
            lines.push(Line::Now);
            now = None;
        }
        if counts(entry) {
            busy_until = Some(busy_until.map_or(entry.end, |until| until.max(entry.end)));
        }
        lines.push(Line::Event {
            entry: *index,
            date,
            continued: dates(viewer, entry).0 < date,
        });
    }
}
