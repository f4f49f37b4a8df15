//! The month as cells: weeks by days, and which entries each day has.

use super::agenda::on_day;
use super::known::Known;
use super::viewer::Viewer;
use jiff::ToSpan;
use jiff::civil::Date;
use ratatui::layout::Rect;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub date: Date,
    pub area: Rect,
    pub entries: Vec<usize>,
    pub in_month: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    pub cells: Vec<Cell>,
}

pub fn compose(
    viewer: &Viewer,
    known: &Known,
    first: Date,
    weeks: u16,
    cursor: Date,
    area: Rect,
) -> Month {
    let weeks = weeks.max(1);
    let body = area.height.saturating_sub(1);
    let gutter = 4.min(area.width);
    let room = area.width - gutter;
    let mut cells = Vec::new();
    for week in 0..weeks {
        let y = area.y + 1 + body * week / weeks;
        let below = area.y + 1 + body * (week + 1) / weeks;
        for weekday in 0..7u16 {
            let x = area.x + gutter + room * weekday / 7;
            let right = area.x + gutter + room * (weekday + 1) / 7;
            let date = first.saturating_add(i32::from(week * 7 + weekday).days());
            cells.push(Cell {
                date,
                area: Rect::new(x, y, right - x, below - y),
                entries: on_day(viewer, known, date),
                in_month: date.month() == cursor.month() && date.year() == cursor.year(),
            });
        }
    }
    Month { cells }
}
