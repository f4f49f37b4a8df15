//! The grid of days as places: which block stands on which cells.
//!
//! Refuses colours and text. Invariant: no half cell of the grid belongs to two
//! blocks, and a block stands exactly where its wall times are, to half a row.

use super::day::{Axis, Day, Mark};
use super::known::Known;
use super::lanes::{Span, assign, parted};
use super::viewer::Viewer;
use crate::domain::entry::Entry;
use crate::domain::event::When;
use jiff::Timestamp;
use jiff::civil::Date;
use ratatui::layout::Rect;

/// Least columns of a lane.
const LANE: u16 = 6;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub day: Day,
    /// From the left of the screen.
    pub x: u16,
    pub width: u16,
    pub is_today: bool,
    pub is_working: bool,
    /// Stretches of rows (in halves) that do not exist on this day.
    pub voids: Vec<(i32, i32)>,
}

/// One event on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Index into the known entries.
    pub entry: usize,
    pub column: usize,
    pub x: u16,
    pub width: u16,
    /// Half rows from the top of the day.
    pub top: i32,
    pub end: i32,
    /// It began on an earlier day.
    pub from_before: bool,
    /// It goes on after this day.
    pub goes_on: bool,
    /// It begins where one of the same calendar ends: drawn in the second ground.
    pub next: bool,
}

/// An event of whole days, in the band above the hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub entry: usize,
    pub first: usize,
    /// Inclusive.
    pub last: usize,
    pub row: u16,
    pub from_before: bool,
    pub goes_on: bool,
    pub hidden: bool,
}

/// `+n` events that have no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct More {
    pub column: usize,
    /// Half rows from the top of the day.
    pub top: i32,
    pub end: i32,
    pub count: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    pub columns: Vec<Column>,
    pub blocks: Vec<Block>,
    pub more: Vec<More>,
    pub bars: Vec<Bar>,
    /// Rows of the all-day band.
    pub band: u16,
    /// `+n` of the band, by column.
    pub band_more: Vec<usize>,
    pub marks: Vec<Mark>,
    /// Rows of a whole day.
    pub rows: u16,
    /// Half rows of the working hours.
    pub working: (i32, i32),
    /// Column and half row of now.
    pub now: Option<(usize, i32)>,
    /// Where the hours are drawn.
    pub hours: Rect,
    pub gutter: u16,
    pub rows_per_hour: u16,
}

/// What the grid is made from.
pub struct Plan<'a> {
    pub viewer: &'a Viewer,
    pub known: &'a Known,
    pub days: &'a [Date],
    pub now: Timestamp,
    pub area: Rect,
    pub gutter: u16,
    pub rows_per_hour: u16,
    pub band_cap: u16,
    /// Wall minutes.
    pub working: (i32, i32),
    pub working_days: &'a [i8],
}

