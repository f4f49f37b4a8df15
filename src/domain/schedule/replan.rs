//! Making room for a new meeting by moving as few of my own as possible.
//!
//! Time is slots of the caller's choosing, numbered from 0. Only meetings named movable are moved, and
//! only to where their other attendees are free; everybody else's time is fixed. Plans are compared by
//! the number of moves, then people mailed, then slots shifted in all, then the start of the new meeting.
//!
//! Refuses to know why a meeting may move, and to mail anybody: the answer is a plan to be shown.
//!
//! Invariants: nothing that a plan places overlaps anything of mine or of the attendees concerned;
//! clashes among meetings that stay are left alone; [`Outcome::Optimal`] and [`Outcome::Impossible`] are
//! proven; the work is counted, not timed, so the same request always gets the same answer.

mod search;
#[cfg(test)]
mod tests;

use search::{Finding, Search};

/// The longest horizon and the most meetings that are tried.
pub const MOST_SLOTS: u32 = 4_000;
pub const MOST_MOVABLE: usize = 500;

/// Steps of search that take well under a second.
pub const USUAL_BUDGET: u64 = 50_000;

/// Slots from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Slots {
    pub start: u32,
    pub end: u32,
}

impl Slots {
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    fn lasting(start: u32, duration: u32) -> Self {
        Self::new(start, start.saturating_add(duration))
    }

    fn overlaps(self, other: Self) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }
}

/// A meeting of mine that may be moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Movable {
    pub start: u32,
    pub duration: u32,
    /// How many people are mailed when it moves.
    pub mailed: u32,
    /// Where it may go; it must lie wholly inside.
    pub allowed: Slots,
    /// When its other attendees are busy with something else.
    pub others: Vec<Slots>,
}

/// The meeting to make room for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    pub duration: u32,
    /// It must lie wholly inside.
    pub allowed: Slots,
    /// When its other required attendees are busy.
    pub others: Vec<Slots>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Slots `0..horizon` are looked at; nothing is placed outside.
    pub horizon: u32,
    /// When I am busy with what does not move.
    pub fixed: Vec<Slots>,
    pub movable: Vec<Movable>,
    pub wanted: Wanted,
}

/// A meeting and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Move {
    /// Index into the movable meetings of the request.
    pub meeting: usize,
    pub start: u32,
}

/// Room for the new meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Start of the new meeting.
    pub start: u32,
    /// In the order of the request.
    pub moves: Vec<Move>,
    /// People mailed about the moves.
    pub mailed: u64,
    /// Slots by which meetings are shifted, summed.
    pub shifted: u64,
}

impl Plan {
    fn score(&self) -> Score {
        Score {
            moves: self.moves.len(),
            mailed: self.mailed,
            shifted: self.shifted,
            start: self.start,
        }
    }
}

/// What plans are compared by; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    moves: usize,
    mailed: u64,
    shifted: u64,
    start: u32,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No plan is better.
    Optimal(Plan),
    /// The search ended early; any plan needs at least so many moves.
    BestFound { plan: Plan, least_moves: usize },
    /// There is no plan.
    Impossible(Blocked),
    /// The search ended early with nothing; a plan, if any, needs at least so many moves.
    Undecided { least_moves: usize },
}

/// What is in the way, a count of starts each; the first that applies is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocked {
    /// Starts at which another required attendee is busy.
    pub others: u32,
    /// Starts at which I am busy with what does not move.
    pub fixed: u32,
    /// Starts at which my movable meetings are in the way and cannot all go elsewhere.
    pub movable: u32,
    /// Meetings in the way that have no other place at all.
    pub stuck: Vec<usize>,
}

/// Why a request has no answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unaskable {
    NoDuration,
    TooLarge,
}

impl std::fmt::Display for Unaskable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoDuration => f.write_str("the meeting has no duration; give it some time"),
            Self::TooLarge => write!(
                f,
                "re-planning looks at {MOST_SLOTS} slots and {MOST_MOVABLE} meetings at most; narrow the window"
            ),
        }
    }
}

