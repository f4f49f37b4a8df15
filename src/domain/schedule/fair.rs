//! Fair times for a series whose people live in different zones: which occurrence at what time.
//!
//! Each candidate time of day hurts each person by some whole number. A plan chooses a candidate for
//! every occurrence so that, in this order, the most burdened person's total is least, the total over
//! all people is least, and the time changes least often. Only the number of times each candidate is
//! used matters for that, so occurrences at the same time follow each other.
//!
//! Refuses to know dates and zones: a candidate is a number, and a series that crosses a change of
//! clocks is two series, the second carrying the burdens of the first.
//!
//! Invariants: burdens are the exact sums of the picks; [`Proof::Exact`] is only said of a plan that
//! an exhaustive search could not improve; the work is counted, not timed, so the same series always
//! gets the same plan.

mod search;
mod start;
mod surrogate;
#[cfg(test)]
mod tests;

use super::grid::Grid;
use super::{Span, Weights};
use search::{Outcome, Search};

/// The most of each that a series may have.
pub const MOST_OCCURRENCES: u32 = 400;
pub const MOST_CANDIDATES: usize = 288;
pub const MOST_PEOPLE: usize = 100;
/// The most that one occurrence may hurt one person.
pub const MOST_PAIN: u32 = 1_000_000;
/// The most that a person may bring along.
pub const MOST_CARRIED: u64 = 1_000_000_000;

/// Numbers to look at that keep a plan under 200 ms.
pub const USUAL_BUDGET: u64 = 10_000_000;

/// A series to be planned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    pub occurrences: u32,
    /// How much each candidate hurts each person: `pain[candidate][person]`; see [`pain`].
    pub pain: Vec<Vec<u32>>,
    /// What each person has borne before. Empty: nothing.
    pub carried: Vec<u64>,
}

/// A candidate for every occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Candidate of each occurrence, in order.
    pub picks: Vec<usize>,
    /// What each person has borne in the end, what they carried included.
    pub burdens: Vec<u64>,
    pub proof: Proof,
}

impl Plan {
    pub fn most(&self) -> u64 {
        self.burdens.iter().copied().max().unwrap_or(0)
    }

    pub fn total(&self) -> u64 {
        self.burdens.iter().sum()
    }

    /// How often the time changes from one occurrence to the next.
    pub fn changes(&self) -> usize {
        self.picks
            .windows(2)
            .filter(|it| it.first() != it.last())
            .count()
    }
}

/// What is known of a plan's quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// No plan is better.
    Exact,
    /// The search ended early.
    Gap {
        /// How much the most burdened person's total may be above the least possible.
        most: u64,
        /// How much the total may be above the least possible for this `most`; zero when only the
        /// number of changes is not proven.
        total: u64,
    },
}

/// Why a series cannot be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unplannable {
    NoCandidates,
    /// A row of pain, or what is carried, is not of the number of people.
    Ragged,
    TooLarge,
}

impl std::fmt::Display for Unplannable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoCandidates => "there is no time of day to choose from; offer at least one",
            Self::Ragged => "the burdens do not name the same people everywhere",
            Self::TooLarge => "the series has too many occurrences, people or times to choose from",
        })
    }
}

impl std::error::Error for Unplannable {}

/// How much meetings at some times of day hurt people: the cost of hours of `weights`.
///
/// `candidates` are starts, `working` each person's hours, all in minutes of the UTC day; hours may
/// reach over midnight (22:00 to 06:00 is `1320..1800`). Empty hours never hurt.
pub fn pain(
    candidates: &[u32],
    duration: u32,
    working: &[Span],
    weights: &Weights,
) -> Vec<Vec<u32>> {
    let one = |start: &u32, hours: &Span| {
        if hours.is_empty() {
            return 0;
        }
        let grid = Grid::one(i64::from(*start), duration);
        let days = (-2..=2).map(|day| {
            let shift = day * 1440;
            let hours = Span::new(
                hours.start.saturating_add(shift),
                hours.end.saturating_add(shift),
            );
            grid.outside(i64::from(*start), hours)
        });
        weights.hours_cost(days.min().unwrap_or(0)).min(MOST_PAIN)
    };
    let row = |start| working.iter().map(|hours| one(start, hours)).collect();
    candidates.iter().map(row).collect()
}

/// Plans a series, looking at about so many numbers at most ([`USUAL_BUDGET`]).
pub fn plan(series: &Series, budget: u64) -> Result<Plan, Unplannable> {
    let carried = check(series)?;
    let kept = undominated(&series.pain);
    let rows: Vec<&[u32]> = kept
        .iter()
        .filter_map(|at| series.pain.get(*at).map(Vec::as_slice))
        .collect();
    let problem = Problem {
        occurrences: i64::from(series.occurrences),
        pain: rows
            .iter()
            .map(|row| row.iter().map(|pain| i64::from(*pain)).collect())
            .collect(),
        carried,
    };
    let (counts, proof) = best_counts(&problem, budget);
    let picks = kept
        .iter()
        .zip(&counts)
        .flat_map(|(candidate, count)| {
            std::iter::repeat_n(*candidate, usize::try_from(*count).unwrap_or(0))
        })
        .collect();
    let burdens = problem.burdens(&counts);
    Ok(Plan {
        picks,
        burdens: burdens.into_iter().map(i64::unsigned_abs).collect(),
        proof,
    })
}

