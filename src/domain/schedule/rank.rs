//! All possible starts in order, and whose absence would make a better one possible.
//!
//! Every start is priced for every person, so the first is the best there is: no search, no cut-off.
//! O(people * (starts + blocks)).

use super::grid::Grid;
use super::lane::Lane;
use super::price::{Tariff, blocking};
use super::{Question, Refusal, Role};

/// A start and what it costs; ordered by cost, then start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scored {
    pub cost: u64,
    /// Minute since the epoch.
    pub start: i64,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// Possible starts, the best first.
    pub starts: Vec<Scored>,
    /// How many starts were priced, possible or not.
    pub tried: usize,
    /// How many of them lie outside the organizer's windows.
    pub outside_windows: usize,
    /// For each person, how many starts inside the windows they make impossible.
    pub blocked_by: Vec<usize>,
}

/// What would be possible if one person were optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Without {
    /// Index into the people of the question.
    pub person: usize,
    /// The best start then, which that person alone makes impossible now, and its cost with them optional.
    pub best: Scored,
}

/// Prices all starts and sorts the possible ones by cost, then start.
pub fn rank(question: &Question) -> Result<Ranking, Refusal> {
    let tally = Tally::of(question)?;
    let mut starts: Vec<Scored> = tally.possible().collect();
    starts.sort_unstable();
    Ok(Ranking {
        starts,
        tried: tally.grid.count,
        outside_windows: tally.sums.iter().filter(|sum| !sum.is_allowed).count(),
        blocked_by: tally.blocked_by,
    })
}

/// For each required person or room that keeps a better start from us: the best start if they were
/// optional. In the order of people.
pub fn without_each(question: &Question) -> Result<Vec<Without>, Refusal> {
    let tally = Tally::of(question)?;
    let now = tally.possible().min();
    let tariff = Tariff::new(&question.weights);
    let mut lane = Lane::new(tally.grid);
    let mut found = Vec::new();
    for person in tally.sole_blockers(question.people.len()) {
        let Some(asked) = question.people.get(person) else {
            continue;
        };
        lane.fill(asked, question.buffer, &question.weights);
        let best = tally.best_with_optional(&lane, blocking(asked), &tariff);
        let Some((best, is_new)) = best else { continue };
        if is_new && now.is_none_or(|now| best < now) {
            found.push(Without { person, best });
        }
    }
    Ok(found)
}

/// What all people together say about one start.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    /// Cost; where people block it, what it would cost once they no longer do.
    pub cost: u64,
    /// How many people block it.
    pub blockers: u32,
    /// Sum of their indices, which is the index when there is one.
    who: u32,
    /// Inside the organizer's windows.
    pub is_allowed: bool,
}

/// All starts with all people counted.
pub(super) struct Tally {
    pub grid: Grid,
    pub sums: Vec<Sum>,
    blocked_by: Vec<usize>,
}

impl Tally {
    pub fn of(question: &Question) -> Result<Self, Refusal> {
        let grid = Grid::of(question)?;
        let mut tally = Self {
            grid,
            sums: base(question, grid),
            blocked_by: Vec::with_capacity(question.people.len()),
        };
        let tariff = Tariff::new(&question.weights);
        let mut lane = Lane::new(grid);
        for (index, person) in (0u32..).zip(&question.people) {
            lane.fill(person, question.buffer, &question.weights);
            let blocked = tally.add(&lane, index, person.role, blocking(person), &tariff);
            tally.blocked_by.push(blocked);
        }
        Ok(tally)
    }

    pub fn possible(&self) -> impl Iterator<Item = Scored> {
        self.grid
            .starts()
            .zip(&self.sums)
            .filter(|(_, sum)| sum.is_allowed && sum.blockers == 0)
            .map(|(start, sum)| Scored {
                cost: sum.cost,
                start,
            })
    }

