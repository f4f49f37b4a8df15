//! Find a time: which start is best for a meeting, why, and what stands in the way when there is none.
//!
//! [`rank`] prices every possible start, [`explain`] says what one start costs and whom,
//! [`blockers`] names the fewest rules to give up when nothing is possible, [`without_each`] tells
//! whose absence would help most, and [`row`] draws the free/busy grid. [`fair`] rotates a series
//! over the zones of its people; [`replan`] makes room by moving my own meetings.
//!
//! Refuses to know zones, calendars and names: a time is a whole minute since the Unix epoch in UTC,
//! people are numbers, and the caller expands everybody's working hours into such minutes. Refuses
//! questions with more than [`MOST_STARTS`] starts, so that an answer never takes long.
//!
//! Invariants: intervals are half-open; the cost of a start is the exact sum of its reasons; unknown
//! free/busy is never taken as free; equal costs are ordered by start; the order in which blocks are
//! given never matters, and the order of people only renames them.

mod explain;
pub mod fair;
mod grid;
mod lane;
mod microsoft;
mod price;
mod rank;
mod relief;
pub mod replan;
mod row;
#[cfg(test)]
mod tests;

pub(super) use grid::merged;

pub use explain::{Kind, Reason, Verdict, explain};
pub use microsoft::{Confidence, microsoft_score, rank_like_microsoft};
pub use price::Weights;
pub use rank::{Ranking, Scored, Without, rank, without_each};
pub use relief::{Relief, Rule, blockers};
pub use row::{Cell, Shade, row, summary};

/// The most starts (or cells of a row) one question may have: ten years of hours, or three years of
/// quarter hours of which each is tried for every person.
pub const MOST_STARTS: usize = 100_000;

/// Times further than this from 1970 (two million years, in minutes) are refused, which leaves room
/// to add and subtract without overflow.
const FURTHEST: i64 = 1 << 40;

/// Minutes from `start` up to, not including, `end`. One that ends before it starts holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Length in minutes.
    pub const fn minutes(self) -> i64 {
        if self.is_empty() {
            return 0;
        }
        self.end.saturating_sub(self.start)
    }

    /// The minutes in both.
    pub fn cut(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// What somebody is to the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Role {
    /// Must be able to come: a certain claim on their time makes a start impossible.
    #[default]
    Required,
    /// Welcome: never makes a start impossible, only dearer.
    Optional,
    /// As required; told apart for whoever shows it.
    Room,
}

/// What a block claims of a person's time, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// Working elsewhere: there, and free.
    Elsewhere,
    Tentative,
    Busy,
    /// Out of office.
    Away,
}

/// One claim on a person's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    pub span: Span,
    pub claim: Claim,
}

/// Somebody (or a room) to be asked. By default nothing is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    pub role: Role,
    /// In any order; may overlap.
    pub busy: Vec<Block>,
    /// When free/busy is known. Time outside it that no block claims is unknown, never free.
    pub known: Vec<Span>,
    /// Working hours in UTC; adjoining ones count as one. Empty: not known, and nothing costs for them.
    pub working: Vec<Span>,
    /// A start outside the working hours is impossible, unless the person is optional.
    pub hard_hours: bool,
}

/// What is asked: a meeting of `duration` minutes, wholly inside `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The first start tried.
    pub from: i64,
    /// The latest end, exclusive as ends are.
    pub to: i64,
    /// Minutes between the starts tried.
    pub step: u32,
    /// Minutes.
    pub duration: u32,
    pub people: Vec<Person>,
    /// The organizer's windows. A meeting must lie wholly inside one of them, each taken by itself.
    /// Empty: anywhere.
    pub allowed: Vec<Span>,
    /// Minutes that people want between this meeting and another; less costs.
    pub buffer: u32,
    /// Preferred starts, such as 10:00 on each day; the nearest counts. Empty: no preference.
    pub preferred: Vec<i64>,
    pub weights: Weights,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            from: 0,
            to: 0,
            step: 15,
            duration: 30,
            people: Vec::new(),
            allowed: Vec::new(),
            buffer: 0,
            preferred: Vec::new(),
            weights: Weights::default(),
        }
    }
}

impl Question {
    /// The time of a meeting that starts then.
    fn meeting(&self, start: i64) -> Span {
        Span::new(start, start.saturating_add(i64::from(self.duration)))
    }
}

/// Why a question has no answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NoDuration,
    NoStep,
    /// The window ends before the meeting could.
    WindowTooShort {
        /// Minutes from the first start to the latest end; negative when turned around.
        window: i64,
        duration: u32,
    },
    TimeOutOfRange,
    TooMany {
        wanted: u64,
        most: usize,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoDuration => f.write_str("the meeting has no duration; give it some minutes"),
            Self::NoStep => {
                f.write_str("the step between starts is zero; try every 15 minutes, say")
            }
            Self::WindowTooShort { window, duration } => write!(
                f,
                "a meeting of {duration} min does not fit into a window of {window} min; widen the window"
            ),
            Self::TimeOutOfRange => f.write_str("the window is millions of years away"),
            Self::TooMany { wanted, most } => write!(
                f,
                "{wanted} starts are more than the {most} that are tried; narrow the window or widen the step"
            ),
        }
    }
}

impl std::error::Error for Refusal {}