impl Plan<'_> {
    pub fn compose(&self) -> Grid {
        let days: Vec<Day> = self
            .days
            .iter()
            .map(|date| Day::new(self.viewer, *date))
            .collect();
        let axis = Axis::new(&days);
        let today = self.viewer.day(self.now);
        let columns = self.columns(&days, &axis, today);
        let (bars, band, band_more) = self.bars(&days);
        let mut grid = Grid {
            rows: u16::try_from(self.halves(axis.minutes(), true) / 2).unwrap_or(24),
            marks: axis.marks(),
            working: (
                self.halves(axis.of_wall(self.working.0), false),
                self.halves(axis.of_wall(self.working.1), false),
            ),
            now: days
                .iter()
                .position(|day| day.contains(self.now))
                .map(|column| {
                    let at = axis.position(self.viewer, &days[column], self.now);
                    (column, self.halves(at, false))
                }),
            hours: hours(self.area, band),
            gutter: self.gutter,
            rows_per_hour: self.rows_per_hour,
            columns,
            bars,
            band,
            band_more,
            ..Grid::default()
        };
        for index in 0..grid.columns.len() {
            self.place_blocks(&mut grid, &axis, index);
        }
        grid
    }

    /// Minutes of the axis to half rows.
    fn halves(&self, minutes: i32, up: bool) -> i32 {
        let scaled = minutes * i32::from(self.rows_per_hour) * 2;
        if up {
            (scaled + 59).div_euclid(60)
        } else {
            scaled.div_euclid(60)
        }
    }

    /// To the nearest half row: what ends where another begins stays apart from it.
    fn nearest(&self, minutes: i32) -> i32 {
        (minutes * i32::from(self.rows_per_hour) * 2 + 30).div_euclid(60)
    }

    fn columns(&self, days: &[Day], axis: &Axis, today: Date) -> Vec<Column> {
        let count = u16::try_from(days.len()).unwrap_or(1).max(1);
        let room = self.area.width.saturating_sub(self.gutter);
        let mut x = self.area.x + self.gutter;
        days.iter()
            .enumerate()
            .map(|(index, day)| {
                let extra = u16::from(u16::try_from(index).unwrap_or(0) < room % count);
                let width = room / count + extra;
                let column = Column {
                    day: day.clone(),
                    x,
                    // The last cell of a column keeps days apart.
                    width: width.saturating_sub(1).max(1),
                    is_today: day.date == today,
                    is_working: self
                        .working_days
                        .contains(&day.date.weekday().to_monday_one_offset()),
                    voids: axis
                        .voids(day)
                        .into_iter()
                        .map(|(from, to)| (self.halves(from, false), self.halves(to, true)))
                        .collect(),
                };
                x += width;
                column
            })
            .collect()
    }

    fn place_blocks(&self, grid: &mut Grid, axis: &Axis, index: usize) {
        let Some(column) = grid.columns.get(index).cloned() else {
            return;
        };
        let day = &column.day;
        let mut blocks = Vec::new();
        let mut spans = Vec::new();
        for (entry_index, entry) in self.known.shown() {
            if is_bar(entry) || !day.touches(entry.start, entry.end) {
                continue;
            }
            let (block, span) = self.block(axis, &column, index, entry_index, entry);
            blocks.push(block);
            spans.push(span);
        }
        let most = usize::from(column.width / LANE).max(1);
        let lanes = assign(&spans, most);
        let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
        for (mut block, lane) in blocks.into_iter().zip(&lanes) {
            if lane.hidden {
                note_more(&mut grid.more, index, &block);
                continue;
            }
            let hides = lanes
                .iter()
                .any(|other| other.group == lane.group && other.hidden);
            let width = usize::from(column.width.saturating_sub(if hides { 3 } else { 0 }));
            let left = lane.first * width / lane.of;
            let right = (lane.first + lane.wide) * width / lane.of;
            block.x = column.x + u16::try_from(left).unwrap_or(0);
            block.width = u16::try_from(right - left).unwrap_or(1).max(1);
            kept.push(block);
        }
        trim(&mut kept);
        self.part_neighbours(&mut kept);
        grid.blocks.extend(kept);
    }

    /// Blocks of one calendar that touch would look like one.
    fn part_neighbours(&self, blocks: &mut [Block]) {
        for index in 0..blocks.len() {
            let block = &blocks[index];
            let touched = blocks.iter().take(index).any(|above| {
                above.end == block.top
                    && !above.next
                    && above.x < block.x + block.width
                    && block.x < above.x + above.width
                    && self.calendar(above) == self.calendar(block)
            });
            blocks[index].next = touched;
        }
    }

    fn calendar(&self, block: &Block) -> Option<&crate::domain::ids::CalendarId> {
        self.known
            .entries
            .get(block.entry)
            .map(|entry| &entry.calendar)
    }

    fn block(
        &self,
        axis: &Axis,
        column: &Column,
        index: usize,
        entry_index: usize,
        entry: &Entry,
    ) -> (Block, Span) {
        let day = &column.day;
        let start = entry.start.max(day.start);
        let end = entry.end.max(entry.start);
        let from = axis.position(self.viewer, day, start);
        let to = axis.end_position(self.viewer, day, end).max(from + 1);
        let mut top = self.nearest(from);
        let mut bottom = self.nearest(to).max(top + 1);
        if full_rows(top, bottom) == 0 {
            // A title needs one whole row: the one in which it starts.
            top -= top.rem_euclid(2);
            bottom = top + 2;
        }
        let block = Block {
            entry: entry_index,
            column: index,
            x: column.x,
            width: column.width,
            top,
            end: bottom,
            from_before: entry.start < day.start,
            goes_on: end > day.end,
            next: false,
        };
        let span = Span {
            start: start.as_second(),
            end: end.as_second().max(start.as_second() + 60),
            cells: (top, bottom),
        };
        (block, span)
    }

    /// Whole days and anything of 24 hours or more, in the lowest free row.
    fn bars(&self, days: &[Day]) -> (Vec<Bar>, u16, Vec<usize>) {
        let mut bars: Vec<Bar> = self
            .known
            .shown()
            .filter(|(_, entry)| is_bar(entry))
            .filter_map(|(index, entry)| self.bar(days, index, entry))
            .collect();
        bars.sort_by_key(|bar| (bar.first, std::cmp::Reverse(bar.last), bar.entry));
        let mut ends: Vec<usize> = Vec::new();
        for bar in &mut bars {
            let free = ends.iter().position(|end| *end <= bar.first);
            let row = free.unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(0);
            }
            ends[row] = bar.last + 1;
            bar.row = u16::try_from(row).unwrap_or(u16::MAX);
        }
        let wanted = u16::try_from(ends.len()).unwrap_or(u16::MAX);
        let cap = self.band_cap.min(self.area.height / 4).max(1);
        let mut more = vec![0; days.len()];
        if wanted > cap {
            for bar in &mut bars {
                bar.hidden = bar.row + 1 >= cap && !(cap == 1 && bar.row == 0);
                if bar.hidden {
                    for count in more.iter_mut().take(bar.last + 1).skip(bar.first) {
                        *count += 1;
                    }
                }
            }
        }
        (bars, wanted.min(cap), more)
    }

    fn bar(&self, days: &[Day], index: usize, entry: &Entry) -> Option<Bar> {
        let (from, to) = dates(self.viewer, entry);
        let first = days
            .iter()
            .position(|day| day.date >= from && day.date < to)?;
        let last = days
            .iter()
            .rposition(|day| day.date >= from && day.date < to)?;
        Some(Bar {
            entry: index,
            first,
            last,
            row: 0,
            from_before: from < days[first].date,
            goes_on: to > days[last].date.tomorrow().unwrap_or(to),
            hidden: false,
        })
    }
}