    /// Adds a person; says how many allowed starts they block.
    fn add(&mut self, lane: &Lane, index: u32, role: Role, blocking: u8, tariff: &Tariff) -> usize {
        let price = tariff.own(role);
        let mut blocked = 0;
        for (sum, (marks, hours)) in self.sums.iter_mut().zip(lane.starts()) {
            if marks & blocking == 0 {
                sum.cost += price.of(marks, hours);
                continue;
            }
            sum.cost += tariff.relieved(marks, hours);
            sum.blockers += 1;
            sum.who = sum.who.wrapping_add(index);
            blocked += usize::from(sum.is_allowed);
        }
        blocked
    }

    /// People who alone make some allowed start impossible, ascending.
    fn sole_blockers(&self, people: usize) -> Vec<usize> {
        let mut is_sole = vec![false; people];
        let sole = self
            .sums
            .iter()
            .filter(|sum| sum.is_allowed && sum.blockers == 1);
        for sum in sole {
            let who = usize::try_from(sum.who).unwrap_or(usize::MAX);
            if let Some(is_sole) = is_sole.get_mut(who) {
                *is_sole = true;
            }
        }
        (0..people)
            .zip(is_sole)
            .filter_map(|(person, is_sole)| is_sole.then_some(person))
            .collect()
    }

    /// The best start if the required person of this lane were optional, and whether it is one that
    /// they block now.
    fn best_with_optional(
        &self,
        lane: &Lane,
        blocking: u8,
        tariff: &Tariff,
    ) -> Option<(Scored, bool)> {
        let sums = self.grid.starts().zip(&self.sums);
        sums.zip(lane.starts())
            .filter_map(|((start, sum), (marks, hours))| {
                let is_blocked = marks & blocking != 0;
                if !sum.is_allowed || sum.blockers != u32::from(is_blocked) {
                    return None;
                }
                let counted = if is_blocked {
                    tariff.relieved(marks, hours)
                } else {
                    tariff.required.of(marks, hours)
                };
                let cost = sum.cost - counted + tariff.optional.of(marks, hours);
                Some((Scored { cost, start }, is_blocked))
            })
            .min()
    }
}

/// The starts before anybody is counted: windows and the organizer's preference.
fn base(question: &Question, grid: Grid) -> Vec<Sum> {
    let mut preferred = question.preferred.clone();
    preferred.sort_unstable();
    let price = |start| match distance(&preferred, start) {
        Some(minutes) => question.weights.preferred_cost(minutes),
        None => 0,
    };
    let sum = |(start, is_allowed)| Sum {
        cost: price(start),
        blockers: 0,
        who: 0,
        is_allowed,
    };
    let starts = grid.starts().zip(allowed(question, grid));
    starts.map(sum).collect()
}

/// Whether each start lies in one of the organizer's windows.
pub(super) fn allowed(question: &Question, grid: Grid) -> Vec<bool> {
    let mut is_allowed = vec![question.allowed.is_empty(); grid.count];
    let mut windows: Vec<_> = question.allowed.iter().map(|it| grid.inside(*it)).collect();
    windows.sort_unstable_by_key(|range| range.start);
    // Windows may overlap by the thousand: each start is touched once.
    let mut done = 0;
    for window in windows {
        if let Some(fresh) = is_allowed.get_mut(window.start.max(done)..window.end) {
            fresh.fill(true);
        }
        done = done.max(window.end);
    }
    is_allowed
}

/// Minutes to the nearest preferred start; None without any. `preferred` is sorted.
pub(super) fn distance(preferred: &[i64], start: i64) -> Option<u64> {
    let (before, after) = preferred.split_at(preferred.partition_point(|it| *it < start));
    let before = before.last().map(|it| it.abs_diff(start));
    let after = after.first().map(|it| it.abs_diff(start));
    match (before, after) {
        (Some(before), Some(after)) => Some(before.min(after)),
        (one, other) => one.or(other),
    }
}
