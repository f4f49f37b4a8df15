//! When no start is possible: the fewest rules to give up, and the start that opens.
//!
//! Exact: a start needs one rule for each person who blocks it and one for the windows, so the
//! fewest over all starts is the fewest there is. Ties: the cheaper start, then the earlier.

use super::grid::Grid;
use super::lane::{AWAY, BUSY, Lane};
use super::price::{Tariff, blocking};
use super::rank::{Sum, Tally};
use super::{Question, Refusal};

/// Something that can be given up; `usize` is an index into the people of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The organizer's windows.
    Windows,
    /// That the person's working hours are hard.
    Hours(usize),
    /// That the person must come: made optional.
    Person(usize),
}

/// What makes a start possible again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relief {
    /// The fewest rules to give up, sorted.
    pub rules: Vec<Rule>,
    /// The best start then.
    pub start: i64,
    /// Its cost then.
    pub cost: u64,
}

/// None when some start is possible as things are.
///
/// Where giving up a person's hard hours costs no more than doing without them, it is the hours.
pub fn blockers(question: &Question) -> Result<Option<Relief>, Refusal> {
    let tally = Tally::of(question)?;
    let sums = tally.grid.starts().zip(&tally.sums);
    let best = sums.map(|(start, sum)| (rules_needed(sum), sum.cost, start));
    Ok(match best.min() {
        Some((1.., cost, start)) => Some(Relief {
            rules: rules(question, start),
            start,
            cost,
        }),
        _ => None,
    })
}

fn rules_needed(sum: &Sum) -> u32 {
    sum.blockers + u32::from(!sum.is_allowed)
}

/// The cheapest rules that open a start.
fn rules(question: &Question, start: i64) -> Vec<Rule> {
    let grid = Grid::one(start, question.duration);
    let tariff = Tariff::new(&question.weights);
    let mut lane = Lane::new(grid);
    let mut rules = Vec::new();
    let fits = |window: &super::Span| !grid.inside(*window).is_empty();
    if !question.allowed.is_empty() && !question.allowed.iter().any(fits) {
        rules.push(Rule::Windows);
    }
    for (index, person) in question.people.iter().enumerate() {
        lane.fill(person, question.buffer, &question.weights);
        let (marks, hours) = lane.only();
        if marks & blocking(person) == 0 {
            continue;
        }
        let is_only_hours = marks & (BUSY | AWAY) == 0;
        let is_cheaper = tariff.required.of(marks, hours) <= tariff.optional.of(marks, hours);
        rules.push(if is_only_hours && is_cheaper {
            Rule::Hours(index)
        } else {
            Rule::Person(index)
        });
    }
    rules.sort_unstable();
    rules
}
