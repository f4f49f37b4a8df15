//! Exhaustive search for a plan within limits, with a budget.
//!
//! Everything asked of a plan is a limit of one form: counts times values, summed over candidates, is
//! at most a cap. People, the total, and weighted sums of those ([`super::surrogate`]) are such
//! limits; a partial plan is given up when the cheapest rest breaks any of them.

use super::surrogate::{Relaxed, relax};
use super::{Problem, Score};

/// What a search came to.
pub(super) enum Outcome {
    Found(Vec<i64>),
    /// There is no such plan.
    Nothing,
    OutOfBudget,
}

/// A sum that must stay at or under a cap.
struct Limit {
    cap: i64,
    /// Of each candidate.
    values: Vec<i64>,
    /// The least value of this or any later candidate in the order of the search.
    least: Vec<i64>,
}

impl Limit {
    fn new(cap: i64, values: Vec<i64>) -> Self {
        Self {
            cap,
            values,
            least: Vec::new(),
        }
    }

    fn arrange(&mut self, order: &[usize]) {
        self.values = order
            .iter()
            .filter_map(|at| self.values.get(*at).copied())
            .collect();
        let mut least = i64::MAX;
        self.least = self
            .values
            .iter()
            .rev()
            .map(|value| {
                least = least.min(*value);
                least
            })
            .collect();
        self.least.reverse();
    }
}

pub(super) struct Search<'a> {
    problem: &'a Problem,
    looks: u64,
}

impl<'a> Search<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        Self { problem, looks: 0 }
    }

    /// Numbers to look at in what comes next, beside those not used so far.
    pub fn grant(&mut self, looks: u64) {
        self.looks = self.looks.saturating_add(looks);
    }

    /// A plan at least as good as the caps in every goal.
    pub fn find(&mut self, caps: Score) -> Outcome {
        // The relaxation is work too, and many small improvements must come to an end.
        let Some(looks) = self.looks.checked_sub(self.problem.size() * 10) else {
            return Outcome::OutOfBudget;
        };
        let mut limits = self.limits(caps);
        let relaxed = relax_limits(&limits, self.problem.pain.len());
        limits.push(surrogate(&limits, &relaxed));
        let order = self.order(&limits);
        limits.iter_mut().for_each(|limit| limit.arrange(&order));
        let mut dive = Dive {
            left: limits.iter().map(|limit| limit.cap).collect(),
            limits: &limits,
            counts: vec![0; order.len()],
            looks,
        };
        let found = dive.down(0, self.problem.occurrences, caps.used);
        self.looks = dive.looks;
        match found {
            Some(true) => {
                let mut counts = vec![0; order.len()];
                for (at, count) in order.iter().zip(dive.counts) {
                    if let Some(slot) = counts.get_mut(*at) {
                        *slot = count;
                    }
                }
                Outcome::Found(counts)
            }
            Some(false) => Outcome::Nothing,
            None => Outcome::OutOfBudget,
        }
    }

    /// Good candidates first, so that what is left becomes dear early.
    fn order(&self, limits: &[Limit]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.problem.pain.len()).collect();
        if let Some(last) = limits.last() {
            order.sort_by_key(|at| (last.values.get(*at).copied(), *at));
        }
        order
    }

    /// One limit a person, and one for the total unless it is free.
    fn limits(&self, caps: Score) -> Vec<Limit> {
        let mut limits: Vec<Limit> = (0..self.problem.carried.len())
            .map(|person| {
                let values = self
                    .problem
                    .pain
                    .iter()
                    .filter_map(|row| row.get(person).copied());
                let carried = self.problem.carried.get(person).copied().unwrap_or(0);
                Limit::new(caps.most - carried, values.collect())
            })
            .collect();
        if caps.total < i64::MAX {
            let carried: i64 = self.problem.carried.iter().sum();
            let values = self.problem.pain.iter().map(|row| row.iter().sum());
            limits.push(Limit::new(caps.total - carried, values.collect()));
        }
        limits
    }

    /// No plan's most burdened person bears less: each person alone, and the weighted sum.
    pub fn least_most(&self) -> i64 {
        let cap = |most| Score {
            most,
            total: i64::MAX,
            used: usize::MAX,
        };
        let (mut low, mut high) = (-1, self.ceiling());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.is_hopeless(cap(middle)) {
                low = middle
            } else {
                high = middle
            }
        }
        high
    }

    /// No plan with this score's `most` has a lower total.
    pub fn least_total(&self, score: Score) -> i64 {
        let (mut low, mut high) = (-1, score.total);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.is_hopeless(Score {
                total: middle,
                ..score
            }) {
                low = middle
            } else {
                high = middle
            }
        }
        high
    }

    fn ceiling(&self) -> i64 {
        self.problem.score(&self.problem.single()).most
    }

    /// Whether the limits alone show that there is no such plan.
    fn is_hopeless(&self, caps: Score) -> bool {
        let mut limits = self.limits(caps);
        let relaxed = relax_limits(&limits, self.problem.pain.len());
        limits.push(surrogate(&limits, &relaxed));
        limits.iter().any(|limit| {
            let least = limit.values.iter().min().copied().unwrap_or(0);
            limit.cap < self.problem.occurrences * least
        })
    }
}

