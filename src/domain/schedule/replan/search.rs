//! Branch and bound over chains of displaced meetings.
//!
//! The new meeting displaces those in its way; each of them must go somewhere and may displace more.
//! A meeting that no placement displaces never needs to move, so following the chains is complete. A
//! placed meeting is not displaced again: a different order of the same chain finds that plan.

use super::{Move, Plan, Request, Score, Slots, is_hit, starts};

/// How many places of a meeting are looked at for one step of the budget.
const PLACES_A_STEP: usize = 200;

/// What a search up to some number of moves came to.
pub(super) enum Finding {
    /// No plan with so few moves is better.
    Best(Plan),
    /// None with so few moves, but perhaps with more.
    NeedsMore,
    /// None with any number of moves.
    Nothing,
    OutOfBudget(Option<Plan>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Stays,
    /// Displaced and without a place.
    Homeless,
    Placed(u32),
}

/// What does not change during the search.
struct Meeting {
    now: Slots,
    duration: u32,
    mailed: u64,
    /// Other places that clash with nothing fixed, the nearest first.
    places: Vec<u32>,
    /// The least it can be shifted.
    least_shift: u64,
}

/// A way to place a meeting: how many it displaces, by how much it is shifted, and where.
type Choice = (usize, u64, u32);

pub(super) struct Search {
    meetings: Vec<Meeting>,
    /// Starts of the new meeting that clash with nothing fixed.
    wanted: Vec<u32>,
    duration: u32,
    /// Movable meetings that are there now, by slot.
    there: Vec<Vec<usize>>,
    /// Slots that something was placed in.
    taken: Vec<bool>,
    status: Vec<Status>,
    homeless: Vec<usize>,
    /// Of the partial plan; homeless meetings count with the least they must cost.
    score: Score,
    best: Option<Plan>,
    most_moves: usize,
    /// Some branch ended only for want of moves.
    was_cut: bool,
    steps: u64,
}

/// The budget is used up.
struct Exhausted;

impl Search {
    pub fn new(request: &Request) -> Self {
        let meetings: Vec<Meeting> = request
            .movable
            .iter()
            .map(|it| meeting(request, it))
            .collect();
        let slots = usize::try_from(request.horizon).unwrap_or(0);
        let mut there = vec![Vec::new(); slots];
        for (index, meeting) in meetings.iter().enumerate() {
            let seen = Slots::new(meeting.now.start, meeting.now.end.min(request.horizon));
            for at in slots_of(seen) {
                if let Some(there) = there.get_mut(at) {
                    there.push(index);
                }
            }
        }
        let wanted = &request.wanted;
        let free = starts(wanted.allowed, wanted.duration, request.horizon).filter(|start| {
            let place = Slots::lasting(*start, wanted.duration);
            !is_hit(place, &wanted.others) && !is_hit(place, &request.fixed)
        });
        Self {
            wanted: free.collect(),
            duration: wanted.duration,
            there,
            taken: vec![false; slots],
            status: vec![Status::Stays; meetings.len()],
            meetings,
            homeless: Vec::new(),
            score: Score {
                moves: 0,
                mailed: 0,
                shifted: 0,
                start: 0,
            },
            best: None,
            most_moves: 0,
            was_cut: false,
            steps: 0,
        }
    }