/// Days `[from, to)` an entry is on, in the viewer's zone; whole days float.
pub fn dates(viewer: &Viewer, entry: &Entry) -> (Date, Date) {
    match entry.when() {
        When::AllDay { first, end } => (first, end),
        When::Timed { start, end } => {
            let first = viewer.day(start);
            let last = if end > start {
                viewer.day(end - jiff::SignedDuration::from_nanos(1))
            } else {
                first
            };
            (first, last.tomorrow().unwrap_or(last))
        }
    }
}

pub fn is_bar(entry: &Entry) -> bool {
    entry.all_day || entry.end.duration_since(entry.start).as_secs() >= 24 * 3600
}

/// The region of the hours below the headings and the band.
fn hours(area: Rect, band: u16) -> Rect {
    let above = (1 + band).min(area.height);
    Rect {
        y: area.y + above,
        height: area.height - above,
        ..area
    }
}

/// Rows that `[top, end)` half rows cover fully.
pub fn full_rows(top: i32, end: i32) -> i32 {
    (end.div_euclid(2) - (top + 1).div_euclid(2)).max(0)
}

fn note_more(more: &mut Vec<More>, column: usize, block: &Block) {
    let last = more
        .last_mut()
        .filter(|last| last.column == column && block.top < last.end);
    match last {
        Some(last) => {
            last.count += 1;
            last.end = last.end.max(block.end);
        }
        None => more.push(More {
            column,
            top: block.top,
            end: block.end,
            count: 1,
        }),
    }
}

/// Blocks of one lane that meet in a row give way to each other, by half rows.
fn trim(blocks: &mut [Block]) {
    for later in 1..blocks.len() {
        for earlier in 0..later {
            let (first, second) = (&blocks[earlier], &blocks[later]);
            let beside = first.x >= second.x + second.width || second.x >= first.x + first.width;
            if beside || first.end <= second.top || second.end <= first.top {
                continue;
            }
            if let Some((end, top)) = parted((first.top, first.end), (second.top, second.end)) {
                blocks[earlier].end = end;
                blocks[later].top = top;
            }
        }
    }
}