fn relax_limits(limits: &[Limit], candidates: usize) -> Relaxed {
    let scaled = |limit: &Limit| {
        // A cap of nothing is nearly nothing here, which leaves the method well defined.
        let cap = (limit.cap as f64).max(0.5);
        limit
            .values
            .iter()
            .map(|value| *value as f64 / cap)
            .collect()
    };
    let rows: Vec<Vec<f64>> = limits.iter().map(scaled).collect();
    relax(&rows, candidates)
}

/// The weighted sum of the limits, weights being whole numbers up to ten thousand.
fn surrogate(limits: &[Limit], relaxed: &Relaxed) -> Limit {
    let raw = limits.iter().zip(&relaxed.weights);
    let raw: Vec<f64> = raw
        .map(|(limit, weight)| weight / (limit.cap as f64).max(0.5))
        .collect();
    let most = raw.iter().copied().fold(0.0, f64::max);
    let scale = if most > 0.0 { 10_000.0 / most } else { 0.0 };
    let candidates = limits.first().map_or(0, |limit| limit.values.len());
    let mut sum = Limit::new(0, vec![0; candidates]);
    for (limit, weight) in limits.iter().zip(raw) {
        let weight = (weight * scale).round() as i64;
        sum.cap += weight * limit.cap;
        for (sum, value) in sum.values.iter_mut().zip(&limit.values) {
            *sum += weight * value;
        }
    }
    sum
}

/// The search itself, candidate by candidate.
struct Dive<'a> {
    limits: &'a [Limit],
    left: Vec<i64>,
    counts: Vec<i64>,
    looks: u64,
}

impl Dive<'_> {
    /// Places `rest` occurrences on this and later candidates, using at most `used` of them.
    /// None when the budget runs out.
    fn down(&mut self, at: usize, rest: i64, used: usize) -> Option<bool> {
        if rest == 0 {
            return Some(self.left.iter().all(|left| *left >= 0));
        }
        if at == self.counts.len() || used == 0 {
            return Some(false);
        }
        let looks = u64::try_from(self.limits.len()).unwrap_or(u64::MAX);
        self.looks = self.looks.checked_sub(looks)?;
        let (low, high) = self.room(at, rest);
        for count in (low..=high).rev() {
            self.take(at, count);
            let is_used = usize::from(count > 0);
            let found = self.down(at + 1, rest - count, used - is_used)?;
            if found {
                return Some(true);
            }
            self.take(at, -count);
        }
        Some(false)
    }

    /// How often a candidate may be used such that the cheapest rest keeps every limit.
    fn room(&self, at: usize, rest: i64) -> (i64, i64) {
        let (mut low, mut high) = (0, rest);
        for (limit, left) in self.limits.iter().zip(&self.left) {
            let Some(value) = limit.values.get(at) else {
                continue;
            };
            let Some(later) = limit.least.get(at + 1) else {
                // The last candidate takes all the rest.
                low = rest;
                if *left < rest * value {
                    high = -1;
                }
                continue;
            };
            // left - count * value - (rest - count) * later >= 0
            let spare = left - rest * later;
            let more = value - later;
            match more {
                1.. => high = high.min(spare.div_euclid(more)),
                0 if spare < 0 => high = -1,
                0 => {}
                _ => low = low.max(-spare.div_euclid(-more)),
            }
        }
        (low, high)
    }

    fn take(&mut self, at: usize, count: i64) {
        if let Some(slot) = self.counts.get_mut(at) {
            *slot += count;
        }
        for (limit, left) in self.limits.iter().zip(&mut self.left) {
            *left -= count * limit.values.get(at).copied().unwrap_or(0);
        }
    }
}
