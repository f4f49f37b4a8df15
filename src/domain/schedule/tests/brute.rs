//! The same answers, found minute by minute: slow, separate and plain, to compare with.

use super::super::{
    Block, Cell, Claim, Kind, Person, Question, Reason, Role, Rule, Scored, Shade, Span, Weights,
};

/// What minute-by-minute reading says about one person at one start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    busy: i64,
    is_away: bool,
    tentative: i64,
    unknown: i64,
    outside: i64,
    gap: Option<i64>,
}

fn holds(span: Span, minute: i64) -> bool {
    span.start <= minute && minute < span.end
}

fn claims(person: &Person, minute: i64) -> impl Iterator<Item = Claim> {
    let blocks = person.busy.iter();
    let there = blocks.filter(move |block| holds(block.span, minute));
    there.map(|block| block.claim)
}

pub fn facts(question: &Question, person: &Person, start: i64) -> Facts {
    let end = start + i64::from(question.duration);
    let mut facts = Facts::default();
    for minute in start..end {
        let claims: Vec<Claim> = claims(person, minute).collect();
        facts.is_away |= claims.contains(&Claim::Away);
        facts.busy += i64::from(claims.contains(&Claim::Busy) || claims.contains(&Claim::Away));
        facts.tentative += i64::from(claims.contains(&Claim::Tentative));
        let is_known = person.known.iter().any(|span| holds(*span, minute));
        facts.unknown += i64::from(claims.is_empty() && !is_known);
    }
    facts.outside = outside(person, start, end);
    facts.gap = gap(&person.busy, start, end, i64::from(question.buffer));
    facts
}

/// Grows the meeting's working time on both sides until it would be inside.
fn outside(person: &Person, start: i64, end: i64) -> i64 {
    if person.working.iter().all(|span| span.is_empty()) {
        return 0;
    }
    let is_working = |minute| person.working.iter().any(|span| holds(*span, minute));
    let low = person
        .working
        .iter()
        .map(|it| it.start)
        .min()
        .unwrap()
        .min(start)
        - 1;
    let high = person
        .working
        .iter()
        .map(|it| it.end)
        .max()
        .unwrap()
        .max(end)
        + 1;
    let mut nearest = i64::MAX;
    let mut minute = low;
    while minute <= high {
        let first = minute;
        while is_working(minute) {
            minute += 1;
        }
        if minute > first {
            let mut needed = 0;
            while start < first - needed || end > minute + needed {
                needed += 1;
            }
            nearest = nearest.min(needed);
        }
        minute += 1;
    }
    nearest
}

fn gap(blocks: &[Block], start: i64, end: i64, buffer: i64) -> Option<i64> {
    let events = blocks
        .iter()
        .filter(|block| block.claim != Claim::Elsewhere);
    let apart = events.filter(|block| !(start..end).any(|minute| holds(block.span, minute)));
    let spans: Vec<Span> = apart.map(|block| block.span).collect();
    (0..buffer).find(|gap| {
        spans
            .iter()
            .any(|span| holds(*span, start - 1 - gap) || holds(*span, end + gap))
    })
}

fn hours(weights: &Weights, outside: i64) -> u64 {
    if outside == 0 {
        return 0;
    }
    if outside >= i64::from(weights.night_after) {
        return u64::from(weights.night);
    }
    let mut quarters = 0;
    while quarters * 15 < outside {
        quarters += 1;
    }
    (u64::from(weights.hours) * (quarters * quarters) as u64).min(u64::from(weights.night))
}

/// The bill of a person who does not block the start.
pub fn bill(weights: &Weights, role: Role, facts: &Facts) -> Vec<(Kind, u64, i64)> {
    let mut bill = Vec::new();
    let is_optional = role == Role::Optional;
    if facts.busy > 0 {
        assert!(is_optional);
        let kind = if facts.is_away {
            Kind::Away
        } else {
            Kind::Busy
        };
        return vec![(kind, u64::from(weights.optional_busy), facts.busy)];
    }
    if facts.tentative > 0 {
        let cost = if is_optional {
            weights.optional_tentative
        } else {
            weights.required_tentative
        };
        bill.push((Kind::Tentative, u64::from(cost), facts.tentative));
    }
    if facts.unknown > 0 {
        let cost = if is_optional {
            weights.optional_unknown
        } else {
            weights.required_unknown
        };
        bill.push((Kind::Unknown, u64::from(cost), facts.unknown));
    }
    if facts.outside > 0 {
        let cost = hours(weights, facts.outside);
        let cost = if is_optional {
            cost.min(u64::from(weights.optional_busy))
        } else {
            cost
        };
        bill.push((outside_kind(weights, facts), cost, facts.outside));
    }
    if let Some(gap) = facts.gap {
        bill.push((Kind::TooClose, u64::from(weights.too_close), gap));
    }
    bill
}

