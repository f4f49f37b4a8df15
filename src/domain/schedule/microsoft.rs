//! The rule by which `findMeetingTimes` orders its suggestions, as Microsoft documents it.
//!
//! Confidence is the plain mean of each attendee's chance to come: free 100, unknown 49, busy 0, in
//! percent; the order is confidence, then time. The page does not say what a tentative or
//! out-of-office attendee is; both are taken as busy here. Working elsewhere is free. Everybody
//! counts the same, rooms and optional people too. Working hours and weights play no part; the
//! organizer's windows do (Microsoft calls them the time constraint).

use super::grid::Grid;
use super::lane::{AWAY, BUSY, Lane, TENTATIVE, UNKNOWN};
use super::rank::allowed;
use super::{Question, Refusal};

/// A start under Microsoft's rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    pub start: i64,
    /// 0 to 100.
    pub percent: f64,
}

/// The confidence of a meeting that starts at a minute, 0 to 100; 100 with nobody to ask.
pub fn microsoft_score(question: &Question, start: i64) -> f64 {
    let mut lane = Lane::new(Grid::one(start, question.duration));
    let mut sum = 0;
    for person in &question.people {
        lane.fill(person, 0, &question.weights);
        sum += chance(lane.only().0);
    }
    mean(sum, question.people.len())
}

/// All starts inside the windows: confidence descending, then time.
pub fn rank_like_microsoft(question: &Question) -> Result<Vec<Confidence>, Refusal> {
    let grid = Grid::of(question)?;
    let mut sums = vec![0u64; grid.count];
    let mut lane = Lane::new(grid);
    for person in &question.people {
        lane.fill(person, 0, &question.weights);
        for (sum, (marks, _)) in sums.iter_mut().zip(lane.starts()) {
            *sum += chance(marks);
        }
    }
    let starts = grid.starts().zip(sums).zip(allowed(question, grid));
    let mut order: Vec<(u64, i64)> = starts
        .filter_map(|((start, sum), is_allowed)| is_allowed.then_some((sum, start)))
        .collect();
    order.sort_unstable_by_key(|(sum, start)| (std::cmp::Reverse(*sum), *start));
    let confidence = |(sum, start)| Confidence {
        start,
        percent: mean(sum, question.people.len()),
    };
    Ok(order.into_iter().map(confidence).collect())
}

fn chance(marks: u8) -> u64 {
    if marks & (BUSY | AWAY | TENTATIVE) != 0 {
        0
    } else if marks & UNKNOWN != 0 {
        49
    } else {
        100
    }
}

/// Sums stay far below 2^53, where `f64` is exact.
fn mean(sum: u64, people: usize) -> f64 {
    if people == 0 {
        return 100.0;
    }
    sum as f64 / people as f64
}
