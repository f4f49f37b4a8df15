//! A good plan to begin with, found without proof.
//!
//! What the search has to beat: the relaxation rounded and a greedy choice, improved by moving single
//! occurrences, shaken, and improved again. Compares by the most anybody bears, then by how unevenly
//! it is borne, which leads further than the total would.

use super::Problem;
use super::surrogate::relax;

/// One round of shaking and improving looks at about so many numbers for each in the problem, and is
/// taken for no less than so many.
const LOOKS_A_SHAKE: u64 = 20;
const LEAST_LOOKS_A_SHAKE: u64 = 16_000;

/// The most anybody bears, and the sum of squares.
type Measure = (i64, i128);

/// The best of some starts, shaken and improved as often as the budget suggests.
pub(super) fn good_start(problem: &Problem, budget: u64) -> Vec<i64> {
    let starts = [problem.single(), rounded(problem), greedy(problem)];
    let improved = starts.into_iter().map(|counts| improved(problem, counts));
    let best = improved.min_by_key(|counts| problem.score(counts));
    let mut best = best.unwrap_or_default();
    let mut dice = Dice(0);
    let looks = (problem.size() * LOOKS_A_SHAKE).max(LEAST_LOOKS_A_SHAKE);
    for _ in 0..budget / looks {
        let shaken = improved_after_shaking(problem, &best, &mut dice);
        if problem.score(&shaken) <= problem.score(&best) {
            best = shaken;
        }
    }
    best
}

fn improved_after_shaking(problem: &Problem, counts: &[i64], dice: &mut Dice) -> Vec<i64> {
    let mut counts = counts.to_vec();
    for _ in 0..2 + dice.below(2) {
        let used = counts.iter().filter(|count| **count > 0).count();
        let chosen = dice.below(used);
        let from = counts.iter_mut().filter(|count| **count > 0).nth(chosen);
        let Some(from) = from else { continue };
        *from -= 1;
        let to = dice.below(counts.len());
        if let Some(to) = counts.get_mut(to) {
            *to += 1;
        }
    }
    improved(problem, counts)
}

/// The best fractions of occurrences, rounded down, and the missing ones where they hurt least.
fn rounded(problem: &Problem) -> Vec<i64> {
    let most = problem.score(&problem.single()).most;
    let row = |(person, carried): (usize, &i64)| {
        let cap = ((most - carried) as f64).max(0.5);
        let values = problem.pain.iter().filter_map(|row| row.get(person));
        values.map(|value| *value as f64 / cap).collect()
    };
    let rows: Vec<Vec<f64>> = problem.carried.iter().enumerate().map(row).collect();
    let shares = relax(&rows, problem.pain.len()).shares;
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return problem.single();
    }
    let each = problem.occurrences as f64 / sum;
    let mut counts: Vec<i64> = shares.iter().map(|it| (it * each) as i64).collect();
    let missing = problem.occurrences - counts.iter().sum::<i64>();
    if missing < 0 {
        return problem.single();
    }
    fill(problem, &mut counts, missing);
    counts
}

fn greedy(problem: &Problem) -> Vec<i64> {
    let mut counts = vec![0; problem.pain.len()];
    fill(problem, &mut counts, problem.occurrences);
    counts
}

/// Adds occurrences one by one where they hurt least.
fn fill(problem: &Problem, counts: &mut [i64], missing: i64) {
    let mut burdens = problem.burdens(counts);
    for _ in 0..missing {
        let Some((best, _)) = best_addition(problem, &burdens) else {
            return;
        };
        change(problem, counts, &mut burdens, best, 1);
    }
}

/// Moves single occurrences to other candidates while that helps.
fn improved(problem: &Problem, mut counts: Vec<i64>) -> Vec<i64> {
    let mut burdens = problem.burdens(&counts);
    // Each move lowers the measure, so this ends; the bound is for absurdly many small steps.
    for _ in 0..1_000 {
        let now = measure(&burdens, std::iter::repeat(&0));
        let Some((from, to, after)) = best_move(problem, &counts, &burdens) else {
            break;
        };
        if after >= now {
            break;
        }
        change(problem, &mut counts, &mut burdens, from, -1);
        change(problem, &mut counts, &mut burdens, to, 1);
    }
    counts
}

fn best_move(
    problem: &Problem,
    counts: &[i64],
    burdens: &[i64],
) -> Option<(usize, usize, Measure)> {
    let used = counts.iter().zip(&problem.pain).enumerate();
    let used = used.filter(|(_, (count, _))| **count > 0);
    let moves = used.filter_map(|(from, (_, old))| {
        let without: Vec<i64> = burdens
            .iter()
            .zip(old)
            .map(|(it, less)| it - less)
            .collect();
        let (to, after) = best_addition(problem, &without)?;
        Some((from, to, after))
    });
    moves.min_by_key(|(from, _, after)| (*after, *from))
}

/// The candidate whose next use hurts least, the first of equals.
fn best_addition(problem: &Problem, burdens: &[i64]) -> Option<(usize, Measure)> {
    let mut best: Option<(usize, Measure)> = None;
    for (at, row) in problem.pain.iter().enumerate() {
        let most = burdens.iter().zip(row).map(|(it, more)| it + more).max();
        // Most candidates end here, before the squares.
        if best.is_some_and(|(_, (least, _))| most.unwrap_or(0) > least) {
            continue;
        }
        let after = measure(burdens, row.iter());
        if best.is_none_or(|(_, best)| after < best) {
            best = Some((at, after));
        }
    }
    best
}

fn change(problem: &Problem, counts: &mut [i64], burdens: &mut [i64], at: usize, by: i64) {
    let (Some(count), Some(row)) = (counts.get_mut(at), problem.pain.get(at)) else {
        return;
    };
    *count += by;
    for (burden, pain) in burdens.iter_mut().zip(row) {
        *burden += by * pain;
    }
}

fn measure<'a>(burdens: &[i64], added: impl Iterator<Item = &'a i64>) -> Measure {
    let after = burdens.iter().zip(added).map(|(it, more)| it + more);
    after.fold((0, 0), |(most, squares), it| {
        (most.max(it), squares + i128::from(it) * i128::from(it))
    })
}

/// A fixed sequence that looks random (SplitMix64), so that the same series gets the same plan.
struct Dice(u64);

impl Dice {
    /// A number under `n`; 0 when there is none.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from((mixed ^ (mixed >> 31)) % n).unwrap_or(0)
    }
}