impl std::error::Error for Unaskable {}

/// Finds room within a number of search steps ([`USUAL_BUDGET`]).
///
/// Allows one move more at a time, so the first plan has the fewest moves.
pub fn replan(request: &Request, budget: u64) -> Result<Outcome, Unaskable> {
    if request.wanted.duration == 0 {
        return Err(Unaskable::NoDuration);
    }
    if request.horizon > MOST_SLOTS || request.movable.len() > MOST_MOVABLE {
        return Err(Unaskable::TooLarge);
    }
    let mut search = Search::new(request);
    if is_full(request) {
        return Ok(Outcome::Impossible(blocked(request, &search)));
    }
    // What is kept back finds some plan when the fewest moves turn out too hard to prove.
    search.grant(budget - budget / 4);
    for most_moves in 0.. {
        match search.up_to(most_moves) {
            Finding::Best(plan) => return Ok(Outcome::Optimal(plan)),
            Finding::NeedsMore => {}
            Finding::Nothing => return Ok(Outcome::Impossible(blocked(request, &search))),
            Finding::OutOfBudget(found) => {
                search.grant(budget / 4);
                let plan = found.or_else(|| search.any());
                return Ok(match plan {
                    Some(plan) => Outcome::BestFound {
                        plan,
                        least_moves: most_moves,
                    },
                    None => Outcome::Undecided {
                        least_moves: most_moves,
                    },
                });
            }
        }
    }
    // More moves than meetings are never needed, so the loop has returned.
    Ok(Outcome::Undecided { least_moves: 0 })
}

/// Whether all my meetings and the new one are more than the horizon holds, wherever they go. Says
/// nothing of meetings that clash now, because those may go on clashing.
fn is_full(request: &Request) -> bool {
    let Ok(slots) = usize::try_from(request.horizon) else {
        return false;
    };
    let mut is_taken = vec![false; slots];
    for fixed in &request.fixed {
        if let Some(taken) = slots_in(&mut is_taken, *fixed) {
            taken.fill(true);
        }
    }
    for meeting in &request.movable {
        let now = Slots::lasting(meeting.start, meeting.duration);
        match slots_in(&mut is_taken, now) {
            Some(taken) if now.end <= request.horizon && !taken.contains(&true) => taken.fill(true),
            _ => return false,
        }
    }
    let free = is_taken.iter().filter(|is_taken| !**is_taken).count();
    u32::try_from(free).is_ok_and(|free| free < request.wanted.duration)
}

/// The part of the horizon that is meant; None when it starts beyond.
fn slots_in(horizon: &mut [bool], slots: Slots) -> Option<&mut [bool]> {
    let start = usize::try_from(slots.start).ok()?;
    let end = usize::try_from(slots.end).ok()?.min(horizon.len());
    horizon.get_mut(start..end.max(start))
}

/// What is in the way of a request that has no plan.
fn blocked(request: &Request, search: &Search) -> Blocked {
    let mut blocked = Blocked::default();
    let wanted = &request.wanted;
    for start in starts(wanted.allowed, wanted.duration, request.horizon) {
        let place = Slots::lasting(start, wanted.duration);
        if is_hit(place, &wanted.others) {
            blocked.others += 1;
        } else if is_hit(place, &request.fixed) {
            blocked.fixed += 1;
        } else {
            blocked.movable += 1;
            blocked.stuck.extend(search.stuck_in(place));
        }
    }
    blocked.stuck.sort_unstable();
    blocked.stuck.dedup();
    blocked
}

/// Where something of that duration may start inside the allowed slots and the horizon.
fn starts(allowed: Slots, duration: u32, horizon: u32) -> std::ops::Range<u32> {
    let end = allowed.end.min(horizon);
    match end.checked_sub(duration) {
        Some(last) => allowed.start..(last + 1).max(allowed.start),
        None => 0..0,
    }
}

fn is_hit(place: Slots, taken: &[Slots]) -> bool {
    taken.iter().any(|slots| place.overlaps(*slots))
}
