//! Exact equality with the brute force, and the odd ends by hand.

mod brute;
mod instances;

use proptest::prelude::*;

use super::*;
use brute::Brute;
pub use instances::Dice;
use instances::question;

/// How many random instances to compare; `KALENDS_INSTANCES` asks for more.
fn instances() -> u64 {
    let asked = std::env::var("KALENDS_INSTANCES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(10_000)
}

fn compare(question: &Question) {
    let brute = Brute::new(question);
    let ranking = rank(question).unwrap();
    assert_eq!(ranking.starts, brute.rank());
    assert_eq!(ranking.tried, brute.starts.len());
    assert_eq!(ranking.blocked_by, brute.blocked_by());
    for (at, start) in brute.starts.iter().enumerate() {
        let verdict = explain(question, *start).unwrap();
        let scored = ranking.starts.iter().find(|it| it.start == *start);
        assert_eq!(verdict.cost(), scored.map(|it| it.cost));
        let expected = match brute.reasons(at) {
            Ok(reasons) => Verdict::Possible(reasons),
            Err(blockers) => Verdict::Impossible(blockers),
        };
        assert_eq!(verdict, expected);
    }
    let relief = blockers(question).unwrap();
    assert_eq!(relief.is_none(), !ranking.starts.is_empty());
    let relief = relief.map(|it| {
        let best = Scored {
            cost: it.cost,
            start: it.start,
        };
        (it.rules, best)
    });
    assert_eq!(relief, brute.relief());
    let without = without_each(question).unwrap();
    let without: Vec<_> = without.iter().map(|it| (it.person, it.best)).collect();
    assert_eq!(without, brute.without_each());
}

fn compare_rest(question: &Question, dice: &mut Dice) {
    let cell = dice.between(1, 20);
    for person in &question.people {
        let found = row(person, question.from, question.to, cell as u32).unwrap();
        assert_eq!(found, brute::row(person, question.from, question.to, cell));
    }
    let theirs = Brute::new(question).microsoft();
    let ours = rank_like_microsoft(question).unwrap();
    let people = question.people.len().max(1) as f64;
    assert_eq!(
        ours.iter().map(|it| it.start).collect::<Vec<_>>(),
        theirs.iter().map(|it| it.1).collect::<Vec<_>>()
    );
    for (ours, (sum, _)) in ours.iter().zip(&theirs) {
        assert_eq!(ours.percent, microsoft_score(question, ours.start));
        if !question.people.is_empty() {
            assert_eq!(ours.percent, *sum as f64 / people);
        }
    }
    // Our best under their score is never worse than theirs.
    if let (Some(ours), Some((_, theirs))) = (ours.first(), theirs.first()) {
        assert!(microsoft_score(question, ours.start) >= microsoft_score(question, *theirs));
    }
}

/// Shuffled blocks change nothing; shuffled people are only renamed.
fn compare_shuffled(question: &Question, dice: &mut Dice) {
    let mut names: Vec<usize> = (0..question.people.len()).collect();
    dice.shuffle(&mut names);
    let mut turned = question.clone();
    turned.people = names
        .iter()
        .map(|name| question.people[*name].clone())
        .collect();
    for person in &mut turned.people {
        dice.shuffle(&mut person.busy);
        dice.shuffle(&mut person.known);
        dice.shuffle(&mut person.working);
    }
    dice.shuffle(&mut turned.allowed);
    dice.shuffle(&mut turned.preferred);
    let (one, other) = (rank(question).unwrap(), rank(&turned).unwrap());
    assert_eq!(one.starts, other.starts);
    for (at, name) in names.iter().enumerate() {
        assert_eq!(one.blocked_by[*name], other.blocked_by[at]);
    }
    let (one, other) = (blockers(question).unwrap(), blockers(&turned).unwrap());
    let essence = |it: &Relief| (it.rules.len(), it.cost, it.start);
    assert_eq!(one.as_ref().map(essence), other.as_ref().map(essence));
    let mut without = without_each(&turned).unwrap();
    without
        .iter_mut()
        .for_each(|it| it.person = names[it.person]);
    without.sort_by_key(|it| it.person);
    assert_eq!(without, without_each(question).unwrap());
}

#[test]
fn all_answers_equal_the_brute_force() {
    let mut blocked = 0;
    let mut helped = 0;
    for seed in 0..instances() {
        let mut dice = Dice::new(seed);
        let question = question(&mut dice);
        compare(&question);
        if seed % 4 == 0 {
            compare_rest(&question, &mut dice);
            compare_shuffled(&question, &mut dice);
        }
        blocked += u64::from(blockers(&question).unwrap().is_some());
        helped += u64::from(!without_each(&question).unwrap().is_empty());
    }
    // The instances must reach the rare answers as well.
    assert!(blocked * 20 > instances() && helped * 20 > instances());
}

fn person(role: Role) -> Person {
    Person {
        role,
        known: vec![Span::new(-100_000, 100_000)],
        ..Person::default()
    }
}

fn busy(start: i64, end: i64) -> Block {
    Block {
        span: Span::new(start, end),
        claim: Claim::Busy,
    }
}

fn ask(to: i64, people: Vec<Person>) -> Question {
    Question {
        to,
        people,
        ..Question::default()
    }
}

#[test]
fn intervals_are_half_open() {
    let mut ana = person(Role::Required);
    ana.busy = vec![busy(30, 60)];
    let question = ask(90, vec![ana]);
    let starts: Vec<i64> = rank(&question)
        .unwrap()
        .starts
        .iter()
        .map(|it| it.start)
        .collect();
    assert_eq!(starts, [0, 60]);
}

#[test]
fn nobody_asked_means_any_time_is_free() {
    let ranking = rank(&ask(60, vec![])).unwrap();
    assert_eq!(ranking.starts.len(), 3);
    assert!(ranking.starts.iter().all(|it| it.cost == 0));
    assert_eq!(microsoft_score(&ask(60, vec![]), 0), 100.0);
}

#[test]
fn unknown_is_never_free() {
    let nobody_knows = ask(60, vec![Person::default()]);
    let first = rank(&nobody_knows).unwrap().starts[0];
    assert_eq!(first.cost, u64::from(Weights::default().required_unknown));
    assert_eq!(
        row(&Person::default(), 0, 30, 15).unwrap()[1].shade,
        Shade::Unknown
    );
}

#[test]
fn no_start_says_what_would_help() {
    let mut ana = person(Role::Required);
    ana.busy = vec![busy(0, 600)];
    let mut ben = person(Role::Required);
    ben.working = vec![Span::new(300, 500)];
    ben.hard_hours = true;
    ben.busy = vec![busy(300, 400)];
    let question = ask(600, vec![ana.clone(), ben.clone()]);
    let relief = blockers(&question).unwrap().unwrap();
    assert_eq!((relief.rules, relief.start), (vec![Rule::Person(0)], 405));
    ana.busy = vec![busy(300, 600)];
    let relief = blockers(&ask(600, vec![ana, ben])).unwrap().unwrap();
    assert_eq!(relief.rules, [Rule::Hours(1)]);
    assert_eq!(relief.start, 270);
}

#[test]
fn without_pat_it_would_be_earlier() {
    let mut pat = person(Role::Required);
    pat.busy = vec![busy(0, 100)];
    let mut question = ask(600, vec![person(Role::Required), pat]);
    question.preferred = vec![0];
    question.weights.optional_busy = 1;
    let without = without_each(&question).unwrap();
    assert_eq!(
        without,
        [Without {
            person: 1,
            best: Scored { cost: 1, start: 0 }
        }]
    );
    assert_eq!(rank(&question).unwrap().blocked_by, [0, 7]);
}

#[test]
fn the_summary_shows_the_worst_of_the_required() {
    let mut ana = person(Role::Required);
    ana.busy = vec![Block {
        span: Span::new(0, 15),
        claim: Claim::Tentative,
    }];
    let mut room = person(Role::Room);
    room.busy = vec![busy(10, 20)];
    let mut welcome = person(Role::Optional);
    welcome.busy = vec![busy(0, 60)];
    let cells = summary(&[ana, room, welcome], 0, 60, 15).unwrap();
    let shades: Vec<Shade> = cells.iter().map(|it| it.shade).collect();
    assert_eq!(shades, [Shade::Busy, Shade::Busy, Shade::Free, Shade::Free]);
}

#[test]
fn absurd_questions_are_refused_with_a_reason() {
    let fine = ask(60, vec![]);
    let refused = |question: Question| rank(&question).unwrap_err();
    assert_eq!(
        refused(Question {
            duration: 0,
            ..fine.clone()
        }),
        Refusal::NoDuration
    );
    assert_eq!(
        refused(Question {
            step: 0,
            ..fine.clone()
        }),
        Refusal::NoStep
    );
    let turned = refused(Question {
        to: -60,
        ..fine.clone()
    });
    assert_eq!(
        turned,
        Refusal::WindowTooShort {
            window: -60,
            duration: 30
        }
    );
    let far = Question {
        from: i64::MIN,
        to: i64::MAX,
        ..fine.clone()
    };
    assert_eq!(refused(far), Refusal::TimeOutOfRange);
    let huge = refused(Question {
        to: 1 << 40,
        ..fine.clone()
    });
    assert!(matches!(huge, Refusal::TooMany { .. }));
    assert!(
        huge.to_string()
            .ends_with("narrow the window or widen the step")
    );
    let most = Question {
        to: 29 + MOST_STARTS as i64,
        step: 1,
        ..fine.clone()
    };
    assert_eq!(rank(&most).unwrap().starts.len(), MOST_STARTS);
    assert!(
        rank(&Question {
            to: most.to + 1,
            ..most
        })
        .is_err()
    );
    assert!(row(&Person::default(), 0, 60, 0).is_err());
    assert_eq!(row(&Person::default(), 60, 0, 15).unwrap(), []);
}

fn minute() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -200i64..200, Just(i64::MIN), Just(i64::MAX)]
}