    pub fn grant(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    /// Meetings at a place that have nowhere else to be.
    pub fn stuck_in(&self, place: Slots) -> impl Iterator<Item = usize> {
        self.in_the_way(place).filter(|it| {
            self.meetings
                .get(*it)
                .is_some_and(|meeting| meeting.places.is_empty())
        })
    }

    /// The best plan with at most so many moves.
    pub fn up_to(&mut self, most_moves: usize) -> Finding {
        self.most_moves = most_moves;
        self.was_cut = false;
        let ended = self.place_wanted();
        match (ended, self.best.take()) {
            (Err(Exhausted), found) => Finding::OutOfBudget(found),
            (Ok(()), Some(plan)) => Finding::Best(plan),
            (Ok(()), None) if self.was_cut => Finding::NeedsMore,
            (Ok(()), None) => Finding::Nothing,
        }
    }

    /// Some plan, as good as the steps allow.
    pub fn any(&mut self) -> Option<Plan> {
        match self.up_to(self.meetings.len()) {
            Finding::Best(plan) | Finding::OutOfBudget(Some(plan)) => Some(plan),
            Finding::NeedsMore | Finding::Nothing | Finding::OutOfBudget(None) => None,
        }
    }

    fn place_wanted(&mut self) -> Result<(), Exhausted> {
        let choice = |start: &u32| {
            let place = Slots::lasting(*start, self.duration);
            (self.how_many_in_the_way(place), *start)
        };
        let mut choices: Vec<(usize, u32)> = self.wanted.iter().map(choice).collect();
        choices.sort_unstable();
        for (_, start) in choices {
            self.score.start = start;
            let place = Slots::lasting(start, self.duration);
            let displaced = self.occupy(place);
            let ended = self.place_next();
            self.vacate(place, &displaced);
            ended?;
        }
        Ok(())
    }

    /// Finds a place for the homeless meeting that has the fewest.
    fn place_next(&mut self) -> Result<(), Exhausted> {
        self.steps = self.steps.checked_sub(1).ok_or(Exhausted)?;
        if self.score.moves > self.most_moves {
            self.was_cut = true;
            return Ok(());
        }
        if self
            .best
            .as_ref()
            .is_some_and(|best| self.score >= best.score())
        {
            return Ok(());
        }
        let Some((meeting, choices)) = self.hardest() else {
            self.best = Some(self.plan());
            return Ok(());
        };
        for (_, shift, start) in choices {
            self.try_place(meeting, start, shift)?;
        }
        Ok(())
    }

    fn try_place(&mut self, meeting: usize, start: u32, shift: u64) -> Result<(), Exhausted> {
        let Some((duration, least)) = self
            .meetings
            .get(meeting)
            .map(|it| (it.duration, it.least_shift))
        else {
            return Ok(());
        };
        let homeless = self.homeless.clone();
        self.homeless.retain(|it| *it != meeting);
        self.set(meeting, Status::Placed(start));
        self.score.shifted += shift - least;
        let place = Slots::lasting(start, duration);
        let displaced = self.occupy(place);
        let ended = self.place_next();
        self.vacate(place, &displaced);
        self.score.shifted -= shift - least;
        self.set(meeting, Status::Homeless);
        self.homeless = homeless;
        ended
    }

    /// The homeless meeting with the fewest places, and those. None without homeless meetings.
    fn hardest(&mut self) -> Option<(usize, Vec<Choice>)> {
        let mut hardest: Option<(usize, Vec<Choice>)> = None;
        let spare = self.most_moves - self.score.moves;
        for meeting in self.homeless.clone() {
            self.charge(meeting);
            let mut choices = self.choices(meeting);
            let before = choices.len();
            choices.retain(|(displaced, _, _)| *displaced <= spare);
            self.was_cut |= choices.len() < before;
            if hardest
                .as_ref()
                .is_none_or(|(_, fewest)| choices.len() < fewest.len())
            {
                hardest = Some((meeting, choices));
            }
        }
        hardest
    }

    /// Looking at thousands of places is more than a step.
    fn charge(&mut self, meeting: usize) {
        let places = self.meetings.get(meeting).map_or(0, |it| it.places.len());
        let steps = u64::try_from(places / PLACES_A_STEP).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_sub(steps);
    }

    /// Places of a meeting that nothing placed is in the way of, the least disturbing first.
    fn choices(&self, meeting: usize) -> Vec<Choice> {
        let Some(meeting) = self.meetings.get(meeting) else {
            return Vec::new();
        };
        let open = meeting.places.iter().filter_map(|start| {
            let place = Slots::lasting(*start, meeting.duration);
            let is_open = slots_of(place).all(|at| self.taken.get(at) == Some(&false));
            let shift = u64::from(start.abs_diff(meeting.now.start));
            is_open.then(|| (self.how_many_in_the_way(place), shift, *start))
        });
        let mut choices: Vec<Choice> = open.collect();
        choices.sort_unstable();
        choices
    }

    /// Meetings that would have to leave a place.
    fn in_the_way(&self, place: Slots) -> impl Iterator<Item = usize> {
        slots_of(place).flat_map(move |at| {
            let there = self.there.get(at).into_iter().flatten();
            there
                .copied()
                .filter(move |meeting| self.is_met(*meeting, at, place))
        })
    }

    fn how_many_in_the_way(&self, place: Slots) -> usize {
        self.in_the_way(place).count()
    }

    /// Whether a meeting stays and this is the first slot of the place that it is in.
    fn is_met(&self, meeting: usize, at: usize, place: Slots) -> bool {
        let first = self
            .meetings
            .get(meeting)
            .map(|it| it.now.start.max(place.start));
        let is_first = first.and_then(|first| usize::try_from(first).ok()) == Some(at);
        is_first && self.status.get(meeting) == Some(&Status::Stays)
    }

    /// Takes a place; says whom that displaces.
    fn occupy(&mut self, place: Slots) -> Vec<usize> {
        let displaced: Vec<usize> = self.in_the_way(place).collect();
        for meeting in &displaced {
            self.set(*meeting, Status::Homeless);
            self.homeless.push(*meeting);
        }
        self.count(&displaced, true);
        self.take(place, true);
        displaced
    }

    fn vacate(&mut self, place: Slots, displaced: &[usize]) {
        self.take(place, false);
        self.count(displaced, false);
        for meeting in displaced {
            self.set(*meeting, Status::Stays);
        }
        self.homeless.retain(|it| !displaced.contains(it));
    }

    fn count(&mut self, displaced: &[usize], is_added: bool) {
        for meeting in displaced.iter().filter_map(|it| self.meetings.get(*it)) {
            if is_added {
                self.score.moves += 1;
                self.score.mailed += meeting.mailed;
                self.score.shifted += meeting.least_shift;
            } else {
                self.score.moves -= 1;
                self.score.mailed -= meeting.mailed;
                self.score.shifted -= meeting.least_shift;
            }
        }
    }

    fn take(&mut self, place: Slots, is_taken: bool) {
        for at in slots_of(place) {
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = is_taken;
            }
        }
    }