fn outside_kind(weights: &Weights, facts: &Facts) -> Kind {
    if facts.outside >= i64::from(weights.night_after) {
        Kind::Night
    } else {
        Kind::OutsideHours
    }
}

fn preference(question: &Question, start: i64) -> Option<(i64, u64)> {
    let distances = question.preferred.iter().map(|it| (it - start).abs());
    let minutes = distances.min().filter(|minutes| *minutes > 0)?;
    let mut cost = 0;
    let mut far = 0;
    while far < minutes {
        cost += u64::from(question.weights.preferred);
        far += 15;
    }
    Some((
        minutes,
        cost.min(u64::from(question.weights.preferred_most)),
    ))
}

fn windows_miss(question: &Question, start: i64) -> Option<i64> {
    let end = start + i64::from(question.duration);
    let needed = question.allowed.iter().map(|window| {
        (0..)
            .find(|more| window.start - more <= start && end <= window.end + more)
            .unwrap()
    });
    needed.min().filter(|needed| *needed > 0)
}

/// Everything known about an instance, start by start.
pub struct Brute<'a> {
    question: &'a Question,
    pub starts: Vec<i64>,
    /// By start, then person.
    facts: Vec<Vec<Facts>>,
    /// Added up once, because all sets of rules are tried: by start, whether it misses the windows
    /// and what the organizer's preference costs.
    base: Vec<(bool, u64)>,
    /// By start, then person: what they cost as required (None when busy) and as optional.
    prices: Vec<Vec<(Option<u64>, u64)>>,
}

/// A person as a question may see them after some rules are given up.
#[derive(Clone, Copy)]
struct Seen {
    role: Role,
    hard: bool,
}

impl<'a> Brute<'a> {
    pub fn new(question: &'a Question) -> Self {
        let mut starts = Vec::new();
        let mut start = question.from;
        while start + i64::from(question.duration) <= question.to {
            starts.push(start);
            start += i64::from(question.step);
        }
        let of = |start: &i64| -> Vec<Facts> {
            let people = question.people.iter();
            people
                .map(|person| facts(question, person, *start))
                .collect()
        };
        let facts: Vec<Vec<Facts>> = starts.iter().map(of).collect();
        let sum = |role, facts: &Facts| -> u64 {
            let bill = bill(&question.weights, role, facts);
            bill.iter().map(|(_, cost, _)| cost).sum()
        };
        let price = |facts: &Facts| {
            let required = (facts.busy == 0).then(|| sum(Role::Required, facts));
            (required, sum(Role::Optional, facts))
        };
        let base = |start: &i64| {
            let misses = windows_miss(question, *start).is_some();
            (misses, preference(question, *start).map_or(0, |it| it.1))
        };
        Self {
            question,
            prices: facts
                .iter()
                .map(|it| it.iter().map(price).collect())
                .collect(),
            base: starts.iter().map(base).collect(),
            facts,
            starts,
        }
    }

    fn seen(&self) -> Vec<Seen> {
        let people = self.question.people.iter();
        people
            .map(|it| Seen {
                role: it.role,
                hard: it.hard_hours,
            })
            .collect()
    }

    fn cost(&self, at: usize, seen: &[Seen], keeps_windows: bool) -> Option<u64> {
        let (misses, mut cost) = self.base[at];
        if keeps_windows && misses {
            return None;
        }
        let people = seen.iter().zip(&self.facts[at]).zip(&self.prices[at]);
        for ((seen, facts), (required, optional)) in people {
            if seen.role == Role::Optional {
                cost += optional;
            } else if seen.hard && facts.outside > 0 {
                return None;
            } else {
                cost += (*required)?;
            }
        }
        Some(cost)
    }

    fn order(&self, seen: &[Seen], keeps_windows: bool) -> Vec<Scored> {
        let starts = self.starts.iter().enumerate();
        let mut order: Vec<Scored> = starts
            .filter_map(|(at, start)| {
                let cost = self.cost(at, seen, keeps_windows)?;
                Some(Scored {
                    cost,
                    start: *start,
                })
            })
            .collect();
        order.sort_by_key(|it| (it.cost, it.start));
        order
    }

    pub fn rank(&self) -> Vec<Scored> {
        self.order(&self.seen(), true)
    }