fn span() -> impl Strategy<Value = Span> {
    (minute(), minute()).prop_map(|(start, end)| Span::new(start, end))
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec(span(), 0..5)
}

fn anybody() -> impl Strategy<Value = Person> {
    let role = prop::sample::select(vec![Role::Required, Role::Optional, Role::Room]);
    let claims = vec![Claim::Elsewhere, Claim::Tentative, Claim::Busy, Claim::Away];
    let block = (span(), prop::sample::select(claims));
    let blocks = prop::collection::vec(block.prop_map(|(span, claim)| Block { span, claim }), 0..5);
    (role, blocks, spans(), spans(), any::<bool>()).prop_map(
        |(role, busy, known, working, hard_hours)| Person {
            role,
            busy,
            known,
            working,
            hard_hours,
        },
    )
}

proptest! {
    /// Times at the limits of i64 and turned around neither panic nor break the sums.
    #[test]
    fn absurd_times_are_survived(
        people in prop::collection::vec(anybody(), 0..4),
        allowed in spans(),
        preferred in prop::collection::vec(minute(), 0..3),
        (from, to) in (minute(), minute()),
        (step, duration, buffer) in any::<(u32, u32, u32)>(),
        huge in any::<bool>(),
    ) {
        let most = if huge { u32::MAX } else { 7 };
        let weights = Weights { night_after: most, night: most, hours: most, ..Weights::default() };
        let question = Question {
            from, to, step: step % 97, duration: duration % 300, buffer, people, allowed, preferred, weights,
        };
        for start in [from, to, i64::MIN, i64::MAX, 0] {
            microsoft_score(&question, start);
            let verdict = explain(&question, start);
            prop_assert_eq!(verdict.is_err(), rank(&question).is_err());
        }
        if let Ok(ranking) = rank(&question) {
            for scored in ranking.starts.iter().take(20) {
                prop_assert_eq!(explain(&question, scored.start).unwrap().cost(), Some(scored.cost));
            }
            without_each(&question).unwrap();
            prop_assert_eq!(blockers(&question).unwrap().is_none(), !ranking.starts.is_empty());
        }
        for person in &question.people {
            let _ = row(person, from, to, step);
        }
    }
}
