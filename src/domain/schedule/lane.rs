//! One person along all starts: what is the matter with each.
//!
//! A lane marks every start with a bit a trouble and prices the hours; it does not decide whether
//! that is allowed ([`super::price`] does). O(starts + blocks log blocks) a person, whatever overlaps.

use std::ops::Range;

use super::grid::{Grid, merged};
use super::{Block, Claim, Person, Span, Weights};

/// Some minute of the meeting is claimed so.
pub(super) const ELSEWHERE: u8 = 1;
pub(super) const TENTATIVE: u8 = 2;
pub(super) const BUSY: u8 = 4;
pub(super) const AWAY: u8 = 8;
/// Some minute of the meeting is neither known nor claimed.
pub(super) const UNKNOWN: u8 = 16;
/// An event that the meeting does not touch is less than the buffer away.
pub(super) const CLOSE: u8 = 32;
/// Some minute is outside working hours.
pub(super) const OUTSIDE: u8 = 64;

/// Marks and hours cost of each start; kept and filled again for the next person.
pub(super) struct Lane {
    grid: Grid,
    marks: Vec<u8>,
    hours: Vec<u32>,
    blocks: Vec<Block>,
    ranges: Vec<Range<usize>>,
}

impl Lane {
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            marks: vec![0; grid.count],
            hours: vec![0; grid.count],
            blocks: Vec::new(),
            ranges: Vec::new(),
        }
    }

    /// Marks and hours cost, a start each.
    pub fn starts(&self) -> impl Iterator<Item = (u8, u32)> {
        self.marks.iter().copied().zip(self.hours.iter().copied())
    }

    /// The only start of a grid of one.
    pub fn only(&self) -> (u8, u32) {
        self.starts().next().unwrap_or_default()
    }

    pub fn fill(&mut self, person: &Person, buffer: u32, weights: &Weights) {
        self.marks.fill(0);
        self.hours.fill(0);
        // Sorted once here, the lists below are sorted or nearly so, and sorting them is cheap.
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks.clear();
        blocks.extend_from_slice(&person.busy);
        blocks.sort_unstable();
        self.mark_claims(&blocks);
        self.mark_close(&blocks, i64::from(buffer));
        self.mark_unknown(&person.known, &blocks);
        self.blocks = blocks;
        self.mark_hours(&person.working, weights);
    }

    fn mark_claims(&mut self, blocks: &[Block]) {
        let claims = [
            (Claim::Elsewhere, ELSEWHERE),
            (Claim::Tentative, TENTATIVE),
            (Claim::Busy, BUSY),
            (Claim::Away, AWAY),
        ];
        let grid = self.grid;
        for (claim, mark) in claims {
            let blocks = blocks.iter().filter(|block| block.claim == claim);
            let touching = blocks.map(|block| grid.touching(block.span));
            self.ranges.extend(touching);
            self.paint(mark);
        }
    }

    fn mark_close(&mut self, blocks: &[Block], buffer: i64) {
        if buffer == 0 {
            return;
        }
        let grid = self.grid;
        let events = || blocks.iter().filter(|block| is_event(block.claim));
        let before = events().map(|block| grid.shortly_before(block.span, buffer));
        self.ranges.extend(before);
        self.paint(CLOSE);
        let after = events().map(|block| grid.soon_after(block.span, buffer));
        self.ranges.extend(after);
        self.paint(CLOSE);
    }

    fn mark_unknown(&mut self, spans: &[Span], blocks: &[Block]) {
        let mut done = 0;
        for span in known(spans, blocks) {
            let range = self.grid.inside(span);
            // A known stretch shorter than the meeting holds no start.
            if !range.is_empty() {
                self.ranges.push(done..range.start);
                done = range.end;
            }
        }
        self.ranges.push(done..self.grid.count);
        self.paint(UNKNOWN);
    }

    /// Walks starts and working hours together: as the start grows, the stretch of hours it sticks
    /// out of least never goes back.
    fn mark_hours(&mut self, working: &[Span], weights: &Weights) {
        let working = merged(working.iter().copied());
        let mut later = working.iter().copied().peekable();
        let Some(mut nearest) = later.next() else {
            return;
        };
        let grid = self.grid;
        let mut index = 0;
        while index < grid.count {
            let start = grid.start(index);
            let mut outside = grid.outside(start, nearest);
            while let Some(next) = later.next_if(|next| grid.outside(start, *next) <= outside) {
                nearest = next;
                outside = grid.outside(start, nearest);
            }
            let end = if outside == 0 {
                grid.inside(nearest).end
            } else if weights.is_night(outside) {
                let next = later.peek().copied();
                end_of_night(grid, index, nearest, next, weights.night_after)
            } else {
                index + 1
            };
            let end = end.max(index + 1);
            if outside > 0 {
                self.price_hours(index..end, weights.hours_cost(outside));
            }
            index = end;
        }
    }

    fn price_hours(&mut self, range: Range<usize>, cost: u32) {
        if let Some(marks) = self.marks.get_mut(range.clone()) {
            marks.iter_mut().for_each(|marks| *marks |= OUTSIDE);
        }
        if let Some(hours) = self.hours.get_mut(range) {
            hours.fill(cost);
        }
    }

    /// Marks the collected ranges and forgets them, touching each start once.
    fn paint(&mut self, mark: u8) {
        self.ranges.sort_unstable_by_key(|range| range.start);
        let mut done = 0;
        for range in self.ranges.drain(..) {
            let fresh = range.start.max(done)..range.end;
            if let Some(marks) = self.marks.get_mut(fresh) {
                marks.iter_mut().for_each(|marks| *marks |= mark);
            }
            done = done.max(range.end);
        }
    }
}

/// The first start after a night one that may not be night. Stretches reach out in their order, so
/// until the next one does, the nearest is the only one that could have ended the night.
fn end_of_night(grid: Grid, index: usize, nearest: Span, next: Option<Span>, after: u32) -> usize {
    let after = i64::from(after.max(1));
    let near = grid.first_near(nearest, after);
    if near > index {
        return near;
    }
    next.map_or(grid.count, |next| grid.first_near(next, after))
}

/// Whether somebody would want a pause before or after it.
pub(super) fn is_event(claim: Claim) -> bool {
    claim != Claim::Elsewhere
}

/// Where something is known of a person's time. A block is knowledge by itself.
pub(super) fn known(known: &[Span], blocks: &[Block]) -> Vec<Span> {
    let claimed = blocks.iter().map(|block| block.span);
    merged(known.iter().copied().chain(claimed))
}