    pub fn reasons(&self, at: usize) -> Result<Vec<Reason>, Vec<Reason>> {
        let start = self.starts[at];
        let reason = |person, (kind, cost, minutes)| Reason {
            person,
            kind,
            cost,
            minutes,
        };
        let mut blockers = Vec::new();
        let mut reasons = Vec::new();
        if let Some(minutes) = windows_miss(self.question, start) {
            blockers.push(reason(None, (Kind::OutsideWindows, 0, minutes)));
        }
        if let Some((minutes, cost)) = preference(self.question, start) {
            reasons.push(reason(None, (Kind::FromPreferred, cost, minutes)));
        }
        for (index, (person, facts)) in self.question.people.iter().zip(&self.facts[at]).enumerate()
        {
            let weights = &self.question.weights;
            let is_bound = person.role != Role::Optional;
            if is_bound && facts.busy > 0 {
                let kind = if facts.is_away {
                    Kind::Away
                } else {
                    Kind::Busy
                };
                blockers.push(reason(Some(index), (kind, 0, facts.busy)));
            }
            if is_bound && person.hard_hours && facts.outside > 0 {
                let kind = outside_kind(weights, facts);
                blockers.push(reason(Some(index), (kind, 0, facts.outside)));
            }
            if !(is_bound && facts.busy > 0) {
                let bill = bill(weights, person.role, facts);
                reasons.extend(bill.into_iter().map(|it| reason(Some(index), it)));
            }
        }
        if blockers.is_empty() {
            Ok(reasons)
        } else {
            Err(blockers)
        }
    }

    /// Every set of rules, the smallest first.
    pub fn relief(&self) -> Option<(Vec<Rule>, Scored)> {
        let people = self.question.people.len();
        let mut all = vec![Rule::Windows];
        all.extend((0..people).map(Rule::Hours));
        all.extend((0..people).map(Rule::Person));
        for size in 0..=all.len() {
            let mut best: Option<(u64, i64, Vec<Rule>)> = None;
            for set in 0u32..1 << all.len() {
                if set.count_ones() as usize != size {
                    continue;
                }
                let chosen = (0..all.len()).filter(|at| set >> at & 1 == 1);
                let rules: Vec<Rule> = chosen.map(|at| all[at]).collect();
                let mut seen = self.seen();
                for rule in &rules {
                    match rule {
                        Rule::Windows => {}
                        Rule::Hours(person) => seen[*person].hard = false,
                        Rule::Person(person) => seen[*person].role = Role::Optional,
                    }
                }
                let order = self.order(&seen, !rules.contains(&Rule::Windows));
                if let Some(first) = order.first() {
                    let found = (first.cost, first.start, rules);
                    best = Some(best.map_or(found.clone(), |best| best.min(found)));
                }
            }
            if let Some((cost, start, rules)) = best {
                return (size > 0).then_some((rules, Scored { cost, start }));
            }
        }
        None
    }

    pub fn without_each(&self) -> Vec<(usize, Scored)> {
        let now = self.rank();
        let mut found = Vec::new();
        for person in 0..self.question.people.len() {
            let mut seen = self.seen();
            if seen[person].role == Role::Optional {
                continue;
            }
            seen[person].role = Role::Optional;
            let Some(best) = self.order(&seen, true).first().copied() else {
                continue;
            };
            let is_possible_now = now.iter().any(|it| it.start == best.start);
            if !is_possible_now && now.first().is_none_or(|now| best < *now) {
                found.push((person, best));
            }
        }
        found
    }

    pub fn blocked_by(&self) -> Vec<usize> {
        let blocks = |person: usize| {
            let it = &self.question.people[person];
            let starts = (0..self.starts.len()).filter(|at| {
                let facts = &self.facts[*at][person];
                windows_miss(self.question, self.starts[*at]).is_none()
                    && it.role != Role::Optional
                    && (facts.busy > 0 || it.hard_hours && facts.outside > 0)
            });
            starts.count()
        };
        (0..self.question.people.len()).map(blocks).collect()
    }

    /// Microsoft's confidence, times the number of people.
    pub fn microsoft(&self) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        for (at, start) in self.starts.iter().enumerate() {
            if windows_miss(self.question, *start).is_some() {
                continue;
            }
            let mut sum = 0;
            for facts in &self.facts[at] {
                let is_taken = facts.busy > 0 || facts.tentative > 0;
                sum += if is_taken {
                    0
                } else if facts.unknown > 0 {
                    49
                } else {
                    100
                };
            }
            found.push((sum, *start));
        }
        found.sort_by_key(|(sum, start)| (-sum, *start));
        found
    }
}

pub fn row(person: &Person, from: i64, to: i64, minutes: i64) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut start = from;
    while start < to {
        let mut cell = Cell::default();
        for minute in start..start + minutes {
            let is_known = person.known.iter().any(|span| holds(*span, minute));
            let claimed = claims(person, minute).max();
            let shade = match claimed {
                Some(Claim::Away) => Shade::Away,
                Some(Claim::Busy) => Shade::Busy,
                Some(Claim::Tentative) => Shade::Tentative,
                Some(Claim::Elsewhere) => Shade::Elsewhere,
                None if is_known => Shade::Free,
                None => Shade::Unknown,
            };
            cell.shade = cell.shade.max(shade);
            let knows_hours = person.working.iter().any(|span| !span.is_empty());
            let works = person.working.iter().any(|span| holds(*span, minute));
            cell.outside_hours |= knows_hours && !works;
        }
        cells.push(cell);
        start += minutes;
    }
    cells
}