/// The carried burdens, one a person.
fn check(series: &Series) -> Result<Vec<i64>, Unplannable> {
    let people = series.pain.first().ok_or(Unplannable::NoCandidates)?.len();
    let is_ragged = series.pain.iter().any(|row| row.len() != people);
    if is_ragged || ![0, people].contains(&series.carried.len()) {
        return Err(Unplannable::Ragged);
    }
    let is_too_large = series.occurrences > MOST_OCCURRENCES
        || series.pain.len() > MOST_CANDIDATES
        || people > MOST_PEOPLE
        || series.pain.iter().flatten().any(|pain| *pain > MOST_PAIN)
        || series.carried.iter().any(|it| *it > MOST_CARRIED);
    if is_too_large {
        return Err(Unplannable::TooLarge);
    }
    let mut carried: Vec<i64> = series.carried.iter().map(|it| it.cast_signed()).collect();
    carried.resize(people, 0);
    Ok(carried)
}

/// Candidates that no other is at least as good as for everybody; of equals the first. Using a
/// dominated one is never better in any of the three goals.
fn undominated(pain: &[Vec<u32>]) -> Vec<usize> {
    let is_as_good = |one: &[u32], other: &[u32]| one.iter().zip(other).all(|(a, b)| a <= b);
    let is_beaten = |at: usize, row: &[u32]| {
        pain.iter().enumerate().any(|(by, other)| {
            by != at && is_as_good(other, row) && (by < at || !is_as_good(row, other))
        })
    };
    let rows = pain.iter().enumerate();
    rows.filter(|(at, row)| !is_beaten(*at, row))
        .map(|(at, _)| at)
        .collect()
}

/// A checked series without needless candidates; whole numbers with room to multiply.
struct Problem {
    occurrences: i64,
    pain: Vec<Vec<i64>>,
    carried: Vec<i64>,
}

impl Problem {
    fn burdens(&self, counts: &[i64]) -> Vec<i64> {
        let mut burdens = self.carried.clone();
        for (row, count) in self.pain.iter().zip(counts) {
            for (burden, pain) in burdens.iter_mut().zip(row) {
                *burden += count * pain;
            }
        }
        burdens
    }

    /// How many numbers there are, which is what one look at everything costs.
    fn size(&self) -> u64 {
        let size = self.pain.len().saturating_mul(self.carried.len());
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// The first candidate every time.
    fn single(&self) -> Vec<i64> {
        let mut counts = vec![0; self.pain.len()];
        if let Some(first) = counts.first_mut() {
            *first = self.occurrences;
        }
        counts
    }

    fn score(&self, counts: &[i64]) -> Score {
        let burdens = self.burdens(counts);
        Score {
            most: burdens.iter().copied().max().unwrap_or(0),
            total: burdens.iter().sum(),
            used: counts.iter().filter(|count| **count > 0).count(),
        }
    }
}

/// What plans are compared by; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    most: i64,
    total: i64,
    /// One more than the changes.
    used: usize,
}

/// Improves one goal after the other, each time asking for a plan that is better by one.
fn best_counts(problem: &Problem, budget: u64) -> (Vec<i64>, Proof) {
    if problem.pain.len() == 1 || problem.occurrences == 0 {
        return (vec![problem.occurrences; problem.pain.len()], Proof::Exact);
    }
    let mut search = Search::new(problem);
    let mut best = start::good_start(problem, budget);
    let goals: [fn(Score) -> Score; 3] = [
        |it| Score {
            most: it.most - 1,
            total: i64::MAX,
            used: usize::MAX,
        },
        |it| Score {
            total: it.total - 1,
            used: usize::MAX,
            ..it
        },
        |it| Score {
            used: it.used.saturating_sub(1),
            ..it
        },
    ];
    let mut is_proven = [false; 3];
    for (fifths, (goal, is_proven)) in [2, 2, 1].into_iter().zip(goals.iter().zip(&mut is_proven)) {
        search.grant(budget / 5 * fifths);
        loop {
            match search.find(goal(problem.score(&best))) {
                Outcome::Found(better) => best = better,
                Outcome::Nothing => {
                    *is_proven = true;
                    break;
                }
                Outcome::OutOfBudget => break,
            }
        }
    }
    let score = problem.score(&best);
    let [is_most_proven, is_total_proven, _] = is_proven;
    let gap = |found: i64, bound: i64| (found - bound).max(0).unsigned_abs();
    let proof = if is_proven == [true; 3] {
        Proof::Exact
    } else {
        Proof::Gap {
            most: if is_most_proven {
                0
            } else {
                gap(score.most, search.least_most())
            },
            total: if is_total_proven {
                0
            } else {
                gap(score.total, search.least_total(score))
            },
        }
    };
    (best, proof)
}
