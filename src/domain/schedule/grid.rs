//! The starts that are tried, as numbers `0..count`, and which of them meet an interval.
//!
//! Everything that is priced is first turned into ranges of starts here, so that the rest never
//! compares times. Knows nothing of people. Blocks may lie anywhere in `i64`: sums saturate.

use std::ops::Range;

use super::{FURTHEST, MOST_STARTS, Question, Refusal, Span};

/// Evenly spaced starts of a meeting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    from: i64,
    step: i64,
    duration: i64,
    pub count: usize,
}

impl Grid {
    pub fn of(question: &Question) -> Result<Self, Refusal> {
        let (from, to) = (question.from, question.to);
        let duration = i64::from(question.duration);
        if duration == 0 {
            return Err(Refusal::NoDuration);
        }
        check_range(from, to)?;
        let spare = to - from - duration;
        if spare < 0 {
            return Err(Refusal::WindowTooShort {
                window: to - from,
                duration: question.duration,
            });
        }
        Self::counted(from, i64::from(question.step), duration, spare)
    }

    /// The cells of a row: each is a meeting as long as the step. The last one may reach past `to`.
    pub fn cells(from: i64, to: i64, minutes: u32) -> Result<Self, Refusal> {
        check_range(from, to)?;
        let step = i64::from(minutes);
        if to <= from {
            return Ok(Self {
                from,
                step: step.max(1),
                duration: step.max(1),
                count: 0,
            });
        }
        Self::counted(from, step, step, to - from - 1)
    }

    /// A single start.
    pub fn one(start: i64, duration: u32) -> Self {
        let duration = i64::from(duration);
        Self {
            from: start,
            step: 1,
            duration,
            count: 1,
        }
    }

    fn counted(from: i64, step: i64, duration: i64, last: i64) -> Result<Self, Refusal> {
        if step == 0 {
            return Err(Refusal::NoStep);
        }
        let wanted = (last / step + 1).unsigned_abs();
        match usize::try_from(wanted) {
            Ok(count) if count <= MOST_STARTS => Ok(Self {
                from,
                step,
                duration,
                count,
            }),
            _ => Err(Refusal::TooMany {
                wanted,
                most: MOST_STARTS,
            }),
        }
    }

    /// The minute at which a start lies; `count` is small enough for any index to be exact.
    pub fn start(&self, index: usize) -> i64 {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.from.saturating_add(self.step.saturating_mul(index))
    }

    pub fn starts(&self) -> impl Iterator<Item = i64> + use<> {
        let grid = *self;
        (0..grid.count).map(move |index| grid.start(index))
    }

    /// Starts from which the meeting shares time with the span.
    pub fn touching(&self, span: Span) -> Range<usize> {
        if span.is_empty() {
            return 0..0;
        }
        self.within(span.start.saturating_sub(self.duration - 1), span.end)
    }

    /// Starts from which the meeting lies wholly inside the span.
    pub fn inside(&self, span: Span) -> Range<usize> {
        self.within(span.start, span.end.saturating_sub(self.duration - 1))
    }

    /// Starts less than `buffer` minutes after the end of the span.
    pub fn soon_after(&self, span: Span, buffer: i64) -> Range<usize> {
        if span.is_empty() {
            return 0..0;
        }
        self.within(span.end, span.end.saturating_add(buffer))
    }

    /// Starts from which the meeting ends less than `buffer` minutes before the span starts.
    pub fn shortly_before(&self, span: Span, buffer: i64) -> Range<usize> {
        if span.is_empty() {
            return 0..0;
        }
        let last = span.start.saturating_sub(self.duration - 1);
        self.within(last.saturating_sub(buffer), last)
    }

    /// The first start that sticks out of the span's beginning by less than so many minutes.
    pub fn first_near(&self, span: Span, minutes: i64) -> usize {
        self.first_from(span.start.saturating_sub(minutes - 1))
    }

    /// How many minutes the meeting sticks out of the span, on the side where it is more.
    pub fn outside(&self, start: i64, span: Span) -> i64 {
        let before = span.start.saturating_sub(start);
        let after = start.saturating_add(self.duration).saturating_sub(span.end);
        before.max(after).max(0)
    }

    /// Starts from `low` up to, not including, `high`.
    fn within(&self, low: i64, high: i64) -> Range<usize> {
        let first = self.first_from(low);
        first..self.first_from(high).max(first)
    }

    /// The number of the first start at or after a minute.
    fn first_from(&self, minute: i64) -> usize {
        let ahead = minute.saturating_sub(self.from);
        if ahead <= 0 {
            return 0;
        }
        let steps = ahead / self.step + i64::from(ahead % self.step != 0);
        usize::try_from(steps).map_or(self.count, |steps| steps.min(self.count))
    }
}

fn check_range(from: i64, to: i64) -> Result<(), Refusal> {
    let is_near = |time: i64| (-FURTHEST..=FURTHEST).contains(&time);
    if is_near(from) && is_near(to) {
        Ok(())
    } else {
        Err(Refusal::TimeOutOfRange)
    }
}

/// The same minutes as sorted spans with gaps between them.
pub(in crate::domain) fn merged(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.filter(|span| !span.is_empty()).collect();
    sorted.sort_unstable();
    let mut whole: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match whole.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => whole.push(span),
        }
    }
    whole
}
