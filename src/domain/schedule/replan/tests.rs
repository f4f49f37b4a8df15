//! Equality with trying every arrangement, and what is said when there is none.

use super::super::tests::Dice;
use super::*;

fn instances() -> u64 {
    let asked = std::env::var("KALENDS_INSTANCES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(3_000)
}

fn some_slots(dice: &mut Dice, horizon: i64, most: i64) -> Slots {
    let start = dice.between(0, horizon);
    Slots::new(start as u32, (start + dice.between(0, most)) as u32)
}

/// Meetings side by side with few gaps, most of which may go anywhere: room takes several moves.
fn crowded(dice: &mut Dice) -> Request {
    let horizon = dice.between(5, 9) as u32;
    let mut request = Request {
        horizon,
        ..Request::default()
    };
    let everywhere = Slots::new(0, horizon);
    let mut start = dice.between(0, 1) as u32;
    while start < horizon && request.movable.len() < 4 {
        let duration = dice.between(1, 3) as u32;
        let others = (0..dice.between(0, 1))
            .map(|_| some_slots(dice, 9, 2))
            .collect();
        request.movable.push(Movable {
            start,
            duration,
            mailed: dice.between(0, 3) as u32,
            others,
            allowed: if dice.one_in(4) {
                some_slots(dice, 5, 9)
            } else {
                everywhere
            },
        });
        start += duration + u32::from(dice.one_in(3));
    }
    if dice.one_in(3) {
        request.fixed.push(some_slots(dice, 9, 1));
    }
    request.wanted = Wanted {
        duration: dice.between(1, 3) as u32,
        allowed: if dice.one_in(2) {
            Slots::new(0, 4)
        } else {
            everywhere
        },
        others: vec![some_slots(dice, 9, 2)],
    };
    request
}

fn request(dice: &mut Dice) -> Request {
    if dice.one_in(2) {
        crowded(dice)
    } else {
        messy(dice)
    }
}

/// Anything, sensible or not.
fn messy(dice: &mut Dice) -> Request {
    let horizon = dice.between(1, 9);
    let several = |dice: &mut Dice, count: i64| -> Vec<Slots> {
        (0..dice.between(0, count))
            .map(|_| some_slots(dice, horizon, 3))
            .collect()
    };
    let window = |dice: &mut Dice| {
        if dice.one_in(2) {
            Slots::new(0, horizon as u32)
        } else {
            some_slots(dice, horizon, 9)
        }
    };
    let fixed = several(dice, 2);
    let movable = (0..dice.between(0, 4)).map(|_| Movable {
        start: dice.between(0, horizon) as u32,
        duration: dice.between(0, 3) as u32,
        mailed: dice.between(0, 3) as u32,
        allowed: window(dice),
        others: several(dice, 1),
    });
    let movable = movable.collect();
    let wanted = Wanted {
        duration: dice.between(1, 3) as u32,
        allowed: window(dice),
        others: several(dice, 1),
    };
    Request {
        horizon: horizon as u32,
        fixed,
        movable,
        wanted,
    }
}

/// Whether a placement keeps clear of everything that cannot give way to it.
fn is_clear(request: &Request, place: Slots, allowed: Slots, others: &[Slots]) -> bool {
    let is_inside =
        allowed.start <= place.start && place.end <= allowed.end && place.end <= request.horizon;
    is_inside && !is_hit(place, others) && !is_hit(place, &request.fixed)
}

/// Every meeting stays or goes anywhere; `places` holds a start for each one decided so far.
fn arrange(request: &Request, start: u32, places: &mut Vec<Option<u32>>, best: &mut Option<Score>) {
    let Some(next) = request.movable.get(places.len()) else {
        if let Some(score) = judged(request, start, places) {
            *best = Some(best.map_or(score, |best| best.min(score)));
        }
        return;
    };
    for place in (0..request.horizon)
        .filter(|it| *it != next.start)
        .map(Some)
        .chain([None])
    {
        let allows = place.is_none_or(|at| {
            is_clear(
                request,
                Slots::lasting(at, next.duration),
                next.allowed,
                &next.others,
            )
        });
        if allows {
            places.push(place);
            arrange(request, start, places, best);
            places.pop();
        }
    }
}

fn judged(request: &Request, start: u32, places: &[Option<u32>]) -> Option<Score> {
    let mut placed = vec![Slots::lasting(start, request.wanted.duration)];
    let mut staying = Vec::new();
    let mut score = Score {
        moves: 0,
        mailed: 0,
        shifted: 0,
        start,
    };
    for (meeting, place) in request.movable.iter().zip(places) {
        let Some(at) = place else {
            staying.push(Slots::lasting(meeting.start, meeting.duration));
            continue;
        };
        placed.push(Slots::lasting(*at, meeting.duration));
        score.moves += 1;
        score.mailed += u64::from(meeting.mailed);
        score.shifted += u64::from(at.abs_diff(meeting.start));
    }
    let is_fine = placed
        .iter()
        .enumerate()
        .all(|(at, one)| !is_hit(*one, &staying) && !is_hit(*one, &placed[at + 1..]));
    is_fine.then_some(score)
}

fn exhaustive(request: &Request) -> Option<Score> {
    let mut best = None;
    let wanted = &request.wanted;
    for start in 0..request.horizon {
        let place = Slots::lasting(start, wanted.duration);
        if is_clear(request, place, wanted.allowed, &wanted.others) {
            arrange(request, start, &mut Vec::new(), &mut best);
        }
    }
    best
}

/// The score of a plan as it stands; panics when it is not a plan.
fn checked(request: &Request, plan: &Plan) -> Score {
    let mut places = vec![None; request.movable.len()];
    for it in &plan.moves {
        let meeting = &request.movable[it.meeting];
        let place = Slots::lasting(it.start, meeting.duration);
        assert!(is_clear(request, place, meeting.allowed, &meeting.others));
        places[it.meeting] = Some(it.start);
    }
    let wanted = &request.wanted;
    let place = Slots::lasting(plan.start, wanted.duration);
    assert!(is_clear(request, place, wanted.allowed, &wanted.others));
    let score = judged(request, plan.start, &places).expect("an overlap");
    assert_eq!(score, plan.score());
    score
}

#[test]
fn plans_equal_trying_every_arrangement() {
    let mut counts = [0u64; 5];
    for seed in 0..instances() {
        let request = request(&mut Dice::new(seed));
        let expected = exhaustive(&request);
        match replan(&request, USUAL_BUDGET).unwrap() {
            Outcome::Optimal(plan) => {
                assert_eq!(Some(checked(&request, &plan)), expected, "{request:?}");
                counts[plan.moves.len()] += 1;
            }
            Outcome::Impossible(_) => assert_eq!(None, expected, "{request:?}"),
            outcome => panic!("{outcome:?} for {request:?}"),
        }
    }
    // The instances must reach the longer chains as well.
    assert!(
        counts[..4].iter().all(|count| *count * 1_000 > instances()),
        "{counts:?}"
    );
    println!("plans by moves: {counts:?}");
}

/// Whatever the budget, a plan is a plan, and what is claimed of the fewest moves is true.
#[test]
fn a_short_search_is_honest() {
    for seed in 0..instances() / 2 {
        let mut dice = Dice::new(seed);
        let request = request(&mut dice);
        let expected = exhaustive(&request);
        match replan(&request, dice.between(0, 12) as u64).unwrap() {
            Outcome::Optimal(plan) => assert_eq!(Some(checked(&request, &plan)), expected),
            Outcome::Impossible(_) => assert_eq!(None, expected),
            Outcome::BestFound { plan, least_moves } => {
                assert!(Some(checked(&request, &plan)) >= expected);
                assert!(expected.is_some_and(|best| least_moves <= best.moves));
            }
            Outcome::Undecided { least_moves } => {
                assert!(expected.is_none_or(|best| least_moves <= best.moves));
            }
        }
    }
}

fn movable(start: u32, duration: u32) -> Movable {
    Movable {
        start,
        duration,
        mailed: 1,
        allowed: Slots::new(0, 10),
        others: vec![],
    }
}

fn ask(horizon: u32, movable: Vec<Movable>) -> Request {
    let wanted = Wanted {
        duration: 2,
        allowed: Slots::new(0, 2),
        others: vec![],
    };
    Request {
        horizon,
        fixed: vec![],
        movable,
        wanted,
    }
}

#[test]
fn a_chain_of_two_moves() {
    let mut second = movable(2, 2);
    second.allowed = Slots::new(2, 6);
    let mut first = movable(0, 2);
    first.allowed = Slots::new(0, 4);
    let outcome = replan(&ask(6, vec![first, second]), USUAL_BUDGET).unwrap();
    let moves = vec![
        Move {
            meeting: 0,
            start: 2,
        },
        Move {
            meeting: 1,
            start: 4,
        },
    ];
    let plan = Plan {
        start: 0,
        moves,
        mailed: 2,
        shifted: 4,
    };
    assert_eq!(outcome, Outcome::Optimal(plan));
}

#[test]
fn what_is_in_the_way_is_said() {
    let mut request = ask(2, vec![movable(0, 2)]);
    let stuck = Blocked {
        movable: 1,
        stuck: vec![0],
        ..Blocked::default()
    };
    assert_eq!(
        replan(&request, USUAL_BUDGET),
        Ok(Outcome::Impossible(stuck))
    );
    request.fixed = vec![Slots::new(0, 1)];
    let fixed = Blocked {
        fixed: 1,
        ..Blocked::default()
    };
    assert_eq!(
        replan(&request, USUAL_BUDGET),
        Ok(Outcome::Impossible(fixed))
    );
    request.wanted.others = vec![Slots::new(1, 2)];
    let others = Blocked {
        others: 1,
        ..Blocked::default()
    };
    assert_eq!(
        replan(&request, USUAL_BUDGET),
        Ok(Outcome::Impossible(others))
    );
}

#[test]
fn a_full_calendar_is_told_without_a_search() {
    let mut request = ask(60, (0..59).map(|at| movable(at, 1)).collect());
    request.wanted.allowed = Slots::new(0, 60);
    request
        .movable
        .iter_mut()
        .for_each(|it| it.allowed = Slots::new(0, 60));
    let outcome = replan(&request, 0).unwrap();
    let full = Blocked {
        movable: 59,
        ..Blocked::default()
    };
    assert_eq!(outcome, Outcome::Impossible(full));
    request.movable.pop();
    assert!(
        matches!(replan(&request, 1_000).unwrap(), Outcome::Optimal(plan) if plan.moves.is_empty())
    );
}

#[test]
fn absurd_requests_are_refused_or_survived() {
    let mut request = ask(u32::MAX, vec![]);
    assert_eq!(replan(&request, 1), Err(Unaskable::TooLarge));
    request.horizon = 10;
    request.wanted.duration = 0;
    assert_eq!(replan(&request, 1), Err(Unaskable::NoDuration));
    let edge = Slots::new(u32::MAX, 0);
    request.wanted = Wanted {
        duration: u32::MAX,
        allowed: edge,
        others: vec![edge],
    };
    request.movable = vec![Movable {
        start: u32::MAX,
        duration: u32::MAX,
        ..movable(0, 1)
    }];
    assert_eq!(
        replan(&request, 1),
        Ok(Outcome::Impossible(Blocked::default()))
    );
    request.wanted = Wanted {
        duration: 1,
        allowed: Slots::new(0, u32::MAX),
        others: vec![],
    };
    request.movable.push(Movable {
        duration: u32::MAX,
        ..movable(0, 1)
    });
    let huge = Blocked {
        movable: 10,
        stuck: vec![1],
        ..Blocked::default()
    };
    assert_eq!(replan(&request, 100), Ok(Outcome::Impossible(huge)));
    request.movable.pop();
    assert!(matches!(replan(&request, 100), Ok(Outcome::Optimal(_))));
}