    fn set(&mut self, meeting: usize, status: Status) {
        if let Some(slot) = self.status.get_mut(meeting) {
            *slot = status;
        }
    }

    fn plan(&self) -> Plan {
        let moves = self
            .status
            .iter()
            .enumerate()
            .filter_map(|(meeting, status)| match status {
                Status::Placed(start) => Some(Move {
                    meeting,
                    start: *start,
                }),
                Status::Stays | Status::Homeless => None,
            });
        Plan {
            start: self.score.start,
            moves: moves.collect(),
            mailed: self.score.mailed,
            shifted: self.score.shifted,
        }
    }
}

fn meeting(request: &Request, movable: &super::Movable) -> Meeting {
    let fits = |start: &u32| {
        let place = Slots::lasting(*start, movable.duration);
        *start != movable.start && !is_hit(place, &movable.others) && !is_hit(place, &request.fixed)
    };
    let free = starts(movable.allowed, movable.duration, request.horizon).filter(fits);
    let mut places: Vec<u32> = free.collect();
    places.sort_unstable_by_key(|start| (start.abs_diff(movable.start), *start));
    let least = places
        .first()
        .map_or(0, |start| start.abs_diff(movable.start));
    Meeting {
        now: Slots::lasting(movable.start, movable.duration),
        duration: movable.duration,
        mailed: u64::from(movable.mailed),
        places,
        least_shift: u64::from(least),
    }
}

fn slots_of(place: Slots) -> impl Iterator<Item = usize> {
    (place.start..place.end).map(|at| usize::try_from(at).unwrap_or(usize::MAX))
}
